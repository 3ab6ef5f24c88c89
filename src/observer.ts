/** What the rooms tell whoever watches the gateway, each event once and after it happened. Nobody has to listen. */

/** An HTTP request, or an operation of a WebSocket, that has ended. */
export interface RequestEnd {
	readonly transport: "http" | "websocket";
	/** Undefined over a WebSocket. */
	readonly method?: string | undefined;
	/** As it came: of any length and kind. */
	readonly path: string;
	/** Undefined over a WebSocket. */
	readonly status?: number | undefined;
	readonly durationMs: number;
	/** What the log line says beside: `operation`, `operationName`, `price`, `calls`, `code`, `duplicate`. */
	readonly notes: Readonly<Record<string, unknown>>;
}

/** A REST call that has ended, whatever became of it. */
export interface CallEnd {
	/** `GET /contacts/{contactId}` */
	readonly operation: string;
	readonly locationId: string;
	/** Priority class of the budget. */
	readonly lane: string;
	/** Of the answer; 0 where there was none. */
	readonly status: number;
	/** In the queue for the budget. */
	readonly waitedMs: number;
	/** From the budget's permission to the end of the answer. */
	readonly durationMs: number;
}

export interface Observer {
	requestEnded(end: RequestEnd): void;
	callEnded(end: CallEnd): void;
	/** A webhook was journaled, this long after what it reports; undefined where it says no time. */
	webhookJournaled(delayMs: number | undefined): void;
	/** A poll found changes whose webhooks were lost. */
	webhooksLost(changes: number): void;
}

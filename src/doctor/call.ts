/** One call of the doctor: what it asks, and what came back. */
import type { Method } from "../upstream/operation.ts";

export interface Request {
	readonly method: Method;
	/** `/contacts/{contactId}`: what stands in braces is taken from `ids`. */
	readonly path: string;
	readonly ids?: Readonly<Record<string, string>>;
	readonly query?: Readonly<Record<string, string>>;
	readonly body?: unknown;
	/** Default: the one that the gateway sends to this path. */
	readonly version?: string;
	/** Default: the token of the location asked about. */
	readonly token?: string;
	/** Asked again although it was asked before. Writes always are. */
	readonly fresh?: boolean;
	/** Takes away what the doctor made: sent although the run was interrupted. */
	readonly cleanup?: boolean;
}

export interface Answer {
	/** `GET /contacts/{contactId}` */
	readonly operation: string;
	readonly request: Request;
	readonly status: number;
	readonly ok: boolean;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	/** Undefined for what is no JSON. */
	readonly json: unknown;
	/** The words of a refusal. */
	readonly reason: string;
	/** Epoch milliseconds, by the clock of this machine. */
	readonly sentAt: number;
	readonly answeredAt: number;
}

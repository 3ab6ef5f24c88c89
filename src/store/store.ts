/** What outlives a request, in one contract: SQLite for one process or a few on one machine, Redis for many. */
import type { CallerTokens } from "./caller-tokens.ts";
import type { ConnectStates } from "./connect-states.ts";
import type { IdempotencyStore } from "./idempotency.ts";
import type { InstalledLists } from "./installed-lists.ts";
import type { Journal } from "./journal.ts";
import type { Seal } from "./seal.ts";
import type { TokenStore } from "./tokens.ts";

export interface RedisSettings {
	/** `redis://` or `rediss://`, with user and password where an ACL asks for them. */
	readonly url: string;
	/** In front of every key and channel, so that several gateways may share a server. */
	readonly prefix: string;
}

export interface Store {
	readonly name: "sqlite" | "redis";
	readonly callers: CallerTokens;
	readonly connectStates: ConnectStates;
	readonly installedLists: InstalledLists;
	readonly idempotency: IdempotencyStore;
	tokens(seal: Seal): TokenStore;
	/** `seenMs`: how long ids of deliveries are remembered. @throws DataFault */
	journal(seal: Seal, seenMs: number): Promise<Journal>;
	/** What the other processes of the gateway are told and ask; undefined where the store is one process's own. */
	readonly shared: SharedParts | undefined;
	/** Why nothing can be kept now, in words for operators. */
	fault(): string | undefined;
	close(): Promise<void>;
}

/** What many processes do together. */
export interface SharedParts {
	readonly invalidations: RemoteInvalidations;
	/** Processes of the gateway that are there, this one included. */
	processes(): number;
	/** Whether this one does what one of them does for all; at any time one does, or none for a moment. */
	isFirst(): boolean;
	/** The burst limit of a location, kept once for all. */
	permits(locationId: string): Permits;
	/** Begins to hear of the others; before, nothing cached may be served. */
	start(): Promise<void>;
}

export interface RemoteInvalidations {
	/** Whether all that others invalidated was heard of, but for the last second: what is cached may be served. */
	isCurrent(): boolean;
	/** Resolves when no process serves any more what depends on one of the tags. Never rejects. */
	announce(
		locationId: string,
		tags: readonly string[],
		write: object | undefined,
	): Promise<void>;
	/** Called with what other processes announce. */
	onHeard(
		listener: (
			locationId: string,
			tags: readonly string[],
			write: object | undefined,
		) => void,
	): void;
	/** Called when something was missed for good: nothing that was cached may be served any more. */
	onForget(listener: () => void): void;
}

/** Permits to call the API within its burst limit. */
export interface Permits {
	/** @throws Failure STORAGE_UNAVAILABLE */
	take(request: PermitRequest): Promise<PermitReply>;
}

export interface PermitRequest {
	readonly want: number;
	/** Calls of earlier permits that ended since. */
	readonly ended: number;
	/** Permits that this process holds or has calls on the way with. */
	readonly out: number;
	/** As an answer reported it. */
	readonly limit?: number | undefined;
	readonly intervalMs?: number | undefined;
	/** Calls the API had counted in its window, others' included, by an answer with none of ours in the air. */
	readonly counted?: number | undefined;
	readonly fallback: { readonly limit: number; readonly intervalMs: number };
	/** Nothing may be sent for so long. */
	readonly holdMs?: number | undefined;
	/** Calls made without a permit within the last interval, while the store was away. */
	readonly spent?: number | undefined;
}

export interface PermitReply {
	readonly given: number;
	/** What is left for all. */
	readonly free: number;
	readonly limit: number;
	readonly intervalMs: number;
	/** Until more is free, if nothing comes back before. */
	readonly waitMs: number;
}

/** What Yoga's and Envelop's hooks are given of one operation: what its transport knows, and what the plugins add to it. */
import type { Plugin } from "graphql-yoga";
import type { Viewer } from "../auth/viewer.ts";
import type { CacheControl } from "../cache/session.ts";
import type { OperationCost } from "../cost/operation-cost.ts";
import type { Context } from "../loading/context.ts";
import type { CompiledOperation } from "../operation/compiled-operation.ts";
import type { OperationParameters } from "../operation/operation-key.ts";
import type { Deadline } from "./deadline.ts";
import type { PartFormat } from "./incremental.ts";
import type { RequestContext } from "./request-context.ts";
import type { Subscription } from "./subscribe.ts";

/** One operation as its transport brings it. */
export interface Call {
	readonly requestId: string;
	/** What the request's one log line will say. */
	readonly notes: Record<string, unknown>;
	/** Aborted when the caller leaves before the answer is complete. */
	readonly signal: AbortSignal;
	/** What the caller says about freshness. */
	readonly cacheControl: CacheControl;
	/** How an answer in parts shall be written; undefined where the caller takes none. */
	readonly partFormat: PartFormat | undefined;
	/** Whether the caller takes an answer in one piece. */
	readonly takesWhole: boolean;
	/** Under which a kept answer was looked for already, and none was found. */
	missedKey?: string | undefined;
	/** How long the answer may take. @throws Failure BAD_REQUEST for a header that cannot be read. */
	readonly deadlineMs: number;
	/** How much of it is over: the body was read, and the caller was recognized. */
	readonly waitedMs: number;
	/** All that says what is asked, as it came; undefined on a socket. */
	text(): Promise<string> | undefined;
	/** @throws Failure of the authenticator. */
	viewer(): Viewer | Promise<Viewer>;
	/** Called once, when the answer is complete or the caller has left. */
	onEnd(listener: () => void): void;
	/** Of an event stream that is opened again: the last `id` that came, where it shall go on. */
	readonly lastEventId?: string | undefined;
	/** Of HTTP alone. */
	readonly http?: RequestContext;
}

export interface OperationContext extends Record<string, unknown> {
	readonly call: Call;
	/** From Yoga, or from the socket. */
	readonly params: OperationParameters;
	/** Over HTTP: there is nothing wrong with the request itself, whatever there may be with its operation. */
	isRead?: true;
	/** The rest is added on the way, each by the plugin that is named for it. */
	viewer: Viewer;
	compiled: CompiledOperation;
	cost: OperationCost;
	deadline: Deadline;
	/** With all else that resolvers get (`Context`), once it runs. */
	upstream: Context["upstream"];
	/** What runs, where the result is a stream of changes. */
	subscription: Subscription;
}

/** A plugin that meets operations of every transport. */
// biome-ignore lint/complexity/noBannedTypes: Yoga's own default.
export type OperationPlugin = Plugin<OperationContext, OperationContext, {}>;

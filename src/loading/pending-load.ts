/** A key of a loader that somebody waits for, and how long, and for whose read. */
import type { CacheEntry, CacheKey, InFlightRead } from "../cache/entry.ts";
import type { CacheSession, Snapshot } from "../cache/session.ts";
import { Failure } from "../errors.ts";
import type { Context } from "./context.ts";
import { currentPath, type ResponsePath } from "./response-path.ts";

/** What a loader has at hand for one operation. */
export interface Memo<K, V> {
	readonly known: Map<CacheKey, V | Promise<V>>;
	/** Where in the answer values are awaited, and where stale ones stand. */
	readonly places: Map<CacheKey, (ResponsePath | undefined)[]>;
	readonly waiting: PendingLoad<K, V>[];
}

/** A key somebody waits for. */
export class PendingLoad<K, V> {
	readonly key: K;
	readonly at: CacheKey;
	readonly paths: (ResponsePath | undefined)[] = [currentPath()];
	readonly promise: Promise<V>;
	/** There is a value past its bound for want of a better one. */
	hasStaleValue = false;
	readonly #memo: Memo<K, V>;
	readonly #reads: CacheSession;
	#resolve!: (value: V) => void;
	#reject!: (error: unknown) => void;

	constructor(key: K, at: CacheKey, memo: Memo<K, V>, { cache }: Context) {
		this.key = key;
		this.at = at;
		this.#memo = memo;
		this.#reads = cache;
		this.promise = new Promise((resolve, reject) => {
			this.#resolve = resolve;
			this.#reject = reject;
		});
	}

	resolve(entry: CacheEntry): void {
		this.#reads.use(entry);
		this.#settle(entry.value as V);
	}

	reject(error: unknown): void {
		if (!(isOutage(error) && this.resolveStale())) this.#reject(error);
	}

	/** Whether there was one. */
	resolveStale(): boolean {
		const kept = this.#reads.takeStale(this.at, this.paths);
		if (kept) this.#settle(kept.value as V);
		return kept !== undefined;
	}

	#settle(value: V): void {
		// Whoever asks from now on needs no promise; only of what is stale the places still count.
		this.#memo.known.set(this.at, value);
		if (!this.#reads.isStale(this.paths)) this.#memo.places.delete(this.at);
		this.#resolve(value);
	}
}

/** One key of a batch that is being read. */
export class BatchRead implements InFlightRead {
	readonly tags: readonly string[];
	readonly seq: number;
	readonly readAt: number;
	readonly isRefresh: boolean;
	readonly #batch: Promise<readonly (CacheEntry | Error)[]>;
	readonly #index: number;
	readonly #context: Context;

	constructor(
		batch: Promise<readonly (CacheEntry | Error)[]>,
		index: number,
		read: {
			readonly names: readonly string[];
			readonly mark: Snapshot;
			readonly context: Context;
			readonly renews: boolean;
		},
	) {
		this.tags = read.names;
		this.seq = read.mark.seq;
		this.readAt = read.mark.readAt;
		this.isRefresh = read.renews;
		this.#batch = batch;
		this.#index = index;
		this.#context = read.context;
	}

	async result(): Promise<CacheEntry> {
		const entry = (await this.#batch)[this.#index] as CacheEntry | Error;
		if (entry instanceof Error) throw entry;
		return entry;
	}

	isAborted(): boolean {
		return this.#context.upstream.signal?.aborted ?? false;
	}
}

/** Where a value past its bound is at hand, an upstream that keeps us waiting counts as one that is down. */
export const startStaleTimeout = <K, V>(
	asked: readonly PendingLoad<K, V>[],
	given: Promise<unknown>,
	{ cache }: Context,
): void => {
	const spare = asked.filter(({ hasStaleValue }) => hasStaleValue);
	if (!spare.length) return;
	const timer = setTimeout(() => {
		// What lands later is kept for whoever asks next; this operation goes on with what it has.
		for (const one of spare) one.resolveStale();
	}, cache.staleTimeoutMs);
	const end = () => clearTimeout(timer);
	given.then(end, end);
};

const OUTAGES: ReadonlySet<string> = new Set([
	"UPSTREAM_UNAVAILABLE",
	"UPSTREAM_TIMEOUT",
	"RATE_LIMITED",
	"DEADLINE_EXCEEDED",
]);

/** The upstream is down or out of budget: a value past its bound is better than none. */
const isOutage = (error: unknown): boolean =>
	error instanceof Failure && OUTAGES.has(error.code);

/** Resolves when all have ended one way or another, or when the operation ends before: nobody waits for another's calls then. */
export const allSettledOrAborted = (
	signal: AbortSignal | undefined,
	all: readonly (Promise<unknown> | undefined)[],
): Promise<unknown> => {
	const settled = Promise.allSettled(all);
	if (!signal) return settled;
	let end = ends.get(signal);
	if (!end) {
		end = new Promise((resolve) => {
			if (signal.aborted) resolve();
			else signal.addEventListener("abort", () => resolve(), { once: true });
		});
		ends.set(signal, end);
	}
	return Promise.race([settled, end]);
};

// One listener for an operation, however many of its reads wait for others.
const ends = new WeakMap<AbortSignal, Promise<void>>();

/** Failures of the one who asked first alone: its deadline, and its place in the queue for the budget. */
export const isCallersOwn = (error: unknown): boolean =>
	error instanceof Failure &&
	(error.code === "RATE_LIMITED" || error.code === "DEADLINE_EXCEEDED");

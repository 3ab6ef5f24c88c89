/** A key of a loader that somebody waits for: how long, and what he gets where the upstream cannot be asked. */
import type { CacheEntry, CacheKey } from "../cache/entry.ts";
import type { CacheSession } from "../cache/session.ts";
import { Failure } from "../errors.ts";
import type { ResponsePath } from "./response-path.ts";

/** What one loader has loaded for one operation, by key. */
export interface LoadedKeys<V> {
	/** The value itself, or the promise of one that is still being read. */
	readonly known: Map<CacheKey, V | Promise<V>>;
	/** Where in the answer a value is awaited, or is shown although it is stale. */
	readonly paths: Map<CacheKey, (ResponsePath | undefined)[]>;
}

/** A key of a loader, and where its value is kept. */
export interface LoaderKey<K> {
	readonly key: K;
	readonly at: CacheKey;
}

export class PendingLoad<K, V> implements LoaderKey<K> {
	readonly key: K;
	readonly at: CacheKey;
	readonly promise: Promise<V>;
	/** There is a value past its TTL for want of a better one. */
	readonly hasStaleValue: boolean;
	readonly #loaded: LoadedKeys<V>;
	readonly #cache: CacheSession;
	readonly #resolve: (value: V | Promise<V>) => void;
	readonly #reject: (error: unknown) => void;

	constructor(
		{ key, at }: LoaderKey<K>,
		loaded: LoadedKeys<V>,
		cache: CacheSession,
	) {
		this.key = key;
		this.at = at;
		this.hasStaleValue = cache.hasStale(at);
		this.#loaded = loaded;
		this.#cache = cache;
		const { promise, resolve, reject } = Promise.withResolvers<V>();
		this.promise = promise;
		this.#resolve = resolve;
		this.#reject = reject;
	}

	resolve(entry: CacheEntry): void {
		this.#cache.use(entry);
		this.#loaded.paths.delete(this.at);
		this.#settle(entry.value as V);
	}

	/** In an outage a stale value is better than none. */
	reject(error: unknown): void {
		if (!(isOutage(error) && this.resolveStale())) this.#reject(error);
	}

	/** Whether there was a value past its TTL. Its paths are kept: whoever asks for it from now on shows it, too. */
	resolveStale(): boolean {
		const paths = this.#loaded.paths.get(this.at) ?? [];
		const entry = this.#cache.useStale(this.at, paths);
		if (entry) this.#settle(entry.value as V);
		return entry !== undefined;
	}

	/** Another load of the same key decides. */
	follow(promise: Promise<V>): void {
		this.#resolve(promise);
	}

	#settle(value: V): void {
		// Whoever asks from now on needs no promise.
		this.#loaded.known.set(this.at, value);
		this.#resolve(value);
	}
}

/** With a value past its TTL at hand, an upstream that keeps us waiting counts as one that is down. */
export const startStaleTimeout = <K, V>(
	asked: readonly PendingLoad<K, V>[],
	given: Promise<unknown>,
	cache: CacheSession,
): void => {
	const withStale = asked.filter(({ hasStaleValue }) => hasStaleValue);
	if (!withStale.length) return;
	const timer = setTimeout(() => {
		// What the upstream answers later is kept for whoever asks next; this operation goes on with what it has.
		for (const one of withStale) one.resolveStale();
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

/** The upstream is down or out of budget. */
const isOutage = (error: unknown): boolean =>
	error instanceof Failure && OUTAGES.has(error.code);

/** Failures of the one who asked first alone: its deadline, and its place in the queue for the budget. */
export const isCallersOwn = (error: unknown): boolean =>
	error instanceof Failure &&
	(error.code === "RATE_LIMITED" || error.code === "DEADLINE_EXCEEDED");

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

/** Hands out access tokens: refreshed early, once for all who wait in any process, and never used before they are stored. */
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { Failure } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Holder, TokenRow } from "../store/token-row.ts";
import type { Claim, TokenStore } from "../store/tokens.ts";
import type { OAuthEndpoint } from "./endpoint.ts";
import { GrantRefused } from "./grant-refused.ts";
import type { Granted } from "./granted.ts";
import { queue } from "./queue.ts";
import { backoffMs, earlyMs, TIMING, type Timing } from "./renewal-timing.ts";
import {
	failureOf,
	notConnected,
	notInTime,
	readable,
} from "./token-failures.ts";

export interface TokensOptions {
	readonly store: TokenStore;
	readonly endpoint: OAuthEndpoint;
	readonly log: Logger;
	/** Epoch milliseconds. */
	now?(): number;
	readonly timing?: Partial<Timing>;
	/** From 0 to 1. Default Math.random. */
	readonly random?: () => number;
	/** Told of every step of a renewal, in order, before the next one is taken. */
	onStep?(step: RenewalStep, holder: Holder): void;
}

/** claimed: this process may renew; answered: new tokens are in memory only; saved: they are on disk. */
export type RenewalStep = "claimed" | "answered" | "saved";

export interface Tokens {
	/** @throws Failure UPSTREAM_UNAUTHORIZED (not connected, or to be reconnected), UPSTREAM_UNAVAILABLE */
	accessToken(holder: Holder): string | Promise<string>;
	/**
	 * After the API refused `refused`: the token that took its place, renewed if that is still the newest; nobody gets
	 * `refused` any more. Undefined for one just renewed, which is given another chance.
	 */
	renewed(holder: Holder, refused: string): Promise<string | undefined>;
	/** Finishes what processes that died have begun, and tries again what failed and nobody asked for since. */
	recover(): Promise<void>;
	/** Takes what is held in memory of it away. */
	forget(holder: Holder): void;
	/** Resolves when no renewal is running any more. */
	idle(): Promise<void>;
	/** Ends those that wait, and resolves like `idle`. */
	close(): Promise<void>;
}

// As many renewals at once, so that a lease is not eaten up by waiting for a socket.
const AT_ONCE = 16;
const TRIES = 3;
const TRY_AGAIN_MS = 200;
// A look at whether HighLevel lets us ask again costs nothing.
const LONGEST_NAP_MS = 250;

export const createTokens = (options: TokensOptions): Tokens => {
	const { store, endpoint, log, onStep, random = Math.random } = options;
	const now = options.now ?? Date.now;
	const timing = { ...TIMING, ...options.timing };
	const me = randomUUID();
	const opened = new Map<string, { generation: number; token: string }>();
	const running = new Map<string, Promise<string>>();
	/** Tokens that were refused once although they had just been renewed. */
	const doubted = new Map<string, string>();
	const closing = new AbortController();
	// Minting waits for the company's token, so the two must not queue for the same places.
	const places = { location: queue(AT_ONCE), company: queue(AT_ONCE) };

	const tokenOf = (holder: Holder, generation: number): string => {
		const key = keyOf(holder);
		const known = opened.get(key);
		if (known?.generation === generation) return known.token;
		const token = readable(holder, () => store.secrets(holder))?.accessToken;
		if (token === undefined) throw notConnected(holder);
		opened.set(key, { generation, token });
		return token;
	};

	/** One renewal per holder in this process; whoever comes later waits for the same one. */
	const renewal = (holder: Holder, seen: number): Promise<string> => {
		const key = keyOf(holder);
		let flight = running.get(key);
		if (!flight) {
			flight = renew(holder, seen).finally(() => running.delete(key));
			running.set(key, flight);
		}
		return flight;
	};

	const renew = async (holder: Holder, seen: number): Promise<string> => {
		const givesUpAt = performance.now() + timing.waitMs;
		for (let polls = 0; ; polls++) {
			const row = store.get(holder);
			if (!row) {
				opened.delete(keyOf(holder));
				throw notConnected(holder);
			}
			if (row.generation !== seen && row.expiresAt - now() > timing.leewayMs)
				return tokenOf(holder, row.generation);
			if (row.retryAt > now()) throw failureOf(blamed(row), now());
			const heldMs = endpoint.heldForMs();
			const outcome =
				heldMs > 0
					? "held"
					: row.claimedUntil > now()
						? "busy"
						: await places[holder.kind](() => attempt(holder, row));
			if (typeof outcome === "object") return outcome.token;
			if (performance.now() > givesUpAt || closing.signal.aborted)
				throw notInTime(holder, timing.waitMs);
			// Another process is at it. Its result is on disk as soon as it is there, so a short look now and then will do.
			if (outcome === "busy") await nap(timing.pollMs * Math.min(8, 1 + polls));
			if (outcome === "held") await nap(Math.min(heldMs, LONGEST_NAP_MS));
		}
	};

	const nap = (ms: number) =>
		pause(Math.max(ms, 1), undefined, { signal: closing.signal }).catch(
			() => {},
		);

	const attempt = async (
		holder: Holder,
		{ generation }: TokenRow,
	): Promise<"busy" | "held" | "moved" | "gone" | { token: string }> => {
		// Many wait for a place while somebody else renews, or is told to wait: a look is cheaper than a claim.
		if (store.generation(holder) !== generation) return "moved";
		if (endpoint.heldForMs() > 0) return "held";
		const claim = await store
			.claim(holder, generation, me, { now: now(), leaseMs: timing.leaseMs })
			.catch((error: unknown) => readable(holder, () => rethrow(error)));
		if (typeof claim === "string") return claim;
		onStep?.("claimed", holder);
		let granted: Granted;
		try {
			granted = await obtain(claim);
		} catch (error) {
			const failure = await gaveUp(claim.row, error);
			// Nothing happened, and those who wait are served once HighLevel lets us ask again.
			if (isHeld(error)) return "held";
			throw failure;
		}
		onStep?.("answered", holder);
		const { accessToken, scopes = claim.row.scopes, expiresAt } = granted;
		if (accessToken === undefined) {
			// The refresh token it brought is the only one that works from now on.
			await store.keepRefreshToken(holder, me, granted.refreshToken);
			throw await gaveUp(
				claim.row,
				new GrantRefused("unreadable", undefined, "no access token came"),
			);
		}
		// On disk before it is used: from here on the old refresh token is worth nothing, and only this row knows the new one.
		const kept = await store.renew(
			holder,
			generation,
			{
				accessToken,
				scopes,
				expiresAt,
				refreshToken: granted.refreshToken ?? claim.secrets?.refreshToken,
			},
			now(),
		);
		onStep?.("saved", holder);
		if (!kept) return "moved";
		const saved = store.get(holder);
		log.info(
			{ [`${holder.kind}Id`]: holder.id, minted: claim.row.minted },
			"token renewed",
		);
		return saved ? { token: tokenOf(holder, saved.generation) } : "gone";
	};

	const obtain = async ({ row, secrets }: Claim): Promise<Granted> => {
		if (row.kind === "location" && row.minted && hasCompany(row))
			return await minted(row);
		if (secrets?.refreshToken === undefined)
			throw new GrantRefused("grant", undefined, "there is no refresh token");
		try {
			return await refreshed(row, secrets.refreshToken);
		} catch (error) {
			// A refresh token that was lost on the way does not matter where the company can mint another.
			if (isKind(error, "grant") && row.kind === "location" && hasCompany(row))
				return await minted(row);
			throw error;
		}
	};

	/** A lost answer is asked for again with the same refresh token: within the grace that gives the same new one. */
	const refreshed = async (
		{ kind, id }: Holder,
		refreshToken: string,
	): Promise<Granted> => {
		const signal = AbortSignal.timeout(timing.leaseMs * 0.8);
		for (let tries = 1; ; tries++) {
			try {
				return await endpoint.refresh({ kind, id }, refreshToken, signal);
			} catch (error) {
				const again =
					(isKind(error, "unavailable") && !isHeld(error)) ||
					isKind(error, "unreadable");
				if (!again || tries === TRIES || signal.aborted) throw error;
				await nap(TRY_AGAIN_MS * tries);
			}
		}
	};

	const hasCompany = ({ companyId }: TokenRow): boolean =>
		companyId !== undefined &&
		store.generation({ kind: "company", id: companyId }) !== undefined;

	const minted = async ({ id, companyId = "" }: TokenRow): Promise<Granted> => {
		const company: Holder = { kind: "company", id: companyId };
		const token = await accessToken(company);
		try {
			return await endpoint.mint(token, companyId, id);
		} catch (error) {
			if (!isKind(error, "token")) throw error;
			const fresh = await renewed(company, token);
			if (fresh === undefined) throw error;
			return endpoint.mint(fresh, companyId, id);
		}
	};

	const gaveUp = async (row: TokenRow, error: unknown): Promise<unknown> => {
		const known = error instanceof GrantRefused || error instanceof Failure;
		const refused = isKind(error, "grant");
		const text = known ? error.message : "unexpected error";
		const at = now();
		const retryAt = isHeld(error)
			? 0
			: Math.ceil(
					at +
						// What takes a person to mend is not worth asking for every other second.
						(refused || isKind(error, "client") || isKind(error, "inactive")
							? timing.refusedRetryMs
							: backoffMs(timing, row.tries, random())),
				);
		await store.release(row, me, { error: text, refused, retryAt, now: at });
		log[refused || isKind(error, "client") ? "error" : "warn"](
			{
				[`${row.kind}Id`]: row.id,
				reason: text,
				...(!known && { err: error }),
			},
			refused
				? "token cannot be renewed: the connection must be made again"
				: "token could not be renewed",
		);
		// A Failure is about the agency's token, which a location's was to be minted with, and says so.
		return error instanceof GrantRefused
			? failureOf({ ...row, refused, retryAt }, at)
			: error;
	};

	/** The row whose grant is to be made anew: a minted location has none of its own. */
	const blamed = (row: TokenRow): TokenRow => {
		if (row.refused || !row.minted || row.companyId === undefined) return row;
		const company = store.get({ kind: "company", id: row.companyId });
		return company?.refused ? company : row;
	};

	const accessToken = (holder: Holder): string | Promise<string> => {
		const row = store.get(holder);
		if (!row) throw notConnected(holder);
		const left = row.expiresAt - now();
		if (left <= timing.leewayMs) return renewal(holder, row.generation);
		if (left <= earlyMs(timing, holder.id) && row.retryAt <= now())
			renewal(holder, row.generation).catch((err) => {
				// It is in the row and in the log; those who come when the token has ended will see it.
				log.debug({ err }, "early renewal failed");
			});
		return tokenOf(holder, row.generation);
	};

	const renewed = async (
		holder: Holder,
		refused: string,
	): Promise<string | undefined> => {
		const row = store.get(holder);
		if (!row) throw notConnected(holder);
		const known = tokenOf(holder, row.generation);
		if (known !== refused) return known;
		const isFresh =
			row.renewedAt !== undefined && now() - row.renewedAt < timing.freshMs;
		if (!isFresh) {
			await store.end(holder, row.generation, { now: now() });
			return renewal(holder, row.generation);
		}
		if (doubted.get(keyOf(holder)) !== refused) {
			doubted.set(keyOf(holder), refused);
			return undefined;
		}
		const retryAt = (row.renewedAt ?? 0) + timing.freshMs;
		await store.end(holder, row.generation, {
			now: now(),
			retryAt,
			error: "HighLevel refused a token that it had just given",
		});
		throw failureOf({ ...row, retryAt }, now());
	};

	const idle = async (): Promise<void> => {
		await Promise.allSettled(running.values());
	};

	return {
		accessToken,
		renewed,
		async recover() {
			const at = now();
			const all = [...store.abandoned(at), ...store.failing(at, AT_ONCE)];
			await Promise.all(
				all.map(async (holder) => {
					const row = store.get(holder);
					if (row) await renewal(holder, row.generation).catch(passing);
				}),
			);
		},
		forget(holder) {
			opened.delete(keyOf(holder));
			doubted.delete(keyOf(holder));
		},
		idle,
		close() {
			closing.abort();
			return idle();
		},
	};
};

const keyOf = ({ kind, id }: Holder): string => `${kind}/${id}`;

const isKind = (error: unknown, kind: GrantRefused["kind"]): boolean =>
	error instanceof GrantRefused && error.kind === kind;

/** HighLevel said that too much was asked. */
const isHeld = (error: unknown): boolean =>
	error instanceof GrantRefused && error.status === 429;

/** A Failure is in the row and in the log already. */
const passing = (error: unknown): void => {
	if (!(error instanceof Failure)) throw error;
};

const rethrow = (error: unknown): never => {
	throw error;
};

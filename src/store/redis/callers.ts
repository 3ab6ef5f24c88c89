/** Tokens of callers, journeys to the consent page and lists of agencies, in Redis. */
import { createHash } from "node:crypto";
import type { CallerToken, CallerTokens } from "../caller-tokens.ts";
import type { ConnectStates } from "../connect-states.ts";
import type { InstalledList, InstalledLists } from "../installed-lists.ts";
import type { Registry, RowChanges } from "./registry.ts";

// A token is remembered a little longer than it lives, since clocks may differ.
const KEPT_MS = 86_400_000;

type KeptToken = Omit<CallerToken, "id" | "revokedAt"> & {
	readonly revokedAt?: number;
};

/** A revocation resolves when every process refuses the token. */
export const redisCallerTokens = (registry: Registry): CallerTokens => ({
	add: ({ id, ...token }) =>
		registry.change(() => {
			const old = [...registry.all<KeptToken>("caller")]
				.filter(
					([, one]) =>
						one.expiresAt > 0 && one.expiresAt < token.mintedAt - KEPT_MS,
				)
				.map(([gone]) => [["caller", gone], null] as const);
			return { rows: [...old, [["caller", id], token]], result: undefined };
		}),
	list: (now) =>
		[...registry.all<KeptToken>("caller")]
			.filter(([, one]) => one.expiresAt > now)
			.sort(([, a], [, b]) => b.mintedAt - a.mintedAt)
			.map(([id, one]) => ({ revokedAt: undefined, ...one, id })),
	revoke: (id, now) =>
		registry.change(
			() => {
				const known = registry.get<KeptToken>("caller", id);
				if (known?.revokedAt !== undefined) return { rows: [], result: false };
				const row = { ...(known ?? UNKNOWN), revokedAt: now };
				return { rows: [[["caller", id], row]], result: true };
			},
			{ everywhere: true },
		),
	isRevoked: (id) =>
		registry.get<KeptToken>("caller", id)?.revokedAt !== undefined,
});

/** Such as an identity provider's: never listed, never forgotten. */
const UNKNOWN: KeptToken = {
	subject: "",
	locations: [],
	scopes: [],
	mintedAt: 0,
	expiresAt: 0,
};

interface State {
	readonly browser: string;
	readonly subject: string;
	readonly expiresAt: number;
	readonly connected?: string;
}

/** A browser may come back to any process, so each step resolves when every process knows of it. */
export const redisConnectStates = (registry: Registry): ConnectStates => ({
	put: (state, { browser, subject, expiresAt }, now) =>
		registry.change(
			() => {
				const old: RowChanges = [...registry.all<State>("state")]
					.filter(([, one]) => one.expiresAt <= now)
					.map(([id]) => [["state", id], null]);
				const row: State = { browser: hashOf(browser), subject, expiresAt };
				return {
					rows: [...old, [["state", hashOf(state)], row]],
					result: undefined,
				};
			},
			{ everywhere: true },
		),
	take: (state, browser, now) =>
		registry.change(() => {
			const row = registry.get<State>("state", hashOf(state));
			// Gone whoever asks: a state that was seen elsewhere is spent.
			const rows: RowChanges =
				row && row.connected === undefined
					? [[["state", hashOf(state)], null]]
					: [];
			const isGood =
				row !== undefined &&
				row.browser === hashOf(browser) &&
				row.expiresAt > now;
			return {
				rows,
				result: isGood
					? {
							subject: row.subject,
							...(row.connected !== undefined && { connected: row.connected }),
						}
					: undefined,
			};
		}),
	done: (state, { browser, ...about }) =>
		registry.change(
			() => ({
				rows: [
					[["state", hashOf(state)], { ...about, browser: hashOf(browser) }],
				],
				result: undefined,
			}),
			{ everywhere: true },
		),
});

// Hashes, so that a copy of the data does not let its reader finish somebody's connection.
const hashOf = (text: string): string =>
	createHash("sha256").update(text).digest("base64url");

interface KeptList {
	readonly dueAt: number;
	readonly tries: number;
	readonly listedAt?: number;
	readonly error?: string;
	readonly errorAt?: number;
}

export const redisInstalledLists = (registry: Registry): InstalledLists => {
	const listOf = (companyId: string, list: KeptList): InstalledList => ({
		companyId,
		tries: list.tries,
		error: list.error,
		errorAt: list.errorAt,
	});
	return {
		begin: (companyId, dueAt) =>
			registry.change(() => {
				const list = registry.get<KeptList>("list", companyId);
				return {
					rows: [[["list", companyId], { ...list, dueAt, tries: 0 }]],
					result: undefined,
				};
			}),
		claim: (companyId, { now, leaseMs }) =>
			registry.change(() => {
				const list = registry.get<KeptList>("list", companyId);
				if (!list || list.dueAt > now) return { rows: [], result: undefined };
				return {
					rows: [[["list", companyId], { ...list, dueAt: now + leaseMs }]],
					result: listOf(companyId, list),
				};
			}),
		done: (companyId, { now, dueAt, error }) =>
			registry.change(() => {
				const list = registry.get<KeptList>("list", companyId);
				if (!list) return { rows: [], result: undefined };
				const row: KeptList =
					error === undefined
						? { dueAt, tries: 0, listedAt: now }
						: { ...list, dueAt, tries: list.tries + 1, error, errorAt: now };
				return { rows: [[["list", companyId], row]], result: undefined };
			}),
		due: (now) =>
			[...registry.all<KeptList>("list")].flatMap(([id, { dueAt }]) =>
				dueAt <= now ? [id] : [],
			),
		all: () =>
			new Map(
				[...registry.all<KeptList>("list")].map(([id, list]) => [
					id,
					listOf(id, list),
				]),
			),
		forget: (companyId) =>
			registry.change(() => ({
				rows: [[["list", companyId], null]],
				result: undefined,
			})),
	};
};

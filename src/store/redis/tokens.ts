/** What OAuth gave, sealed, in Redis: the rules of every change are those of the file, decided on the rows in memory. */
import type { Seal } from "../seal.ts";
import type { Holder, Secrets, TokenRow } from "../token-row.ts";
import type { Claim, NewTokens, TokenStore } from "../tokens.ts";
import type { Decision, Registry, RowChanges } from "./registry.ts";

/** A token row as it is kept. */
interface Kept {
	readonly companyId?: string;
	readonly minted: boolean;
	readonly sealed?: string;
	readonly scopes: readonly string[];
	readonly expiresAt: number;
	readonly generation: number;
	readonly connectedAt: number;
	readonly ownedAt: number;
	readonly absentSince?: number;
	readonly renewedAt?: number;
	readonly error?: string;
	readonly errorAt?: number;
	readonly refused: boolean;
	readonly retryAt: number;
	readonly tries: number;
	readonly claimedBy?: string;
	readonly claimedUntil: number;
}

const DAY_MS = 86_400_000;
const KINDS = ["company", "location"] as const;

export const redisTokenStore = (registry: Registry, seal: Seal): TokenStore => {
	const kept = ({ kind, id }: Holder) =>
		registry.get<Kept>(`token-${kind}`, id);
	const at = ({ kind, id }: Holder) => [`token-${kind}`, id] as const;
	const all = (kind: Holder["kind"]) => registry.all<Kept>(`token-${kind}`);
	const opened = (holder: Holder): Secrets | undefined => {
		const sealed = kept(holder)?.sealed;
		return sealed === undefined
			? undefined
			: (JSON.parse(seal.open(sealed, placeOf(holder))) as Secrets);
	};
	const closed = (
		holder: Holder,
		{ accessToken, refreshToken }: Secrets,
	): string =>
		seal.close(JSON.stringify({ accessToken, refreshToken }), placeOf(holder));
	/** One row's change; `of` gives undefined to leave it as it is. */
	const alter = (
		holder: Holder,
		of: (row: Kept) => Kept | undefined,
	): Promise<boolean> =>
		registry.change(() => {
			const row = kept(holder);
			const next = row && of(row);
			return next
				? { rows: [[at(holder), next]], result: true }
				: { rows: [], result: false };
		});
	const own = (row: Kept | undefined, by: string): row is Kept =>
		row?.claimedBy === by;
	const holders = (kind: Holder["kind"], of: (row: Kept) => boolean) =>
		[...all(kind)].flatMap(([id, row]) => (of(row) ? [{ kind, id, row }] : []));
	const newestWord = ({ connectedAt, ownedAt }: Kept) =>
		Math.max(connectedAt, ownedAt);

	return {
		get(holder) {
			const row = kept(holder);
			return row && rowOf(holder, row);
		},
		generation: (holder) => kept(holder)?.generation,
		secrets: opened,
		all: () =>
			KINDS.flatMap((kind) =>
				[...all(kind)]
					.sort(([a], [b]) => (a < b ? -1 : 1))
					.map(([id, row]) => rowOf({ kind, id }, row)),
			),
		// Whoever consented may ask any process next.
		connect: (holder, tokens, { companyId, now }) =>
			registry.change(
				() => {
					const before = kept(holder);
					const row: Kept = {
						...(companyId !== undefined && { companyId }),
						minted: false,
						...granted(tokens, closed(holder, tokens)),
						generation: before ? Math.max(before.generation + 1, now) : now,
						connectedAt: now,
						ownedAt: now,
						...FRESH,
					};
					return { rows: [[at(holder), row]], result: undefined };
				},
				{ everywhere: true },
			),
		adopt: (companyId, locationIds, { at: saidAt, now }) =>
			registry.change(
				() => {
					const added: string[] = [];
					const rows: RowChanges[number][] = [];
					for (const id of new Set(locationIds)) {
						const holder: Holder = { kind: "location", id };
						const before = kept(holder);
						if (!before) {
							added.push(id);
							rows.push([at(holder), adopted(companyId, saidAt, now)]);
							continue;
						}
						if (before.companyId !== undefined && saidAt <= before.ownedAt)
							continue;
						const { absentSince: _, ...row } = before;
						const mine = {
							...row,
							companyId,
							ownedAt: saidAt,
							refused: false,
							retryAt: 0,
							tries: 0,
						};
						// What the former owner minted is not the new one's.
						const isMoved = before.companyId !== companyId && before.minted;
						rows.push([at(holder), isMoved ? emptied(mine) : mine]);
					}
					return { rows, result: added };
				},
				{ everywhere: true },
			),
		reinstalled: async (id, saidAt) => {
			await alter({ kind: "location", id }, (row) =>
				row.ownedAt < saidAt
					? { ...row, ownedAt: saidAt, retryAt: 0 }
					: undefined,
			);
		},
		compare: (companyId, locationIds, begunAt) =>
			registry.change(
				() => {
					const listed = new Set(locationIds);
					const gone: Holder[] = [];
					let missing = 0;
					const rows: RowChanges[number][] = [];
					for (const { kind, id, row } of holders(
						"location",
						(one) =>
							one.minted &&
							one.companyId === companyId &&
							newestWord(one) <= begunAt,
					)) {
						const { absentSince, ...present } = row;
						if (listed.has(id)) {
							if (absentSince !== undefined)
								rows.push([at({ kind, id }), present]);
						} else if (absentSince === undefined) {
							missing++;
							rows.push([at({ kind, id }), { ...row, absentSince: begunAt }]);
						} else {
							gone.push({ kind, id });
							rows.push([at({ kind, id }), null]);
						}
					}
					return { rows, result: { gone, missing } };
				},
				{ everywhere: true },
			),
		claim: (holder, seen, by, { now, leaseMs }) =>
			registry.change((): Decision<Claim | "busy" | "moved" | "gone"> => {
				const row = kept(holder);
				if (!row) return { rows: [], result: "gone" };
				if (row.generation !== seen) return { rows: [], result: "moved" };
				if (row.claimedBy !== undefined && row.claimedUntil > now)
					return { rows: [], result: "busy" };
				return {
					rows: [
						[
							at(holder),
							{ ...row, claimedBy: by, claimedUntil: now + leaseMs },
						],
					],
					result: { row: rowOf(holder, row), secrets: opened(holder) },
				};
			}),
		renew: (holder, generation, tokens, now) =>
			alter(holder, (row) => {
				if (row.generation !== generation) return undefined;
				const { claimedBy: _, ...rest } = row;
				return {
					...rest,
					...granted(tokens, closed(holder, tokens)),
					generation: generation + 1,
					renewedAt: now,
					...FRESH,
				};
			}),
		keepRefreshToken: async (holder, by, refreshToken) => {
			await alter(holder, (row) => {
				if (!own(row, by)) return undefined;
				const { accessToken = "" } = opened(holder) ?? {};
				return {
					...row,
					sealed: closed(holder, { accessToken, refreshToken }),
				};
			});
		},
		release: async (holder, by, { error, refused, retryAt, now }) => {
			await alter(holder, (row) => {
				if (!own(row, by)) return undefined;
				const { claimedBy: _, ...rest } = row;
				return {
					...rest,
					error,
					errorAt: now,
					refused,
					retryAt,
					tries: row.tries + 1,
					claimedUntil: 0,
				};
			});
		},
		end: async (holder, generation, { now, retryAt = 0, error }) => {
			await alter(holder, (row) =>
				row.generation === generation
					? {
							...row,
							expiresAt: Math.min(row.expiresAt, now),
							retryAt: Math.max(row.retryAt, retryAt),
							...(error !== undefined && {
								error,
								errorAt: Math.max(now, (row.renewedAt ?? 0) + 1),
							}),
						}
					: undefined,
			);
		},
		failing(now, most) {
			const stuck = (row: Kept) =>
				row.errorAt !== undefined &&
				row.errorAt > (row.renewedAt ?? 0) &&
				!row.refused &&
				row.expiresAt <= now &&
				row.retryAt <= now &&
				row.claimedUntil <= now &&
				!(
					row.minted &&
					row.companyId !== undefined &&
					kept({ kind: "company", id: row.companyId })?.refused
				);
			return KINDS.flatMap((kind) => holders(kind, stuck))
				.sort((a, b) => a.row.retryAt - b.row.retryAt)
				.slice(0, most)
				.map(({ kind, id }) => ({ kind, id }));
		},
		abandoned: (now) =>
			KINDS.flatMap((kind) =>
				holders(
					kind,
					(row) => row.claimedBy !== undefined && row.claimedUntil <= now,
				),
			).map(({ kind, id }) => ({ kind, id })),
		forget: (holder, before, companyId) =>
			registry.change(
				() => {
					const gone = goneWith(holder, before, companyId);
					const awaited = [...registry.all<Awaited>("awaited")]
						.filter(
							([id, one]) =>
								one.at <= before &&
								(holder.kind === "company"
									? one.companyId === holder.id
									: id === holder.id),
						)
						.map(([id]) => [["awaited", id], null] as const);
					return {
						rows: [...gone.map((one) => [at(one), null] as const), ...awaited],
						result: gone,
					};
				},
				{ everywhere: true },
			),
		awaitInstall: (id, companyId, now) =>
			registry.change(
				() => {
					const owner =
						companyId ?? registry.get<Awaited>("awaited", id)?.companyId;
					const row: Awaited = {
						...(owner !== undefined && { companyId: owner }),
						at: now,
					};
					return { rows: [[["awaited", id], row]], result: undefined };
				},
				{ everywhere: true },
			),
		takeInstalls: (companyId, now) =>
			registry.change(() => {
				const awaited = [...registry.all<Awaited>("awaited")];
				const isOld = ([, one]: readonly [string, Awaited]) =>
					one.at < now - DAY_MS;
				const taken = awaited.filter(
					(one) =>
						!isOld(one) &&
						(one[1].companyId === undefined || one[1].companyId === companyId),
				);
				return {
					rows: [...awaited.filter(isOld), ...taken].map(
						([id]) => [["awaited", id], null] as const,
					),
					result: taken.map(([locationId, one]) => ({
						locationId,
						at: one.at,
					})),
				};
			}),
		heard: (id, heardAt) =>
			registry.change(() => {
				const last = registry.get<{ at: number }>("heard", id)?.at ?? 0;
				return {
					rows: last < heardAt ? [[["heard", id], { at: heardAt }]] : [],
					result: undefined,
				};
			}),
		lastHeard: () =>
			new Map(
				[...registry.all<{ at: number }>("heard")].map(([id, one]) => [
					id,
					one.at,
				]),
			),
		reseal: () =>
			registry.change(() => {
				const rows = KINDS.flatMap((kind) =>
					holders(
						kind,
						({ sealed }) => sealed !== undefined && seal.isOld(sealed),
					).map(({ id, row }) => {
						const holder = { kind, id };
						const secrets = opened(holder) as Secrets;
						return [
							at(holder),
							{ ...row, sealed: closed(holder, secrets) },
						] as const;
					}),
				);
				return { rows, result: rows.length };
			}),
	};

	function goneWith(
		holder: Holder,
		before: number,
		companyId: string | undefined,
	): Holder[] {
		const row = kept(holder);
		const isOld = (one: Kept) => newestWord(one) <= before;
		if (holder.kind === "location")
			return row &&
				isOld(row) &&
				(companyId === undefined ||
					row.companyId === undefined ||
					row.companyId === companyId)
				? [holder]
				: [];
		if (row && row.connectedAt > before) return [];
		return [
			...(row && isOld(row) ? [holder] : []),
			...holders(
				"location",
				(one) => one.minted && one.companyId === holder.id && isOld(one),
			).map(({ kind, id }) => ({ kind, id })),
		];
	}
};

/** An INSTALL that came before the tokens did. */
interface Awaited {
	readonly companyId?: string;
	readonly at: number;
}

const FRESH = {
	refused: false,
	retryAt: 0,
	tries: 0,
	claimedUntil: 0,
} as const;

const granted = (
	{ scopes, expiresAt }: NewTokens,
	sealed: string,
): Pick<Kept, "sealed" | "scopes" | "expiresAt"> => ({
	sealed,
	scopes,
	expiresAt,
});

const adopted = (companyId: string, saidAt: number, now: number): Kept => ({
	companyId,
	minted: true,
	scopes: [],
	expiresAt: 0,
	generation: now,
	connectedAt: now,
	ownedAt: saidAt,
	...FRESH,
});

const emptied = ({
	sealed: _sealed,
	claimedBy: _claimedBy,
	error: _error,
	errorAt: _errorAt,
	...row
}: Kept): Kept => ({
	...row,
	scopes: [],
	expiresAt: 0,
	generation: row.generation + 1,
	claimedUntil: 0,
});

const placeOf = ({ kind, id }: Holder): string => `${kind}/${id}`;

const rowOf = (
	{ kind, id }: Holder,
	{
		sealed: _sealed,
		claimedBy: _claimedBy,
		absentSince: _absentSince,
		companyId,
		renewedAt,
		error,
		errorAt,
		...row
	}: Kept,
): TokenRow => ({ ...row, kind, id, companyId, renewedAt, error, errorAt });

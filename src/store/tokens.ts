/** Keeps what OAuth gave, sealed, one row per location or company, and sees to it that only one process renews a row at a time. */
import type { Seal } from "./seal.ts";
import type { Sqlite, Tables } from "./sqlite.ts";
import {
	type Holder,
	type RawRow,
	rowOf,
	type Secrets,
	type TokenRow,
} from "./token-row.ts";

export const TOKEN_TABLES: Tables = {
	name: "tokens",
	migrations: [
		`CREATE TABLE tokens (
			kind TEXT NOT NULL, id TEXT NOT NULL, company_id TEXT, minted INTEGER NOT NULL,
			sealed TEXT, scopes TEXT NOT NULL, expires_at INTEGER NOT NULL,
			generation INTEGER NOT NULL, connected_at INTEGER NOT NULL, renewed_at INTEGER,
			error TEXT, error_at INTEGER, refused INTEGER NOT NULL DEFAULT 0, retry_at INTEGER NOT NULL DEFAULT 0,
			claimed_by TEXT, claimed_until INTEGER NOT NULL DEFAULT 0,
			PRIMARY KEY (kind, id)
		) STRICT;
		CREATE INDEX tokens_of_company ON tokens (company_id);
		CREATE TABLE awaited_installs (
			location_id TEXT PRIMARY KEY, company_id TEXT, at INTEGER NOT NULL
		) STRICT`,
		`CREATE TABLE webhooks_heard (location_id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT`,
		`ALTER TABLE tokens ADD COLUMN owned_at INTEGER NOT NULL DEFAULT 0;
		ALTER TABLE tokens ADD COLUMN absent_since INTEGER;
		ALTER TABLE tokens ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
		UPDATE tokens SET owned_at = connected_at`,
	],
};

export interface NewTokens extends Secrets {
	readonly scopes: readonly string[];
	readonly expiresAt: number;
}

/** A renewal that may go on until the lease ends; `secrets` are those to renew with, if there are any. */
export interface Claim {
	readonly row: TokenRow;
	readonly secrets: Secrets | undefined;
}

export interface TokenStore {
	get(holder: Holder): TokenRow | undefined;
	/** The newest generation, or undefined when there is no such connection: the cheapest way to see a change. */
	generation(holder: Holder): number | undefined;
	secrets(holder: Holder): Secrets | undefined;
	all(): TokenRow[];
	/** A person consented: replaces whatever was there. */
	connect(
		holder: Holder,
		tokens: NewTokens,
		about: { companyId: string | undefined; now: number },
	): Promise<void>;
	/**
	 * Locations that a company's tokens reach, as a consent, an INSTALL or a list of it says that was given `at`. The
	 * newest word counts: a minted location changes its owner, and what was refused is tried again. Answers the new ones.
	 */
	adopt(
		companyId: string,
		locationIds: readonly string[],
		times: { at: number; now: number },
	): Promise<string[]>;
	/** An INSTALL `at` of a location that is there: no UNINSTALL before that takes it away. */
	reinstalled(locationId: string, at: number): Promise<void>;
	/**
	 * Holds a company's minted locations against a whole list that was asked for at `begunAt`. Those that are missing for
	 * the second time in a row are forgotten; `missing` counts those for the first time.
	 */
	compare(
		companyId: string,
		locationIds: readonly string[],
		begunAt: number,
	): Promise<{ gone: Holder[]; missing: number }>;
	/**
	 * The right to renew the generation `seen`, for one process at a time: a holder that dies loses it when the lease
	 * ends. `moved` when somebody has renewed since; `busy` while another one does; `gone` without such a connection.
	 */
	claim(
		holder: Holder,
		seen: number,
		by: string,
		times: { now: number; leaseMs: number },
	): Promise<Claim | "busy" | "moved" | "gone">;
	/** Keeps the tokens if the row still is of the generation that was claimed; false when it is not. */
	renew(
		holder: Holder,
		generation: number,
		tokens: NewTokens,
		now: number,
	): Promise<boolean>;
	/** Keeps a refresh token that came without an access token; the claim goes on. */
	keepRefreshToken(
		holder: Holder,
		by: string,
		refreshToken: string | undefined,
	): Promise<void>;
	/** Ends a claim that came to nothing. */
	release(
		holder: Holder,
		by: string,
		failure: { error: string; refused: boolean; retryAt: number; now: number },
	): Promise<void>;
	/**
	 * The access token of this generation is worth nothing any more, whatever its time; with `error` it is not to be
	 * renewed before `retryAt`.
	 */
	end(
		holder: Holder,
		generation: number,
		about: { now: number; retryAt?: number; error?: string },
	): Promise<void>;
	/**
	 * Ended tokens whose last renewal failed, for a reason that may have passed; those that wait longest first. Not those
	 * whose company has to consent again: nothing but that helps them.
	 */
	failing(now: number, most: number): Holder[];
	/** Rows whose renewal was begun and not ended when its lease ran out: their process died. */
	abandoned(now: number): Holder[];
	/**
	 * Forgets a connection that nobody made or confirmed after `before`; a company's with all that was minted from it. A
	 * location that is another company's than `companyId` by now stays. Answers what is gone.
	 */
	forget(holder: Holder, before: number, companyId?: string): Promise<Holder[]>;
	/** An INSTALL that came before the tokens did; remembered for a day. */
	awaitInstall(
		locationId: string,
		companyId: string | undefined,
		now: number,
	): Promise<void>;
	/** Takes the remembered installs of a company, and those that did not say whose they are; each with its time. */
	takeInstalls(
		companyId: string,
		now: number,
	): Promise<{ locationId: string; at: number }[]>;
	/** Notes that a webhook of the location arrived. */
	heard(locationId: string, at: number): Promise<void>;
	/** When the last one did, by location. */
	lastHeard(): Map<string, number>;
	/** Seals again with the newest key whatever an older one sealed. Answers how many. */
	reseal(): Promise<number>;
}

const DAY_MS = 86_400_000;

export const createTokenStore = (sqlite: Sqlite, seal: Seal): TokenStore => {
	const { db, write } = sqlite;
	const one = db.prepare("SELECT * FROM tokens WHERE kind = ? AND id = ?");
	const generationOf = db.prepare(
		"SELECT generation FROM tokens WHERE kind = ? AND id = ?",
	);
	const every = db.prepare("SELECT * FROM tokens ORDER BY kind, id");
	const put = db.prepare(
		`INSERT INTO tokens (kind, id, company_id, minted, sealed, scopes, expires_at, generation, connected_at, owned_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?8, ?8, ?8)
		ON CONFLICT (kind, id) DO UPDATE SET company_id = excluded.company_id, minted = excluded.minted,
			sealed = excluded.sealed, scopes = excluded.scopes, expires_at = excluded.expires_at,
			generation = max(tokens.generation + 1, excluded.generation), connected_at = excluded.connected_at, renewed_at = NULL,
			owned_at = excluded.owned_at, absent_since = NULL,
			error = NULL, error_at = NULL, refused = 0, retry_at = 0, tries = 0, claimed_by = NULL, claimed_until = 0`,
	);
	const adopted = db.prepare(
		`INSERT INTO tokens (kind, id, company_id, minted, scopes, expires_at, generation, connected_at, owned_at)
		VALUES ('location', ?1, ?2, 1, '', 0, ?3, ?3, ?4)
		ON CONFLICT (kind, id) DO UPDATE SET company_id = excluded.company_id, owned_at = excluded.owned_at,
			refused = 0, retry_at = 0, tries = 0, absent_since = NULL
		WHERE company_id IS NULL OR excluded.owned_at > owned_at`,
	);
	// What the former owner minted is not the new one's.
	const moved = db.prepare(
		`UPDATE tokens SET sealed = NULL, scopes = '', expires_at = 0, generation = generation + 1,
			claimed_by = NULL, claimed_until = 0, error = NULL, error_at = NULL
		WHERE kind = 'location' AND id = ? AND minted = 1`,
	);
	const ownedBy = db.prepare(
		"SELECT id, absent_since FROM tokens WHERE kind = 'location' AND minted = 1 AND company_id = ?1 AND max(connected_at, owned_at) <= ?2",
	);
	const absent = db.prepare(
		"UPDATE tokens SET absent_since = ? WHERE kind = 'location' AND id = ?",
	);
	const take = db.prepare(
		"UPDATE tokens SET claimed_by = ?, claimed_until = ? WHERE kind = ? AND id = ?",
	);
	const renewed = db.prepare(
		`UPDATE tokens SET sealed = ?, scopes = ?, expires_at = ?, generation = generation + 1, renewed_at = ?,
			refused = 0, retry_at = 0, tries = 0, claimed_by = NULL, claimed_until = 0
		WHERE kind = ? AND id = ? AND generation = ?`,
	);
	const released = db.prepare(
		`UPDATE tokens SET error = ?, error_at = ?, refused = ?, retry_at = ?, tries = tries + 1, claimed_by = NULL, claimed_until = 0
		WHERE kind = ? AND id = ? AND claimed_by = ?`,
	);
	const left = db.prepare(
		"SELECT kind, id FROM tokens WHERE claimed_by IS NOT NULL AND claimed_until <= ?",
	);

	const stuck = db.prepare(
		`SELECT kind, id FROM tokens WHERE error_at > coalesce(renewed_at, 0) AND refused = 0 AND expires_at <= ?1
			AND retry_at <= ?1 AND claimed_until <= ?1 AND NOT (minted = 1 AND EXISTS (
				SELECT 1 FROM tokens AS company WHERE company.kind = 'company' AND company.id = tokens.company_id AND company.refused = 1
			)) ORDER BY retry_at LIMIT ?2`,
	);

	const get = ({ kind, id }: Holder): TokenRow | undefined => {
		const row = one.get(kind, id) as RawRow | undefined;
		return row && rowOf(row);
	};
	const opened = (holder: Holder): Secrets | undefined => {
		const row = one.get(holder.kind, holder.id) as RawRow | undefined;
		if (!row?.sealed) return undefined;
		return JSON.parse(seal.open(row.sealed, placeOf(holder))) as Secrets;
	};
	const closed = (
		holder: Holder,
		{ accessToken, refreshToken }: Secrets,
	): string =>
		seal.close(JSON.stringify({ accessToken, refreshToken }), placeOf(holder));

	return {
		get,
		secrets: opened,
		generation({ kind, id }) {
			const row = generationOf.get(kind, id);
			return row && Number(row.generation);
		},
		all: () => (every.all() as unknown as RawRow[]).map(rowOf),
		connect: (holder, tokens, { companyId, now }) =>
			write(() => {
				put.run(
					holder.kind,
					holder.id,
					companyId ?? null,
					0,
					closed(holder, tokens),
					tokens.scopes.join(" "),
					tokens.expiresAt,
					now,
				);
			}),
		adopt: (companyId, locationIds, { at, now }) =>
			write(() =>
				locationIds.filter((id) => {
					const before = get({ kind: "location", id });
					const { changes } = adopted.run(id, companyId, now, at);
					if (changes && before && before.companyId !== companyId)
						moved.run(id);
					return !before;
				}),
			),
		reinstalled: (locationId, at) =>
			write(() => {
				db.prepare(
					"UPDATE tokens SET owned_at = ?1, retry_at = 0 WHERE kind = 'location' AND id = ?2 AND owned_at < ?1",
				).run(at, locationId);
			}),
		compare: (companyId, locationIds, begunAt) =>
			write(() => {
				const listed = new Set(locationIds);
				const gone: Holder[] = [];
				let missing = 0;
				for (const row of ownedBy.all(companyId, begunAt)) {
					const id = String(row.id);
					if (listed.has(id)) {
						if (row.absent_since !== null) absent.run(null, id);
					} else if (row.absent_since === null) {
						missing++;
						absent.run(begunAt, id);
					} else gone.push({ kind: "location", id });
				}
				for (const { id } of gone)
					db.prepare(
						"DELETE FROM tokens WHERE kind = 'location' AND id = ?",
					).run(id);
				return { gone, missing };
			}),
		claim: (holder, seen, by, { now, leaseMs }) =>
			write(() => {
				const raw = one.get(holder.kind, holder.id) as RawRow | undefined;
				if (!raw) return "gone";
				if (raw.generation !== seen) return "moved";
				if (raw.claimed_by !== null && raw.claimed_until > now) return "busy";
				take.run(by, now + leaseMs, holder.kind, holder.id);
				return { row: rowOf(raw), secrets: opened(holder) };
			}),
		renew: (holder, generation, tokens, now) =>
			write(
				() =>
					renewed.run(
						closed(holder, tokens),
						tokens.scopes.join(" "),
						tokens.expiresAt,
						now,
						holder.kind,
						holder.id,
						generation,
					).changes === 1,
			),
		keepRefreshToken: (holder, by, refreshToken) =>
			write(() => {
				const { accessToken = "" } = opened(holder) ?? {};
				db.prepare(
					"UPDATE tokens SET sealed = ? WHERE kind = ? AND id = ? AND claimed_by = ?",
				).run(
					closed(holder, { accessToken, refreshToken }),
					holder.kind,
					holder.id,
					by,
				);
			}),
		release: (holder, by, { error, refused, retryAt, now }) =>
			write(() => {
				released.run(
					error,
					now,
					refused ? 1 : 0,
					retryAt,
					holder.kind,
					holder.id,
					by,
				);
			}),
		end: (holder, generation, { now, retryAt = 0, error }) =>
			write(() => {
				db.prepare(
					`UPDATE tokens SET expires_at = min(expires_at, ?1), retry_at = max(retry_at, ?2),
						error = coalesce(?3, error), error_at = iif(?3 IS NULL, error_at, max(?1, coalesce(renewed_at, 0) + 1))
					WHERE kind = ?4 AND id = ?5 AND generation = ?6`,
				).run(now, retryAt, error ?? null, holder.kind, holder.id, generation);
			}),
		failing: (now, most) => stuck.all(now, most) as unknown as Holder[],
		abandoned: (now) => left.all(now) as unknown as Holder[],
		forget: ({ kind, id }, before, companyId) =>
			write(() => {
				const gone = db
					.prepare(
						kind === "company"
							? `DELETE FROM tokens WHERE ((kind = 'company' AND id = ?1) OR (minted = 1 AND company_id = ?1))
								AND max(connected_at, owned_at) <= ?2 AND NOT EXISTS (
									SELECT 1 FROM tokens WHERE kind = 'company' AND id = ?1 AND connected_at > ?2
								) RETURNING kind, id`
							: `DELETE FROM tokens WHERE kind = 'location' AND id = ?1 AND max(connected_at, owned_at) <= ?2
								AND (?3 IS NULL OR company_id IS NULL OR company_id = ?3) RETURNING kind, id`,
					)
					.all(
						...(kind === "company"
							? [id, before]
							: [id, before, companyId ?? null]),
					) as unknown as Holder[];
				db.prepare(
					kind === "company"
						? "DELETE FROM awaited_installs WHERE company_id = ? AND at <= ?"
						: "DELETE FROM awaited_installs WHERE location_id = ? AND at <= ?",
				).run(id, before);
				return gone.map(({ kind, id }) => ({ kind, id }));
			}),
		awaitInstall: (locationId, companyId, now) =>
			write(() => {
				db.prepare(
					"INSERT INTO awaited_installs VALUES (?, ?, ?) ON CONFLICT (location_id) DO UPDATE SET company_id = coalesce(excluded.company_id, company_id), at = excluded.at",
				).run(locationId, companyId ?? null, now);
			}),
		takeInstalls: (companyId, now) =>
			write(() => {
				db.prepare("DELETE FROM awaited_installs WHERE at < ?").run(
					now - DAY_MS,
				);
				return db
					.prepare(
						"DELETE FROM awaited_installs WHERE company_id = ? OR company_id IS NULL RETURNING location_id, at",
					)
					.all(companyId)
					.map((row) => ({
						locationId: String(row.location_id),
						at: Number(row.at),
					}));
			}),
		heard: (locationId, at) =>
			write(() => {
				db.prepare(
					"INSERT INTO webhooks_heard VALUES (?, ?) ON CONFLICT (location_id) DO UPDATE SET at = max(at, excluded.at)",
				).run(locationId, at);
			}),
		lastHeard: () =>
			new Map(
				db
					.prepare("SELECT location_id, at FROM webhooks_heard")
					.all()
					.map((row) => [String(row.location_id), Number(row.at)]),
			),
		reseal: () =>
			write(() => {
				const old = (every.all() as unknown as RawRow[]).filter(
					({ sealed }) => sealed !== null && seal.isOld(sealed),
				);
				for (const { kind, id } of old)
					db.prepare(
						"UPDATE tokens SET sealed = ? WHERE kind = ? AND id = ?",
					).run(
						closed({ kind, id }, opened({ kind, id }) as Secrets),
						kind,
						id,
					);
				return old.length;
			}),
	};
};

const placeOf = ({ kind, id }: Holder): string => `${kind}/${id}`;

/**
 * Which writes were begun under a key, and what became of them, in Redis. All keys of a location have its hash tag. A record
 * is one text: what is to become of it is decided here and written only if it still is as it was seen, which fences off a
 * process that was taken for dead.
 */
import { createHash } from "node:crypto";
import { fail } from "../../errors.ts";
import type { IdempotencyStore, RecordId } from "../idempotency.ts";
import type { Bus } from "./bus.ts";
import { type RedisConnection, script } from "./connection.ts";

interface Kept {
	readonly id: readonly [subject: string, key: string];
	readonly inputHash: string;
	readonly content?: string | undefined;
	readonly begunAt: number;
	readonly since?: number | null | undefined;
	readonly sentAt: number;
	readonly owner: string | null;
	/** The process of the owner, by which it is known to have died. */
	readonly by: string;
	readonly leaseUntil: number;
	readonly outcome: string | null;
	readonly made?: string;
	readonly lost?: boolean;
	readonly settlesAt?: number;
	readonly mutation?: string;
	readonly plan?: string;
}

// KEYS: record, records of the content. ARGV: record, begun before, milliseconds to keep it, its name.
const BEGIN = script(`
local have = redis.call('GET', KEYS[1])
if have and cjson.decode(have).begunAt >= tonumber(ARGV[2]) then return have end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
if ARGV[4] ~= '' then
	redis.call('SADD', KEYS[2], ARGV[4])
	redis.call('PEXPIRE', KEYS[2], ARGV[3])
end
return ''
`);

// KEYS: record, then what was made, of which the first that is free is taken. ARGV: as seen, its name, then the record
// that each would make it; '' removes it. Answers what is there instead, or the number of the one that was taken.
const CHANGE = script(`
local have = redis.call('GET', KEYS[1]) or ''
if have ~= ARGV[1] then return { 'other', have } end
local ttl = redis.call('PTTL', KEYS[1])
local at = 0
if #KEYS > 1 then
	for i = 2, #KEYS do
		local holder = redis.call('GET', KEYS[i])
		if not holder or holder == ARGV[2] then
			at = i - 1
			break
		end
	end
	if at == 0 then return { 'none', '' } end
	redis.call('SET', KEYS[at + 1], ARGV[2], 'PX', math.max(1, ttl))
else
	at = 1
end
if ARGV[at + 2] == '' then redis.call('DEL', KEYS[1])
else redis.call('SET', KEYS[1], ARGV[at + 2], 'PX', math.max(1, ttl)) end
return { 'done', tostring(at) }
`);

// A record outlives the time its key is remembered for: a read goes by when it was begun, whatever the clocks say.
const LONGER_MS = 3_600_000;

export const redisIdempotency = (
	connection: RedisConnection,
	bus: Bus,
	prefix: string,
): IdempotencyStore => {
	const root = (locationId: string) => `${prefix}:{${locationId}}:write`;
	const nameOf = ({ subject, key }: RecordId): string =>
		createHash("sha256")
			.update(JSON.stringify([subject, key]))
			.digest("base64url");
	const recordKey = (id: RecordId) => `${root(id.locationId)}:${nameOf(id)}`;
	const madeKey = (locationId: string, made: string) =>
		`${root(locationId)}:made:${made}`;
	const contentKey = (locationId: string, content: string) =>
		`${root(locationId)}:content:${content}`;
	const dueKey = `${prefix}:{shared}:due`;
	/** Records that this process is at, as it wrote them. */
	const mine = new Map<string, string>();

	const read = async (key: string): Promise<string> =>
		String((await connection.call("GET", key)) ?? "");
	const parsed = (text: string): Kept | undefined =>
		text === "" ? undefined : (JSON.parse(text) as Kept);
	const shown = (kept: Kept) => {
		const {
			id: _id,
			by,
			lost: _lost,
			made: _made,
			mutation: _m,
			plan: _p,
			...record
		} = kept;
		return {
			...record,
			content: kept.content,
			since: kept.since ?? null,
			settlesAt: kept.settlesAt ?? null,
			// Nobody waits for the lease of a process that is gone.
			owner: bus.isThere(by) ? kept.owner : null,
		};
	};

	/**
	 * Writes what `next` makes of the record, null to remove it; undefined leaves it. It is called again when the record has
	 * changed. Each of several is tried with its name of what was made; answers the index of the one that was written.
	 */
	const change = async (
		id: RecordId,
		next: (
			kept: Kept | undefined,
			isMine: boolean,
		) =>
			| readonly (readonly [made: string | undefined, Kept | null])[]
			| undefined,
	): Promise<number | undefined> => {
		const key = recordKey(id);
		let text = mine.get(key) ?? (await read(key));
		for (let isMine = mine.has(key); ; isMine = false) {
			const options = next(parsed(text), isMine);
			if (!options || options.length === 0) {
				mine.delete(key);
				return undefined;
			}
			const texts = options.map(([, kept]) =>
				kept === null ? "" : JSON.stringify(kept),
			);
			const names = options.flatMap(([made]) =>
				made === undefined ? [] : [madeKey(id.locationId, made)],
			);
			const [what, rest] = (await connection.run(
				CHANGE,
				[key, ...names],
				[text, nameOf(id), ...texts],
			)) as [string, string];
			if (what === "none") return undefined;
			if (what === "done") {
				const index = Number(rest) - 1;
				const written = options[index]?.[1];
				if (written && written.owner !== null && written.outcome === null)
					mine.set(key, texts[index] as string);
				else mine.delete(key);
				return index;
			}
			text = rest;
		}
	};
	/** A record that another process took is no longer this one's to change. */
	const alter = async (
		id: RecordId,
		next: (kept: Kept) => Kept | null,
	): Promise<boolean> =>
		(await change(id, (kept, isMine) =>
			kept && (isMine || kept.by === bus.id)
				? [[undefined, next(kept)]]
				: undefined,
		)) !== undefined;
	const finished = (kept: Kept, outcome: string, made?: string): Kept => {
		const { settlesAt: _s, mutation: _m, plan: _p, ...rest } = kept;
		return {
			...rest,
			outcome,
			owner: null,
			...(made !== undefined && { made }),
		};
	};
	const known = (kept: Kept | undefined, expiredBefore: number) =>
		kept && kept.begunAt >= expiredBefore ? shown(kept) : undefined;
	const due = (id: RecordId): string =>
		JSON.stringify([id.locationId, id.subject, id.key]);

	const store = {
		async begin(
			id: RecordId,
			record: Omit<Kept, "id" | "by" | "outcome">,
			expiredBefore: number,
		) {
			const key = recordKey(id);
			const text = JSON.stringify({
				...record,
				id: [id.subject, id.key],
				by: bus.id,
				outcome: null,
			} satisfies Kept);
			const { content } = record;
			const seen = String(
				await connection.run(
					BEGIN,
					[key, contentKey(id.locationId, content ?? "")],
					[
						text,
						expiredBefore,
						record.begunAt - expiredBefore + LONGER_MS,
						content === undefined ? "" : nameOf(id),
					],
				),
			);
			if (seen !== "") return shown(JSON.parse(seen) as Kept);
			mine.set(key, text);
			return undefined;
		},
		find: async (id: RecordId, expiredBefore: number) =>
			known(parsed(await read(recordKey(id))), expiredBefore),
		async takeOver(
			id: RecordId,
			seen: { readonly sentAt: number; readonly owner: string | null },
			{ owner, leaseUntil }: { owner: string | null; leaseUntil: number },
		) {
			mine.delete(recordKey(id));
			const taken = await change(id, (kept) =>
				kept &&
				shown(kept).owner === seen.owner &&
				kept.sentAt === seen.sentAt &&
				(kept.outcome === null || kept.settlesAt !== undefined)
					? [
							[
								undefined,
								{ ...kept, owner, leaseUntil, by: bus.id, lost: true },
							],
						]
					: undefined,
			);
			return taken !== undefined;
		},
		async sendAgain(id: RecordId, sentAt: number) {
			if (await alter(id, (kept) => ({ ...kept, sentAt, lost: false }))) return;
			throw fail(
				"STORAGE_UNAVAILABLE",
				"Nothing was sent: another process is at this write. Send it again, with the same idempotencyKey.",
				{ extensions: { retryAfterMs: 1000 } },
			);
		},
		lost: async (id: RecordId, at: number) =>
			void (await alter(id, (kept) => ({
				...kept,
				lost: true,
				sentAt: Math.max(kept.sentAt, at),
			}))),
		async finish(id: RecordId, outcome: string, made: string | undefined) {
			// What is certain is kept, whoever is at the record by now, but never in place of another outcome.
			let wasOpen = false;
			const written = await change(id, (kept) => {
				wasOpen = kept?.settlesAt !== undefined;
				return kept && (kept.outcome === null || wasOpen)
					? [[made, finished(kept, outcome, made)]]
					: undefined;
			});
			if (wasOpen) await connection.call("ZREM", dueKey, due(id));
			if (written === undefined && made !== undefined)
				await change(id, (kept) =>
					kept && kept.outcome === null
						? [[undefined, finished(kept, outcome)]]
						: undefined,
				);
		},
		async claim(
			id: RecordId,
			candidates: readonly {
				readonly made: string;
				readonly outcome: string;
			}[],
			now: number,
		) {
			const kept = parsed(await read(recordKey(id)));
			if (!kept) return undefined;
			if (kept.content !== undefined && (await isOnItsWay(id, kept, now)))
				return "wait" as const;
			return change(
				id,
				(current) =>
					current &&
					candidates.map(
						({ made, outcome }) =>
							[made, finished(current, outcome, made)] as const,
					),
			);
		},
		async refuse(
			id: RecordId,
			refusal: Required<Pick<Kept, "settlesAt" | "mutation" | "plan">> & {
				readonly outcome: string;
			},
		) {
			// First, so that none is forgotten: what is due and was never refused is passed over.
			await connection.call("ZADD", dueKey, refusal.settlesAt, due(id));
			await alter(id, (kept) => ({ ...kept, ...refusal, owner: null }));
		},
		async takeDue(
			now: number,
			{ owner, leaseUntil }: { owner: string; leaseUntil: number },
			most: number,
		) {
			const names = (await connection.call(
				"ZRANGE",
				dueKey,
				"-inf",
				now,
				"BYSCORE",
				"LIMIT",
				0,
				most,
			)) as string[];
			const taken = [];
			for (const name of names) {
				const [locationId, subject, key] = JSON.parse(name) as [
					string,
					string,
					string,
				];
				const id = { locationId, subject, key };
				mine.delete(recordKey(id));
				let found: Kept | undefined;
				let isOver = false;
				const done = await change(id, (kept) => {
					isOver = kept?.settlesAt === undefined;
					if (!kept || kept.settlesAt === undefined || kept.settlesAt > now)
						return undefined;
					if (shown(kept).owner !== null && kept.leaseUntil > now)
						return undefined;
					const settlesAt = Math.max(now + 1000, 2 * now - kept.sentAt);
					found = { ...kept, owner, leaseUntil, by: bus.id, settlesAt };
					return [[undefined, found]];
				});
				if (isOver) await connection.call("ZREM", dueKey, name);
				if (done === undefined || !found) continue;
				await connection.call("ZADD", dueKey, found.settlesAt ?? now, name);
				taken.push({
					id,
					record: shown(found),
					mutation: found.mutation ?? "",
					plan: found.plan ?? "",
				});
			}
			return taken;
		},
		async nextDue() {
			const [, at] = (await connection.call(
				"ZRANGE",
				dueKey,
				0,
				0,
				"WITHSCORES",
			)) as string[];
			return at === undefined ? undefined : Number(at);
		},
		release: async (id: RecordId) =>
			void (await alter(id, (kept) => ({ ...kept, owner: null }))),
		forget: async (id: RecordId) => void (await alter(id, () => null)),
		isMade: async (locationId: string, made: string) =>
			Number(await connection.call("EXISTS", madeKey(locationId, made))) === 1,
		// Each record has its own end in Redis.
		prune: async () => 0,
	};

	/** Whether another write of the same content may still make what reading would find. */
	const isOnItsWay = async (
		id: RecordId,
		{ content = "" }: Kept,
		now: number,
	): Promise<boolean> => {
		const key = contentKey(id.locationId, content);
		for (const name of (await connection.call("SMEMBERS", key)) as string[]) {
			if (name === nameOf(id)) continue;
			const other = parsed(await read(`${root(id.locationId)}:${name}`));
			if (!other || other.outcome !== null) {
				await connection.call("SREM", key, name);
				continue;
			}
			if (!other.lost && shown(other).owner !== null && other.leaseUntil > now)
				return true;
		}
		return false;
	};
	return store;
};

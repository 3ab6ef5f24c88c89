/**
 * The journal in Redis: one stream for the gateway, in one order for all locations, as in the file. Every row is pushed to
 * all processes by the script that appends it.
 */
import { randomBytes } from "node:crypto";
import type { Journal, JournalEntry, JournalRow, Range } from "../journal.ts";
import type { Seal } from "../seal.ts";
import { type Bus, DROPPED_MS, PUSH } from "./bus.ts";
import { type RedisConnection, script } from "./connection.ts";

export interface RedisJournalOptions {
	readonly connection: RedisConnection;
	readonly bus: Bus;
	/** `prefix:{shared}`. */
	readonly root: string;
	readonly seal: Seal | undefined;
	/** How long ids of deliveries are remembered, in milliseconds; as Retention. */
	readonly seenMs: number;
}

/** A row as it is kept: short names, for there are many. */
interface Kept {
	readonly l: string;
	readonly t: string;
	readonly k: string | null;
	readonly c: string | null;
	readonly s: string | null;
	readonly o: number | null;
	readonly r: number;
	readonly w: 0 | 1;
	readonly n: number;
	/** The body, sealed by the key named `y` where there is one. */
	readonly b: string;
	readonly y?: string;
}

// KEYS: stream, state, members, waiting, of the location, then an id of the delivery each.
// ARGV: 4 seenMs, 5 waiting, 6 shown, 7 bytes, 8 row, 9 epoch, 10 the row that is settled by it or 0.
const APPEND = script(`${PUSH}
if redis.call('HGET', KEYS[2], 'epoch') ~= ARGV[9] then return redis.error_reply('LOST the journal was emptied') end
for i = 6, #KEYS do
	if redis.call('EXISTS', KEYS[i]) == 1 then return { 0, {} } end
end
if ARGV[10] ~= '0' and redis.call('ZREM', KEYS[4], ARGV[10]) == 0 then return { 0, {} } end
local seq = redis.call('HINCRBY', KEYS[2], 'seq', 1)
redis.call('XADD', KEYS[1], seq .. '-0', 'row', ARGV[8])
redis.call('HINCRBY', KEYS[2], 'bytes', ARGV[7])
if ARGV[5] == '1' then redis.call('ZADD', KEYS[4], seq, seq) end
if ARGV[6] == '1' then redis.call('ZADD', KEYS[5], seq, seq) end
for i = 6, #KEYS do redis.call('SET', KEYS[i], seq, 'PX', ARGV[4]) end
push('row', '[' .. seq .. ',' .. ARGV[8] .. ']')
return { seq, redis.call('HGETALL', KEYS[3]) }
`);

// KEYS: stream, sorted set of seqs. ARGV: after, before, how many, from the end.
const PAGE = script(`
local seqs
if ARGV[4] == '1' then
	seqs = redis.call('ZRANGE', KEYS[2], '(' .. ARGV[2], '(' .. ARGV[1], 'BYSCORE', 'REV', 'LIMIT', 0, ARGV[3])
else
	seqs = redis.call('ZRANGE', KEYS[2], '(' .. ARGV[1], '(' .. ARGV[2], 'BYSCORE', 'LIMIT', 0, ARGV[3])
end
local found = {}
for _, seq in ipairs(seqs) do
	local row = redis.call('XRANGE', KEYS[1], seq .. '-0', seq .. '-0')[1]
	found[#found + 1] = { seq, row and row[2][2] or '' }
end
return found
`);

// KEYS: stream, state, waiting, lost. ARGV: before, bytes to keep, how many, start of a location's key, epoch.
const PRUNE = script(`
local applied = tonumber(redis.call('HGET', KEYS[2], 'applied') or '0')
local excess = tonumber(redis.call('HGET', KEYS[2], 'bytes') or '0') - tonumber(ARGV[2])
local taken, seen = 0, 0
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', ARGV[3])) do
	local seq = tonumber(string.match(entry[1], '^%d+'))
	if seq > applied then break end
	seen = seen + 1
	if not redis.call('ZSCORE', KEYS[3], seq) then
		local row = cjson.decode(entry[2][2])
		if row.r >= tonumber(ARGV[1]) and excess <= 0 then break end
		redis.call('XDEL', KEYS[1], entry[1])
		redis.call('HINCRBY', KEYS[2], 'bytes', -row.n)
		excess = excess - row.n
		if row.k ~= cjson.null then
			redis.call('ZREM', ARGV[4] .. row.l, seq)
			if tonumber(redis.call('HGET', KEYS[4], row.l) or '0') < seq then redis.call('HSET', KEYS[4], row.l, seq) end
		end
		taken = taken + 1
	end
end
return taken
`);

const APPLIED = script(`
if tonumber(redis.call('HGET', KEYS[1], 'applied') or '0') < tonumber(ARGV[1]) then
	redis.call('HSET', KEYS[1], 'applied', ARGV[1])
end
`);

// KEYS: waiting, who looks. ARGV: process, row, a process that is gone.
const TURN = script(`
if not redis.call('ZSCORE', KEYS[1], ARGV[2]) then return 'over' end
local holder = redis.call('GET', KEYS[2])
if holder and holder ~= ARGV[1] and holder ~= ARGV[3] then return holder end
redis.call('SET', KEYS[2], ARGV[1], 'PX', 600000)
return 'mine'
`);

// A server that lost its last writes must not give their numbers to other rows: subscribers and processes passed them.
const RESUME = script(`
redis.call('HSETNX', KEYS[1], 'epoch', ARGV[1])
local seq = tonumber(redis.call('HGET', KEYS[1], 'seq') or '0')
if seq < tonumber(ARGV[2]) then
	seq = tonumber(ARGV[2]) + 1000
	redis.call('HSET', KEYS[1], 'seq', seq)
end
return { redis.call('HGET', KEYS[1], 'epoch'), seq }
`);

// Others must not wait behind a script.
const AT_ONCE = 200;
const SIGNED_EVERY_MS = 60_000;
// A row of which no process can still hold what it invalidated, whatever the clocks say.
const LONG_AGO_MS = 60_000;

export const openRedisJournal = async ({
	connection,
	bus,
	root,
	seal,
	seenMs,
}: RedisJournalOptions): Promise<Journal> => {
	const stream = `${root}:journal`;
	const state = `${root}:journal:state`;
	const waitingKey = `${root}:journal:waiting`;
	const lostKey = `${root}:journal:lost`;
	const ofLocation = `${root}:journal:of:`;
	await connection.call(
		"HSETNX",
		state,
		"epoch",
		randomBytes(6).toString("base64url"),
	);
	const epoch = String(await connection.call("HGET", state, "epoch"));
	const keptOf = (entry: JournalEntry, wait: boolean): Kept => {
		const sealed = seal?.closeBytes(entry.body, placeOf(entry));
		return {
			l: entry.locationId,
			t: entry.type,
			k: entry.kind,
			c: entry.contactId,
			s: entry.subjectId,
			o: entry.occurredAt,
			r: entry.receivedAt,
			w: wait ? 1 : 0,
			n: sealed?.bytes.byteLength ?? Buffer.byteLength(entry.body),
			b: sealed ? Buffer.from(sealed.bytes).toString("base64") : entry.body,
			...(sealed && { y: sealed.key }),
		};
	};
	const rowOf = (seq: number, kept: Kept): JournalRow => {
		let body: string | undefined;
		const about = { locationId: kept.l, receivedAt: kept.r };
		return {
			...about,
			seq,
			type: kept.t,
			kind: kept.k,
			contactId: kept.c,
			subjectId: kept.s,
			occurredAt: kept.o,
			waiting: kept.w === 1,
			bytes: kept.n,
			get body() {
				body ??= opened(kept, placeOf(about));
				return body;
			},
		};
	};
	const opened = ({ b, y }: Kept, place: string): string => {
		if (y === undefined) return b;
		if (!seal) throw new Error("The journal is sealed, and no key was given");
		return seal.openBytes({ key: y, bytes: Buffer.from(b, "base64") }, place);
	};

	/** Rows no process serves the old values of any more, until the others have heard of it. */
	const holding = new Map<number, { done: Promise<void>; end(): void }>();
	const hold = (seq: number): { done: Promise<void>; end(): void } => {
		const known = holding.get(seq);
		if (known) return known;
		const { promise, resolve } = Promise.withResolvers<void>();
		const timer = setTimeout(() => one.end(), DROPPED_MS);
		const one = {
			done: promise,
			end() {
				clearTimeout(timer);
				holding.delete(seq);
				resolve();
			},
		};
		holding.set(seq, one);
		return one;
	};
	let newest = 0;
	const waiters = new Map<number, () => void>();
	const hears: ((last: number, row?: JournalRow) => unknown)[] = [];
	bus.on("row", (([seq, kept]: [number, Kept]) => {
		newest = Math.max(newest, seq);
		hold(seq);
		const row = rowOf(seq, kept);
		for (const hear of hears) hear(seq, row);
		waiters.get(seq)?.();
	}) as never);
	bus.on("dropped", ((seq: number) => holding.get(seq)?.end()) as never);
	bus.onCatchUp(async () => {
		const [known, last] = (await connection.run(
			RESUME,
			[state],
			[epoch, newest],
		)) as [string, number];
		if (known !== epoch)
			throw new Error(
				"Redis was emptied and filled anew by another gateway: start this one again",
			);
		for (const hear of hears) await hear(Number(last));
	});
	const lastSeq = async () =>
		Number((await connection.call("HGET", state, "seq")) ?? 0);

	/** Until the push of it has come, so that this process applies it in its turn. */
	const arrived = (seq: number): Promise<void> =>
		newest >= seq
			? Promise.resolve()
			: new Promise<void>((resolve) => {
					const timer = setTimeout(resolve, ARRIVES_MS);
					waiters.set(seq, () => {
						clearTimeout(timer);
						resolve();
					});
				}).then(() => void waiters.delete(seq));

	const put = async (
		entry: JournalEntry,
		{ ids = [], wait = false, settles = 0 }: Put,
	): Promise<JournalRow | undefined> => {
		const kept = keptOf(entry, wait);
		const { reply, dropped } = await bus.send(
			APPEND,
			[
				stream,
				state,
				bus.membersKey,
				waitingKey,
				ofLocation + entry.locationId,
				...ids.map((id) => `${root}:journal:seen:${id}`),
			],
			() => [
				seenMs,
				wait ? 1 : 0,
				entry.kind === null ? 0 : 1,
				kept.n,
				JSON.stringify(kept),
				epoch,
				settles,
			],
		);
		const seq = Number(reply[0]);
		if (seq === 0) return undefined;
		const { end } = hold(seq);
		dropped.then(() => {
			end();
			if (bus.members() > 1) bus.tell("dropped", seq);
		});
		await arrived(seq);
		return rowOf(seq, kept);
	};

	const page = async (
		key: string,
		{ after, before, limit, fromEnd = false }: Omit<Range, "locationId">,
	): Promise<(readonly [number, Kept | undefined])[]> => {
		const found = (await connection.run(
			PAGE,
			[stream, key],
			[after, before, limit, fromEnd ? 1 : 0],
		)) as [string, string][];
		return found.map(([seq, text]) => [
			Number(seq),
			text === "" ? undefined : (JSON.parse(text) as Kept),
		]);
	};

	const range = async (wanted: Range): Promise<JournalRow[]> => {
		const { locationId, limit, kinds, contactIds, fromEnd = false } = wanted;
		const rows: JournalRow[] = [];
		let { after, before } = wanted;
		for (;;) {
			const some = await page(ofLocation + locationId, {
				after,
				before,
				limit: AT_ONCE,
				fromEnd,
			});
			for (const [seq, kept] of some) {
				if (!kept) continue;
				if (kinds && !kinds.includes(kept.k ?? "")) continue;
				if (contactIds && !contactIds.includes(kept.c ?? "")) continue;
				rows.push(rowOf(seq, kept));
				if (rows.length === limit) break;
			}
			const [reached] = some.at(-1) ?? [];
			if (reached === undefined) break;
			if (rows.length === limit || some.length < AT_ONCE) break;
			if (fromEnd) before = reached;
			else after = reached;
		}
		return fromEnd ? rows.reverse() : rows;
	};

	const signedAt = new Map<string, number>();
	return {
		epoch,
		last: lastSeq,
		append: (entry, ids, wait = false) => put(entry, { ids, wait }),
		settle: (row, found) =>
			put({ ...row, ...found, body: found.body }, { settles: row.seq }),
		range,
		async behind(seq, limit) {
			const found = (await connection.call(
				"XRANGE",
				stream,
				`(${seq}-0`,
				"+",
				"COUNT",
				limit,
			)) as [string, [string, string]][];
			return found.map(([id, [, text]]) =>
				rowOf(Number(id.split("-")[0]), JSON.parse(text) as Kept),
			);
		},
		async waiting() {
			const found = await page(waitingKey, {
				after: 0,
				before: Number.MAX_SAFE_INTEGER,
				limit: 10_000,
			});
			return found.flatMap(([seq, kept]) => (kept ? [rowOf(seq, kept)] : []));
		},
		lostUpTo: async (locationId) =>
			Number((await connection.call("HGET", lostKey, locationId)) ?? 0),
		watch(hear) {
			hears.push(hear);
			return () => {
				hears.splice(hears.indexOf(hear), 1);
			};
		},
		dropped(row) {
			const held = holding.get(row.seq);
			if (held) return held.done;
			// Pushed and let go, or read from the journal later than it was pushed.
			return row.seq <= newest || Date.now() - row.receivedAt > LONG_AGO_MS
				? undefined
				: hold(row.seq).done;
		},
		async turn({ seq }) {
			const ask = (gone: string) =>
				connection.run(
					TURN,
					[waitingKey, `${root}:journal:look:${seq}`],
					[bus.id, seq, gone],
				);
			let answer = String(await ask(""));
			if (answer !== "mine" && answer !== "over" && !bus.isThere(answer))
				answer = String(await ask(answer));
			return answer === "mine" || answer === "over" ? answer : "another's";
		},
		applied: async () =>
			Number((await connection.call("HGET", state, "applied")) ?? 0),
		async saveApplied(seq) {
			await connection.run(APPLIED, [state], [seq]);
		},
		signedBy(header, at) {
			if (at - (signedAt.get(header) ?? 0) < SIGNED_EVERY_MS) return;
			signedAt.set(header, at);
			// What is lost here is told again in a minute.
			connection.call("HSET", state, `signed/${header}`, at).catch(() => {});
		},
		// Rows of an older key open for as long as that key is listed, and retention takes them in time.
		reseal: async () => 0,
		async prune(now, { ageMs, bytes }) {
			let taken = 0;
			for (;;) {
				const some = Number(
					await connection.run(
						PRUNE,
						[stream, state, waitingKey, lostKey],
						[now - ageMs, bytes, AT_ONCE, ofLocation, epoch],
					),
				);
				taken += some;
				if (some < AT_ONCE) return taken;
			}
		},
	};
};

const ARRIVES_MS = 200;

interface Put {
	readonly ids?: readonly string[];
	readonly wait?: boolean;
	/** The row that waited, which this one takes the place of; 0 for none. */
	readonly settles?: number;
}

// Bound into what is sealed, so that a body does not open in a row of another location or time.
const placeOf = ({
	locationId,
	receivedAt,
}: Pick<JournalEntry, "locationId" | "receivedAt">): string =>
	`journal/${locationId}/${receivedAt}`;

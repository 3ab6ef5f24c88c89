/**
 * Rows that every process looks up all the time and few change: tokens, revocations, lists of agencies. Each process holds
 * all of them in memory, so that a look costs no command; a change is decided on the rows as they were seen, and made
 * only if they still are so.
 */
import type { Bus } from "./bus.ts";
import { PUSH } from "./bus.ts";
import { type RedisConnection, script } from "./connection.ts";

/** A row's place: its kind, and its id within the kind. */
export type Place = readonly [kind: string, id: string];

/** Rows to be written, null to be removed. */
export type RowChanges = readonly (readonly [Place, object | null])[];

export interface Decision<T> {
	readonly rows: RowChanges;
	readonly result: T;
}

export interface Registry {
	get<Row>(kind: string, id: string): Row | undefined;
	all<Row>(kind: string): ReadonlyMap<string, Row>;
	/**
	 * Makes what `decide` returns, all or nothing. It is called again when another process was quicker, so it must only
	 * look. Resolves once this process sees the change; `everywhere` waits for all.
	 */
	change<T>(
		decide: () => Decision<T>,
		options?: { readonly everywhere?: boolean },
	): Promise<T>;
	/** Reads all rows anew. */
	load(): Promise<void>;
}

const CHANGE = script(`${PUSH}
local clash = {}
for i = 4, #ARGV, 3 do
	local row = redis.call('HGET', KEYS[1], ARGV[i]) or ''
	if row ~= ARGV[i + 1] then
		clash[#clash + 1] = ARGV[i]
		clash[#clash + 1] = row
	end
end
if #clash > 0 then return { 0, clash, {} } end
local said = {}
for i = 4, #ARGV, 3 do
	if ARGV[i + 2] == '' then redis.call('HDEL', KEYS[1], ARGV[i])
	else redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 2]) end
	said[#said + 1] = ARGV[i]
	said[#said + 1] = ARGV[i + 2]
end
push('rows', cjson.encode(said))
return { 1, {}, redis.call('HGETALL', KEYS[2]) }
`);

// Rows in one script: others must not wait behind it.
const AT_ONCE = 500;

interface Held {
	readonly text: string;
	readonly row: object;
}

export const createRegistry = (
	connection: RedisConnection,
	bus: Bus,
	key: string,
): Registry => {
	const rows = new Map<string, Map<string, Held>>();
	const rowsOf = (kind: string): Map<string, Held> => {
		let all = rows.get(kind);
		if (!all) {
			all = new Map();
			rows.set(kind, all);
		}
		return all;
	};
	const set = (field: string, text: string): void => {
		const slash = field.indexOf("/");
		const of = rowsOf(field.slice(0, slash));
		const id = field.slice(slash + 1);
		if (text === "") of.delete(id);
		else of.set(id, { text, row: JSON.parse(text) });
	};
	const setAll = (flat: readonly unknown[]): void => {
		for (let at = 0; at + 1 < flat.length; at += 2)
			set(String(flat[at]), String(flat[at + 1]));
	};
	bus.on("rows", setAll as never);
	const load = async (): Promise<void> => {
		const flat = (await connection.call("HGETALL", key)) as unknown[];
		rows.clear();
		setAll(flat);
	};
	bus.onCatchUp(load);

	/** Undefined when another process was quicker. */
	const write = async (changes: RowChanges) => {
		const wanted = changes.flatMap(([[kind, id], row]) => {
			const text = rowsOf(kind).get(id)?.text ?? "";
			return [`${kind}/${id}`, text, row === null ? "" : JSON.stringify(row)];
		});
		const { reply, dropped } = await bus.send(
			CHANGE,
			[key, bus.membersKey],
			() => wanted,
		);
		const [done, clash] = reply as [number, unknown[]];
		if (done === 0) {
			setAll(clash);
			return undefined;
		}
		for (let at = 0; at < wanted.length; at += 3)
			set(String(wanted[at]), String(wanted[at + 2]));
		return { dropped };
	};

	return {
		get: <Row>(kind: string, id: string) =>
			rows.get(kind)?.get(id)?.row as Row | undefined,
		all: <Row>(kind: string) =>
			new Map(
				[...rowsOf(kind)].map(([id, { row }]) => [id, row as Row] as const),
			),
		async change(decide, { everywhere = false } = {}) {
			for (;;) {
				const { rows: changes, result } = decide();
				let isDone = true;
				for (let at = 0; isDone && at < changes.length; at += AT_ONCE) {
					const written = await write(changes.slice(at, at + AT_ONCE));
					if (!written) isDone = false;
					else if (everywhere) await written.dropped;
				}
				if (isDone) return result;
			}
		},
		load,
	};
};

/** Tells every process what a write of one of them invalidated, and reads what a process missed while it was cut off. */
import type { RemoteInvalidations } from "../store.ts";
import { type Bus, DROPPED_MS, PUSH } from "./bus.ts";
import { type RedisConnection, script } from "./connection.ts";

// As much as a process may have missed before it forgets all it has cached instead.
const KEPT = 10_000;
// What was written so long ago may still be missing in a search, or in a list on its way (see RecentChanges).
const RECENT_MS = 140_000;

const ANNOUNCE = script(`${PUSH}
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ${KEPT}, '*', 'i', ARGV[4])
push('invalidated', '["' .. id .. '",' .. ARGV[4] .. ']')
return { redis.call('HGETALL', KEYS[2]) }
`);

type Invalidated = readonly [
	locationId: string,
	tags: readonly string[],
	write: object | null,
];

export const openRemoteInvalidations = (
	connection: RedisConnection,
	bus: Bus,
	root: string,
): Omit<RemoteInvalidations, "isCurrent"> => {
	const stream = `${root}:invalidated`;
	const listeners: Parameters<RemoteInvalidations["onHeard"]>[0][] = [];
	const forgets: (() => void)[] = [];
	/** What could not be announced, until it can. */
	let owed: Invalidated[] = [];
	let last: string | undefined;

	const hear = ([locationId, tags, write]: Invalidated): void => {
		for (const listener of listeners)
			listener(locationId, tags, write ?? undefined);
	};
	bus.on("invalidated", (([id, one]: [string, Invalidated], from: string) => {
		last = id;
		if (from !== bus.id) hear(one);
	}) as never);

	const isBefore = (a: string, b: string): boolean => {
		const [msA = 0, numberA = 0] = a.split("-").map(Number);
		const [msB = 0, numberB = 0] = b.split("-").map(Number);
		return msA < msB || (msA === msB && numberA < numberB);
	};
	type Entry = [string, [string, string]];
	bus.onCatchUp(async () => {
		const [seconds] = (await connection.call("TIME")) as [string];
		const since = last;
		const [oldest] = (await connection.call(
			"XRANGE",
			stream,
			"-",
			"+",
			"COUNT",
			1,
		)) as Entry[];
		const from = since ?? `${Number(seconds) * 1000 - RECENT_MS}-0`;
		// Trimmed, or gone with the data of the server.
		if (since !== undefined && (!oldest || isBefore(since, oldest[0])))
			for (const forget of forgets) forget();
		const missed = (await connection.call(
			"XRANGE",
			stream,
			`(${from}`,
			"+",
		)) as Entry[];
		for (const [id, [, text]] of missed) {
			hear(JSON.parse(text) as Invalidated);
			last = id;
		}
		last ??= from;
		const late = owed;
		owed = [];
		for (const one of late) await send(one);
	});

	const send = async (one: Invalidated): Promise<void> => {
		try {
			const { dropped } = await bus.send(
				ANNOUNCE,
				[stream, bus.membersKey],
				() => [JSON.stringify(one)],
			);
			await dropped;
		} catch {
			owed.push(one);
			if (owed.length > KEPT) owed.shift();
			// While the server is away for all, nobody serves anything cached after this.
			await new Promise((done) => setTimeout(done, DROPPED_MS));
		}
	};

	return {
		announce: (locationId, tags, write) =>
			send([locationId, tags, write ?? null]),
		onHeard: (listener) => void listeners.push(listener),
		onForget: (listener) => void forgets.push(listener),
	};
};

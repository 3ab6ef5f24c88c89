/**
 * What keeps processes coherent: every change is pushed to all of them, and whoever made it learns when all have applied
 * it or may no longer serve what they cached.
 *
 * A process may serve from its cache only under a lease. It sends a beat every BEAT_MS, which the server pushes back to
 * it behind everything that was pushed before: a beat that comes back proves that nothing older is missing, and the lease
 * runs from the time it was *sent*. So a change that a process has not received ends its lease within LEASE_MS, by the
 * monotonic clock of that process alone: no other clock is compared, and none can jump.
 */
import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import type { Logger } from "../../log.ts";
import { type RedisConnection, type Script, script } from "./connection.ts";

/** Whatever is pushed: its kind, and what that kind carries. */
type Handler = (payload: never, from: string) => void;

export interface Bus {
	/** Of this process, as others know it. */
	readonly id: string;
	readonly channel: string;
	readonly membersKey: string;
	/** Whether nothing older than the lease is missing here: what is cached may be served. */
	isCurrent(): boolean;
	/** Processes that were seen last, this one included. */
	members(): number;
	/** Whether this process is the first of those that are there, by its id, and under its lease. */
	isFirst(): boolean;
	/** Whether that process has beaten of late; true where it is not known. */
	isThere(process: string): boolean;
	/** Called with each push of the kind, this process's own included, in one order for all processes. */
	on(kind: string, handler: Handler): void;
	/** Called after pushes may have been missed, before the lease begins again. */
	onCatchUp(work: () => Promise<void>): void;
	/** Called when the lease has begun again. */
	onBack(listener: () => void): void;
	/**
	 * Runs a script that pushes with `push(kind, ...)` and answers, as its last element, HGETALL of the members. `dropped`
	 * resolves when every process has applied the push, or has lost its lease.
	 */
	send(
		script: Script,
		keys: readonly string[],
		args: (number: number) => readonly (string | number)[],
	): Promise<{ reply: readonly unknown[]; dropped: Promise<void> }>;
	/** Pushes without waiting for anyone. */
	tell(kind: string, payload: unknown): void;
	/** Resolves when the first lease has begun. */
	start(): Promise<void>;
	close(): Promise<void>;
}

const BEAT_MS = 150;
/** How long a process may serve from its cache after a beat was sent. */
export const LEASE_MS = 800;
/** After this long nobody serves any more what was pushed to all, whether they heard it or not. */
export const DROPPED_MS = 1000;
/** A process that has not beaten for so long has died, or is cut off. */
const GONE_MS = 2000;
// What was seen of the others is believed for so long.
const KNOWN_MS = 500;

/** To be prepended to scripts that push: `push(kind, json)`, with channel, process and number in ARGV[1..3]. */
export const PUSH = `
local function push(kind, json)
	redis.call('PUBLISH', ARGV[1], '["' .. ARGV[2] .. '",' .. ARGV[3] .. ',"' .. kind .. '",' .. json .. ']')
end
`;

// A write, so that a server that takes none, or has become a replica, ends the lease.
const BEAT = script(`
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PUBLISH', ARGV[3], ARGV[2])
return redis.call('HGETALL', KEYS[1])
`);

// Only who has not beaten since: whoever has, has lost nothing.
const LEAVE = script(`
for i = 1, #ARGV, 2 do
	if ARGV[i + 1] == '' or redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then
		redis.call('HDEL', KEYS[1], ARGV[i])
	end
end
`);

interface Sent {
	/** Undefined until the server said who is there. */
	waiting: Map<string, string> | undefined;
	readonly acknowledged: Set<string>;
	resolve(): void;
}

export interface BusOptions {
	readonly connection: RedisConnection;
	readonly listener: Redis;
	/** `prefix:{shared}`. */
	readonly root: string;
	readonly log: Logger;
	/** False for a command that is run beside gateways: it caches nothing, and nobody waits for it. */
	readonly isMember: boolean;
}

export const createBus = ({
	connection,
	listener,
	root,
	log,
	isMember,
}: BusOptions): Bus => {
	const id = randomUUID();
	const channel = `${root}:bus`;
	const ackChannel = `${root}:ack:${id}`;
	const beatChannel = `${root}:beat:${id}`;
	const membersKey = `${root}:members`;
	const handlers = new Map<string, Handler>();
	const catchUps: (() => Promise<void>)[] = [];
	const backs: (() => void)[] = [];
	const sent = new Map<number, Sent>();
	const owed = new Map<string, number>();
	const beatsAt = new Map<number, number>();
	let number = 0;
	let beat = 0;
	let leaseEnds = Number.NEGATIVE_INFINITY;
	let isListening = false;
	let closed = false;
	const first = Promise.withResolvers<void>();

	const acknowledge = (): void => {
		for (const [from, upTo] of owed)
			connection
				.call("PUBLISH", `${root}:ack:${from}`, `${id} ${upTo}`)
				.catch(() => {});
		owed.clear();
	};

	const pushed = (text: string): void => {
		const [from, at, kind, payload] = JSON.parse(text) as [
			string,
			number,
			string,
			never,
		];
		handlers.get(kind)?.(payload, from);
		if (!isMember || from === id || at === 0) return;
		if (owed.size === 0) setImmediate(acknowledge);
		owed.set(from, at);
	};

	const acknowledged = (text: string): void => {
		const [from = "", upTo] = text.split(" ");
		for (const [at, one] of sent) {
			if (at > Number(upTo)) break;
			one.acknowledged.add(from);
			settle(at, one);
		}
	};

	const settle = (at: number, one: Sent): void => {
		if (!one.waiting) return;
		for (const from of one.acknowledged) one.waiting.delete(from);
		if (one.waiting.size > 0) return;
		sent.delete(at);
		one.resolve();
	};

	const beaten = (text: string): void => {
		const sentAt = beatsAt.get(Number(text));
		if (sentAt === undefined || !isListening) return;
		for (const old of beatsAt.keys())
			if (old <= Number(text)) beatsAt.delete(old);
		heardAt = performance.now();
		const wasCurrent = isCurrent();
		leaseEnds = Math.max(leaseEnds, sentAt + LEASE_MS);
		if (wasCurrent) return;
		first.resolve();
		for (const back of backs) back();
	};

	const isCurrent = () => performance.now() < leaseEnds;

	let heardAt = performance.now();
	const sendBeat = async (): Promise<void> => {
		if (!isListening) return;
		beat++;
		beatsAt.set(beat, performance.now());
		for (const [old, at] of beatsAt)
			if (performance.now() - at > LEASE_MS) beatsAt.delete(old);
		try {
			seen(
				pairs(
					(await connection.run(
						BEAT,
						[membersKey],
						[id, beat, beatChannel],
					)) as unknown[],
				),
			);
		} catch {
			// The lease ends by itself.
			return;
		}
		// A listener that hears nothing of beats that the server takes is a connection that is gone without a word.
		if (performance.now() - heardAt < 2 * DROPPED_MS) return;
		heardAt = performance.now();
		listener.disconnect(true);
	};

	/** When each process's beat was seen to change last, by this one's clock. */
	const beats = new Map<string, { beat: string; at: number }>();
	let seenAt = Number.NEGATIVE_INFINITY;
	const seen = (members: Map<string, string>): void => {
		const now = performance.now();
		seenAt = now;
		const gone = new Map<string, string>();
		for (const one of beats.keys()) if (!members.has(one)) beats.delete(one);
		for (const [one, last] of members) {
			const known = beats.get(one);
			if (known?.beat !== last) beats.set(one, { beat: last, at: now });
			else if (now - known.at > GONE_MS) gone.set(one, last);
		}
		if (gone.size > 0) void drop(gone);
	};

	const catchUp = async (): Promise<void> => {
		isListening = false;
		leaseEnds = Number.NEGATIVE_INFINITY;
		beatsAt.clear();
		for (let tries = 0; !closed && listener.status === "ready"; tries++) {
			try {
				for (const work of catchUps) await work();
				isListening = true;
				heardAt = performance.now();
				if (isMember) await sendBeat();
				else first.resolve();
				return;
			} catch (err) {
				if (tries === 0) log.warn({ err }, "what was missed is not read yet");
				await new Promise((done) => setTimeout(done, BEAT_MS));
			}
		}
	};

	const drop = async (missing: Map<string, string>): Promise<void> => {
		log.warn({ processes: missing.size }, "a process is gone");
		await connection
			.run(LEAVE, [membersKey], [...missing].flat())
			.catch(() => {});
	};

	const beating = isMember
		? setInterval(() => void sendBeat(), BEAT_MS).unref()
		: undefined;

	listener.on("message", (at: string, text: string) => {
		if (at === channel) pushed(text);
		else if (at === ackChannel) acknowledged(text);
		else if (at === beatChannel) beaten(text);
	});
	listener.on("close", () => {
		isListening = false;
		leaseEnds = Number.NEGATIVE_INFINITY;
	});
	listener.on("ready", () => {
		listener
			.subscribe(channel, ackChannel, beatChannel)
			.then(catchUp)
			.catch(() => listener.disconnect(true));
	});

	return {
		id,
		channel,
		membersKey,
		isCurrent,
		members: () => Math.max(1, beats.size),
		isFirst: () => isCurrent() && [...beats.keys()].every((one) => one >= id),
		isThere: (one) =>
			one === id || beats.has(one) || performance.now() - seenAt > KNOWN_MS,
		on: (kind, handler) => void handlers.set(kind, handler),
		onCatchUp: (work) => void catchUps.push(work),
		onBack: (listen) => void backs.push(listen),
		async send(what, keys, args) {
			const at = ++number;
			const { promise, resolve } = Promise.withResolvers<void>();
			const one: Sent = {
				waiting: undefined,
				acknowledged: new Set(),
				resolve,
			};
			sent.set(at, one);
			let reply: readonly unknown[];
			try {
				reply = (await connection.run(what, keys, [
					channel,
					id,
					at,
					...args(at),
				])) as readonly unknown[];
			} catch (error) {
				sent.delete(at);
				throw error;
			}
			const members = reply.at(-1);
			one.waiting = pairs(Array.isArray(members) ? members : []);
			one.waiting.delete(id);
			settle(at, one);
			if (sent.has(at)) {
				const timer = setTimeout(() => {
					sent.delete(at);
					void drop(one.waiting as Map<string, string>);
					resolve();
				}, DROPPED_MS);
				promise.then(() => clearTimeout(timer));
			}
			return { reply, dropped: promise };
		},
		tell(kind, payload) {
			connection
				.call("PUBLISH", channel, JSON.stringify([id, 0, kind, payload]))
				.catch(() => {});
		},
		async start() {
			await listener.connect();
			await first.promise;
			// Until the others know that it is there, they would take what it is at for left behind.
			if (isMember) await new Promise((done) => setTimeout(done, KNOWN_MS));
		},
		async close() {
			closed = true;
			clearInterval(beating);
			leaseEnds = Number.NEGATIVE_INFINITY;
			isListening = false;
			if (isMember)
				await connection.run(LEAVE, [membersKey], [id, ""]).catch(() => {});
			listener.disconnect();
		},
	};
};

const pairs = (flat: readonly unknown[]): Map<string, string> => {
	const found = new Map<string, string>();
	for (let at = 0; at + 1 < flat.length; at += 2)
		found.set(String(flat[at]), String(flat[at + 1]));
	return found;
};

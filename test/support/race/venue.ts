/** Where the race at the front door takes place: the gateway and sandbox it needs, who comes, and what goes wrong. */
import { createLog } from "../../../src/log.ts";
import type { Fault } from "../../../src/sandbox/sandbox.ts";
import { WEBHOOK_KEYS } from "../../../src/sandbox/webhooks/keys.ts";
import { startWorld, type World } from "../world.ts";
import { LOCATIONS, PLAYGROUND } from "./cast.ts";
import { overHttp, overSocket, type Person } from "./people.ts";
import type { VirtualTime } from "./time.ts";

export const startRaceWorld = (
	time: VirtualTime,
	seed: number,
): Promise<World> => {
	const start = time.now();
	return startWorld({
		sandbox: { ...PLAYGROUND, seed, now: time.now, latencyJitterMs: 3 },
		contactsApi: { budget: { limit: 1_000, dailyLimit: 10_000_000 } },
		gateway: {
			clock: {
				now: () => time.now() - start,
				epoch: time.now,
				after: (ms, then) => time.at(time.now() + ms, then),
			},
			writes: { now: time.now, readBackAfterMs: [0, 5] },
			webhooks: {
				now: time.now,
				keys: { ed25519: [WEBHOOK_KEYS.ed25519], rsa: [WEBHOOK_KEYS.rsa] },
			},
			priceCeiling: 5_000,
			log: createLog({ level: "silent" }),
		},
	});
};

/** Of each location the first few over HTTP; one in three readers over a socket. */
export const peopleOf = async (
	{ url, token }: World,
	numbers: readonly number[],
	role: "reader" | "writer",
): Promise<Person[]> => {
	const people: Person[] = [];
	for (const [index, locationId] of LOCATIONS.entries())
		for (let n = 0; n < (numbers[index] ?? 0); n++) {
			const claims = { locations: [locationId], subject: `${role} ${n}` };
			const identity = { url, locationId, token: await token(claims) };
			people.push(
				role === "reader" && n % 3 === 2
					? overSocket(identity)
					: overHttp(identity),
			);
		}
	return people;
};

export const wishBy = (dice: number): string | undefined => {
	if (dice < 0.04) return "no-cache";
	if (dice < 0.1) return "max-age=5";
	if (dice < 0.12) return "no-store";
	return undefined;
};

// Enough for breakers to open; those who ask too early are not counted.
export const OUTAGE: Fault = { kind: "status", status: 503, count: 12 };

export const faultBy = (random: () => number): Fault => {
	const kinds: readonly Fault[] = [
		{ kind: "status", status: 503 },
		{ kind: "status", status: 500 },
		{
			kind: "status",
			status: 429,
			headers: { "x-ratelimit-interval-milliseconds": "700" },
		},
		{ kind: "drop" },
		{ kind: "cut" },
		{ kind: "cutBefore" },
		{ kind: "cutAfter" },
		{ kind: "lostAnswer" },
		{ kind: "lostAnswer", match: { method: "PUT" } },
		{ kind: "lostAnswer", match: { method: "DELETE" } },
		{
			kind: "lostAnswer",
			match: { method: "DELETE", path: "/calendars/events/" },
		},
		{ kind: "created422", match: { method: "POST", pattern: "^/contacts/?$" } },
		{ kind: "malformed" },
		{ kind: "slow", delayMs: 60 },
	];
	// Now and then the API is down for a while.
	if (random() < 0.06) return OUTAGE;
	return kinds[Math.floor(random() * kinds.length)] as Fault;
};

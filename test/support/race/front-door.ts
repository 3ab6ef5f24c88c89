/**
 * The race at the front door: a real gateway over real sockets before a real sandbox, readers and writers over
 * connections that stay open, signed webhooks, on a clock that only the race moves. What is asked follows from the seed;
 * what meets what on the way is left to the sockets.
 */
import type { CacheStats } from "../../../src/cache/stats.ts";
import { cacheControlOf } from "../../../src/server/cache-control.ts";
import type { Answer } from "../ask.ts";
import { castOf, isCovered, LOCATIONS } from "./cast.ts";
import { faultsIn } from "./judge.ts";
import { listen, type Person } from "./people.ts";
import { heardFault, startPost } from "./post.ts";
import { QUERIES, type Query } from "./queries.ts";
import { chance, type VirtualTime, virtualTime } from "./time.ts";
import { truthOf } from "./truth.ts";
import { faultBy, OUTAGE, peopleOf, startRaceWorld, wishBy } from "./venue.ts";
import { editInCrm, planOf, writingOf } from "./writings.ts";

export interface FrontDoorOptions {
	readonly seed: number;
	readonly steps: number;
	/** Ends once so many answers were wrong. Default 20. */
	readonly mostWrong?: number;
	/** Breaks the gateway before the race, to see that the race would notice. */
	plant?(time: VirtualTime): void;
}

export interface FrontDoorReport {
	/** Each answer that was not true, in words. */
	readonly wrong: readonly string[];
	readonly answers: number;
	/** Of them those that cost no call. */
	readonly free: number;
	readonly stale: number;
	readonly failed: number;
	/** Acknowledged. */
	readonly writes: number;
	/** Of which nobody knows the outcome, or which were refused. */
	readonly unsure: number;
	readonly edits: number;
	/** Changes that a subscriber was told of. */
	readonly heard: number;
	readonly webhooks: number;
	readonly lost: number;
	readonly calls: number;
	readonly stats: CacheStats;
}

// Readers and writers of the first location and of the second.
const READERS = [6, 3];
const WRITERS = [3, 2];

export const runFrontDoor = async ({
	seed,
	steps,
	mostWrong = 20,
	plant,
}: FrontDoorOptions): Promise<FrontDoorReport> => {
	const random = chance(seed);
	const below = (limit: number) => Math.floor(random() * limit);
	const time = virtualTime(Date.UTC(2026, 10, 1));
	plant?.(time);
	await using world = await startRaceWorld(time, seed);
	const { sandbox, gateway } = world;
	const { data } = sandbox;
	const truth = truthOf(data);
	const cast = castOf(truth, random);
	for (const locationId of LOCATIONS) truth.mark(locationId);
	const tell = data.onWrite;
	data.onWrite = (write) => {
		truth.see(write);
		const twice = truth.writtenTwice(write);
		if (twice) complain(twice);
		tell?.(write);
	};
	const wrong: string[] = [];
	const count = {
		answers: 0,
		free: 0,
		stale: 0,
		failed: 0,
		writes: 0,
		unsure: 0,
		edits: 0,
		heard: 0,
	};
	const complain = (what: string) => {
		if (wrong.length < mostWrong) wrong.push(what);
	};
	const post = await startPost({
		gatewayUrl: world.url,
		truth,
		time,
		random,
		complain,
	});
	sandbox.webhooks.sendTo(post.url);
	const listener = listen(
		{ url: world.url, token: await world.token(), locationId: LOCATIONS[0] },
		"subscription { changes { payload contact { city } } }",
		({ data: got, errors }) => {
			if (errors) return;
			const fault = heardFault(truth, got.changes);
			if (fault) complain(fault);
			count.heard++;
		},
	);
	const readers = await peopleOf(world, READERS, "reader");
	const writers = await peopleOf(world, WRITERS, "writer");
	/** Somebody who has nothing to wait for; time goes on until there is one. */
	const idle = async (people: readonly Person[]): Promise<Person> => {
		for (;;) {
			const free = people.filter(({ isBusy }) => !isBusy);
			if (free.length > 0) return free[below(free.length)] as Person;
			await time.pass(TURN_MS);
		}
	};
	const busy = async (person: Person, work: () => Promise<void>) => {
		person.isBusy = true;
		try {
			await work();
		} catch (error) {
			complain(String((error as Error).stack));
		} finally {
			person.isBusy = false;
		}
	};

	const read = async (reader: Person) => {
		const { locationId } = reader;
		const query = QUERIES[below(QUERIES.length)] as Query;
		const about = cast.about(locationId);
		const wish = reader.hasHeaders ? wishBy(random()) : undefined;
		const byGet = random() < 0.1;
		const asking = {
			query,
			about,
			locationId,
			covered: isCovered(locationId),
			longestMs: LONGEST_MS,
			demand: cacheControlOf(wish),
			from: time.now(),
			moment: truth.now(),
		};
		const variables = Object.fromEntries(
			query.variables.map((name) => [name, about[name]]),
		);
		const {
			data: got,
			errors,
			extensions,
		} = await reader.ask(query.text, variables, {
			byGet,
			...(wish && { headers: { "cache-control": wish } }),
		});
		if (errors) {
			count.failed++;
			return;
		}
		count.answers++;
		if (extensions.price.made === 0) count.free++;
		const isStale = extensions.stale !== undefined;
		if (isStale) count.stale++;
		for (const fault of faultsIn(truth, asking, { data: got, isStale }))
			complain(fault);
	};

	const write = async (writer: Person) => {
		const plan = planOf(writer.locationId, { truth, cast, random });
		const { document, input, settle } = writingOf(plan, truth, data);
		const idempotencyKey = random() < 0.4 ? plan.text : undefined;
		for (let attempt = 1; attempt <= 2; attempt++) {
			const answer: Answer = await writer.ask(document, {
				input: { ...input, idempotencyKey },
			});
			const faults = settle(answer);
			for (const fault of faults ?? []) complain(fault);
			if (faults) {
				count.writes++;
				return;
			}
			if (!idempotencyKey) break;
		}
		count.unsure++;
	};

	/** Someone works in the CRM. */
	const edit = () => {
		const plan = planOf(cast.location(), { truth, cast, random });
		if (editInCrm(plan, sandbox, { random, now: time.now })) count.edits++;
	};

	/** Until everybody has been answered and nothing is on its way. */
	const calm = async () => {
		const all = [...readers, ...writers];
		while (all.some(({ isBusy }) => isBusy) || post.underWay > 0)
			await time.pass(TURN_MS);
	};

	for (let step = 0; step < steps && wrong.length < mostWrong; step++) {
		const dice = random();
		if (dice < 0.72) {
			const reader = await idle(readers);
			void busy(reader, () => read(reader));
		} else if (dice < 0.84) {
			const writer = await idle(writers);
			void busy(writer, () => write(writer));
		} else if (dice < 0.97) edit();
		else if (dice < 0.9965) sandbox.next(faultBy(random));
		else {
			// Long enough for one bound or another to pass, and for search to catch up.
			await calm();
			await time.pass([11_000, 31_000, 301_000][below(3)] as number);
			if (random() < 0.5) sandbox.next(OUTAGE);
		}
		await time.pass(random() ** 2 * 120);
	}
	await calm();
	const report = {
		wrong,
		...count,
		webhooks: post.applied,
		lost: post.lost,
		calls: sandbox.calls().length,
		stats: gateway.cacheStats(),
	};
	await Promise.all(
		[...readers, ...writers, listener].map((one) => one.close()),
	);
	await sandbox.webhooks.settled();
	await post.close();
	return report;
};

// As long as an operation may take: the clock may run on while a socket is slow.
const LONGEST_MS = 30_000;

// How much passes for every turn of the event loop in which the race waits for sockets.
const TURN_MS = 3;

/**
 * Drives the cache, the loaders and the executor of the gateway through random reads, writes, edits behind its back,
 * webhooks late and lost, search lag, latency, faults and outages, and holds every answer against the truth.
 */
import { type Cache, createCache } from "../../../src/cache/cache.ts";
import { ANY_AGE, type CacheControl } from "../../../src/cache/session.ts";
import { createInvalidations } from "../../../src/cache/tags.ts";
import type { ChangeLog, ChangeReader } from "../../../src/changes/change.ts";
import { changeReaders } from "../../../src/entities/all.ts";
import { fail } from "../../../src/errors.ts";
import { createExecutor } from "../../../src/executor/executor.ts";
import type { Context } from "../../../src/loading/context.ts";
import { OperationLoads } from "../../../src/loading/loads.ts";
import { createRefreshAhead } from "../../../src/loading/refresh-ahead.ts";
import { createLog } from "../../../src/log.ts";
import { createCompile } from "../../../src/operation/compiled-operation.ts";
import { createOperationKeys } from "../../../src/operation/operation-key.ts";
import { settingsFrom } from "../../../src/sandbox/options.ts";
import { SandboxData } from "../../../src/sandbox/store/data.ts";
import { documentsOf } from "../../../src/sandbox/webhooks/documents.ts";
import { schema } from "../../../src/schema.ts";
import { createAnswer } from "../../../src/server/answer.ts";
import {
	cacheResponse,
	responseKey,
} from "../../../src/server/cached-responses.ts";
import { createResponseMemo } from "../../../src/upstream/response-memo.ts";
import { castOf, isCovered, LOCATIONS, PLAYGROUND } from "./cast.ts";
import { editsOf, namesOf } from "./edits.ts";
import { faultsIn } from "./judge.ts";
import { QUERIES, type Query } from "./queries.ts";
import { chance, virtualTime } from "./time.ts";
import { isThere, truthOf } from "./truth.ts";
import { type RaceUpstream, SLOWEST_WAY_MS, upstreamAt } from "./upstream.ts";

export interface RaceOptions {
	readonly seed: number;
	readonly steps: number;
	/** Some calls take far longer than others: up to fifteen seconds. */
	readonly slow?: boolean;
	/** Contacts neither come nor go, and their places are known: lists stay for as long as edits let them. */
	readonly steady?: boolean;
	/** Asks nothing else, by name: what a rare fault shows in comes up often enough then. Default all queries. */
	readonly queries?: readonly string[];
	/** Ends once so many answers were wrong. Default 20. */
	readonly mostWrong?: number;
	/** Breaks the cache before the race, to see that the race would notice. */
	plant?(cache: Cache): void;
}

export interface RaceReport {
	/** Each answer that was not true, in words. */
	readonly wrong: readonly string[];
	readonly answers: number;
	readonly given: number;
	readonly failed: number;
	readonly stale: number;
	readonly writes: number;
	readonly webhooks: number;
	readonly lost: number;
	readonly calls: number;
	readonly stats: ReturnType<Cache["stats"]>;
}

// As a gateway with a ceiling of 16 MiB has them.
const MEMO_BYTES = 1024 * 1024;

const LATE = 0.2;

const READERS: Readonly<Record<string, ChangeReader>> = changeReaders;

export const runRace = async ({
	seed,
	steps,
	slow = false,
	steady = false,
	queries,
	mostWrong = 20,
	plant,
}: RaceOptions): Promise<RaceReport> => {
	const asked = QUERIES.filter(
		({ word }) => queries === undefined || queries.includes(word),
	);
	const random = chance(seed);
	const below = (limit: number) => Math.floor(random() * limit);
	const time = virtualTime(Date.UTC(2026, 10, 1));
	const settings = settingsFrom({ ...PLAYGROUND, now: time.now, seed });
	const data = new SandboxData(settings);
	const upstream: RaceUpstream = {
		time,
		data,
		settings,
		random,
		slow,
		memo: createResponseMemo(MEMO_BYTES),
		downUntil: 0,
		calls: 0,
	};
	const truth = truthOf(data);
	const cast = castOf(truth, random);
	const invalidations = createInvalidations();
	const cache = createCache(invalidations, {
		now: time.now,
		webhooksArriving: isCovered,
		refresh(locationId, targets) {
			for (const target of targets)
				refreshAhead.refreshSoon(locationId, target);
		},
	});
	plant?.(cache);
	const contextOf = (
		locationId: string,
		demand: CacheControl,
		signal: AbortSignal,
	): Context => {
		const trackedUpstream = upstreamAt(upstream, locationId, signal);
		const session = cache.session(locationId, demand);
		return {
			requestId: "race",
			viewer: viewerOf(locationId),
			upstream: trackedUpstream,
			upstreamOf: neverAsked,
			trackedUpstream,
			cache: session,
			loads: new OperationLoads(),
			refreshAhead,
			invalidations,
			connections: () => [],
			changes: NO_LOG,
			recentWrites: session.log.recent,
			writes: neverAsked as never,
			writeGuard: undefined,
			tracing: undefined,
			maxPageSize: 100,
		};
	};
	const log = createLog({ level: "silent" });
	const refreshAhead = createRefreshAhead({
		clock: {
			now: time.now,
			epoch: time.now,
			after: (ms, then) => time.at(time.now() + ms, then),
		},
		log,
		contextOf: (locationId) =>
			contextOf(locationId, ANY_AGE, new AbortController().signal),
	});
	const executor = createExecutor({ schema });
	const answer = createAnswer({ executor, log });
	const compile = createCompile({
		schema,
		executor,
		keys: createOperationKeys(),
		hideSuggestions: false,
	});
	const count = { answers: 0, given: 0, failed: 0, stale: 0, writes: 0 };
	const told = { webhooks: 0, lost: 0 };
	const wrong: string[] = [];

	for (const locationId of LOCATIONS) truth.mark(locationId);
	/** What HighLevel would tell of the last write, and the names that the gateway reads from it. */
	let tidings: string[] = [];
	data.onWrite = (write) => {
		truth.see(write);
		for (const document of documentsOf(write, { taskWithoutContact })) {
			// Now and then nobody says where the contact stands among all.
			const { dateAdded: _, ...less } = document;
			const told = random() < 0.3 ? less : document;
			tidings.push(...(READERS[document.type]?.(told).tags ?? []));
		}
	};
	const { change, reachable } = editsOf({
		data,
		truth,
		random,
		now: time.now,
		steady,
	});

	/** Through the gateway: the names are dropped before the writer hears that it is done. */
	const write = () => {
		const meant = cast.subject(cast.location());
		count.writes++;
		time.at(time.now() + random() * 200, () => {
			const subject = reachable(meant);
			const { table, id, locationId } = subject;
			const wasThere = isThere(subject);
			const isPlaceKnown = steady || random() < 0.8;
			if (!change(subject)) return;
			const done = truth.changed(subject);
			const tags = namesOf(subject, { wasThere, isPlaceKnown });
			const write = {
				...(table === "contacts" && !wasThere && { created: id }),
				...(table === "tasks" && isThere(subject) && { task: id }),
			};
			time.at(time.now() + random() * 200, () => {
				invalidations.invalidate(locationId, tags, write);
				for (const { subject: one, version } of done)
					truth.acknowledge(one, version, true);
			});
		});
	};
	/** Behind the gateway's back: a webhook tells of it late, twice or never; of edited tasks it never tells. */
	const edit = () => {
		const subject = reachable(cast.subject(cast.location()));
		tidings = [];
		if (!change(subject)) return;
		const done = truth.changed(subject);
		const dropped = tidings;
		if (dropped.length === 0 || random() < 0.1) {
			told.lost++;
			return;
		}
		// Some come only when search has taken up the edit: what was read in its gap was not known to lack it.
		const longest = random() < LATE ? 60_000 : 3_000;
		const tell = () =>
			time.at(time.now() + random() ** 2 * longest, () => {
				told.webhooks++;
				invalidations.invalidate(subject.locationId, dropped);
				for (const { subject: one, version } of done)
					truth.acknowledge(one, version, false);
			});
		tell();
		if (random() < 0.1) tell();
	};

	const ask = async () => {
		const locationId = cast.location();
		const query = asked[below(asked.length)] as Query;
		const about = cast.about(locationId);
		const demand = demandBy(random());
		const asking = {
			query,
			about,
			locationId,
			covered: isCovered(locationId),
			longestMs: slow ? 2 * SLOWEST_WAY_MS : 0,
			demand,
			from: time.now(),
			moment: truth.now(),
		};
		const variables = Object.fromEntries(
			query.variables.map((name) => [name, about[name]]),
		);
		const word = `${query.word} ${Object.values(variables).join(" ")}`;
		const place = cache.touch(locationId);
		const kept = cache.responses.find(
			place,
			responseKey(viewerOf(locationId), word),
			demand,
		);
		let bytes = kept?.bytes;
		if (kept) count.given++;
		else {
			const leaving = new AbortController();
			if (random() < 0.02)
				time.at(time.now() + random() * 300, () =>
					leaving.abort(fail("DEADLINE_EXCEEDED", "The racer has left.")),
				);
			const context = contextOf(locationId, demand, leaving.signal);
			const compiled = compile(query.document, {
				query: query.text,
				variables,
			});
			const made = await answer(compiled, context);
			cacheResponse(cache, context, word, made);
			bytes = made.bytes;
		}
		const { data: got, errors, extensions } = JSON.parse(String(bytes));
		if (errors) {
			count.failed++;
			return;
		}
		count.answers++;
		const isStale = extensions?.stale !== undefined;
		if (isStale) count.stale++;
		for (const fault of faultsIn(truth, asking, { data: got, isStale }))
			if (wrong.length < mostWrong) wrong.push(fault);
	};

	let flying = 0;
	for (let step = 0; step < steps && wrong.length < mostWrong; step++) {
		const dice = random();
		if (dice < 0.72) {
			flying++;
			void ask()
				.catch((error: Error) => wrong.push(error.stack ?? error.message))
				.finally(() => flying--);
		} else if (dice < 0.86) write();
		else if (dice < 0.9994) edit();
		else upstream.downUntil = time.now() + 20_000 * random();
		await time.pass(random() ** 2 * 120);
	}
	while (flying > 0) await time.pass(1000);
	refreshAhead.stop();
	const stats = cache.stats();
	cache.close();
	return { wrong, ...count, ...told, calls: upstream.calls, stats };
};

const SCOPES: ReadonlySet<string> = new Set(["contacts.readonly"]);

const viewerOf = (locationId: string) => ({
	subject: "racer",
	expiresAtMs: Number.POSITIVE_INFINITY,
	locationId,
	locations: [locationId],
	scopes: SCOPES,
});

const neverAsked = (): never => {
	throw new Error("no race asks for the log of changes");
};

const NO_LOG: ChangeLog = {
	cursor: neverAsked,
	page: neverAsked,
	follow: neverAsked,
};

const taskWithoutContact = () => false;

const demandBy = (dice: number): CacheControl => {
	if (dice < 0.03) return { ...ANY_AGE, noCache: true };
	if (dice < 0.08) return { ...ANY_AGE, maxAgeMs: 5_000 };
	return ANY_AGE;
};

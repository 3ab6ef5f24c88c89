/**
 * Drives the cache, the loaders and the executor of the gateway through random reads, writes, edits behind its back,
 * webhooks late and lost, search lag, latency, faults and outages, and holds every answer against the truth.
 */
import type { OperationDefinitionNode } from "graphql";
import { BOUNDS } from "../../../src/cache/bounds.ts";
import { type Cache, createCache } from "../../../src/cache/cache.ts";
import { ANY_AGE, type Demand } from "../../../src/cache/reads.ts";
import { type ChangeLog, createNames, NAME } from "../../../src/change.ts";
import { fail } from "../../../src/errors.ts";
import { answerKey, createAnswerQuery } from "../../../src/graphql/answer.ts";
import type { Context } from "../../../src/graphql/context.ts";
import { createExecute } from "../../../src/graphql/execute/execute.ts";
import { createLately } from "../../../src/graphql/lately.ts";
import { createLog } from "../../../src/log.ts";
import { settingsFrom } from "../../../src/sandbox/options.ts";
import { SandboxData } from "../../../src/sandbox/store/data.ts";
import { schema } from "../../../src/schema.ts";
import { QUERIES, type Query, shownBy } from "./queries.ts";
import { chance, virtualTime } from "./time.ts";
import { FIELD_OF, type Shown, type Subject, truthOf } from "./truth.ts";
import { type RaceUpstream, upstreamAt } from "./upstream.ts";

export interface RaceOptions {
	readonly seed: number;
	readonly steps: number;
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

const LOCATIONS = ["sandbox-location-1", "sandbox-location-2"] as const;
const CONTACTS = 24;
const SEARCH_LAG_MS = 10_000;
const MOST_WRONG = 20;

export const runRace = async ({
	seed,
	steps,
	plant,
}: RaceOptions): Promise<RaceReport> => {
	const random = chance(seed);
	const below = (limit: number) => Math.floor(random() * limit);
	// A few are asked for and changed all the time, most now and then.
	const someone = () => `c${1 + Math.floor(CONTACTS * random() ** 3)}`;
	const time = virtualTime(Date.UTC(2026, 10, 1));
	const settings = settingsFrom({
		contacts: CONTACTS,
		tasksEach: 1,
		notesEach: 1,
		appointmentsEach: 0,
		ids: "readable",
		searchLagMs: SEARCH_LAG_MS,
		searchGapMs: 500,
		now: time.now,
		seed,
	});
	const data = new SandboxData(settings);
	const upstream: RaceUpstream = {
		time,
		data,
		settings,
		random,
		downUntil: 0,
		calls: 0,
	};
	const truth = truthOf(data);
	const names = createNames();
	const cache = createCache(names, {
		now: time.now,
		webhooksArriving: (locationId) => locationId === LOCATIONS[0],
	});
	plant?.(cache);
	const lately = createLately({ now: time.now });
	const answer = createAnswerQuery({
		execute: createExecute(schema),
		cache,
		log: createLog({ level: "silent" }),
	});
	const count = { answers: 0, given: 0, failed: 0, stale: 0, writes: 0 };
	const told = { webhooks: 0, lost: 0 };
	const wrong: string[] = [];

	const subjects = new Map<string, Record<Subject["table"], Subject>>();
	for (const locationId of LOCATIONS) seedTwins(data, locationId);
	for (const locationId of LOCATIONS)
		for (let n = 1; n <= CONTACTS; n++) {
			const contactId = `c${n}`;
			const location = data.location(locationId);
			const of = (table: Subject["table"], id: string): Subject => ({
				table,
				locationId,
				id,
				contactId,
			});
			subjects.set(`${locationId}/${contactId}`, {
				contacts: of("contacts", contactId),
				tasks: of("tasks", location.tasks.group(contactId)[0]?.id ?? ""),
				notes: of("notes", location.notes.group(contactId)[0]?.id ?? ""),
			});
		}
	const subjectsOf = (locationId: string, contactId: string) =>
		subjects.get(`${locationId}/${contactId}`) as Record<
			Subject["table"],
			Subject
		>;

	const namesOf = ({ table, contactId }: Subject): string[] => {
		if (table === "tasks") return [NAME.tasksOf(contactId), NAME.tasks];
		if (table === "notes") return [NAME.notesOf(contactId)];
		return [NAME.contact(contactId), NAME.contacts];
	};
	/** Changes a record now, as the API would; the version it has from now on. */
	const change = (subject: Subject): number => {
		const { table, id, locationId } = subject;
		const text = truth.nextText(subject);
		const past = data.history(table, id, locationId);
		const isGone = past.at(-1)?.value === undefined;
		if (isGone)
			data.put(
				table,
				{ ...past.at(-2)?.value, [FIELD_OF[table]]: text } as never,
				locationId,
			);
		else if (table === "contacts" && random() < 0.1)
			data.remove(table, id, locationId);
		else data.edit(table, id, { [FIELD_OF[table]]: text } as never, locationId);
		return truth.latest(subject);
	};
	const drop = (subject: Subject, version: number) => {
		names.drop(subject.locationId, namesOf(subject));
		truth.acknowledge(subject, version);
	};
	const anySubject = (): Subject => {
		const locationId = LOCATIONS[random() < 0.8 ? 0 : 1];
		const all = subjectsOf(locationId, someone());
		return [all.contacts, all.tasks, all.notes][below(3)] as Subject;
	};

	/** Through the gateway: the names are dropped before the writer hears that it is done. */
	const write = () => {
		const subject = anySubject();
		count.writes++;
		time.at(time.now() + random() * 200, () => {
			const version = change(subject);
			time.at(time.now() + random() * 200, () => drop(subject, version));
		});
	};
	/** Behind the gateway's back: a webhook tells of it late, twice or never; of tasks it never tells. */
	const edit = () => {
		const subject = anySubject();
		const version = change(subject);
		if (subject.table === "tasks" || random() < 0.1) {
			told.lost++;
			return;
		}
		const tell = () =>
			time.at(time.now() + random() ** 2 * 3000, () => {
				told.webhooks++;
				drop(subject, version);
			});
		tell();
		if (random() < 0.1) tell();
	};

	const ask = async () => {
		const locationId = LOCATIONS[random() < 0.8 ? 0 : 1];
		const query = QUERIES[below(QUERIES.length)] as Query;
		const ids = [someone(), someone()];
		const demand = demandBy(random());
		const viewer = {
			subject: "racer",
			expiresAtMs: Number.POSITIVE_INFINITY,
			locationId,
			scopes: new Set(["contacts.readonly"]),
		};
		const from = time.now();
		const all =
			query.shows === "page"
				? Array.from({ length: CONTACTS }, (_, n) => `c${n + 1}`)
				: ids;
		const floors = new Map<Subject, number>();
		for (const id of all)
			for (const subject of Object.values(subjectsOf(locationId, id)))
				floors.set(subject, truth.floor(subject));

		const word = `${query.word} ${query.shows === "page" ? "" : ids.join(" ")}`;
		const place = cache.place(locationId);
		const kept = cache.answers.find(place, answerKey(viewer, word), demand);
		let bytes = kept?.bytes;
		if (kept) count.given++;
		else {
			const leaving = new AbortController();
			if (random() < 0.02)
				time.at(time.now() + random() * 300, () =>
					leaving.abort(fail("DEADLINE_EXCEEDED", "The racer has left.")),
				);
			const reading = upstreamAt(upstream, locationId, leaving.signal);
			const context: Context = {
				requestId: "race",
				viewer,
				upstream: reading,
				reading,
				reads: cache.reads(locationId, demand),
				renewals: NO_RENEWALS,
				names,
				connections: () => [],
				changes: NO_LOG,
				lately,
				writes: neverAsked as never,
				finishing: undefined,
				maxPageSize: 100,
				memo: {},
			};
			const admitted = {
				document: query.document,
				operation: query.document.definitions[0] as OperationDefinitionNode,
				query: "",
				operationName: undefined,
				variables: { a: ids[0], b: ids[1] },
			};
			bytes = (await answer(admitted, context, word)).bytes;
		}
		const { data: got, errors, extensions } = JSON.parse(String(bytes));
		if (errors) {
			count.failed++;
			return;
		}
		count.answers++;
		const isStale = extensions?.stale !== undefined;
		if (isStale) count.stale++;
		for (const shown of shownBy(query, got, ids)) {
			// The second location has contacts of its own besides the twins; nobody changes them.
			if (locationId === LOCATIONS[1] && shown.contactId.startsWith("l2"))
				continue;
			const subject = subjectsOf(locationId, shown.contactId)[shown.table];
			const bound = isStale
				? Number.POSITIVE_INFINITY
				: Math.min(
						boundOf(shown.table, locationId),
						demand.fresh ? 0 : demand.maxAgeMs,
					) +
					// Search runs behind, and GET is not asked where nothing is known to have changed.
					SEARCH_LAG_MS +
					500;
			const fault = truth.wrong(
				{
					subject,
					text: shown.text,
					withinMs: bound,
					floor: floors.get(subject) ?? 0,
				} satisfies Shown,
				from,
				time.now(),
			);
			if (fault && wrong.length < MOST_WRONG)
				wrong.push(`${query.word} ${ids.join(" ")}: ${fault}`);
		}
	};

	let flying = 0;
	for (let step = 0; step < steps && wrong.length < MOST_WRONG; step++) {
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
	const stats = cache.stats();
	cache.close();
	return { wrong, ...count, ...told, calls: upstream.calls, stats };
};

const NO_RENEWALS = { needs() {}, willNeed() {}, stop() {} };

const neverAsked = (): never => {
	throw new Error("no race asks for the log of changes");
};

const NO_LOG: ChangeLog = {
	cursor: neverAsked,
	page: neverAsked,
	follow: neverAsked,
};

const boundOf = (table: Subject["table"], locationId: string): number => {
	if (table === "tasks") return BOUNDS.taskMs;
	return locationId === LOCATIONS[0] ? BOUNDS.coveredMs : BOUNDS.uncoveredMs;
};

const demandBy = (dice: number): Demand => {
	if (dice < 0.03) return { ...ANY_AGE, fresh: true };
	if (dice < 0.08) return { ...ANY_AGE, maxAgeMs: 5_000 };
	return ANY_AGE;
};

/** The same ids in both locations, each text marked with its own: an answer of the other one cannot go unseen. */
const seedTwins = (data: SandboxData, locationId: string): void => {
	const from = data.location(LOCATIONS[0]);
	const to = data.location(locationId);
	const text = `${locationId} v0`;
	for (let n = 1; n <= CONTACTS; n++) {
		const contact = from.contacts.get(`c${n}`);
		const task = from.tasks.group(`c${n}`)[0];
		const note = from.notes.group(`c${n}`)[0];
		if (!contact || !task || !note) throw new Error(`no twin for c${n}`);
		const at = Date.parse(contact.dateAdded);
		to.contacts.seed({ ...contact, locationId, companyName: text }, at);
		to.tasks.seed({ ...task, locationId, title: text }, at);
		to.notes.seed({ ...note, locationId, body: text }, at);
	}
};

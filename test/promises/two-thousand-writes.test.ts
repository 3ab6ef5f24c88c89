/** Two thousand keyed mutations over a bad network, tapped twice by chance: none is lost, and none is there twice. */
import { expect, test } from "vitest";
import type { Fault } from "../../src/sandbox/sandbox.ts";
import type { Data } from "../support/ask.ts";
import { tryMutate } from "../support/mutate.ts";
import { startWorld, type World } from "../support/world.ts";

const MUTATIONS = 2000;
/** The write is done, its answer is not seen. */
const LOST = 0.3;
/** On top of that: the write is not done. */
const NOT_DONE = 0.1;
const TWICE = 0.2;
const AT_ONCE = 60;
const MOST_TRIES = 12;
const LOCATION = "sandbox-location-1";

/** Mulberry32: the same numbers for the same seed. */
const chances = (seed: number) => () => {
	seed = (seed + 0x6d2b79f5) | 0;
	let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
	t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
	return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
};

interface Intention {
	readonly mutation: string;
	readonly input: object;
	/** Finds what it should have made, by words nobody else uses. */
	readonly mark: string;
}

const intentions: readonly Intention[] = Array.from(
	{ length: MUTATIONS },
	(_, n) => {
		const mark = `mark-${n}`;
		const contactId = `c${1 + (n % 40)}`;
		const key = { idempotencyKey: `key ${n}` };
		switch (n % 4) {
			case 0:
				return {
					mark,
					mutation: "createContact",
					input: { firstName: mark, email: `${mark}@example.com`, ...key },
				};
			case 1:
				return {
					mark,
					mutation: "createTask",
					input: {
						contactId,
						title: mark,
						dueDate: "2026-12-01T10:00:00Z",
						...key,
					},
				};
			case 2:
				return {
					mark,
					mutation: "createNote",
					input: { contactId, body: mark, ...key },
				};
			default:
				return {
					mark,
					mutation: "createAppointment",
					input: {
						contactId,
						calendarId: "cal1",
						assignedUserId: "u1",
						ignoreFreeSlotValidation: true,
						title: mark,
						startTime: "2027-03-01T10:00:00Z",
						...key,
					},
				};
		}
	},
);

const HIDING: readonly Fault[] = [
	{ kind: "lostAnswer" },
	{ kind: "cutBefore" },
	{ kind: "created422" },
];
const PREVENTING: readonly Fault[] = [
	{ kind: "drop" },
	{ kind: "status", status: 503 },
];

const CREATES = "^/contacts/$|/tasks$|/notes$|/appointments$";
const isCreate = (method: string, path: string): boolean =>
	method === "POST" && new RegExp(CREATES).test(path);
const isGood = (status: number): boolean => status >= 200 && status < 300;

const orderFaults = (world: World, chance: () => number): void => {
	let ordered = 0;
	// A fault that strikes takes no turn from those behind it, so each waits for as many good calls as lie before it.
	for (let call = 0; call < MUTATIONS * 2; call++) {
		const drawn = chance();
		if (drawn >= LOST + NOT_DONE) continue;
		const kinds = drawn < LOST ? HIDING : PREVENTING;
		const fault = kinds[Math.floor(chance() * kinds.length)] as Fault;
		world.upstream.next({
			...fault,
			afterCalls: call - ordered,
			match: {
				method: "POST",
				pattern: CREATES,
			},
		});
		ordered++;
	}
};

/** As a client with a bad network does it: the same input under the same key, until it is told what became of it. */
const insist = async (
	world: World,
	{ mutation, input }: Intention,
): Promise<Data> => {
	const seen: string[] = [];
	for (let tries = 0; tries < MOST_TRIES; tries++) {
		const { data, errors } = await tryMutate(world, mutation, input);
		if (!errors && data[mutation].userErrors.length === 0)
			return data[mutation];
		seen.push(
			JSON.stringify(
				errors?.map(({ extensions }) => extensions?.code) ??
					data[mutation].userErrors,
			),
		);
	}
	throw new Error(
		`${mutation} was not done in ${MOST_TRIES} tries: ${seen.join(", ")}`,
	);
};

test("of 2,000 keyed mutations with 30 % lost answers and 20 % double taps none is lost and none is doubled", async () => {
	let done = 0;
	await using world = await startWorld({
		sandbox: {
			onExchange({ method, path, status }) {
				if (isCreate(method, path) && isGood(status)) done++;
			},
		},
		contacts: 40,
		tasksEach: 0,
		notesEach: 0,
		appointmentsEach: 0,
		contactsApi: {
			budget: { limit: 1e9, dailyLimit: 1e9 },
			breaker: { failures: 1e9 },
		},
		// The sandbox does what it does before it answers, so what a read does not find was not done. No request reads back
		// by itself, so that every lost answer is left to the next try, as after a crash.
		gateway: { writes: { settleMs: 0, readBackAfterMs: [] } },
	});
	const chance = chances(7);
	orderFaults(world, chance);
	const answers = new Map<string, Data[]>();
	const queue = intentions.values();
	const worker = async () => {
		for (const intention of queue) {
			const taps = chance() < TWICE ? 2 : 1;
			answers.set(
				intention.mark,
				await Promise.all(
					Array.from({ length: taps }, () => insist(world, intention)),
				),
			);
		}
	};
	await Promise.all(Array.from({ length: AT_ONCE }, worker));

	const { contacts, tasks, notes, appointments } =
		world.sandbox.data.location(LOCATION);
	const there = new Map<string, number>();
	for (const mark of [
		...[...contacts.values()].map(({ firstName }) => firstName),
		...[...tasks.values()].map(({ title }) => title),
		...[...notes.values()].map(({ body }) => body),
		...[...appointments.values()].map(({ title }) => title),
	])
		if (mark?.startsWith("mark-")) there.set(mark, (there.get(mark) ?? 0) + 1);
	const lost = intentions.filter(({ mark }) => !there.has(mark));
	const doubled = [...there].filter(([, times]) => times > 1);
	expect({ lost, doubled }).toEqual({ lost: [], doubled: [] });
	expect(there.size).toBe(MUTATIONS);
	// Double taps are told the same.
	for (const [first, second] of answers.values())
		if (second) expect(second).toEqual(first);
	// The network was as bad as it was said to be.
	const shown = world.calls.filter(
		({ method, path, status }) => isCreate(method, path) && isGood(status),
	).length;
	expect((done - shown) / done).toBeGreaterThan(LOST * 0.9);
	const tappedTwice = [...answers.values()].filter(({ length }) => length > 1);
	expect(tappedTwice.length / MUTATIONS).toBeGreaterThan(TWICE * 0.9);
}, 120_000);

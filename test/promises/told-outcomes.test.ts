/** What a write is told to have come to is what came of it, or said to be unknown: also where the API itself tells it wrongly. */
import { randomBytes } from "node:crypto";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import type { Asker } from "../support/ask.ts";
import { testClock } from "../support/clock.ts";
import { LOCATION, runKillable } from "../support/killable-process.ts";
import { startWorld, type World } from "../support/world.ts";

const SHOWN: Readonly<Record<string, string>> = {
	createContact: "contact { id: contactId }",
	createTask: "task { id: taskId }",
	createNote: "note { id: noteId }",
	createAppointment: "appointment { id: appointmentId }",
};

const PATHS: Readonly<Record<string, string>> = {
	createContact: "/contacts/",
	createTask: "/contacts/c1/tasks",
	createNote: "/contacts/c1/notes",
	createAppointment: "/calendars/events/appointments",
};

const INPUTS: Readonly<Record<string, object>> = {
	// Without e-mail and phone nothing but search finds it.
	createContact: { firstName: "Ada" },
	createTask: {
		contactId: "c1",
		title: "Call",
		dueDate: "2026-12-01T10:00:00Z",
	},
	createNote: { contactId: "c1", body: "Hello" },
	createAppointment: {
		contactId: "c1",
		calendarId: "cal1",
		assignedUserId: "u1",
		title: "Meet",
		startTime: "2027-03-01T10:00:00-06:00",
	},
};

/** What a write is told: the id of what it made, or why not. */
const told = async (
	asker: Pick<Asker, "answer">,
	mutation: string,
	input: object,
) => {
	const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;
	const { data, errors } = await asker.answer(
		`mutation ($input: ${type}!) { it: ${mutation}(input: $input) { made: ${SHOWN[mutation]} userErrors { code field } replayed retryAfterMs } }`,
		{ input },
	);
	const code = errors?.[0]?.extensions?.code;
	return code ? { code } : { ...data.it, made: data.it.made?.id ?? null };
};

const REFUSED = {
	made: null,
	userErrors: [{ code: "INVALID", field: ["firstName"] }],
};

const refuseThoughMade = (
	{ sandbox }: { sandbox: Sandbox },
	mutation: string,
	status = 422,
) =>
	sandbox.next({
		kind: "created422",
		status,
		message: ["firstName must be a string"],
		match: { method: "POST", path: PATHS[mutation] as string },
	});

/** Refused, and nothing made. */
const refuse = ({ sandbox }: { sandbox: Sandbox }, mutation: string) =>
	sandbox.next({
		kind: "status",
		status: 422,
		body: { statusCode: 422, message: ["firstName must be a string"] },
		match: { method: "POST", path: PATHS[mutation] as string },
	});

const sent = ({ sandbox }: { sandbox: Sandbox }) =>
	sandbox
		.calls()
		.filter(
			({ method, path }) =>
				method === "POST" && Object.values(PATHS).includes(path),
		).length;

const reads = ({ sandbox }: { sandbox: Sandbox }) =>
	sandbox.calls().length - sent({ sandbox });

/** Search shows a write after this; what a read does not find after that did not happen. */
const LAG_MS = 10_000;
const SETTLE_MS = 20_000;

/** All of it goes by one clock, which stands until it is moved. */
const startLagging = async () => {
	const clock = testClock(Date.now());
	const world = await startWorld({
		contacts: 2,
		sandbox: { searchLagMs: LAG_MS, now: clock.epoch },
		gateway: {
			clock,
			writes: { readBackAfterMs: [0], settleMs: SETTLE_MS, now: clock.epoch },
		},
	});
	return Object.assign(world, { clock });
};

/** Resolves when so many calls were made that read. */
const untilReads = (world: Pick<World, "sandbox">, count: number) =>
	expect
		.poll(() => reads(world), { interval: 10, timeout: 20_000 })
		.toBeGreaterThanOrEqual(count);

test.each([422, 400])(
	"a create that was refused with %i though made is told as refused but not finally, and its key tells what was made once search shows it, without another request",
	async (status) => {
		await using world = await startLagging();
		const input = { ...INPUTS.createContact, idempotencyKey: "k" };
		refuseThoughMade(world, "createContact", status);
		expect(await told(world, "createContact", input)).toEqual({
			...REFUSED,
			replayed: false,
			retryAfterMs: SETTLE_MS,
		});
		const early = await told(world, "createContact", input);
		expect(early).toMatchObject({ ...REFUSED, replayed: true });
		await world.clock.advance(SETTLE_MS);
		// A 422 is looked into at once, and either by the same key. Then the gateway looks by itself: a search, and the contact.
		await untilReads(world, status === 422 ? 4 : 3);
		const done = {
			made: "c3",
			userErrors: [],
			replayed: true,
			retryAfterMs: null,
		};
		await expect
			.poll(() => told(world, "createContact", input), { timeout: 20_000 })
			.toEqual(done);
		const calls = world.calls.length;
		expect(await told(world, "createContact", input)).toEqual(done);
		// Shown in the payload from the cache: nothing is read back any more.
		expect(world.calls.length).toBe(calls);
		expect(sent(world)).toBe(1);
	},
);

test("a create that was refused and not made stays refused, finally, after one look by itself", async () => {
	await using world = await startLagging();
	const input = { ...INPUTS.createContact, idempotencyKey: "k" };
	refuse(world, "createContact");
	const first = await told(world, "createContact", input);
	expect(first).toMatchObject({ ...REFUSED, retryAfterMs: SETTLE_MS });
	await world.clock.advance(SETTLE_MS);
	await untilReads(world, 2);
	await expect
		.poll(() => told(world, "createContact", input), { timeout: 20_000 })
		.toEqual({ ...REFUSED, replayed: true, retryAfterMs: null });
	const calls = world.calls.length;
	await told(world, "createContact", input);
	expect(world.calls.length).toBe(calls);
	expect(sent(world)).toBe(1);
});

test.each(["createTask", "createNote", "createAppointment"])(
	"%s that was refused though made is told as done where reading shows it at once",
	async (mutation) => {
		await using world = await startWorld({ contacts: 1 });
		refuseThoughMade(world, mutation);
		const input = { ...INPUTS[mutation], idempotencyKey: "k" };
		const first = await told(world, mutation, input);
		expect(first).toMatchObject({ userErrors: [], retryAfterMs: null });
		expect(first.made).not.toBeNull();
		expect(await told(world, mutation, input)).toEqual({
			...first,
			replayed: true,
		});
		expect(sent(world)).toBe(1);
	},
);

test("a refusal whose words rule out that anything was made is final at once and costs no look", async () => {
	await using world = await startWorld({ contacts: 1 });
	const input = { contactId: "nobody", body: "x", idempotencyKey: "k" };
	const first = await told(world, "createNote", input);
	expect(first).toMatchObject({
		userErrors: [{ code: "NOT_FOUND" }],
		retryAfterMs: null,
	});
	expect(world.calls).toHaveLength(1);
});

test("a process that is killed after such a refusal settles it when it starts again", async () => {
	await using folder = await mkdtempDisposable(join(tmpdir(), "told-"));
	await using sandbox = await startSandbox({
		contacts: 1,
		seed: 1,
		ids: "readable",
		rateLimit: "off",
		searchLagMs: 250,
	});
	const stage = {
		apiUrl: sandbox.url,
		locationId: LOCATION,
		apiToken: String(sandbox.tokens[LOCATION]),
		dataFile: join(folder.path, "data.sqlite"),
		secret: randomBytes(32).toString("hex"),
		issuer: "tests",
		audience: "tests",
		settleMs: 2000,
		sealKey: randomBytes(32).toString("hex"),
	};
	const input = { ...INPUTS.createContact, idempotencyKey: "k" };
	const first = await runKillable(stage);
	refuseThoughMade({ sandbox }, "createContact");
	expect(await told(first.asker, "createContact", input)).toMatchObject({
		...REFUSED,
		retryAfterMs: 2000,
	});
	await first.kill();
	sandbox.clearCalls();
	const second = await runKillable(stage);
	await expect
		.poll(
			() => sandbox.calls().filter(({ path }) => /search/.test(path)).length,
			{ timeout: 20_000 },
		)
		.toBeGreaterThan(0);
	await expect
		.poll(() => told(second.asker, "createContact", input), { timeout: 20_000 })
		.toMatchObject({ made: "c2", replayed: true, retryAfterMs: null });
	expect(sent({ sandbox })).toBe(0);
	await second.kill();
}, 60_000);

/** As another app does, without the gateway. */
const writeElsewhere = async (
	{ sandbox }: World,
	path: string,
	body: object,
): Promise<string> => {
	const answer = await fetch(`${sandbox.url}${path}`, {
		method: "POST",
		headers: {
			authorization: `Bearer ${sandbox.tokens[LOCATION]}`,
			version: path.startsWith("/calendars") ? "2021-04-15" : "2021-07-28",
			"content-type": "application/json",
		},
		body: JSON.stringify(body),
	});
	const { id, note, task, contact } = (await answer.json()) as Record<
		string,
		{ id: string } & string
	>;
	return note?.id ?? task?.id ?? contact?.id ?? String(id);
};

const ELSEWHERE: Readonly<Record<string, object>> = {
	createContact: { locationId: LOCATION, firstName: "Ada" },
	createTask: {
		title: "Call",
		dueDate: "2026-12-01T10:00:00.000Z",
		completed: false,
	},
	createNote: { body: "Hello" },
	createAppointment: {
		...INPUTS.createAppointment,
		locationId: LOCATION,
		ignoreFreeSlotValidation: true,
	},
};

test.each([0, 3_600_000, -3_600_000])(
	"what another app wrote two seconds before is not taken for ours, with the API's clock %i ms ahead",
	async (aheadMs) => {
		for (const mutation of Object.keys(INPUTS)) {
			const clock = { now: Date.now() };
			await using world = await startWorld({
				contacts: 1,
				sandbox: { now: () => clock.now + aheadMs },
				gateway: { writes: { readBackAfterMs: [0], now: () => clock.now } },
			});
			const input = {
				...INPUTS[mutation],
				...(mutation === "createAppointment" && {
					ignoreFreeSlotValidation: true,
				}),
				idempotencyKey: "k",
			};
			const path = PATHS[mutation] as string;
			const theirs = await writeElsewhere(
				world,
				path,
				ELSEWHERE[mutation] as object,
			);
			clock.now += 2000;
			world.upstream.next({ kind: "drop", match: { method: "POST", path } });
			expect(await told(world, mutation, input), mutation).toEqual({
				code: "OUTCOME_UNKNOWN",
			});
			clock.now += 20_000;
			const ours = await told(world, mutation, input);
			expect(ours, mutation).toMatchObject({ userErrors: [], replayed: false });
			expect(ours.made).not.toBe(theirs);
		}
	},
);

test("of two equal writes of two processes, neither takes what the other made for its own", async () => {
	await using folder = await mkdtempDisposable(join(tmpdir(), "told-"));
	const dataFile = join(folder.path, "data.sqlite");
	const writes = { readBackAfterMs: [0, 50] };
	await using one = await startWorld({ gateway: { dataFile, writes } });
	await using two = await startWorld({
		gateway: { dataFile, writes },
		contactsApi: {
			url: one.sandbox.url,
			token: () => one.sandbox.tokens[LOCATION] ?? "",
		},
	});
	const match = { method: "POST", path: PATHS.createNote as string };
	// The first is on its way, made and not answered; the second is lost before it arrives.
	one.upstream.next({ kind: "hold", match });
	const first = told(one, "createNote", {
		...INPUTS.createNote,
		idempotencyKey: "first",
	});
	await one.sandbox.held(1);
	one.upstream.next({ kind: "drop", match });
	const second = told(two, "createNote", INPUTS.createNote as object);
	await one.until(
		() =>
			one.calls.some(
				({ method, path }) => method === "GET" && /notes$/.test(path),
			),
		"the second to be read back",
	);
	one.sandbox.release();
	expect((await first).made).toBe("n4");
	expect(await second).toEqual({ code: "OUTCOME_UNKNOWN" });
});

test("a key that says it is older than keys are stored is refused when it is not known, and nothing is sent", async () => {
	const clock = { now: Date.now() };
	await using world = await startWorld({
		gateway: { writes: { now: () => clock.now } },
	});
	const hours = 3_600_000;
	for (const keyOf of [uuidV7, ulid]) {
		world.upstream.clearCalls();
		const made = clock.now;
		const note = (idempotencyKey: string) =>
			told(world, "createNote", { ...INPUTS.createNote, idempotencyKey });
		expect((await note(keyOf(made - 25 * hours))).code).toBe(
			"IDEMPOTENCY_KEY_EXPIRED",
		);
		expect(sent(world)).toBe(0);
		const key = keyOf(made - 23 * hours);
		const first = await note(key);
		expect(first).toMatchObject({ userErrors: [], replayed: false });
		// Too old to be new by then, and still remembered.
		clock.now += 23 * hours;
		expect(await note(key)).toEqual({ ...first, replayed: true });
		clock.now += 2 * hours;
		expect((await note(key)).code).toBe("IDEMPOTENCY_KEY_EXPIRED");
		expect(sent(world)).toBe(1);
	}
});

const hex = (value: number, digits: number) =>
	value.toString(16).padStart(digits, "0");

const uuidV7 = (at: number): string => {
	const time = hex(at, 12);
	return `${time.slice(0, 8)}-${time.slice(8)}-7abc-9def-0123456789ab`;
};

const ulid = (at: number): string => {
	const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	let text = "";
	for (let rest = at; text.length < 10; rest = Math.floor(rest / 32))
		text = digits[rest % 32] + text;
	return `${text}0123456789ABCDEF`;
};

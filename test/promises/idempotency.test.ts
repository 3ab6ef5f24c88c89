/** A write takes effect at most once for a key, and what became of it is told truly or called unknown. */
import { expect, test } from "vitest";
import type { Fault } from "../../src/sandbox/sandbox.ts";
import { mutate, tryMutate } from "../support/mutate.ts";
import { startWorld, type World } from "../support/world.ts";

const ADA = { firstName: "Ada", email: "ada@example.com" };
const TASK = {
	contactId: "c1",
	title: "Call",
	dueDate: "2026-12-01T10:00:00Z",
};
const BOOKING = {
	contactId: "c1",
	calendarId: "cal1",
	assignedUserId: "u1",
	title: "Meet",
	startTime: "2027-03-01T10:00:00-06:00",
};

/** A world whose read-backs do not wait, and whose clock stands until it is moved. */
const startStill = async (options: Parameters<typeof startWorld>[0] = {}) => {
	const clock = { now: Date.now() };
	const world = await startWorld({
		contacts: 2,
		...options,
		contactsApi: { breaker: { failures: 1e9 } },
		gateway: {
			writes: { readBackAfterMs: [0], now: () => clock.now },
			...options.gateway,
		},
	});
	return {
		world,
		clock,
		[Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
	};
};

/** The same where the sandbox goes by that clock, too, and its search lags. */
const startLagging = async () => {
	const clock = { now: Date.now() };
	const now = () => clock.now;
	const world = await startWorld({
		sandbox: { searchLagMs: 10_000, now },
		gateway: { writes: { readBackAfterMs: [0], now } },
	});
	return Object.assign(world, { clock });
};

const writes = ({ calls }: World) =>
	calls
		.filter(({ method, path }) => method !== "GET" && !/search/.test(path))
		.map(({ method, path }) => `${method} ${path}`);

const code = ({ errors }: Awaited<ReturnType<typeof tryMutate>>) =>
	errors?.map(({ extensions }) => extensions?.code);

test("the same key with the same input answers the same and writes once", async () => {
	await using still = await startStill();
	const { world } = still;
	const input = { ...ADA, idempotencyKey: "tap" };
	const first = await mutate(world, "createContact", input);
	const second = await mutate(world, "createContact", input);
	expect(second).toEqual(first);
	expect(writes(world)).toEqual(["POST /contacts/"]);
});

test("the same key at the same time writes once and answers both the same", async () => {
	await using still = await startStill();
	const { world } = still;
	const input = { ...ADA, idempotencyKey: "double tap" };
	world.upstream.next({
		kind: "hold",
		match: { method: "POST", path: "/contacts/" },
	});
	const first = mutate(world, "createContact", input);
	await world.sandbox.held(1);
	const second = mutate(world, "createContact", input);
	world.sandbox.release();
	expect(await second).toEqual(await first);
	expect(writes(world)).toEqual(["POST /contacts/"]);
});

test("a caller who leaves in the middle does not take the other one's answer along", async () => {
	await using still = await startStill({
		gateway: { writes: { readBackAfterMs: [0] } },
	});
	const { world } = still;
	const input = { ...ADA, idempotencyKey: "leaver" };
	world.upstream.next({
		kind: "hold",
		match: { method: "POST", path: "/contacts/" },
	});
	const left = tryMutate(world, "createContact", input, {
		headers: { "x-deadline-ms": "300" },
	});
	await world.sandbox.held(1);
	const stayed = mutate(world, "createContact", input);
	expect(code(await left)).toEqual(["OUTCOME_UNKNOWN"]);
	world.sandbox.release();
	expect((await stayed).contact).toMatchObject({ email: "ada@example.com" });
	expect(writes(world)).toEqual(["POST /contacts/"]);
});

test("the same key with another input, or for another mutation, is a conflict", async () => {
	await using still = await startStill();
	const { world } = still;
	await mutate(world, "createContact", { ...ADA, idempotencyKey: "k" });
	for (const answer of [
		await tryMutate(world, "createContact", {
			...ADA,
			lastName: "L",
			idempotencyKey: "k",
		}),
		await tryMutate(world, "upsertContact", { ...ADA, idempotencyKey: "k" }),
	])
		expect(code(answer)).toEqual(["IDEMPOTENCY_CONFLICT"]);
	expect(writes(world)).toEqual(["POST /contacts/"]);
});

test("a key belongs to its caller: another caller's same key is another key", async () => {
	await using still = await startStill();
	const { world } = still;
	const token = await world.token({ subject: "somebody else" });
	await mutate(world, "createNote", {
		contactId: "c1",
		body: "x",
		idempotencyKey: "k",
	});
	await mutate(
		world,
		"createNote",
		{ contactId: "c1", body: "x", idempotencyKey: "k" },
		{ token },
	);
	expect(writes(world)).toHaveLength(2);
});

test("what was refused for the input stays refused under its key", async () => {
	await using still = await startStill();
	const { world } = still;
	await mutate(world, "createContact", ADA);
	const input = { ...ADA, lastName: "L", idempotencyKey: "k" };
	const first = await mutate(world, "createContact", input);
	expect(first.userErrors).toMatchObject([{ code: "DUPLICATE_CONTACT" }]);
	expect(await mutate(world, "createContact", input)).toEqual(first);
	expect(writes(world)).toHaveLength(2);
});

test("a key is forgotten after 24 hours, and its record is pruned", async () => {
	await using still = await startStill();
	const { world, clock } = still;
	const input = { contactId: "c1", body: "x", idempotencyKey: "k" };
	await mutate(world, "createNote", input);
	clock.now += 86_400_000 - 1;
	await mutate(world, "createNote", input);
	expect(writes(world)).toHaveLength(1);
	clock.now += 2;
	await mutate(world, "createNote", input);
	expect(writes(world)).toHaveLength(2);
});

const LOST: readonly Fault[] = [
	{ kind: "lostAnswer" },
	{ kind: "cutBefore" },
	{ kind: "cut" },
	{ kind: "malformed" },
];

/** A write, what it sends, and how many of its things there are then. */
const EACH: readonly (readonly [
	name: string,
	input: object,
	match: { method: string; path: string },
	query: string,
	shows: object,
])[] = [
	[
		"createContact",
		ADA,
		{ method: "POST", path: "/contacts/" },
		"{ contacts { totalCount } }",
		{ contacts: { totalCount: 3 } },
	],
	[
		"updateContact",
		{ contactId: "c1", city: "Ulm" },
		{ method: "PUT", path: "/contacts/c1" },
		'{ contact(id: "c1") { city } }',
		{ contact: { city: "Ulm" } },
	],
	[
		"upsertContact",
		{ ...ADA, tags: ["x"] },
		{ method: "POST", path: "/contacts/upsert" },
		"{ contacts { totalCount } }",
		{ contacts: { totalCount: 3 } },
	],
	[
		"deleteContact",
		{ contactId: "c1" },
		{ method: "DELETE", path: "/contacts/c1" },
		'{ contact(id: "c1") { id } }',
		{ contact: null },
	],
	[
		"addContactTags",
		{ contactId: "c1", tags: ["fresh"] },
		{ method: "POST", path: "/contacts/c1/tags" },
		'{ contacts(filter: { tags: { eq: "fresh" } }) { totalCount } }',
		{ contacts: { totalCount: 1 } },
	],
	[
		"setContactTags",
		{ contactId: "c1", tags: ["only"] },
		{ method: "PUT", path: "/contacts/c1" },
		'{ contact(id: "c1") { tags } }',
		{ contact: { tags: ["only"] } },
	],
	[
		"addContactFollowers",
		{ contactId: "c1", userIds: ["u9"] },
		{ method: "POST", path: "/contacts/c1/followers" },
		'{ contacts(filter: { followerIds: { eq: "u9" }, id: { eq: "c1" } }) { totalCount } }',
		{ contacts: { totalCount: 1 } },
	],
	[
		"createTask",
		TASK,
		{ method: "POST", path: "/contacts/c1/tasks" },
		'{ contact(id: "c1") { tasks { totalCount } } }',
		{ contact: { tasks: { totalCount: 2 } } },
	],
	[
		"updateTask",
		{ taskId: "t1", contactId: "c1", title: "Later" },
		{ method: "PUT", path: "/contacts/c1/tasks/t1" },
		'{ contact(id: "c1") { tasks { nodes { title } } } }',
		{ contact: { tasks: { nodes: [{ title: "Later" }] } } },
	],
	[
		"completeTask",
		{ taskId: "t1", contactId: "c1" },
		{ method: "PUT", path: "/contacts/c1/tasks/t1/completed" },
		'{ contact(id: "c1") { tasks { nodes { completed } } } }',
		{ contact: { tasks: { nodes: [{ completed: true }] } } },
	],
	[
		"deleteTask",
		{ taskId: "t1", contactId: "c1" },
		{ method: "DELETE", path: "/contacts/c1/tasks/t1" },
		'{ contact(id: "c1") { tasks { totalCount } } }',
		{ contact: { tasks: { totalCount: 0 } } },
	],
	[
		"createNote",
		{ contactId: "c1", body: "New" },
		{ method: "POST", path: "/contacts/c1/notes" },
		'{ contact(id: "c1") { notes { totalCount } } }',
		{ contact: { notes: { totalCount: 2 } } },
	],
	[
		"updateNote",
		{ noteId: "n1", contactId: "c1", body: "Changed" },
		{ method: "PUT", path: "/contacts/c1/notes/n1" },
		'{ contact(id: "c1") { notes { nodes { body } } } }',
		{ contact: { notes: { nodes: [{ body: "Changed" }] } } },
	],
	[
		"deleteNote",
		{ noteId: "n1", contactId: "c1" },
		{ method: "DELETE", path: "/contacts/c1/notes/n1" },
		'{ contact(id: "c1") { notes { totalCount } } }',
		{ contact: { notes: { totalCount: 0 } } },
	],
	[
		"createAppointment",
		BOOKING,
		{ method: "POST", path: "/calendars/events/appointments" },
		'{ contact(id: "c1") { appointments { totalCount } } }',
		{ contact: { appointments: { totalCount: 2 } } },
	],
	[
		"updateAppointment",
		{ appointmentId: "a1", title: "Moved" },
		{ method: "PUT", path: "/calendars/events/appointments/a1" },
		'{ appointment(id: "a1") { title } }',
		{ appointment: { title: "Moved" } },
	],
	[
		"deleteAppointment",
		{ appointmentId: "a1" },
		{ method: "DELETE", path: "/calendars/events/a1" },
		'{ appointment(id: "a1") { id } }',
		{ appointment: null },
	],
	[
		"createAppointmentNote",
		{ appointmentId: "a1", body: "New" },
		{ method: "POST", path: "/calendars/appointments/a1/notes" },
		'{ appointment(id: "a1") { appointmentNotes { nodes { body } } } }',
		{ appointment: { appointmentNotes: { nodes: [{ body: "New" }] } } },
	],
	[
		"createTag",
		{ name: "brand new" },
		{ method: "POST", path: "/locations/sandbox-location-1/tags" },
		"{ __typename }",
		{ __typename: "Query" },
	],
	[
		"renameTag",
		{ tagId: "tag1", name: "renamed" },
		{ method: "PUT", path: "/locations/sandbox-location-1/tags/tag1" },
		"{ __typename }",
		{ __typename: "Query" },
	],
	[
		"deleteTag",
		{ tagId: "tag1" },
		{ method: "DELETE", path: "/locations/sandbox-location-1/tags/tag1" },
		"{ __typename }",
		{ __typename: "Query" },
	],
	[
		"updateTagsOfContacts",
		{ contactIds: ["c1", "c2"], action: "ADD", tags: ["fresh"] },
		{ method: "POST", path: "/contacts/bulk/tags" },
		'{ contacts(filter: { tags: { eq: "fresh" } }) { totalCount } }',
		{ contacts: { totalCount: 2 } },
	],
	[
		"setBusinessOfContacts",
		{ contactIds: ["c1", "c2"], businessId: "b1" },
		{ method: "POST", path: "/contacts/bulk/business" },
		'{ contact(id: "c1") { businessId } }',
		{ contact: { businessId: "b1" } },
	],
];

test.each(
	EACH.flatMap(([name, ...rest]) =>
		LOST.map((fault) => [name, fault.kind, fault, ...rest] as const),
	),
)(
	"%s whose answer is lost (%s) is found by reading, with a key and without",
	async (name, _, fault, input, match, query, shows) => {
		for (const keyed of [{}, { idempotencyKey: "k" }]) {
			await using still = await startStill();
			const { world } = still;
			world.upstream.next({ ...fault, match });
			const payload = await mutate(world, name, { ...input, ...keyed });
			expect(payload.userErrors).toEqual([]);
			expect(Object.values(payload)[0]).not.toBeNull();
			const sent = world.calls.filter(
				(call) =>
					call.method === match.method && call.path.startsWith(match.path),
			);
			expect(sent.length).toBeGreaterThan(0);
			expect(sent.filter(({ path }) => path === sent[0]?.path)).toHaveLength(1);
			expect(await world.query(query)).toEqual(shows);
		}
	},
);

test.each(["createContact", "createTask", "createNote", "createAppointment"])(
	"%s that was refused with 422 and yet took effect is told as done",
	async (name) => {
		await using still = await startStill();
		const { world } = still;
		const [, input, match] = EACH.find(([one]) => one === name) ?? [];
		world.upstream.next({ kind: "created422", match: match ?? {} });
		const payload = await mutate(world, name, input ?? {});
		expect(payload.userErrors).toEqual([]);
		expect(Object.values(payload)[0]).not.toBeNull();
	},
);

test("a write that may not have arrived is unknown, and its key tells later and sends it once", async () => {
	await using still = await startStill();
	const { world, clock } = still;
	world.upstream.next({
		kind: "drop",
		match: { method: "POST", path: "/contacts/c1/notes" },
	});
	const input = { contactId: "c1", body: "x", idempotencyKey: "k" };
	const first = await tryMutate(world, "createNote", input);
	expect(code(first)).toEqual(["OUTCOME_UNKNOWN"]);
	expect(first.errors?.[0]?.extensions?.retryAfterMs).toBe(20_000);
	clock.now += 19_999;
	expect(code(await tryMutate(world, "createNote", input))).toEqual([
		"OUTCOME_UNKNOWN",
	]);
	expect(writes(world)).toHaveLength(1);
	clock.now += 1;
	expect((await mutate(world, "createNote", input)).note.body).toBe("x");
	expect(
		await world.query('{ contact(id: "c1") { notes { totalCount } } }'),
	).toEqual({ contact: { notes: { totalCount: 2 } } });
});

test("a create that was refused with 422 and that search does not know yet is not sent again with its key", async () => {
	await using world = await startLagging();
	const { clock } = world;
	// Without e-mail and phone nothing but search finds it.
	const input = { firstName: "Ada", idempotencyKey: "k" };
	world.upstream.next({ kind: "created422", match: { method: "POST" } });
	expect((await tryMutate(world, "createContact", input)).errors).toBeDefined();
	expect(code(await tryMutate(world, "createContact", input))).toEqual([
		"OUTCOME_UNKNOWN",
	]);
	clock.now += 11_000;
	const { contact } = await mutate(world, "createContact", input);
	expect(contact.contactId).toBe("c4");
	expect(writes(world)).toEqual(["POST /contacts/"]);
});

test("a search that was asked before the write could be seen does not tell that it did not happen, however late it answers", async () => {
	await using world = await startLagging();
	const { clock } = world;
	const input = { firstName: "Ada", idempotencyKey: "k" };
	world.upstream.next({ kind: "lostAnswer", match: { method: "POST" } });
	expect(code(await tryMutate(world, "createContact", input))).toEqual([
		"OUTCOME_UNKNOWN",
	]);
	clock.now += 9_000;
	world.upstream.next({ kind: "hold", match: { path: "/contacts/search" } });
	const again = tryMutate(world, "createContact", input);
	await world.sandbox.held(1);
	clock.now += 12_000;
	world.sandbox.release();
	expect(code(await again)).toEqual(["OUTCOME_UNKNOWN"]);
	expect((await mutate(world, "createContact", input)).contact.contactId).toBe(
		"c4",
	);
	expect(writes(world)).toEqual(["POST /contacts/"]);
});

test("without a key a write that may not have arrived is unknown and never sent again", async () => {
	await using still = await startStill();
	const { world } = still;
	world.upstream.next({
		kind: "drop",
		match: { method: "POST", path: "/contacts/c1/notes" },
	});
	const answer = await tryMutate(world, "createNote", {
		contactId: "c1",
		body: "x",
	});
	expect(code(answer)).toEqual(["OUTCOME_UNKNOWN"]);
	expect(answer.data).toEqual({ createNote: null });
	expect(writes(world)).toEqual(["POST /contacts/c1/notes"]);
});

test("an older task of the same content is not taken for the one whose answer is lost", async () => {
	const clock = { now: Date.now() };
	await using world = await startWorld({
		contacts: 1,
		sandbox: { now: () => clock.now },
		gateway: { writes: { readBackAfterMs: [0], now: () => clock.now } },
	});
	const old = await mutate(world, "createTask", TASK);
	clock.now += 120_000;
	world.upstream.next({
		kind: "drop",
		match: { method: "POST", path: "/contacts/c1/tasks" },
	});
	const input = { ...TASK, idempotencyKey: "k" };
	expect(code(await tryMutate(world, "createTask", input))).toEqual([
		"OUTCOME_UNKNOWN",
	]);
	clock.now += 20_000;
	const again = await mutate(world, "createTask", input);
	expect(again.task.taskId).not.toBe(old.task.taskId);
});

test("two equal tasks under two keys are two tasks, though both answers are lost", async () => {
	await using still = await startStill();
	const { world } = still;
	world.upstream.next({
		kind: "lostAnswer",
		count: 2,
		match: { method: "POST", path: "/contacts/c1/tasks" },
	});
	const [one, two] = await Promise.all(
		["k1", "k2"].map((idempotencyKey) =>
			mutate(world, "createTask", { ...TASK, idempotencyKey }),
		),
	);
	expect(one.task.taskId).not.toBe(two.task.taskId);
});

test("a write that was certainly not sent leaves its key free", async () => {
	await using still = await startStill();
	const { world } = still;
	world.upstream.next({
		kind: "status",
		status: 401,
		body: {
			statusCode: 401,
			message: "The token is not authorized for this scope.",
		},
	});
	const input = { contactId: "c1", body: "x", idempotencyKey: "k" };
	expect(code(await tryMutate(world, "createNote", input))).toEqual([
		"UPSTREAM_UNAUTHORIZED",
	]);
	expect((await mutate(world, "createNote", input)).note.body).toBe("x");
});

test("mutations of one operation run in order, each with its own outcome, whatever becomes of the others", async () => {
	await using still = await startStill();
	const { world } = still;
	world.upstream.next({
		kind: "drop",
		match: { method: "POST", path: "/contacts/c1/notes" },
	});
	const { data, errors } = await world.answer(`mutation {
		first: addContactTags(input: { contactId: "c1", tags: ["one"] }) { contact { tags } userErrors { code } }
		lost: createNote(input: { contactId: "c1", body: "x" }) { note { id } }
		refused: addContactTags(input: { contactId: "nobody", tags: ["two"] }) { contact { tags } userErrors { code field } }
		last: setContactTags(input: { contactId: "c1", tags: ["three"] }) { contact { tags } userErrors { code } }
	}`);
	expect(data.first.contact.tags).toContain("one");
	expect(data.lost).toBeNull();
	expect(errors).toMatchObject([
		{ path: ["lost"], extensions: { code: "OUTCOME_UNKNOWN" } },
	]);
	expect(data.refused).toEqual({
		contact: null,
		userErrors: [{ code: "NOT_FOUND", field: ["contactId"] }],
	});
	expect(data.last.contact.tags).toEqual(["three"]);
	expect(writes(world)).toEqual([
		"POST /contacts/c1/tags",
		"POST /contacts/c1/notes",
		"POST /contacts/nobody/tags",
		"PUT /contacts/c1",
	]);
});

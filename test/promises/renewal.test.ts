/** What is asked for all the time is read anew together, before anyone waits for it; out of budget nobody waits at all. */
import { expect, test } from "vitest";
import { testClock } from "../support/clock.ts";
import { startWorld, type WorldOptions } from "../support/world.ts";

const SECOND = 1000;
// Tasks are late after two thirds of their 30 seconds.
const LATE = 21 * SECOND;

const tasksOf = (id: string) =>
	`{ contact(id: "${id}") { tasks { nodes { title } } } }`;
const notesOf = (id: string) =>
	`{ contact(id: "${id}") { notes { nodes { body } } } }`;

const TEN = {
	rateLimit: { burst: 10, intervalMs: 10 * SECOND, daily: 1000 },
};

/** Webhooks arrive, as far as the gateway can tell, so tasks alone grow old within seconds. */
const startMoved = async ({ gateway, ...options }: WorldOptions = {}) => {
	const clock = testClock();
	const world = await startWorld({
		contacts: 4,
		...options,
		sandbox: { now: clock.epoch, ...options.sandbox },
		gateway: {
			clock,
			cache: { webhooksArriving: () => true },
			...gateway,
		},
	});
	return Object.assign(world, { clock });
};

test("tasks of contacts that are asked for all the time are read anew in one call before they are past their bound", async () => {
	await using world = await startMoved();
	const everyone = ["c1", "c2", "c3"];
	for (const id of everyone) await world.query(tasksOf(id));
	await world.clock.advance(LATE);
	world.upstream.clearCalls();
	for (const id of everyone) await world.query(tasksOf(id));
	expect(world.calls).toBeExactly();
	await world.clock.advance(3 * SECOND);
	await world.until(() => world.calls.length > 0, "a renewal");
	const [call] = world.calls;
	expect(`${call?.method} ${call?.path}`).toMatch(
		/^POST \/locations\/[^/]+\/tasks\/search$/,
	);
	expect(call?.body).toMatchObject({ contactId: everyone });
	await world.clock.advance(15 * SECOND);
	for (const id of everyone) await world.query(tasksOf(id));
	expect(world.calls).toHaveLength(1);
});

test("contacts that a page brought along are renewed like those that were asked for by their ids", async () => {
	await using world = await startMoved();
	await world.query("{ contacts(first: 3) { nodes { contactId } } }");
	const ids = ["c1", "c2", "c3"];
	const nameOf = (id: string) => `{ contact(id: "${id}") { name } }`;
	await world.clock.advance(201 * SECOND);
	world.upstream.clearCalls();
	for (const id of ids) await world.query(nameOf(id));
	expect(world.calls).toBeExactly();
	await world.clock.advance(3 * SECOND);
	await world.until(() => world.calls.length > 0, "a renewal");
	expect(world.calls).toBeExactly("POST /contacts/search");
	await world.clock.advance(150 * SECOND);
	for (const id of ids) await world.query(nameOf(id));
	expect(world.calls).toHaveLength(1);
});

test("a page that is asked for all the time is read again at its bound, and nobody in it before", async () => {
	await using world = await startMoved();
	const page = "{ contacts(first: 3) { nodes { name } } }";
	for (let time = 0; time < 3; time++) await world.query(page);
	world.upstream.clearCalls();
	for (let second = 0; second < 580; second += 10) {
		await world.clock.advance(10 * SECOND);
		await world.query(page);
	}
	expect(world.calls).toBeExactly("POST /contacts/search");
});

test("answers that are given again ask for their renewal, too", async () => {
	await using world = await startMoved();
	// From the second time on the whole answer is kept.
	for (let time = 0; time < 2; time++)
		for (const id of ["c1", "c2"]) await world.query(tasksOf(id));
	await world.clock.advance(LATE);
	world.upstream.clearCalls();
	const { answers } = world.gateway.cacheStats();
	for (const id of ["c1", "c2"]) await world.query(tasksOf(id));
	expect(world.gateway.cacheStats().answers.hits).toBe(answers.hits + 2);
	await world.clock.advance(3 * SECOND);
	await world.until(() => world.calls.length === 1, "a renewal");
	expect(world.calls[0]?.body).toMatchObject({ contactId: ["c1", "c2"] });
});

test("what one contact alone would be read for, and what nobody asks for, is left", async () => {
	await using world = await startMoved();
	for (const id of ["c1", "c2", "c3"]) await world.query(tasksOf(id));
	await world.clock.advance(LATE);
	world.upstream.clearCalls();
	await world.query(tasksOf("c1"));
	await world.clock.advance(8 * SECOND);
	await world.request({ path: "/health/live" });
	expect(world.calls).toBeExactly();
});

test("a renewal does not bring back what was dropped meanwhile", async () => {
	await using world = await startMoved();
	for (const id of ["c1", "c2", "c3"]) await world.query(tasksOf(id));
	await world.clock.advance(LATE);
	for (const id of ["c1", "c2", "c3"]) await world.query(tasksOf(id));
	world.sandbox.next({
		kind: "hold",
		match: { method: "POST", path: "/locations" },
	});
	await world.clock.advance(3 * SECOND);
	await world.sandbox.held(1);
	const { createTask } = await world.query(
		`mutation { createTask(input: { contactId: "c1", title: "New", dueDate: "2030-01-01T00:00:00Z" }) { task { title } userErrors { message } } }`,
	);
	expect(createTask.userErrors).toEqual([]);
	world.sandbox.release();
	const { contact } = await world.query(tasksOf("c1"));
	expect(
		contact.tasks.nodes.map(({ title }: { title: string }) => title),
	).toContain("New");
});

test("who cannot take what is at hand does not wait for a renewal that is under way", async () => {
	await using world = await startMoved();
	for (const id of ["c1", "c2"]) await world.query(tasksOf(id));
	await world.clock.advance(LATE);
	for (const id of ["c1", "c2"]) await world.query(tasksOf(id));
	world.sandbox.next({
		kind: "hold",
		match: { method: "POST", path: "/locations" },
	});
	await world.clock.advance(3 * SECOND);
	await world.sandbox.held(1);
	world.upstream.clearCalls();
	await world.query(
		tasksOf("c1"),
		{},
		{ headers: { "cache-control": "max-age=5" } },
	);
	expect(world.calls).toBeExactly("GET /contacts/c1", "GET /contacts/c1/tasks");
	world.sandbox.release();
});

test("out of budget what is past its bound is given at once and marked, and read when there is room", async () => {
	await using world = await startMoved({
		sandbox: TEN,
		gateway: { cache: { webhooksArriving: () => false } },
	});
	await world.query(notesOf("c1"));
	await world.clock.advance(60 * SECOND);
	// Four are left, which is what callers with nothing else may still have.
	for (const id of ["c2", "c3", "c4"])
		await world.query(
			notesOf(id),
			{},
			{ headers: { "cache-control": "no-cache" } },
		);
	world.upstream.clearCalls();
	const { data, extensions } = await world.answer(notesOf("c1"));
	expect(data?.contact.notes.nodes).toHaveLength(1);
	expect(extensions?.stale).toEqual([["contact"], ["contact", "notes"]]);
	expect(extensions?.price).toMatchObject({ made: 0 });
	expect(world.calls).toBeExactly();
	await world.clock.advance(11 * SECOND);
	await world.until(() => world.calls.length === 2, "two renewals");
	expect(world.calls).toBeExactly("GET /contacts/c1", "GET /contacts/c1/notes");
	const later = await world.answer(notesOf("c1"));
	expect(later.extensions?.stale).toBeUndefined();
	expect(later.extensions?.price).toMatchObject({ made: 0 });
});

test("out of budget a caller who asks for fresh data waits for it", async () => {
	await using world = await startMoved({
		sandbox: TEN,
	});
	for (const id of ["c1", "c2", "c3"]) await world.query(tasksOf(id));
	await world.clock.advance(40 * SECOND);
	for (const id of ["c2", "c3"])
		await world.query(
			tasksOf(id),
			{},
			{ headers: { "cache-control": "no-cache" } },
		);
	world.upstream.clearCalls();
	const { extensions } = await world.answer(
		tasksOf("c1"),
		{},
		{ headers: { "cache-control": "max-age=5" } },
	);
	expect(extensions?.stale).toBeUndefined();
	expect(world.calls).toBeExactly("GET /contacts/c1", "GET /contacts/c1/tasks");
});

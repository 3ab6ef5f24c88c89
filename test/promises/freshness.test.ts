/** Callers say how fresh an answer must be and are told how old it is, in HTTP's own words. */
import { expect, test } from "vitest";
import { createSender, SENDER_KEYS } from "../support/deliveries.ts";
import { subscribe } from "../support/subscribers.ts";
import { startWorld, type World, type WorldOptions } from "../support/world.ts";

const QUERY = '{ contact(id: "c1") { companyName notes { nodes { body } } } }';
const CALLS = ["GET /contacts/c1", "GET /contacts/c1/notes"];

/** A world whose cache lives by a clock that the test moves. */
const startAging = async (options: WorldOptions = {}) => {
	let passed = 0;
	const world = await startWorld({
		contacts: 2,
		...options,
		gateway: {
			cache: {
				now: () => Date.now() + passed,
				webhooksArriving: () => true,
			},
			...options.gateway,
		},
	});
	return Object.assign(world, {
		pass(ms: number) {
			passed += ms;
		},
	});
};

const get = async (world: World, headers: Record<string, string> = {}) =>
	world.request({
		path: `/graphql?query=${encodeURIComponent(QUERY)}`,
		headers: { authorization: `Bearer ${await world.token()}`, ...headers },
	});

test("every answer tells the age of its oldest part in seconds", async () => {
	await using world = await startAging();
	expect((await get(world)).headers.age).toBe("0");
	world.pass(12_500);
	expect((await get(world)).headers.age).toBe("12");
	// Another query over the same values is as old as they are.
	const raw = await world.request({
		path: `/graphql?query=${encodeURIComponent('{contact(id:"c1"){name}}')}`,
		headers: { authorization: `Bearer ${await world.token()}` },
	});
	expect(raw.headers.age).toBe("12");
});

test("a read that began longer ago than the caller allows is not waited for", async () => {
	await using world = await startAging();
	world.upstream.next({ kind: "hold", count: 2 });
	const slow = get(world);
	await world.sandbox.held(1);
	world.pass(6_000);
	const strict = get(world, { "cache-control": "max-age=5" });
	await world.sandbox.held(2);
	world.sandbox.release();
	await Promise.all([slow, strict]);
	const reads = world.calls.filter(({ path }) => path === "/contacts/c1");
	expect(reads).toHaveLength(2);
});

test.each([
	["no-cache", 0, CALLS],
	["max-age=0", 0, CALLS],
	["max-age=10", 11_000, CALLS],
	["max-age=10", 9_000, []],
	["public, max-age=10", 11_000, CALLS],
	["max-age=lots", 11_000, []],
])(
	"Cache-Control: %s, %i ms after the last read, costs the calls %j",
	async (header, ms, calls) => {
		await using world = await startAging();
		await world.query(QUERY);
		world.upstream.clearCalls();
		world.pass(ms);
		await world.query(QUERY, {}, { headers: { "cache-control": header } });
		expect(world.calls).toBeExactly(...calls);
	},
);

test("what one caller read afresh serves the next", async () => {
	await using world = await startAging();
	await world.query(QUERY);
	world.sandbox.data.edit("contacts", "c1", { companyName: "Edited Ltd" });
	const fresh = await world.query(
		QUERY,
		{},
		{ headers: { "cache-control": "no-cache" } },
	);
	expect(fresh.contact.companyName).toBe("Edited Ltd");
	world.upstream.clearCalls();
	expect((await world.query(QUERY)).contact.companyName).toBe("Edited Ltd");
	expect(world.calls).toBeExactly();
});

test("notes of an appointment, of which no webhook tells, are read again after half a minute", async () => {
	await using world = await startAging({ contacts: 1 });
	const query =
		'{ appointment(id: "a1") { title appointmentNotes { nodes { body } } } }';
	await world.query(query);
	world.pass(29_000);
	world.upstream.clearCalls();
	await world.query(query);
	expect(world.calls).toBeExactly();
	world.pass(2_000);
	await world.query(query);
	expect(world.calls).toBeExactly("GET /calendars/appointments/a1/notes");
});

test("no-store leaves nothing behind", async () => {
	await using world = await startAging();
	await world.query(QUERY, {}, { headers: { "cache-control": "no-store" } });
	expect(world.gateway.cacheStats().entries).toBe(0);
});

test("a GET is answered with 304 while its data are the same, whatever they cost", async () => {
	await using world = await startAging();
	const cold = await get(world);
	const etag = String(cold.headers.etag);
	expect(etag).toMatch(/^W\/"[\w-]+"$/);
	const known = await get(world, { "if-none-match": `"other", ${etag}` });
	expect(known.status).toBe(304);
	expect(known.text).toBe("");
	expect(known.headers.etag).toBe(etag);
	const fresh = await get(world, {
		"if-none-match": etag,
		"cache-control": "no-cache",
	});
	expect(fresh.status).toBe(304);
	world.sandbox.data.edit("contacts", "c1", { companyName: "Edited Ltd" });
	const changed = await get(world, {
		"if-none-match": etag,
		"cache-control": "no-cache",
	});
	expect(changed.status).toBe(200);
	expect(changed.headers.etag).not.toBe(etag);
	expect(changed.json().data.contact.companyName).toBe("Edited Ltd");
});

test("while the upstream is down, values past their bound are given and marked with their paths", async () => {
	await using world = await startAging();
	const before = await world.query(QUERY);
	world.pass(301_000);
	world.upstream.next({ kind: "drop", count: 100 });
	const { data, errors, extensions } = await world.answer(QUERY);
	expect(errors).toBeUndefined();
	expect(data).toEqual(before);
	expect(extensions.stale).toEqual([["contact"], ["contact", "notes"]]);
});

test("over a socket the path of what is past its bound is told, and in a change that is delivered an empty one", async () => {
	await using world = await startAging({
		gateway: { webhooks: { keys: SENDER_KEYS } },
	});
	const asking = { url: world.url, token: await world.token() };
	const sender = createSender(world.url);
	const changes = await subscribe({
		...asking,
		transport: "WebSocket",
		query: "subscription { changes { contact { notes { nodes { body } } } } }",
	});
	await world.until(() => world.gateway.subscriptions === 1, "it to run");
	await world.query(QUERY);
	world.pass(301_000);
	world.upstream.next({
		kind: "drop",
		count: 100,
		match: { path: "/contacts/c1/notes" },
	});
	const query = await subscribe({
		...asking,
		transport: "WebSocket",
		query: QUERY,
	});
	const answer = await query.answer("an answer");
	expect(answer.errors).toBeUndefined();
	expect(answer.extensions.stale).toEqual([["contact", "notes"]]);
	await sender.tell("ContactUpdate", { id: "c1" });
	const change = await changes.answer("a change");
	expect(change.errors).toBeUndefined();
	expect(change.extensions.stale).toEqual([[]]);
	await Promise.all([query.close(), changes.close(), sender.close()]);
});

test("a stale value that stands in several places is marked in each", async () => {
	await using world = await startAging();
	const query =
		'{ a: contact(id: "c1") { assignedUser { name } } b: contact(id: "c2") { assignedUser { name } } }';
	for (const id of ["c1", "c2"])
		world.sandbox.data.edit("contacts", id, { assignedTo: "u1" });
	await world.query(query);
	world.pass(301_000);
	world.upstream.next({
		kind: "drop",
		count: 100,
		match: { path: "/users" },
	});
	const { extensions } = await world.answer(query);
	expect(extensions.stale).toEqual([
		["a", "assignedUser"],
		["b", "assignedUser"],
	]);
});

test("a stale answer is not kept: the first one after the outage is fresh", async () => {
	await using world = await startAging();
	await world.query(QUERY);
	world.pass(301_000);
	world.sandbox.data.edit("contacts", "c1", { companyName: "Edited Ltd" });
	world.upstream.next({
		kind: "status",
		status: 429,
		count: 100,
	});
	const during = await world.answer(
		QUERY,
		{},
		{ headers: { "x-deadline-ms": "300" } },
	);
	expect(during.extensions.stale).toBeDefined();
	await fetch(`${world.sandbox.url}/__sandbox/faults`, { method: "DELETE" });
	await expect
		.poll(async () => (await world.answer(QUERY)).extensions.stale, {
			timeout: 14_000,
		})
		.toBeUndefined();
	expect((await world.query(QUERY)).contact.companyName).toBe("Edited Ltd");
});

test("a caller who wants it fresh is told of the outage instead", async () => {
	await using world = await startAging();
	await world.query(QUERY);
	world.upstream.next({ kind: "drop", count: 100 });
	const [error] = await world.fails(
		QUERY,
		{},
		{ headers: { "cache-control": "no-cache" } },
	);
	expect(error?.extensions?.code).toBe("UPSTREAM_UNAVAILABLE");
});

test("past the second bound an outage is an error for everyone", async () => {
	await using world = await startAging();
	await world.query(QUERY);
	world.pass(3_601_000);
	world.upstream.next({ kind: "drop", count: 100 });
	const [error] = await world.fails(QUERY);
	expect(error?.extensions?.code).toBe("UPSTREAM_UNAVAILABLE");
});

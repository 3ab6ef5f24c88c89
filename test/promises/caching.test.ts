/** What is read once is given again for nothing, as long as it is still so, and only to those who may see it. */
import { expect, test } from "vitest";
import { createSender, SENDER_KEYS } from "../support/deliveries.ts";
import { startWorld, type World } from "../support/world.ts";

const NESTED =
	"{ contacts(first: 2) { nodes { contactId companyName tasks { nodes { title } } notes { nodes { body } } } } }";
const NAME_OF_C1 = '{ contact(id: "c1") { companyName } }';

const companyOf = async (world: World): Promise<string> =>
	(await world.query(NAME_OF_C1)).contact.companyName;

test("a query asked again costs no call, and says so", async () => {
	await using world = await startWorld({ contacts: 2 });
	const cold = await world.answer(NESTED);
	world.upstream.clearCalls();
	const again = await world.answer(NESTED);
	expect(again.data).toEqual(cold.data);
	expect(cold.extensions.price.made).toBe(4);
	expect(again.extensions.price).toEqual({
		...cold.extensions.price,
		made: 0,
		saved: cold.extensions.price.worst,
	});
	expect(world.calls).toBeExactly();
	// From the second time on the whole answer is kept.
	expect(world.gateway.cacheStats().answers.hits).toBe(0);
	expect(await world.answer(NESTED)).toEqual(again);
	expect(world.gateway.cacheStats().answers.hits).toBe(1);
});

test("an answer is kept from its first time on where its document came before", async () => {
	await using world = await startWorld({ contacts: 2 });
	const query = "query ($id: ID!) { contact(id: $id) { name } }";
	await world.query(query, { id: "c1" });
	const first = await world.query(query, { id: "c2" });
	expect(world.gateway.cacheStats().answers.hits).toBe(0);
	expect(await world.query(query, { id: "c2" })).toEqual(first);
	expect(world.gateway.cacheStats().answers.hits).toBe(1);
	// The document itself was new when it asked for this one.
	await world.query(query, { id: "c1" });
	expect(world.gateway.cacheStats().answers.hits).toBe(1);
});

test("the same query with its variables in another order is the same query", async () => {
	await using world = await startWorld({ contacts: 1 });
	const query =
		"query ($id: ID!, $n: Int) { contact(id: $id) { notes(first: $n) { nodes { body } } } }";
	await world.query(query, { id: "c1", n: 1 });
	await world.query(query, { id: "c1", n: 1 });
	world.upstream.clearCalls();
	await world.query(query, { n: 1, id: "c1" });
	expect(world.gateway.cacheStats().answers.hits).toBe(1);
	await world.query(query, { id: "c1", n: 2 });
	expect(world.gateway.cacheStats().answers.hits).toBe(1);
	expect(world.calls).toBeExactly();
});

test("another query takes what the first has read from the cache", async () => {
	await using world = await startWorld({ contacts: 2 });
	await world.query(NESTED);
	world.upstream.clearCalls();
	const { contact } = await world.query(
		'{ contact(id: "c1") { name notes { nodes { noteId } } tasks { nodes { taskId } } } }',
	);
	expect(contact.notes.nodes).toHaveLength(1);
	expect(world.calls).toBeExactly();
});

test("a hundred callers who ask the same at once cost the calls of one", async () => {
	await using world = await startWorld({ contacts: 2 });
	// The first read is held until all the others wait for it: who comes later finds it in the cache and shares nothing.
	world.upstream.next({
		kind: "hold",
		match: { method: "POST", path: "/contacts/search" },
	});
	const asked = Array.from({ length: 100 }, () => world.query(NESTED));
	await world.sandbox.held(1);
	await world.until(
		() => world.gateway.cacheStats().values.shared >= 99,
		"99 callers who wait for the read of the first",
	);
	world.sandbox.release();
	const answers = await Promise.all(asked);
	expect(new Set(answers.map((data) => JSON.stringify(data))).size).toBe(1);
	// The page, the tasks, and the notes of two contacts.
	expect(world.calls).toHaveLength(4);
});

test("a caller who leaves does not take along what others wait for", async () => {
	await using world = await startWorld({
		contacts: 1,
		sandbox: { latencyMs: 200 },
	});
	world.sandbox.data.edit("contacts", "c1", { companyName: "First Ltd" });
	const leaving = new AbortController();
	const first = fetch(`${world.url}/graphql`, {
		method: "POST",
		headers: {
			"content-type": "application/json",
			authorization: `Bearer ${await world.token()}`,
		},
		body: JSON.stringify({ query: NAME_OF_C1 }),
		signal: leaving.signal,
	}).catch((error: Error) => error.name);
	await expect.poll(() => world.calls.length).toBe(1);
	const others = Array.from({ length: 20 }, () => companyOf(world));
	await expect.poll(() => world.gateway.cacheStats().values.shared).toBe(20);
	leaving.abort();
	expect(await first).toBe("AbortError");
	expect(new Set(await Promise.all(others))).toEqual(new Set(["First Ltd"]));
	// One of them reads for all.
	expect(world.calls).toHaveLength(2);
});

test("a mutation's answer comes after the old values have gone", async () => {
	await using world = await startWorld({
		contacts: 2,
		sandbox: { searchLagMs: 10_000 },
	});
	await world.query(NESTED);
	await companyOf(world);
	const { createNote } = await world.query(
		'mutation { createNote(input: { contactId: "c1", body: "a new one" }) { note { body } userErrors { message } } }',
	);
	expect(createNote.userErrors).toEqual([]);
	const { contacts } = await world.query(NESTED);
	const c1 = contacts.nodes.find(
		({ contactId }: { contactId: string }) => contactId === "c1",
	);
	expect(c1.notes.nodes.map(({ body }: { body: string }) => body)).toContain(
		"a new one",
	);
});

test("a change in the CRM shows as soon as its webhook is taken", async () => {
	await using world = await startWorld({
		contacts: 2,
		sandbox: { searchLagMs: 10_000 },
		gateway: { webhooks: { keys: SENDER_KEYS } },
	});
	const sender = createSender(world.url);
	const before = await companyOf(world);
	await world.query(NESTED);
	world.sandbox.data.edit("contacts", "c1", { companyName: "Edited Ltd" });
	expect(await companyOf(world)).toBe(before);
	await sender.tell("ContactUpdate", { id: "c1" });
	expect(await companyOf(world)).toBe("Edited Ltd");
	// Search still holds the old row; the list must not.
	const { contacts } = await world.query(NESTED);
	expect(
		contacts.nodes.find(
			({ contactId }: { contactId: string }) => contactId === "c1",
		).companyName,
	).toBe("Edited Ltd");
	await sender.close();
});

test("a change that comes while the upstream answers keeps the old value out of the cache", async () => {
	await using world = await startWorld({
		contacts: 1,
		gateway: { webhooks: { keys: SENDER_KEYS } },
	});
	const sender = createSender(world.url);
	world.upstream.next({ kind: "slow", delayMs: 300 });
	const early = companyOf(world);
	await expect.poll(() => world.calls.length).toBe(1);
	world.sandbox.data.edit("contacts", "c1", { companyName: "Edited Ltd" });
	await sender.tell("ContactUpdate", { id: "c1" });
	expect(await companyOf(world)).toBe("Edited Ltd");
	await early;
	expect(await companyOf(world)).toBe("Edited Ltd");
	expect(world.gateway.cacheStats().values.overtaken).toBe(1);
	await sender.close();
});

test("callers with other scopes share values and never whole answers", async () => {
	await using world = await startWorld({ contacts: 1 });
	const query = '{ contact(id: "c1") { name ssn } }';
	const token = await world.token({
		scopes: ["contacts.readonly", "contacts.ssn.readonly"],
	});
	world.sandbox.data.edit("contacts", "c1", { ssn: "123-45-6789" });
	const { contact } = await world.query(query, {}, { token });
	expect(contact.ssn).toBe("123-45-6789");
	await world.query(query, {}, { token });
	await world.query(query, {}, { token });
	expect(world.gateway.cacheStats().answers.hits).toBe(1);
	const [error] = await world.fails(query);
	expect(error?.extensions?.code).toBe("FORBIDDEN");
	expect(world.calls).toBeExactly("GET /contacts/c1");
});

test("a location is never answered with what another has", async () => {
	await using world = await startWorld({ contacts: 1 });
	const query = "{ contacts(first: 1) { nodes { contactId } } }";
	const first = await world.query(query);
	const token = await world.token({ locations: ["sandbox-location-2"] });
	const second = await world.query(query, {}, { token });
	expect(first.contacts.nodes[0].contactId).toBe("c1");
	expect(second.contacts.nodes[0].contactId).not.toBe("c1");
});

test("a token that has expired or was never good gets no answer from the cache", async () => {
	await using world = await startWorld({ contacts: 1 });
	for (let time = 0; time < 3; time++) await companyOf(world);
	const [error] = await world.fails(NAME_OF_C1, {}, { token: "no.such.token" });
	expect(error?.extensions?.code).toBe("UNAUTHENTICATED");
	const [none] = await world.fails(NAME_OF_C1, {}, { token: null });
	expect(none?.extensions?.code).toBe("UNAUTHENTICATED");
});

test("answers with errors, of mutations, and of what no name stands for are not kept", async () => {
	await using world = await startWorld({ contacts: 1 });
	const ask = async (query: string) => {
		for (let time = 0; time < 3; time++) await world.answer(query);
	};
	world.upstream.next({
		kind: "status",
		status: 400,
		count: 3,
		match: { path: "/contacts/c1/notes" },
	});
	await ask('{ contact(id: "c1") { notes { nodes { body } } } }');
	await ask(
		'mutation { completeTask(input: { contactId: "c1", taskId: "t1", completed: true }) { task { completed } } }',
	);
	await ask("{ rateLimit { remaining } }");
	await ask("{ changes(first: 1) { nodes { cursor } } }");
	expect(world.gateway.cacheStats().answers.hits).toBe(0);
});

test("a contact that is missing is believed missing for a moment only", async () => {
	let passed = 0;
	await using world = await startWorld({
		contacts: 1,
		gateway: { cache: { now: () => Date.now() + passed } },
	});
	const query = '{ contact(id: "c9") { companyName } }';
	await world.query(query);
	await world.query(query);
	expect(world.calls).toBeExactly("GET /contacts/c9");
	const c1 = world.sandbox.data.get("contacts", "c1");
	if (!c1) throw new Error("the sandbox has no c1");
	world.sandbox.data.put("contacts", { ...c1, id: "c9" });
	passed = 6_000;
	expect((await world.query(query)).contact.companyName).toBe(c1.companyName);
});

test("each type is read again when its own bound is over", async () => {
	let passed = 0;
	await using world = await startWorld({
		contacts: 1,
		gateway: {
			cache: { now: () => Date.now() + passed, webhooksArriving: () => true },
		},
	});
	const query =
		'{ contact(id: "c1") { name tasks { nodes { title } } notes { nodes { body } } } location { tags { name } } }';
	await world.query(query);
	world.upstream.clearCalls();
	passed = 29_000;
	await world.query(query);
	expect(world.calls).toBeExactly();
	passed = 31_000;
	await world.query(query);
	expect(world.calls).toBeExactly("GET /contacts/c1/tasks");
	world.upstream.clearCalls();
	passed = 301_000;
	await world.query(query);
	expect(world.calls).toBeExactly(
		"GET /contacts/c1",
		"GET /contacts/c1/tasks",
		"GET /contacts/c1/notes",
		"GET /locations/sandbox-location-1/tags",
	);
});

test("where no webhooks arrive, types that have them are read again sooner", async () => {
	let passed = 0;
	await using world = await startWorld({
		contacts: 1,
		gateway: { cache: { now: () => Date.now() + passed } },
	});
	await companyOf(world);
	passed = 31_000;
	await companyOf(world);
	expect(world.calls).toHaveLength(2);
});

test("what was used longest ago goes first when the ceiling is reached", async () => {
	await using world = await startWorld({
		contacts: 40,
		gateway: { cache: { bytes: 20_000 } },
	});
	for (let n = 1; n <= 40; n++)
		await world.query(`{ contact(id: "c${n}") { name } }`);
	const { bytes, evictions } = world.gateway.cacheStats();
	expect(bytes).toBeLessThanOrEqual(20_000);
	expect(evictions).toBeGreaterThan(20);
	world.upstream.clearCalls();
	await world.query('{ contact(id: "c40") { name } }');
	await world.query('{ contact(id: "c1") { name } }');
	expect(world.calls).toBeExactly("GET /contacts/c1");
});

test("what webhooks missed is found by asking what changed, and dropped", async () => {
	await using world = await startWorld({
		contacts: 2,
		gateway: {
			reconcile: { contactsMs: 30 },
			cache: { webhooksArriving: () => true },
		},
	});
	await companyOf(world);
	world.sandbox.data.edit("contacts", "c1", { companyName: "Edited Ltd" });
	// No webhook comes, and the bound is 300 s away.
	await expect.poll(() => companyOf(world)).toBe("Edited Ltd");
	// One drop: the change is not found again with every pass.
	const { invalidations } = world.gateway.cacheStats();
	const passes = () =>
		world.calls.filter(({ path }) => path === "/contacts/search").length;
	const before = passes();
	await expect
		.poll(async () => {
			await companyOf(world);
			return passes();
		})
		.toBeGreaterThan(before + 2);
	expect(world.gateway.cacheStats().invalidations).toBe(invalidations);
});

test("where nobody asks, nothing is looked for", async () => {
	await using world = await startWorld({
		contacts: 1,
		gateway: { reconcile: { contactsMs: 10 } },
	});
	const second = await world.token({ locations: ["sandbox-location-2"] });
	for (let time = 0; time < 5; time++)
		await world.query(
			"{ location { locationId } contacts(first: 1) { nodes { contactId } } }",
			{},
			{ token: second, headers: { "cache-control": "no-cache" } },
		);
	expect(
		world.sandbox
			.calls()
			.filter(({ locationId }) => locationId === "sandbox-location-1"),
	).toEqual([]);
});

/** What queries cost: the exact REST calls, and that they run side by side. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { expect, test } from "vitest";
import { times } from "../support/calls.ts";
import { startWorld } from "../support/world.ts";

const LOCATION = "sandbox-location-1";
const TASKS_SEARCH = `POST /locations/${LOCATION}/tasks/search`;
const NESTED = `{
	contacts(first: 20) {
		nodes {
			contactId
			tasks { nodes { taskId title } }
			notes { nodes { noteId body } }
			appointments { nodes { appointmentId startTime } }
		}
	}
}`;

test("twenty contacts with tasks, notes and appointments cost 42 calls", async () => {
	await using world = await startWorld({
		contacts: 30,
		tasksEach: 12,
		notesEach: 3,
		appointmentsEach: 2,
	});
	const { data, extensions } = await world.answer(NESTED);
	expect(data.contacts.nodes).toHaveLength(20);
	for (const contact of data.contacts.nodes) {
		expect(contact.tasks.nodes).toHaveLength(12);
		expect(contact.notes.nodes).toHaveLength(3);
		expect(contact.appointments.nodes).toHaveLength(2);
	}
	expect(extensions.price.made).toBe(42);
	expect(world.calls).toBeExactly(
		"POST /contacts/search",
		TASKS_SEARCH,
		...times(20, "GET /contacts/*/notes"),
		...times(20, "GET /contacts/*/appointments"),
	);
});

test("users, businesses and custom fields of many contacts cost one more call for each kind", async () => {
	await using world = await startWorld({ contacts: 20, tasksEach: 2 });
	await world.query(`{
		contacts(first: 20) {
			nodes {
				assignedUser { name }
				followers { name }
				business { name }
				customFields { key name type value }
				tasks { nodes { assignedUser { name } contact { name } } }
			}
		}
	}`);
	expect(world.calls).toBeExactly(
		"POST /contacts/search",
		TASKS_SEARCH,
		`GET /users/?locationId=${LOCATION}`,
		`GET /businesses/?locationId=${LOCATION}&limit=100&skip=0`,
		`GET /locations/${LOCATION}/customFields?model=contact`,
	);
});

test("contacts asked for by aliases cost one search by their ids", async () => {
	await using world = await startWorld({ contacts: 3 });
	const data = await world.query(`{
		a: contact(id: "c1") { contactId }
		b: contact(id: "c2") { contactId }
		c: contact(id: "c3") { contactId }
	}`);
	expect(data).toEqual({
		a: { contactId: "c1" },
		b: { contactId: "c2" },
		c: { contactId: "c3" },
	});
	expect(world.calls).toBeExactly("POST /contacts/search");
});

test("contacts asked for by their global ids cost one search by their ids", async () => {
	await using world = await startWorld({ contacts: 3 });
	const { contacts } = await world.query("{ contacts { nodes { id } } }");
	const ids = contacts.nodes.map(({ id }: { id: string }) => id);
	world.upstream.clearCalls();
	const { nodes } = await world.query(
		"query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Contact { name } } }",
		{ ids },
		{ headers: { "cache-control": "no-cache" } },
	);
	expect(nodes.map(({ id }: { id: string }) => id)).toEqual(ids);
	expect(world.calls).toBeExactly("POST /contacts/search");
});

test("the contacts of many tasks cost one search by their ids", async () => {
	await using world = await startWorld({ contacts: 5, tasksEach: 2 });
	const { tasks } = await world.query(
		"{ tasks(first: 10) { nodes { contactId contact { contactId } } } }",
	);
	expect(tasks.nodes).toHaveLength(10);
	for (const task of tasks.nodes)
		expect(task.contact.contactId).toBe(task.contactId);
	expect(world.calls).toBeExactly(TASKS_SEARCH, "POST /contacts/search");
});

test("ten aliases of one contact cost one call", async () => {
	await using world = await startWorld({ contacts: 1 });
	const aliases = Array.from(
		{ length: 10 },
		(_, index) => `a${index}: contact(id: "c1") { name }`,
	);
	await world.query(`{ ${aliases.join(" ")} }`);
	expect(world.calls).toBeExactly("GET /contacts/c1");
});

test("where search by ids is refused each contact is read by itself, and the refusal is remembered", async () => {
	await using world = await startWorld({
		contacts: 3,
		sandbox: { refuseIdSearch: true },
	});
	const query = `{
		a: contact(id: "c1") { contactId }
		b: contact(id: "c2") { contactId }
		c: contact(id: "c3") { contactId }
	}`;
	const data = await world.query(query);
	expect(data.c).toEqual({ contactId: "c3" });
	expect(world.calls).toBeExactly(
		"POST /contacts/search",
		"GET /contacts/c1",
		"GET /contacts/c2",
		"GET /contacts/c3",
	);
	world.upstream.clearCalls();
	await world.query(
		`{ a: contact(id: "c2") { city } b: contact(id: "c3") { city } }`,
		{},
		{ headers: { "cache-control": "no-cache" } },
	);
	expect(world.calls).toBeExactly("GET /contacts/c2", "GET /contacts/c3");
});

test("a contact that is gone is null and leaves its neighbours unharmed", async () => {
	await using world = await startWorld({ contacts: 3 });
	const data = await world.query(`{
		a: contact(id: "c1") { contactId }
		gone: contact(id: "c99") { contactId }
		c: contact(id: "c3") { contactId }
	}`);
	expect(data).toEqual({
		a: { contactId: "c1" },
		gone: null,
		c: { contactId: "c3" },
	});
	expect(world.calls).toBeExactly("POST /contacts/search", "GET /contacts/c99");
});

test("the order in which a search answers never mixes contacts up", async () => {
	await using world = await startWorld({ contacts: 9 });
	const order = [7, 2, 9, 1, 5].map((n) => `c${n}`);
	const data = await world.query(
		`{ ${order.map((id) => `${id}: contact(id: "${id}") { contactId }`).join(" ")} }`,
	);
	for (const id of order) expect(data[id].contactId).toBe(id);
});

test("more tasks than one page holds still come complete", async () => {
	await using world = await startWorld({
		contacts: 20,
		tasksEach: 30,
		sandbox: { tasksSearchMax: 500 },
	});
	const { contacts } = await world.query(
		"{ contacts(first: 20) { nodes { contactId tasks { totalCount nodes { contactId } } } } }",
	);
	for (const contact of contacts.nodes) {
		expect(contact.tasks.totalCount).toBe(30);
		for (const task of contact.tasks.nodes)
			expect(task.contactId).toBe(contact.contactId);
	}
	expect(world.calls).toBeExactly(
		"POST /contacts/search",
		...times(2, TASKS_SEARCH),
	);
});

test("pages that the API cuts without saying so still come complete", async () => {
	await using world = await startWorld({
		contacts: 10,
		tasksEach: 23,
		sandbox: { tasksSearchMax: 100 },
	});
	const { contacts } = await world.query(
		"{ contacts(first: 10) { nodes { tasks { totalCount } } } }",
	);
	for (const contact of contacts.nodes)
		expect(contact.tasks.totalCount).toBe(23);
	expect(world.calls).toBeExactly(
		"POST /contacts/search",
		...times(3, TASKS_SEARCH),
	);
});

test("where tasks of fewer contacts are taken at once the search is split, and the size remembered", async () => {
	await using world = await startWorld({
		contacts: 20,
		tasksEach: 2,
		sandbox: { maxSearchContactIds: 10 },
	});
	const query = "{ contacts(first: 20) { nodes { tasks { totalCount } } } }";
	const { contacts } = await world.query(query);
	for (const contact of contacts.nodes)
		expect(contact.tasks.totalCount).toBe(2);
	const refused = world.calls.filter(({ status }) => status === 422);
	expect(refused).toHaveLength(1);
	expect(world.calls).toHaveLength(4);
	world.upstream.clearCalls();
	await world.query(
		query.replace("totalCount", "nodes { title }"),
		{},
		{ headers: { "cache-control": "no-cache" } },
	);
	expect(world.calls).toBeExactly(
		"POST /contacts/search",
		...times(2, TASKS_SEARCH),
	);
});

test("the tasks of one contact are read from its own list", async () => {
	await using world = await startWorld({ contacts: 1, tasksEach: 2 });
	await world.query('{ contact(id: "c1") { tasks { nodes { title } } } }');
	expect(world.calls).toBeExactly("GET /contacts/c1", "GET /contacts/c1/tasks");
});

test("nodes of one contact's notes cost one list, and what the list lacks is asked for itself", async () => {
	await using world = await startWorld({ contacts: 1, notesEach: 3 });
	const { contact } = await world.query(
		'{ contact(id: "c1") { notes { nodes { id } } } }',
	);
	const ids: string[] = contact.notes.nodes.map(({ id }: { id: string }) => id);
	world.upstream.clearCalls();
	const gone = Buffer.from(`Note:${LOCATION}/c1/n99`).toString("base64url");
	const { nodes } = await world.query(
		"query ($ids: [ID!]!) { nodes(ids: $ids) { id } }",
		{ ids: [...ids, gone] },
		{ headers: { "cache-control": "no-cache" } },
	);
	expect(nodes).toEqual([...ids.map((id) => ({ id })), null]);
	expect(world.calls).toBeExactly(
		"GET /contacts/c1/notes",
		"GET /contacts/c1/notes/n99",
	);
});

test("one failing call costs its own field and nothing else", async () => {
	await using world = await startWorld({ contacts: 2 });
	world.upstream.next({
		kind: "status",
		status: 500,
		count: 10,
		match: { method: "GET", path: "/contacts/c1/notes" },
	});
	const { data, errors } = await world.answer(
		"{ contacts { nodes { contactId notes { totalCount } appointments { totalCount } } } }",
	);
	const [one, two] = data.contacts.nodes;
	const failed = one.contactId === "c1" ? one : two;
	const fine = one.contactId === "c1" ? two : one;
	expect(failed.notes).toBeNull();
	expect(failed.appointments.totalCount).toBe(1);
	expect(fine.notes.totalCount).toBe(1);
	expect(errors).toHaveLength(1);
	expect(errors?.[0]?.extensions?.code).toBe("UPSTREAM_UNAVAILABLE");
	expect(errors?.[0]?.path?.slice(-1)).toEqual(["notes"]);
});

test("the children of a list are asked for side by side", async () => {
	await using world = await startWorld({ contacts: 20 });
	// Holds every call of the second level until all 41 are there: asked for in turns they would never be.
	const { promise: all, resolve } = Promise.withResolvers<void>();
	let open = 0;
	const barrier = createServer(async (req, res) => {
		const body = await buffer(req);
		if (/notes|appointments|tasks/.test(req.url ?? "")) {
			open++;
			if (open === 41) resolve();
			await all;
		}
		const answer = await fetch(`${world.sandbox.url}${req.url}`, {
			method: req.method ?? "GET",
			headers: req.headers as Record<string, string>,
			body: body.length ? body : null,
		});
		res.writeHead(answer.status, { "content-type": "application/json" });
		res.end(await answer.text());
	});
	barrier.listen(0, "127.0.0.1");
	await once(barrier, "listening");
	const { port } = barrier.address() as AddressInfo;
	await using behind = await startWorld({
		contacts: 1,
		gateway: {
			contactsApi: {
				url: `http://127.0.0.1:${port}`,
				connections: 100,
				timeoutMs: 2000,
				token: (id) => world.sandbox.tokens[id] ?? "",
			},
		},
	});
	const data = await behind.query(NESTED);
	barrier.closeAllConnections();
	barrier.close();
	expect(data.contacts.nodes).toHaveLength(20);
	expect(open).toBe(41);
});

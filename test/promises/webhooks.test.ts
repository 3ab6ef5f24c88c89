/** A delivery is checked, kept once, and only then answered; the names it touches are dropped before anybody hears of it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import type { ContactRecord } from "../../src/sandbox/store/records.ts";
import {
	createSender,
	delivery,
	LOCATION,
	SENDER_KEYS,
} from "../support/deliveries.ts";
import { mutate } from "../support/mutate.ts";
import { subscribe } from "../support/subscribers.ts";
import { startWorld, type WorldOptions } from "../support/world.ts";

const startReceiver = async (
	options: WorldOptions & { webhooks?: object } = {},
) => {
	const world = await startWorld({
		...options,
		gateway: {
			webhooks: { keys: SENDER_KEYS, ...options.webhooks },
			...options.gateway,
		},
	});
	const sender = createSender(world.url);
	return {
		world,
		sender,
		log: async (): Promise<{ type: string; contactId: string | null }[]> =>
			(
				await world.query(
					"{ changes(first: 500) { nodes { type contactId payload } } }",
				)
			).changes.nodes,
		async [Symbol.asyncDispose]() {
			await sender.close();
			await world[Symbol.asyncDispose]();
		},
	};
};

test("a signed delivery is answered 200 and stands in the log with what was sent", async () => {
	await using receiver = await startReceiver();
	const body = delivery("ContactCreate", { id: "c9", firstName: "Zoë" });
	expect((await receiver.sender.send(body)).status).toBe(200);
	expect(await receiver.log()).toEqual([
		{ type: "CONTACT_CREATED", contactId: "c9", payload: body },
	]);
});

test.each<
	[string, number, Parameters<ReturnType<typeof createSender>["send"]>]
>([
	["not signed", 401, [delivery("ContactCreate"), { signature: "" }]],
	[
		"changed on its way",
		401,
		[
			delivery("ContactCreate", { id: "c1" }),
			{ raw: JSON.stringify(delivery("ContactCreate", { id: "c2" })) },
		],
	],
	["not JSON", 400, ["{ nope"]],
	["a list", 400, ["[]"]],
	[
		"too large",
		413,
		[delivery("ContactCreate", { id: "c1", note: "x".repeat(300_000) })],
	],
	[
		"undated and without id",
		401,
		[
			delivery("ContactCreate", {
				timestamp: undefined,
				webhookId: undefined,
			}),
		],
	],
	["dated wrongly", 401, [delivery("ContactCreate", { timestamp: "soon" })]],
	[
		"undated and takes tokens away",
		401,
		[delivery("UNINSTALL", { timestamp: undefined })],
	],
	[
		"older than the window",
		401,
		[
			delivery("ContactCreate", {
				timestamp: new Date(Date.now() - 2.1 * 3_600_000).toISOString(),
			}),
		],
	],
	[
		"from the future",
		401,
		[
			delivery("ContactCreate", {
				timestamp: new Date(Date.now() + 6 * 60_000).toISOString(),
			}),
		],
	],
])(
	"a delivery that is %s is answered %i and not kept",
	async (_, status, sent) => {
		await using receiver = await startReceiver();
		expect((await receiver.sender.send(...sent)).status).toBe(status);
		expect(await receiver.log()).toEqual([]);
	},
);

test("an undated delivery that names its webhook is taken once, or refused where that is set", async () => {
	const undated = delivery("ContactCreate", { id: "c1", timestamp: undefined });
	await using receiver = await startReceiver();
	const { sender, world } = receiver;
	expect((await sender.send(undated)).status).toBe(200);
	expect(JSON.parse((await sender.send(undated)).text).duplicate).toBe(true);
	expect(
		(
			await world.query(
				"{ changes(first: 5) { nodes { contactId occurredAt } } }",
			)
		).changes.nodes,
	).toEqual([{ contactId: "c1", occurredAt: null }]);
	await using strict = await startReceiver({
		webhooks: { window: { undated: false } },
	});
	expect((await strict.sender.send(undated)).status).toBe(401);
	expect(await strict.log()).toEqual([]);
});

test("an undated delivery that only its header names is taken once, and an install is not", async () => {
	await using receiver = await startReceiver();
	const bare = { timestamp: undefined, webhookId: undefined };
	const headers = { "x-delivery-id": "d1" };
	const undated = delivery("ContactUpdate", { id: "c1", ...bare });
	const first = await receiver.sender.send(undated, { headers });
	const again = await receiver.sender.send(undated, { headers });
	expect([first.status, JSON.parse(again.text)]).toEqual([
		200,
		{ received: true, duplicate: true },
	]);
	expect((await receiver.log()).map(({ contactId }) => contactId)).toEqual([
		"c1",
	]);
	const install = delivery("INSTALL", bare);
	expect(
		(
			await receiver.sender.send(install, {
				headers: { "x-delivery-id": "d2" },
			})
		).status,
	).toBe(401);
});

test.each([
	[
		"AppointmentUpdate",
		"APPOINTMENT_UPDATED",
		{ appointment: { id: "a1" } },
		'appointment(id: "a1") { title }',
		"appointments { nodes { title } }",
	],
	[
		"AppointmentUpdate",
		"APPOINTMENT_UPDATED",
		{ id: "a1" },
		'appointment(id: "a1") { title }',
		"appointments { nodes { title } }",
	],
	["NoteUpdate", "NOTE_UPDATED", { id: "n1" }, "", "notes { nodes { title } }"],
])(
	"%s that does not say whose it is is published without, and what it may concern is read anew: %3$j",
	async (type, kind, body, byId, list) => {
		await using receiver = await startReceiver();
		const { world, sender } = receiver;
		const ask = () => world.query(`{ contact(id: "c1") { ${list} } ${byId} }`);
		await ask();
		world.sandbox.data.edit("appointments", "a1", { title: "New" });
		world.sandbox.data.edit("notes", "n1", { title: "New" });
		await sender.tell(type, body);
		expect(
			(await receiver.log()).map(({ type, contactId }) => [type, contactId]),
		).toEqual([[kind, null]]);
		world.upstream.clearCalls();
		const { contact, appointment } = await ask();
		const [first] = Object.values<{ nodes: object[] }>(contact);
		expect(first?.nodes).toEqual([{ title: "New" }]);
		if (appointment) expect(appointment).toEqual({ title: "New" });
		expect(world.calls).toHaveLength(appointment ? 2 : 1);
	},
);

test("a second delivery of the same webhook changes nothing, by either of its ids", async () => {
	await using receiver = await startReceiver();
	const { sender } = receiver;
	const body = delivery("ContactUpdate", { id: "c1" });
	const [first, again] = [await sender.send(body), await sender.send(body)];
	expect([first.status, again.status]).toEqual([200, 200]);
	expect(JSON.parse(again.text)).toEqual({ received: true, duplicate: true });
	// Dated anew, as a retry may be, it still names its webhook.
	const timestamp = new Date(Date.now() - 1000).toISOString();
	await sender.send({ ...body, timestamp });
	// A retry that was signed anew, with another webhookId, but says which delivery it is.
	const headers = { "x-delivery-id": "d1" };
	await sender.send(delivery("ContactUpdate", { id: "c2" }), { headers });
	await sender.send(delivery("ContactUpdate", { id: "c2" }), { headers });
	// Neither id: the bytes themselves say whether it is known.
	const bare = delivery("ContactUpdate", { id: "c3", webhookId: undefined });
	await sender.send(bare);
	await sender.send(bare);
	expect((await receiver.log()).map(({ contactId }) => contactId)).toEqual([
		"c1",
		"c2",
		"c3",
	]);
});

test("types nobody knows and locations nobody serves are kept, answered 200 and shown to nobody", async () => {
	const folder = await mkdtemp(join(tmpdir(), "journal-"));
	const database = join(folder, "gateway.db");
	{
		await using receiver = await startReceiver({
			gateway: { dataFile: database, webhooks: { keys: SENDER_KEYS } },
		});
		await receiver.sender.tell("OpportunityCreate", { id: "o1" });
		await receiver.sender.tell("ContactUpdate", {
			id: "x1",
			locationId: "elsewhere",
		});
		// Known by its type, but nobody can read it.
		await receiver.sender.tell("ContactUpdate", { id: 7 });
		expect(await receiver.log()).toEqual([]);
	}
	const db = new DatabaseSync(database, { readOnly: true });
	const rows = db.prepare("SELECT type FROM journal ORDER BY seq").all();
	db.close();
	await rm(folder, { recursive: true });
	expect(rows.map(({ type }) => type)).toEqual([
		"OpportunityCreate",
		"ContactUpdate",
		"ContactUpdate",
	]);
});

test("while the journal cannot be written a delivery is answered 429 with Retry-After, and taken later", async () => {
	const folder = await mkdtemp(join(tmpdir(), "journal-"));
	const database = join(folder, "gateway.db");
	await using receiver = await startReceiver({
		gateway: { dataFile: database, webhooks: { keys: SENDER_KEYS } },
	});
	const body = delivery("ContactUpdate", { id: "c1" });
	const other = new DatabaseSync(database);
	other.exec(
		"CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'disk full'); END",
	);
	const refused = await receiver.sender.send(body);
	expect(refused.status).toBe(429);
	expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
	other.exec("DROP TRIGGER full");
	other.close();
	expect((await receiver.sender.send(body)).text).toContain(
		'"duplicate":false',
	);
	expect(await receiver.log()).toHaveLength(1);
	await rm(folder, { recursive: true });
});

test("once a delivery is answered, no query shows what was read before it", async () => {
	await using receiver = await startReceiver();
	const { world, sender } = receiver;
	const read = () =>
		world.query(
			'{ contact(id: "c1") { firstName notes { nodes { body } } tasks { nodes { title } } } }',
		);
	await read();
	world.sandbox.data.edit("contacts", "c1", { firstName: "Ada" });
	world.sandbox.data.edit("notes", "n1", { body: "new words" });
	world.sandbox.data.edit("tasks", "t1", { title: "new title" });
	await sender.tell("ContactUpdate", { id: "c1" });
	await sender.tell("NoteUpdate", { id: "n1", contactId: "c1" });
	await sender.tell("TaskComplete", { id: "t1", contactId: "c1" });
	expect(await read()).toMatchObject({
		contact: {
			firstName: "Ada",
			notes: { nodes: [{ body: "new words" }] },
			tasks: { nodes: [{ title: "new title" }] },
		},
	});
});

test("lists show what was told of their rows, although search does not know it yet", async () => {
	await using receiver = await startReceiver({
		sandbox: { searchLagMs: 600_000 },
	});
	const { world, sender } = receiver;
	const { data } = world.sandbox;
	for (const id of ["t1", "t2", "t3"])
		data.edit("tasks", id, { completed: false });
	for (const id of ["c1", "c2", "c3"])
		data.edit("contacts", id, { city: "Springfield" });
	// As if search had taken that up long ago.
	const { tasks: all, contacts } = data.location();
	for (const task of all.values()) all.seed(task, 0);
	for (const contact of contacts.values()) contacts.seed(contact, 0);
	const read = () =>
		world.query(`{
			tasks { nodes { taskId title completed } }
			open: tasks(status: OPEN) { nodes { taskId } }
			there: contacts(filter: { city: { eq: "Springfield" } }) { totalCount nodes { contactId } }
		}`);
	await read();
	data.edit("tasks", "t1", { title: "done", completed: true });
	data.remove("tasks", "t2");
	data.edit("contacts", "c1", { city: "Shelbyville" });
	await sender.tell("TaskComplete", { id: "t1", contactId: "c1" });
	await sender.tell("TaskDelete", { id: "t2", contactId: "c2" });
	await sender.tell("ContactUpdate", { id: "c1" });
	const { tasks, open, there } = await read();
	expect(tasks.nodes).toHaveLength(2);
	expect(tasks.nodes).toContainEqual({
		taskId: "t1",
		title: "done",
		completed: true,
	});
	expect(open.nodes).toEqual([{ taskId: "t3" }]);
	expect(there.totalCount).toBe(2);
	expect(there.nodes).not.toContainEqual({ contactId: "c1" });
});

test("a search that was asked within its lag and answers after it shows what was told, and is soon asked again", async () => {
	let laterMs = 0;
	const now = () => Date.now() + laterMs;
	await using receiver = await startReceiver({
		sandbox: { searchLagMs: 10_000, now },
		gateway: {
			webhooks: { keys: SENDER_KEYS },
			cache: { now, webhooksArriving: () => true },
			writes: { now },
		},
	});
	const { world, sender } = receiver;
	world.sandbox.edit({ type: "ContactCreate" });
	world.sandbox.data.edit("tasks", "t1", { title: "told", completed: true });
	await sender.tell("ContactCreate", { id: "c4" });
	await sender.tell("TaskComplete", { id: "t1", contactId: "c1" });
	const read = () =>
		world.query(
			"{ contacts { nodes { contactId } } tasks { nodes { taskId title } } }",
		);
	world.upstream.next({ kind: "hold", count: 2 });
	const slow = read();
	await world.sandbox.held(2);
	laterMs = 20_000;
	world.sandbox.release();
	expect((await slow).tasks.nodes).toContainEqual({
		taskId: "t1",
		title: "told",
	});
	expect((await read()).contacts.nodes).toContainEqual({ contactId: "c4" });
});

test("a list read while search has no row for a contact is not kept without it, nor given again once the contact is written", async () => {
	let laterMs = 0;
	const now = () => Date.now() + laterMs;
	await using receiver = await startReceiver({
		contacts: 7,
		sandbox: { searchLagMs: 10_000, searchGapMs: 4_000, now },
		gateway: {
			webhooks: { keys: SENDER_KEYS },
			cache: { now, webhooksArriving: () => true },
			writes: { now },
		},
	});
	const { world, sender } = receiver;
	const ids = async (first = 20): Promise<string[]> =>
		(
			await world.query(
				`{ contacts(first: ${first}) { nodes { contactId city } } }`,
			)
		).contacts.nodes.map(({ contactId }: { contactId: string }) => contactId);
	// In no order of their last changes, whoever is missing: by that alone a list cannot tell who concerns it.
	const { contacts } = world.sandbox.data.location();
	for (const [place, id] of (await ids(19)).entries())
		contacts.seed(
			{
				...(contacts.get(id) as ContactRecord),
				dateUpdated: `2026-01-${place % 2 ? 10 + place : 30 - place}T00:00:00.000Z`,
			},
			0,
		);
	expect(await ids()).toHaveLength(7);
	world.sandbox.edit({ type: "ContactUpdate", contactId: "c1" });
	await sender.tell("ContactUpdate", { id: "c1" });
	laterMs = 11_000;
	expect(await ids()).not.toContain("c1");
	await sender.tell("ContactUpdate", { id: "c2" });
	expect(await ids()).not.toContain("c1");
	laterMs = 15_500;
	expect(await ids()).toContain("c1");

	world.sandbox.edit({ type: "ContactUpdate", contactId: "c3" });
	await sender.tell("ContactUpdate", { id: "c3" });
	laterMs += 11_000;
	expect(await ids()).not.toContain("c3");
	expect(await ids()).not.toContain("c3");
	await mutate(world, "updateContact", { contactId: "c3", city: "Atlantis" });
	expect(await ids()).toContain("c3");

	// Nobody told of this one: the list may be kept without it, until it is written here.
	laterMs += 20_000;
	expect(await ids()).toHaveLength(7);
	world.sandbox.edit({ type: "ContactUpdate", contactId: "c4" });
	laterMs += 11_000;
	await sender.tell("ContactUpdate", { id: "c2" });
	expect(await ids()).not.toContain("c4");
	expect(await ids()).not.toContain("c4");
	await mutate(world, "updateContact", { contactId: "c4", city: "Atlantis" });
	expect(await ids()).toContain("c4");
});

test("an appointment goes with its contact, also where it was read by its own id", async () => {
	await using receiver = await startReceiver();
	const { world, sender } = receiver;
	const read = () =>
		world
			.query('{ appointment(id: "a1") { title } }')
			.then(({ appointment }) => appointment);
	expect(await read()).not.toBeNull();
	const { data } = world.sandbox;
	data.location().appointments.delete("a1", Date.now(), { quiet: true });
	data.remove("contacts", "c1");
	await sender.tell("ContactDelete", { id: "c1" });
	expect(await read()).toBeNull();
});

test("a new task whose contact was not told is shown once its contact is found", async () => {
	await using receiver = await startReceiver({
		webhooks: { ownerWaitsMs: [1, 1, 1] },
	});
	const { world, sender } = receiver;
	world.sandbox.data.edit("tasks", "t2", { completed: false });
	await sender.tell("TaskCreate", { id: "t2" });
	await sender.tell("ContactUpdate", { id: "c1" });
	// Nothing waits for the search, so either may stand first.
	await expect
		.poll(
			async () =>
				new Set(
					(await receiver.log()).map(
						({ type, contactId }) => `${type} ${contactId}`,
					),
				),
			{ timeout: 3000 },
		)
		.toEqual(new Set(["CONTACT_UPDATED c1", "TASK_CREATED c2"]));
	expect(world.calls).toBeExactly(`POST /locations/${LOCATION}/tasks/search`);
});

test("a new task whose contact nobody knows is shown without it after a few tries", async () => {
	await using receiver = await startReceiver({
		webhooks: { ownerWaitsMs: [1, 1] },
	});
	await receiver.sender.tell("TaskCreate", { id: "nowhere" });
	await expect
		.poll(() => receiver.log(), { timeout: 3000 })
		.toMatchObject([{ type: "TASK_CREATED", contactId: null }]);
	expect(receiver.world.calls).toHaveLength(2);
});

test("a new task that was made here needs no search for its contact", async () => {
	await using receiver = await startReceiver();
	const { world, sender } = receiver;
	const { createTask } = await world.query(
		`mutation { createTask(input: { contactId: "c2", title: "Call", dueDate: "2030-01-01T00:00:00Z" }) {
			task { taskId }
		} }`,
	);
	await sender.tell("TaskCreate", { id: createTask.task.taskId });
	await expect
		.poll(() => receiver.log())
		.toMatchObject([{ type: "TASK_CREATED", contactId: "c2" }]);
	expect(world.calls).toBeExactly("POST /contacts/c2/tasks");
});

test("one action that raises several events shows the same true data in each", async () => {
	await using receiver = await startReceiver();
	const { world } = receiver;
	const listening = await subscribe({
		url: world.url,
		token: await world.token(),
		transport: "WebSocket",
		query: "subscription { changes { type contact { firstName tags } } }",
	});
	await world.until(() => world.gateway.subscriptions === 1, "it to run");
	world.sandbox.data.edit("contacts", "c1", {
		firstName: "Ada",
		tags: ["vip"],
	});
	const { sender } = receiver;
	// Their order is nobody's promise, and what they carry may be older than what is true.
	await Promise.all([
		sender.tell("ContactTagUpdate", { id: "c1", tags: [] }),
		sender.tell("ContactUpdate", { id: "c1", firstName: "Old" }),
		sender.tell("ContactDndUpdate", { id: "c1" }),
	]);
	for (const { changes } of await listening.take(3, "a change"))
		expect(changes.contact).toEqual({ firstName: "Ada", tags: ["vip"] });
	await listening.close();
});

test("the door takes POST alone", async () => {
	await using receiver = await startReceiver();
	const { status, headers } = await receiver.world.request({
		path: "/webhooks/contacts",
	});
	expect(status).toBe(405);
	expect(headers.allow).toBe("POST");
});

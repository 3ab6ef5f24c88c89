/** Subscribers get every change once, in order, live or from a cursor, over both transports. */
import { expect, test } from "vitest";
import { createSender, SENDER_KEYS } from "../support/deliveries.ts";
import {
	type Subscriber,
	subscribe,
	TRANSPORTS,
	type Transport,
} from "../support/subscribers.ts";
import { startWorld, type WorldOptions } from "../support/world.ts";

const webhooks = { keys: SENDER_KEYS };

const CHANGES = `subscription ($after: String, $types: [ChangeType!], $contactIds: [ID!]) {
	changes(after: $after, types: $types, contactIds: $contactIds) {
		__typename type cursor contactId
	}
}`;

/** A world that trusts the sender of the tests, with the sender. */
const startEvents = async (options: WorldOptions = {}) => {
	const world = await startWorld({
		...options,
		gateway: { webhooks, ...options.gateway },
	});
	const sender = createSender(world.url);
	const open: { close(): Promise<void> }[] = [sender];
	const follow = async (
		transport: Transport,
		query = CHANGES,
		variables: Record<string, unknown> = {},
		token?: string,
	) => {
		const before = world.gateway.subscriptions;
		const one = await subscribe({
			url: world.url,
			token: token ?? (await world.token()),
			transport,
			query,
			variables,
		});
		open.push(one);
		await world.until(
			() => world.gateway.subscriptions > before,
			"the subscription to run",
		);
		return one;
	};
	return {
		world,
		sender,
		follow,
		async [Symbol.asyncDispose]() {
			for (const one of open) await one.close();
			await world[Symbol.asyncDispose]();
		},
	};
};

test.each(TRANSPORTS)(
	"a change arrives live and resolves its contact anew, over %s",
	async (transport) => {
		await using events = await startEvents();
		const { world, sender } = events;
		const listening = await events.follow(
			transport,
			"subscription { contactChanged { __typename type occurredAt receivedAt contact { firstName } } }",
		);
		world.sandbox.data.edit("contacts", "c1", { firstName: "Ada" });
		await sender.tell("ContactUpdate", { id: "c1" });
		const first = await listening.next("the first change");
		expect(first.contactChanged).toMatchObject({
			__typename: "ContactUpdated",
			type: "CONTACT_UPDATED",
			contact: { firstName: "Ada" },
		});
		world.sandbox.data.edit("contacts", "c1", { firstName: "Grace" });
		await sender.tell("ContactUpdate", { id: "c1" });
		const second = await listening.next("the second change");
		expect(second.contactChanged.contact.firstName).toBe("Grace");
		expect(world.calls).toBeExactly("GET /contacts/c1", "GET /contacts/c1");
	},
);

test.each(TRANSPORTS)(
	"a subscriber that comes back gets what it missed, then what comes, in order and once, over %s",
	async (transport) => {
		await using events = await startEvents();
		const { sender } = events;
		const first = await events.follow(transport);
		await sender.tell("ContactUpdate", { id: "c1" });
		const { cursor } = (await first.next("a change")).changes;
		await first.close();
		for (const id of ["c2", "c3"]) await sender.tell("ContactUpdate", { id });

		// Deliveries pour in while it catches up.
		const pouring = Promise.all(
			Array.from({ length: 40 }, (_, index) =>
				sender.tell("ContactUpdate", { id: `p${index}` }),
			),
		);
		const again = await events.follow(transport, CHANGES, { after: cursor });
		await pouring;
		const all = await again.take(42, "the rest");
		expect(all.slice(0, 2).map(({ changes }) => changes.contactId)).toEqual([
			"c2",
			"c3",
		]);
		const log = await events.world.query(
			"query ($after: String) { changes(after: $after, first: 100) { nodes { contactId } } }",
			{ after: cursor },
		);
		expect(all.map(({ changes }) => changes.contactId)).toEqual(
			log.changes.nodes.map((node: { contactId: string }) => node.contactId),
		);
	},
);

test("an event nobody subscribed to costs no call, and one that many did costs what it costs for one", async () => {
	await using events = await startEvents();
	const { world, sender } = events;
	await sender.tell("ContactUpdate", { id: "c1" });
	expect(world.calls).toBeExactly();
	const query = "subscription { changes { contact { name } } }";
	const many: Subscriber[] = [];
	while (many.length < 20) many.push(await events.follow("WebSocket", query));
	const others = await events.follow(
		"SSE",
		"subscription { contactChanged { type contact { email } } }",
	);
	await sender.tell("ContactUpdate", { id: "c1" });
	for (const one of [...many, others]) await one.next("the change");
	expect(world.calls).toBeExactly("GET /contacts/c1");
});

test("who gives null for a variable and who leaves it to its default get answers of their own", async () => {
	await using events = await startEvents({ contacts: 1, notesEach: 3 });
	const query =
		"subscription ($n: Int = 1) { contactChanged { contact { notes(first: $n) { nodes { body } } } } }";
	const byDefault = await events.follow("WebSocket", query);
	const byNull = await events.follow("WebSocket", query, { n: null });
	await events.sender.tell("ContactUpdate", { id: "c1" });
	for (const [one, notes] of [
		[byDefault, 1],
		[byNull, 3],
	] as const) {
		const { contactChanged } = await one.next("the change");
		expect(contactChanged.contact.notes.nodes).toHaveLength(notes);
	}
});

test("each kind of change has its own type, narrowed streams and fields of its object", async () => {
	await using events = await startEvents();
	const { sender } = events;
	const all = await events.follow(
		"WebSocket",
		`subscription { changes {
			__typename contactId
			... on ContactTagsChanged { tags }
			... on TaskChange { taskId task { taskId title } }
			... on NoteChange { noteId note { noteId } }
			... on AppointmentChange { appointmentId appointment { appointmentId } }
		} }`,
	);
	const tasks = await events.follow(
		"WebSocket",
		"subscription { taskChanged { __typename } }",
	);
	const mine = await events.follow(
		"SSE",
		'subscription { changes(contactIds: ["c2"], types: [NOTE_CREATED, NOTE_DELETED]) { __typename } }',
	);
	await sender.tell("ContactTagUpdate", { id: "c1", tags: ["vip"] });
	await sender.tell("TaskCreate", { id: "t1", contactId: "c1" });
	await sender.tell("TaskDelete", { id: "t9", contactId: "c1" });
	await sender.tell("NoteCreate", { id: "n1", contactId: "c1" });
	await sender.tell("NoteDelete", { id: "n8", contactId: "c2" });
	await sender.tell("AppointmentUpdate", {
		appointment: { id: "a1", contactId: "c1" },
	});
	const seen = (await all.take(6, "a change")).map(({ changes }) => changes);
	expect(seen).toEqual([
		{ __typename: "ContactTagsChanged", contactId: "c1", tags: ["vip"] },
		{
			__typename: "TaskCreated",
			contactId: "c1",
			taskId: "t1",
			task: { taskId: "t1", title: expect.any(String) },
		},
		{ __typename: "TaskDeleted", contactId: "c1", taskId: "t9", task: null },
		{
			__typename: "NoteCreated",
			contactId: "c1",
			noteId: "n1",
			note: { noteId: "n1" },
		},
		{ __typename: "NoteDeleted", contactId: "c2", noteId: "n8", note: null },
		{
			__typename: "AppointmentUpdated",
			contactId: "c1",
			appointmentId: "a1",
			appointment: { appointmentId: "a1" },
		},
	]);
	expect(await tasks.take(2, "a task's change")).toEqual([
		{ taskChanged: { __typename: "TaskCreated" } },
		{ taskChanged: { __typename: "TaskDeleted" } },
	]);
	expect(await mine.next("my contact's note")).toEqual({
		changes: { __typename: "NoteDeleted" },
	});
});

test("a subscriber hears of its own location only, and a cursor of another one is refused", async () => {
	await using events = await startEvents();
	const { world, sender } = events;
	const elsewhere = await world.token({ locations: ["sandbox-location-2"] });
	const there = await events.follow("WebSocket", CHANGES, {}, elsewhere);
	await sender.tell("ContactUpdate", { id: "c1" });
	await sender.tell("ContactUpdate", {
		id: "l2c1",
		locationId: "sandbox-location-2",
	});
	const { changes } = await there.next("the change there");
	expect(changes.contactId).toBe("l2c1");
	const [error] = await world.fails(
		"query ($after: String) { changes(after: $after) { nodes { cursor } } }",
		{ after: changes.cursor },
	);
	expect(error?.extensions?.code).toBe("FORBIDDEN");
});

test.each(TRANSPORTS)(
	"a cursor that retention has passed is answered with a gap, then with what is left, over %s",
	async (transport) => {
		const clock = { ms: Date.now() };
		await using events = await startEvents({
			gateway: {
				webhooks: {
					...webhooks,
					now: () => clock.ms,
					retention: { ageMs: 60_000 },
				},
			},
		});
		const { world, sender } = events;
		const { changeCursor } = await world.query("{ changeCursor }");
		for (const id of ["c1", "c2"]) await sender.tell("ContactUpdate", { id });
		clock.ms += 61_000;
		await sender.tell("ContactUpdate", { id: "c3" });
		await world.gateway.pruneJournal();
		const late = await events.follow(transport, CHANGES, {
			after: changeCursor,
		});
		const [gap, kept] = await late.take(2, "the gap and the rest");
		expect(gap.changes).toMatchObject({ __typename: "Gap", type: "GAP" });
		expect(kept.changes.contactId).toBe("c3");
		const page = await world.query(
			"query ($after: String) { changes(after: $after) { nodes { type } } }",
			{ after: gap.changes.cursor },
		);
		expect(page.changes.nodes).toEqual([{ type: "CONTACT_UPDATED" }]);
	},
);

test("the same log is a connection: pages from both ends, filters, and the cursor where it stands", async () => {
	await using events = await startEvents();
	const { world, sender } = events;
	for (const id of ["c1", "c2", "c3"])
		await sender.tell("ContactUpdate", { id });
	await sender.tell("NoteCreate", { id: "n1", contactId: "c1" });
	const data = await world.query(`{
		changeCursor
		first: changes(first: 2) { nodes { contactId } pageInfo { hasNextPage hasPreviousPage endCursor } }
		last: changes(last: 2) { nodes { type } pageInfo { hasNextPage hasPreviousPage endCursor } }
		notes: changes(types: [NOTE_CREATED]) { nodes { type } }
		mine: changes(contactIds: ["c1"]) { nodes { type } }
	}`);
	expect(data.first).toMatchObject({
		nodes: [{ contactId: "c1" }, { contactId: "c2" }],
		pageInfo: { hasNextPage: true, hasPreviousPage: false },
	});
	expect(data.last).toMatchObject({
		nodes: [{ type: "CONTACT_UPDATED" }, { type: "NOTE_CREATED" }],
		pageInfo: {
			hasNextPage: false,
			hasPreviousPage: true,
			endCursor: data.changeCursor,
		},
	});
	expect(data.notes.nodes).toHaveLength(1);
	expect(data.mine.nodes).toHaveLength(2);
	const rest = await world.query(
		"query ($after: String) { changes(after: $after) { nodes { contactId } pageInfo { hasNextPage } } }",
		{ after: data.first.pageInfo.endCursor },
	);
	expect(rest.changes.nodes).toHaveLength(2);
	expect(rest.changes.pageInfo.hasNextPage).toBe(false);
	const both = await world.fails(
		"{ changes(first: 1, last: 1) { nodes { type } } }",
	);
	expect(both[0]?.extensions?.code).toBe("BAD_USER_INPUT");
});

test("what a page of changes may cost is known before, and what one change of a stream may cost beside it", async () => {
	await using events = await startEvents({ contacts: 6 });
	const { world, sender } = events;
	const kinds: [string, (n: number) => Record<string, unknown>][] = [
		["ContactUpdate", (n) => ({ id: `c${n}` })],
		["TaskCreate", (n) => ({ id: `t${n}`, contactId: `c${n}` })],
		["NoteCreate", (n) => ({ id: `n${n}`, contactId: `c${n}` })],
		[
			"AppointmentCreate",
			(n) => ({ appointment: { id: `a${n}`, contactId: `c${n}` } }),
		],
	];
	const fields = `contact { name assignedUser { name } }
		... on TaskChange { task { title contact { name } assignedUser { name } } }
		... on NoteChange { note { body contact { email } } }
		... on AppointmentChange { appointment { title startTime contact { name } } }`;
	const one = await events.follow(
		"SSE",
		`subscription { changes { type ${fields} } }`,
	);
	for (const [type, about] of kinds)
		for (const n of [1, 2, 3, 4, 5, 6]) await sender.tell(type, about(n));
	for (let change = 1; change <= 24; change++) {
		const { data, errors, extensions } = await one.answer("a change");
		expect(errors).toBeUndefined();
		expect(data.changes.contact.name).toEqual(expect.any(String));
		expect(extensions.price.made).toBeLessThanOrEqual(extensions.price.worst);
	}
	for (const first of [1, 4, 24]) {
		const { errors, extensions } = await world.answer(
			`query ($first: Int) { changes(first: $first) { nodes { type ${fields} } } }`,
			{ first },
			{ headers: { "cache-control": "no-store" } },
		);
		expect(errors).toBeUndefined();
		expect(extensions.price.made).toBeLessThanOrEqual(extensions.price.worst);
	}
});

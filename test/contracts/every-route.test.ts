/** A field of an object says the same whichever way the object was reached, and whatever is asked for around it. */
import { expect, test } from "vitest";
import { schema } from "../../src/schema.ts";
import { createSender, SENDER_KEYS } from "../support/deliveries.ts";
import { linkedFields, nodeTypes, ownFields } from "../support/selections.ts";
import { startWorld, type World } from "../support/world.ts";

/** By what is asked for first; `$$` is where the fields of the object go, each answer may hold many. */
const ROOTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
	Contact: {
		"by id": '{ contact(id: "c1") { $$ } }',
		"two by id": '{ a: contact(id: "c1") { $$ } b: contact(id: "c2") { $$ } }',
		"in a list": "{ contacts { nodes { $$ } } }",
		"in a list of edges": "{ contacts { edges { node { $$ } } } }",
		"in another order":
			"{ contacts(orderBy: [{ field: FIRST_NAME }]) { nodes { $$ } } }",
		found: '{ findContact(email: "ada@example.com") { $$ } }',
		"of a business": '{ business(id: "b1") { contacts { nodes { $$ } } } }',
		"of tasks": "{ tasks { nodes { contact { $$ } } } }",
		"of a change": "{ changes { nodes { contact { $$ } } } }",
	},
	Task: {
		"of one contact": '{ contact(id: "c1") { tasks { nodes { $$ } } } }',
		"of several contacts": "{ contacts { nodes { tasks { nodes { $$ } } } } }",
		"of the location": "{ tasks { nodes { $$ } } }",
		"of a change":
			"{ changes { nodes { ... on TaskChange { task { $$ } } } } }",
	},
	Note: {
		"of one contact": '{ contact(id: "c1") { notes { nodes { $$ } } } }',
		"of several contacts": "{ contacts { nodes { notes { nodes { $$ } } } } }",
		"of a change":
			"{ changes { nodes { ... on NoteChange { note { $$ } } } } }",
	},
	Appointment: {
		"by id": '{ appointment(id: "a1") { $$ } }',
		"of one contact": '{ contact(id: "c1") { appointments { nodes { $$ } } } }',
		"of several contacts":
			"{ contacts { nodes { appointments { nodes { $$ } } } } }",
		"of a window":
			'{ appointments(from: "2000-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z") { nodes { $$ } } }',
		"that is next": "{ contacts { nodes { upcomingAppointment { $$ } } } }",
		"of a change":
			"{ changes { nodes { ... on AppointmentChange { appointment { $$ } } } } }",
	},
	AppointmentNote: {
		"of an appointment":
			'{ appointment(id: "a1") { appointmentNotes { nodes { $$ } } } }',
		"of appointments":
			'{ contact(id: "c1") { appointments { nodes { appointmentNotes { nodes { $$ } } } } } }',
	},
	Opportunity: {
		"of one contact": '{ contact(id: "c1") { opportunities { $$ } } }',
		"of several contacts": "{ contacts { nodes { opportunities { $$ } } } }",
	},
	Business: {
		"by id": '{ business(id: "b1") { $$ } }',
		"of the location": "{ location { businesses { $$ } } }",
		"of contacts": "{ contacts { nodes { business { $$ } } } }",
	},
	Calendar: {
		"by id": '{ calendar(id: "cal1") { $$ } }',
		"of the location": "{ location { calendars { $$ } } }",
		"of appointments":
			"{ contacts { nodes { appointments { nodes { calendar { $$ } } } } } }",
	},
	User: {
		"of the location": "{ location { users { $$ } } }",
		"of contacts":
			"{ contacts { nodes { assignedUser { $$ } followers { $$ } } } }",
		"of calendars": "{ location { calendars { teamMembers { $$ } } } }",
	},
	Tag: {
		"of the location": "{ location { tags { $$ } } }",
		"of contacts": "{ contacts { nodes { tagObjects { $$ } } } }",
	},
	CustomField: {
		"of the location": "{ location { customFields { $$ } } }",
		"of values":
			"{ contacts { nodes { customFields { customField { $$ } } } } }",
	},
	Workflow: { "of the location": "{ location { workflows { $$ } } }" },
	Campaign: { "of the location": "{ location { campaigns { $$ } } }" },
	Location: { "of the request": "{ location { $$ } }" },
};

const startFull = async (): Promise<World> => {
	const world = await startWorld({
		contacts: 4,
		tasksEach: 3,
		notesEach: 3,
		appointmentsEach: 3,
		gateway: { webhooks: { keys: SENDER_KEYS }, priceCeiling: 10_000 },
	});
	const { data } = world.sandbox;
	data.edit("contacts", "c1", {
		businessId: "b1",
		email: "ada@example.com",
		firstName: "Ada",
		lastName: "Lovelace",
		timezone: "Europe/Berlin",
		type: "customer",
		assignedTo: "u1",
		followers: ["u1", "u2"],
		dnd: false,
		dndSettings: { SMS: { status: "active", message: "m", code: "1" } },
		inboundDndSettings: { all: { status: "active" } },
		dateOfBirth: "1990-05-01",
		opportunities: [
			{
				id: "o1",
				pipelineId: "p1",
				pipelineStageId: "s1",
				monetaryValue: 250,
				status: "open",
			},
		],
	});
	data.edit("contacts", "c2", { businessId: "b1" });
	for (const [id, dueDate] of [
		["t1", "2999-01-01T00:00:00.000Z"],
		["t2", "2026-03-01T00:00:00.000Z"],
	] as const)
		data.edit("tasks", id, { dueDate });
	return world;
};

/** Every object in an answer that has a global id, by it; the same twice in one answer is compared at once. */
const collect = (
	value: unknown,
	found: Map<string, unknown>,
	route: string,
): void => {
	if (Array.isArray(value)) for (const one of value) collect(one, found, route);
	else if (typeof value === "object" && value !== null) {
		const { id } = value as { id?: string };
		if (id !== undefined) {
			const before = found.get(id);
			if (before) expect(value, `${route}: ${id}`).toEqual(before);
			else found.set(id, value);
		} else for (const one of Object.values(value)) collect(one, found, route);
	}
};

test.each(nodeTypes(schema).map((type) => [type.name, type] as const))(
	"every field of %s says the same by every route",
	async (name, type) => {
		await using world = await startFull();
		const sender = createSender(world.url);
		const { changeCursor } = await world.query("{ changeCursor }");
		await sender.tell("ContactUpdate", { id: "c1" });
		await sender.tell("TaskComplete", { id: "t1", contactId: "c1" });
		await sender.tell("NoteUpdate", { id: "n1", contactId: "c1" });
		await sender.tell("AppointmentUpdate", {
			appointment: { id: "a1", contactId: "c1" },
		});
		await sender.close();
		expect(changeCursor).toEqual(expect.any(String));
		await world.query(
			'mutation { createAppointmentNote(input: { appointmentId: "a1", body: "Hello" }) { userErrors { message } } }',
		);
		const fields = ownFields(type, new Set(["Contact.ssn"]));
		const roots = ROOTS[name];
		if (!roots) throw new Error(`no route to ${name}: add it to ROOTS`);
		const known = new Map<string, unknown>();
		for (const [way, query] of Object.entries(roots)) {
			const found = new Map<string, unknown>();
			// Each route on its own: what another has read does not answer for it.
			const data = await world.query(
				query.replaceAll("$$", fields),
				{},
				{ headers: { "cache-control": "no-cache" } },
			);
			collect(data, found, way);
			expect(found.size, `${way} leads to none`).toBeGreaterThan(0);
			for (const [id, object] of found)
				if (known.has(id))
					expect(object, `${way}: ${id}`).toEqual(known.get(id));
				else known.set(id, object);
		}
		for (const ids of [[...known.keys()].slice(0, 1), [...known.keys()]]) {
			const { nodes } = await world.query(
				`query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ${name} { ${fields} } } }`,
				{ ids },
				{ headers: { "cache-control": "no-cache" } },
			);
			expect(nodes).toEqual(ids.map((id) => known.get(id)));
		}
	},
);

test("every field that leads to an object or a list leads to the same whatever is asked for beside it", async () => {
	await using world = await startFull();
	for (const type of nodeTypes(schema)) {
		const root = Object.values(ROOTS[type.name] ?? {});
		const [first = ""] = root;
		const links = linkedFields(type).map(({ name, isConnection }) =>
			isConnection ? `${name} { nodes { id } }` : `${name} { id }`,
		);
		if (links.length === 0) continue;
		const together = await world.query(
			first.replaceAll("$$", `id ${links.join(" ")}`),
		);
		for (const link of links) {
			const alone = await world.query(
				first.replaceAll("$$", `id ${link}`),
				{},
				{ headers: { "cache-control": "no-cache" } },
			);
			expect(together).toMatchObject(alone);
		}
	}
});

/** Every way to an object of each type, in a location where each way leads to some. */
import { createSender, SENDER_KEYS } from "./deliveries.ts";
import { startWorld, type World } from "./world.ts";

/** By what is asked for first; `$$` is where the fields of the object go, each answer may hold many. */
export const ROUTES: Readonly<
	Record<string, Readonly<Record<string, string>>>
> = {
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
			"{ changes { nodes { ... on TaskCompleted { task { $$ } } } } }",
	},
	Note: {
		"of one contact": '{ contact(id: "c1") { notes { nodes { $$ } } } }',
		"of several contacts": "{ contacts { nodes { notes { nodes { $$ } } } } }",
		"of a change":
			"{ changes { nodes { ... on NoteUpdated { note { $$ } } } } }",
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
			"{ changes { nodes { ... on AppointmentUpdated { appointment { $$ } } } } }",
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

/** A location that has all of it, and a change of each kind. */
export const startWithEveryType = async (): Promise<World> => {
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
	const sender = createSender(world.url);
	await sender.tell("ContactUpdate", { id: "c1" });
	await sender.tell("TaskComplete", { id: "t1", contactId: "c1" });
	await sender.tell("NoteUpdate", { id: "n1", contactId: "c1" });
	await sender.tell("AppointmentUpdate", {
		appointment: { id: "a1", contactId: "c1" },
	});
	await sender.close();
	await world.query(
		'mutation { createAppointmentNote(input: { appointmentId: "a1", body: "Hello" }) { userErrors { message } } }',
	);
	return world;
};

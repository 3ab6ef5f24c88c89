/** What a client can read of appointments and notes, with the times and statuses a CRM holds. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { startWorld } from "../support/world.ts";

const START = '{ contact(id: "c1") { appointments { nodes { startTime } } } }';

test.each([
	// The location is in America/Chicago: six hours behind UTC in winter, five in summer.
	["2026-01-15 11:00:00", "2026-01-15T17:00:00.000Z"],
	["2026-07-15 11:00:00", "2026-07-15T16:00:00.000Z"],
	["2026-07-15T11:00:00+05:30", "2026-07-15T05:30:00.000Z"],
	["2026-07-15T11:00:00Z", "2026-07-15T11:00:00.000Z"],
	// The hour that a clock skips and the hour it repeats.
	["2026-03-08 02:30:00", "2026-03-08T08:30:00.000Z"],
	["2026-11-01 01:30:00", "2026-11-01T06:30:00.000Z"],
	["0000-00-00 00:00:00", null],
	["soon", null],
	["", null],
])("an appointment held as %j starts at %j", async (held, read) => {
	await using world = await startWorld({ contacts: 1 });
	world.upstream.next({
		kind: "wrongShape",
		body: { events: [{ id: "a1", startTime: held }] },
		match: { path: "/contacts/c1/appointments" },
	});
	const { contact } = await world.query(START);
	expect(contact.appointments.nodes).toEqual([{ startTime: read }]);
});

test("a time without an offset is refused, not guessed, while the location's zone cannot be read", async () => {
	const api = createServer((req, res) => {
		const events = [
			{ id: "a1", startTime: "2026-01-15 11:00:00", title: "Call" },
			{ id: "a2", startTime: "2026-01-15T11:00:00Z", title: "Visit" },
		];
		const answers: Record<string, unknown> = {
			"/contacts/c1": { contact: { id: "c1" } },
			"/contacts/c1/appointments": { events },
		};
		const answer = answers[req.url ?? ""];
		res.writeHead(answer ? 200 : 500, { "content-type": "application/json" });
		res.end(JSON.stringify(answer ?? { message: "away" }));
	});
	api.listen(0, "127.0.0.1");
	await once(api, "listening");
	const { port } = api.address() as AddressInfo;
	await using world = await startWorld({
		gateway: {
			contactsApi: {
				url: `http://127.0.0.1:${port}`,
				connections: 10,
				timeoutMs: 2000,
				token: () => "token",
			},
		},
	});
	const { data, errors } = await world.answer(
		'{ contact(id: "c1") { appointments { nodes { title startTime } } } }',
	);
	api.closeAllConnections();
	api.close();
	expect(data.contact.appointments.nodes).toEqual([
		{ title: "Call", startTime: null },
		{ title: "Visit", startTime: "2026-01-15T11:00:00.000Z" },
	]);
	expect(errors?.map(({ extensions }) => extensions?.code)).toEqual([
		"UPSTREAM_UNAVAILABLE",
	]);
});

test.each([
	["confirmed", "CONFIRMED"],
	["Showed", "SHOWED"],
	["active", "ACTIVE"],
	["rescheduled", null],
])(
	"an appointment that is %j reads as %j, and as it is in statusText",
	async (held, read) => {
		await using world = await startWorld({ contacts: 1 });
		world.sandbox.data.edit("appointments", "a1", { appointmentStatus: held });
		const { contact } = await world.query(
			'{ contact(id: "c1") { appointments { nodes { status statusText } } } }',
		);
		expect(contact.appointments.nodes).toEqual([
			{ status: read, statusText: held },
		]);
	},
);

test("an appointment leads to its calendar, its user and its contact, and is found again by its id", async () => {
	await using world = await startWorld({ contacts: 1 });
	const { contact } = await world.query(
		`{ contact(id: "c1") { appointments { nodes {
			id appointmentId calendarId assignedUserId
			calendar { calendarId name } assignedUser { userId } contact { contactId }
		} } } }`,
	);
	const [appointment] = contact.appointments.nodes;
	expect(appointment.calendar.calendarId).toBe(appointment.calendarId);
	expect(appointment.contact.contactId).toBe("c1");
	world.upstream.clearCalls();
	const found = await world.query(
		`query ($id: ID!) {
			node(id: $id) { __typename id }
			appointment(id: "${appointment.appointmentId}") { id contactId }
		}`,
		{ id: appointment.id },
	);
	expect(found).toEqual({
		node: { __typename: "Appointment", id: appointment.id },
		appointment: { id: appointment.id, contactId: "c1" },
	});
	expect(world.calls).toBeExactly(
		`GET /calendars/events/appointments/${appointment.appointmentId}`,
	);
});

test("a contact that is gone upstream has no notes, tasks or appointments, and that is no error", async () => {
	await using world = await startWorld({ contacts: 2 });
	world.upstream.next({
		kind: "status",
		status: 400,
		body: { statusCode: 400, message: "Contact with id c1 not found" },
		count: 3,
		match: { method: "GET", path: "/contacts/c1/" },
	});
	const { contact } = await world.query(
		'{ contact(id: "c1") { notes { totalCount } tasks { totalCount } appointments { totalCount } } }',
	);
	expect(contact).toEqual({ notes: null, tasks: null, appointments: null });
});

test("notes come with their author and what was written, HTML and all", async () => {
	await using world = await startWorld({ contacts: 1, notesEach: 2 });
	world.sandbox.data.edit("notes", "n1", {
		body: "<p>Call & ask</p>",
		userId: "u1",
		title: "Plan",
		color: "#FFAA00",
		pinned: true,
	});
	const { contact } = await world.query(
		'{ contact(id: "c1") { notes { nodes { noteId title body color pinned assignedUserId assignedUser { userId } contact { contactId } } } } }',
	);
	const note = contact.notes.nodes.find(
		({ noteId }: { noteId: string }) => noteId === "n1",
	);
	expect(note).toEqual({
		noteId: "n1",
		title: "Plan",
		body: "<p>Call & ask</p>",
		color: "#FFAA00",
		pinned: true,
		assignedUserId: "u1",
		assignedUser: { userId: "u1" },
		contact: { contactId: "c1" },
	});
});

/** The views people build of a contact's tasks and appointments, and the ways through lists: at no call more than the list. */
import { expect, test } from "vitest";
import type { Data } from "../support/ask.ts";
import { startWorld, type World } from "../support/world.ts";

const DUE = {
	t1: "2026-03-01T10:00:00.000Z",
	t2: "2999-01-01T00:00:00.000Z",
	t3: "2026-01-01T00:00:00.000Z",
	t4: "2999-06-01T00:00:00.000Z",
} as const;

const startWithTasks = async (): Promise<World> => {
	const world = await startWorld({ contacts: 1, tasksEach: 4 });
	for (const [id, dueDate] of Object.entries(DUE))
		world.sandbox.data.edit("tasks", id, {
			dueDate,
			title: `Task ${"dcba"[Number(id[1]) - 1]}`,
			completed: id === "t3",
			assignedTo: id === "t2" ? "u2" : "u1",
		});
	return world;
};

const ids = (nodes: Record<string, string>[]) =>
	nodes.map((node) => Object.values(node)[0]);

test.each([
	["", ["t3", "t1", "t2", "t4"]],
	["(status: OPEN)", ["t1", "t2", "t4"]],
	["(overdue: true)", ["t1"]],
	["(overdue: false)", ["t3", "t2", "t4"]],
	['(dueBefore: "2026-03-01T10:00:00Z")', ["t3"]],
	['(dueAfter: "2026-03-01T11:00:00+01:00")', ["t1", "t2", "t4"]],
	[
		'(dueAfter: "2026-02-01T00:00:00Z", dueBefore: "2999-02-01T00:00:00Z")',
		["t1", "t2"],
	],
	['(assignedUserIds: ["u2"])', ["t2"]],
	['(status: OPEN, assignedUserIds: ["u1", "u2"])', ["t1", "t2", "t4"]],
	["(orderBy: { field: DUE_DATE, direction: DESC })", ["t4", "t2", "t1", "t3"]],
	["(orderBy: { field: TITLE })", ["t4", "t3", "t2", "t1"]],
	["(orderBy: { field: TITLE }, last: 1)", ["t1"]],
])(
	"tasks%s of a contact are %j, for the one call of the list",
	async (args, found) => {
		await using world = await startWithTasks();
		const { contact } = await world.query(
			`{ contact(id: "c1") { tasks${args} { nodes { taskId } } } }`,
		);
		expect(ids(contact.tasks.nodes)).toEqual(found);
		expect(world.calls).toBeExactly(
			"GET /contacts/c1",
			"GET /contacts/c1/tasks",
		);
	},
);

test("a malformed time names its argument, and takes nothing else with it", async () => {
	await using world = await startWithTasks();
	const { data, errors } = await world.answer(
		'{ contact(id: "c1") { name tasks(dueBefore: "tomorrow") { totalCount } } }',
	);
	expect(data?.contact).toMatchObject({
		name: expect.any(String),
		tasks: null,
	});
	expect(errors).toMatchObject([
		{
			message: expect.stringContaining("dueBefore must be an ISO 8601 instant"),
			path: ["contact", "tasks"],
			extensions: { code: "BAD_USER_INPUT" },
		},
	]);
});

test("a cursor of tasks in one order is refused in another", async () => {
	await using world = await startWithTasks();
	const { contact } = await world.query(
		'{ contact(id: "c1") { tasks(first: 1) { pageInfo { endCursor } } } }',
	);
	const [error] = await world.fails(
		`{ contact(id: "c1") { tasks(first: 1, orderBy: { field: TITLE }, after: "${contact.tasks.pageInfo.endCursor}") { totalCount } } }`,
	);
	expect(error?.message).toContain("but of one with other arguments");
});

test("a cursor of contacts is good for their filter and order alone", async () => {
	await using world = await startWorld({ contacts: 3 });
	const query = (args: string) =>
		`{ contacts(first: 1${args}) { pageInfo { endCursor } } }`;
	const filter = ", filter: { email: { exists: true } }";
	const { contacts } = await world.query(query(filter));
	const after = `, after: "${contacts.pageInfo.endCursor}"`;
	await world.query(query(filter + after));
	for (const other of ["", ", orderBy: [{ field: EMAIL }]", ', query: "a"'])
		expect((await world.fails(query(other + after)))[0]?.message).toContain(
			"but of one with other arguments",
		);
});

const HOUR = 3_600_000;

const startWithAppointments = async (): Promise<World> => {
	const world = await startWorld({ contacts: 1, appointmentsEach: 4 });
	const now = Date.now();
	for (const [id, hours, appointmentStatus] of [
		["a1", 50, "confirmed"],
		["a2", -20, "showed"],
		["a3", 20, "cancelled"],
		["a4", 30, "confirmed"],
	] as const)
		world.sandbox.data.edit("appointments", id, {
			startsAt: now + hours * HOUR,
			endsAt: now + (hours + 1) * HOUR,
			appointmentStatus,
		});
	return world;
};

const at = (hours: number) => new Date(Date.now() + hours * HOUR).toISOString();

test.each([
	["", ["a2", "a3", "a4", "a1"]],
	[`(from: "${at(0)}")`, ["a3", "a4", "a1"]],
	[`(from: "${at(0)}", to: "${at(40)}")`, ["a3", "a4"]],
	["(status: [CONFIRMED])", ["a4", "a1"]],
	[
		"(orderBy: { field: START_TIME, direction: DESC })",
		["a1", "a4", "a3", "a2"],
	],
])("appointments%s of a contact are %j", async (args, found) => {
	await using world = await startWithAppointments();
	const { contact } = await world.query(
		`{ contact(id: "c1") { appointments${args} { nodes { appointmentId } } upcomingAppointment { appointmentId } } }`,
	);
	expect(ids(contact.appointments.nodes)).toEqual(found);
	// Neither the one that is over nor the one that is cancelled.
	expect(contact.upcomingAppointment).toEqual({ appointmentId: "a4" });
	expect(world.calls.map(({ path }) => path)).toEqual([
		"/contacts/c1",
		"/contacts/c1/appointments",
	]);
});

test("the dates of a contact's tasks cost one search for all contacts of a request, and the price knows", async () => {
	await using world = await startWorld({ contacts: 1, tasksEach: 2 });
	const { data, extensions } = await world.answer(
		'{ contact(id: "c1") { tasks { nodes { dateAdded dateUpdated } } } }',
	);
	for (const task of data?.contact.tasks.nodes ?? [])
		expect(task).toEqual({
			dateAdded: expect.any(String),
			dateUpdated: expect.any(String),
		});
	expect(world.calls).toBeExactly(
		"GET /contacts/c1",
		"GET /contacts/c1/tasks",
		"POST /locations/sandbox-location-1/tasks/search",
	);
	expect(extensions.price.worst).toBe(3);
});

const LISTS = {
	"contacts of a business": {
		query: (args: string) =>
			`{ of: business(id: "b1") { list: contacts(${args}) { nodes { contactId } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } } }`,
	},
	"notes of an appointment": {
		query: (args: string) =>
			`{ of: appointment(id: "a1") { list: appointmentNotes(${args}) { nodes { noteId } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } } }`,
	},
} as const;

test.each(Object.entries(LISTS))(
	"the %s are walked to their end and back",
	async (_, { query }) => {
		await using world = await startWorld({ contacts: 5 });
		for (const id of ["c1", "c2", "c3", "c4", "c5"])
			world.sandbox.data.edit("contacts", id, { businessId: "b1" });
		for (let n = 0; n < 5; n++)
			await world.query(
				`mutation { createAppointmentNote(input: { appointmentId: "a1", body: "N${n}" }) { userErrors { message } } }`,
			);
		const page = async (args: string): Promise<Data> =>
			(
				await world.query(
					query(args),
					{},
					{ headers: { "cache-control": "no-cache" } },
				)
			).of.list;
		const all = ids((await page("first: 50")).nodes);
		expect(all.length).toBeGreaterThan(4);
		const first = await page("first: 2");
		const second = await page(`first: 2, after: "${first.pageInfo.endCursor}"`);
		expect(ids(second.nodes)).toEqual(all.slice(2, 4));
		const back = await page(
			`last: 2, before: "${second.pageInfo.startCursor}"`,
		);
		expect(ids(back.nodes)).toEqual(all.slice(0, 2));
		expect(back.pageInfo).toMatchObject({
			hasNextPage: true,
			hasPreviousPage: false,
		});
		const one = await page(`last: 1, before: "${second.pageInfo.endCursor}"`);
		expect(ids(one.nodes)).toEqual(all.slice(2, 3));
		expect(one.pageInfo.hasPreviousPage).toBe(true);
		for (const args of [
			"last: 2",
			`first: 1, before: "${second.pageInfo.startCursor}"`,
		])
			expect((await world.fails(query(args)))[0]?.extensions?.code).toBe(
				"BAD_USER_INPUT",
			);
	},
);

test("every list holds twenty where no size is given", async () => {
	await using world = await startWorld({
		contacts: 25,
		tasksEach: 1,
		sandbox: { notesEach: 25, appointmentsEach: 25 },
	});
	const { contacts, contact, tasks } = await world.query(`{
		contacts { nodes { contactId } pageInfo { hasNextPage } }
		contact(id: "c1") { notes { nodes { noteId } totalCount } appointments { nodes { appointmentId } totalCount } }
		tasks { nodes { taskId } }
	}`);
	for (const { nodes } of [
		contacts,
		contact.notes,
		contact.appointments,
		tasks,
	])
		expect(nodes).toHaveLength(20);
	expect(contact.notes.totalCount).toBe(25);
});

test("an answer that tells what is overdue and what is next is not given again once that has changed", async () => {
	let passed = 0;
	await using world = await startWorld({
		contacts: 1,
		gateway: { cache: { now: () => Date.now() + passed } },
	});
	const soon = Date.now() + 10_000;
	world.sandbox.data.edit("tasks", "t1", {
		completed: false,
		dueDate: new Date(soon).toISOString(),
	});
	world.sandbox.data.edit("appointments", "a1", {
		startsAt: soon,
		endsAt: soon + HOUR,
		appointmentStatus: "confirmed",
	});
	const ask = async () =>
		(
			await world.query(
				'{ contact(id: "c1") { tasks { nodes { overdue } } late: tasks(overdue: true) { totalCount } upcomingAppointment { appointmentId } } }',
			)
		).contact;
	expect(await ask()).toEqual({
		tasks: { nodes: [{ overdue: false }] },
		late: { totalCount: 0 },
		upcomingAppointment: { appointmentId: "a1" },
	});
	passed = 11_000;
	expect(await ask()).toEqual({
		tasks: { nodes: [{ overdue: true }] },
		late: { totalCount: 1 },
		upcomingAppointment: null,
	});
});

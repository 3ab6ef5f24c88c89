/** What a client can read of tasks: on a contact, across the location, by id. */
import { expect, test } from "vitest";
import { startWorld } from "../support/world.ts";

test("a task says whether it is open, done or overdue", async () => {
	await using world = await startWorld({ contacts: 1, tasksEach: 3 });
	world.sandbox.data.edit("tasks", "t1", {
		completed: false,
		dueDate: "2001-01-01T00:00:00.000Z",
	});
	world.sandbox.data.edit("tasks", "t2", {
		completed: false,
		dueDate: "2999-01-01T00:00:00.000Z",
	});
	world.sandbox.data.edit("tasks", "t3", {
		completed: true,
		dueDate: "2001-01-01T00:00:00.000Z",
	});
	const { contact } = await world.query(
		`{ contact(id: "c1") {
			tasks { nodes { taskId status completed overdue dueDate } }
			open: tasks(status: OPEN) { totalCount }
			done: tasks(status: COMPLETED) { nodes { taskId } }
		} }`,
	);
	const byId = Object.fromEntries(
		contact.tasks.nodes.map((task: { taskId: string }) => [task.taskId, task]),
	);
	expect(byId.t1).toEqual({
		taskId: "t1",
		status: "OPEN",
		completed: false,
		overdue: true,
		dueDate: "2001-01-01T00:00:00.000Z",
	});
	expect(byId.t2.overdue).toBe(false);
	expect(byId.t3).toMatchObject({ status: "COMPLETED", overdue: false });
	expect(contact.open.totalCount).toBe(2);
	expect(contact.done.nodes).toEqual([{ taskId: "t3" }]);
});

test("a contact's tasks can be walked from both ends", async () => {
	await using world = await startWorld({ contacts: 1, tasksEach: 5 });
	const { contact } = await world.query(
		`{ contact(id: "c1") { all: tasks { edges { cursor node { taskId } } } } }`,
	);
	const ids = contact.all.edges.map(
		({ node }: { node: { taskId: string } }) => node.taskId,
	);
	const cursors = contact.all.edges.map(
		({ cursor }: { cursor: string }) => cursor,
	);
	const page = async (args: string) =>
		(
			await world.query(
				`{ contact(id: "c1") { tasks(${args}) { totalCount pageInfo { hasNextPage hasPreviousPage } nodes { taskId } } } }`,
			)
		).contact.tasks;
	const idsOf = (nodes: { taskId: string }[]) =>
		nodes.map(({ taskId }) => taskId);

	const first = await page(`first: 2, after: "${cursors[0]}"`);
	expect(idsOf(first.nodes)).toEqual(ids.slice(1, 3));
	expect(first).toMatchObject({
		totalCount: 5,
		pageInfo: { hasNextPage: true, hasPreviousPage: true },
	});
	const last = await page("last: 2");
	expect(idsOf(last.nodes)).toEqual(ids.slice(3));
	expect(last.pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: true });
	const between = await page(
		`after: "${cursors[0]}", before: "${cursors[4]}", last: 1`,
	);
	expect(idsOf(between.nodes)).toEqual([ids[3]]);
	const none = await page("first: 0");
	expect(none.nodes).toEqual([]);
	expect(none.pageInfo.hasNextPage).toBe(true);
});

test("a cursor whose item is gone is refused with what to do", async () => {
	await using world = await startWorld({ contacts: 1, tasksEach: 2 });
	const { contact } = await world.query(
		'{ contact(id: "c1") { tasks { pageInfo { startCursor } nodes { id } } } }',
	);
	const { pageInfo, nodes } = contact.tasks;
	await world.query(
		"mutation ($taskId: ID!) { deleteTask(input: { taskId: $taskId }) { deletedId } }",
		{ taskId: nodes[0].id },
	);
	const [error] = await world.fails(
		`{ contact(id: "c1") { tasks(after: "${pageInfo.startCursor}") { totalCount } } }`,
	);
	expect(error?.message).toContain("Start again without a cursor");
	expect(error?.extensions?.code).toBe("BAD_USER_INPUT");
});

test("tasks across the location come in pages and by status, contact and user", async () => {
	await using world = await startWorld({ contacts: 3, tasksEach: 3 });
	world.sandbox.data.edit("tasks", "t1", {
		completed: true,
		assignedTo: "u2",
	});
	const seen: string[] = [];
	let after: string | null = null;
	do {
		const { tasks }: { tasks: TaskPage } = await world.query(
			`query ($after: String) { tasks(first: 4, after: $after) { pageInfo { hasNextPage endCursor } nodes { taskId } } }`,
			{ after },
		);
		seen.push(...tasks.nodes.map(({ taskId }) => taskId));
		after = tasks.pageInfo.hasNextPage ? tasks.pageInfo.endCursor : null;
	} while (after);
	expect(seen).toHaveLength(9);
	expect(new Set(seen).size).toBe(9);
	world.upstream.clearCalls();
	const contactId = String(world.sandbox.data.get("tasks", "t1")?.contactId);
	await world.query(
		`query ($ids: [ID!]) { tasks(status: COMPLETED, contactIds: $ids, assignedUserIds: ["u2"], query: "x") { nodes { taskId } } }`,
		{ ids: [contactId] },
	);
	expect(world.calls[0]?.body).toEqual({
		limit: 21,
		completed: true,
		contactId: [contactId],
		assignedTo: ["u2"],
		query: "x",
	});
});

interface TaskPage {
	pageInfo: { hasNextPage: boolean; endCursor: string };
	nodes: Array<{ taskId: string }>;
}

test("a task is found again by its global id, also when the list does not show it yet", async () => {
	await using world = await startWorld({ contacts: 1, tasksEach: 1 });
	const { contact } = await world.query(
		'{ contact(id: "c1") { tasks { nodes { id taskId } } } }',
	);
	const [{ id, taskId }] = contact.tasks.nodes;
	const { node } = await world.query(
		"query ($id: ID!) { node(id: $id) { __typename id ... on Task { taskId contact { contactId } } } }",
		{ id },
	);
	expect(node).toEqual({
		__typename: "Task",
		id,
		taskId,
		contact: { contactId: "c1" },
	});
	const gone = Buffer.from("Task:sandbox-location-1/c1/t99").toString(
		"base64url",
	);
	expect(
		await world.query("query ($id: ID!) { node(id: $id) { id } }", {
			id: gone,
		}),
	).toEqual({ node: null });
});

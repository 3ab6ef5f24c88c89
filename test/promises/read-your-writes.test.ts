/** Every query after a mutation's answer shows the write, although search lags it by ten seconds. */
import { expect, test } from "vitest";
import type { Data } from "../support/ask.ts";
import { mutate } from "../support/mutate.ts";
import { startWorld } from "../support/world.ts";

const lagging = (contacts = 3) =>
	startWorld({
		contacts,
		sandbox: { searchLagMs: 600_000, searchGapMs: 5_000 },
	});

const ids = (list: { nodes: { contactId: string }[] }) =>
	list.nodes.map(({ contactId }) => contactId);

test("a new contact is at the front of the list, found by its e-mail, and counted", async () => {
	await using world = await lagging();
	const { contact } = await mutate(world, "createContact", {
		firstName: "Ada",
		email: "ada@example.com",
	});
	const data = await world.query(`{
		all: contacts { totalCount nodes { contactId firstName } }
		hers: contacts(filter: { email: { eq: "ada@example.com" } }) { totalCount nodes { contactId } }
		others: contacts(filter: { email: { eq: "bea@example.com" } }) { totalCount nodes { contactId } }
		found: findContact(email: "ada@example.com") { contactId }
		one: contact(id: "${contact.contactId}") { email }
	}`);
	expect(ids(data.all)).toEqual([
		"c4",
		expect.any(String),
		expect.any(String),
		expect.any(String),
	]);
	expect(data.all.totalCount).toBe(4);
	expect(data.hers).toEqual({ totalCount: 1, nodes: [{ contactId: "c4" }] });
	expect(data.others).toEqual({ totalCount: 0, nodes: [] });
	expect(data.found).toEqual({ contactId: "c4" });
	expect(data.one).toEqual({ email: "ada@example.com" });
});

test("a page behind a new contact goes on with the contacts that search knows, each once", async () => {
	await using world = await lagging();
	await mutate(world, "createContact", { firstName: "Ada" });
	const seen: string[] = [];
	let after: string | null = null;
	do {
		const { contacts } = await world.query(
			"query ($after: String) { contacts(first: 1, after: $after) { nodes { contactId } pageInfo { endCursor hasNextPage } } }",
			{ after },
		);
		seen.push(...ids(contacts));
		after = contacts.pageInfo.hasNextPage ? contacts.pageInfo.endCursor : null;
	} while (after !== null && seen.length < 10);
	expect([...seen].sort()).toEqual(["c1", "c2", "c3", "c4"]);
});

test("a new contact stands where the order puts it", async () => {
	await using world = await lagging();
	await mutate(world, "updateContact", { contactId: "c1", firstName: "Anna" });
	await mutate(world, "updateContact", { contactId: "c2", firstName: "Clara" });
	await mutate(world, "updateContact", { contactId: "c3", firstName: "Dora" });
	await mutate(world, "createContact", { firstName: "Berta" });
	const { contacts } = await world.query(
		"{ contacts(orderBy: { field: FIRST_NAME, direction: DESC }) { nodes { contactId firstName } } }",
	);
	expect(ids(contacts)).toHaveLength(4);
	expect(
		contacts.nodes.find(
			({ contactId }: { contactId: string }) => contactId === "c4",
		).firstName,
	).toBe("Berta");
});

test("a changed contact shows its change in every list, enters lists it fits now and leaves those it does not", async () => {
	await using world = await lagging();
	await mutate(world, "updateContact", { contactId: "c1", city: "Atlantis" });
	const before = await world.query(
		'{ contacts(filter: { city: { eq: "Atlantis" } }) { nodes { contactId city } } }',
	);
	expect(before.contacts.nodes).toEqual([
		{ contactId: "c1", city: "Atlantis" },
	]);
	await mutate(world, "updateContact", { contactId: "c1", city: null });
	const data = await world.query(`{
		all: contacts { nodes { contactId city } }
		there: contacts(filter: { city: { eq: "Atlantis" } }) { nodes { contactId } }
		none: contacts(filter: { city: { exists: false } }) { nodes { contactId } }
	}`);
	expect(data.all.nodes).toContainEqual({ contactId: "c1", city: null });
	expect(data.there.nodes).toEqual([]);
	expect(ids(data.none)).toContain("c1");
});

test("a deleted contact is in no list and found by no id", async () => {
	await using world = await lagging();
	await mutate(world, "deleteContact", { contactId: "c2" });
	const data = await world.query(
		'{ contacts { nodes { contactId } } contact(id: "c2") { contactId } tasks { nodes { contactId } } }',
	);
	expect(ids(data.contacts)).not.toContain("c2");
	expect(data.contact).toBeNull();
	expect(ids(data.tasks)).not.toContain("c2");
});

test("the appointments of a deleted contact are found by no id", async () => {
	await using world = await lagging();
	const read = () => world.query('{ appointment(id: "a2") { appointmentId } }');
	expect(await read()).toEqual({ appointment: { appointmentId: "a2" } });
	await mutate(world, "deleteContact", { contactId: "c2" });
	expect(await read()).toEqual({ appointment: null });
});

test("a deleted appointment is gone from its contact's list, also when only reading back told that it is deleted", async () => {
	await using world = await lagging();
	const read = () =>
		world.query(
			'{ contact(id: "c2") { appointments { nodes { appointmentId } } } }',
		);
	expect((await read()).contact.appointments.nodes).toHaveLength(1);
	world.upstream.next({ kind: "lostAnswer", match: { method: "DELETE" } });
	const { deletedId } = await mutate(world, "deleteAppointment", {
		appointmentId: "a2",
	});
	expect(deletedId).not.toBeNull();
	expect((await read()).contact.appointments.nodes).toEqual([]);
});

test("a page that deleted rows have left still leads to those behind it", async () => {
	await using world = await lagging(6);
	const all = await world.query(
		"{ contacts { nodes { contactId } } tasks { nodes { taskId contactId } } }",
	);
	const [, second] = ids(all.contacts);
	const [, task] = all.tasks.nodes;
	await mutate(world, "deleteContact", { contactId: second });
	if (task.contactId !== second) await mutate(world, "deleteTask", task);
	const seen: Record<string, string[]> = { contacts: [], tasks: [] };
	for (const [list, id] of [
		["contacts", "contactId"],
		["tasks", "taskId"],
	] as const) {
		let after: string | null = null;
		do {
			const data: Data = await world.query(
				`query ($after: String) { ${list}(first: 2, after: $after) { nodes { ${id} } pageInfo { endCursor hasNextPage } } }`,
				{ after },
			);
			const { nodes, pageInfo } = data[list];
			seen[list]?.push(...nodes.map((node: Data) => node[id]));
			after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
		} while (after !== null);
	}
	expect(seen.contacts).toEqual(
		ids(all.contacts).filter((id) => id !== second),
	);
	expect(seen.tasks).toEqual(
		all.tasks.nodes
			.filter(
				(one: Data) => one.taskId !== task.taskId && one.contactId !== second,
			)
			.map(({ taskId }: Data) => taskId),
	);
});

test("a page of none gives no cursor, which would lead past somebody", async () => {
	await using world = await lagging(3);
	for (const list of ["contacts", "tasks"]) {
		const { [list]: page } = await world.query(
			`{ ${list}(first: 0) { nodes { id } pageInfo { startCursor endCursor } } }`,
		);
		expect(page).toEqual({
			nodes: [],
			pageInfo: { startCursor: null, endCursor: null },
		});
	}
});

test("a page behind a new task goes on with the tasks that search knows, each once", async () => {
	await using world = await lagging(3);
	const { task } = await mutate(world, "createTask", {
		contactId: "c1",
		title: "New",
		dueDate: "2026-12-24T12:00:00Z",
	});
	const seen: string[] = [];
	let after: string | null = null;
	do {
		const { tasks }: Data = await world.query(
			"query ($after: String) { tasks(first: 1, after: $after) { nodes { taskId } pageInfo { endCursor hasNextPage } } }",
			{ after },
		);
		seen.push(...tasks.nodes.map(({ taskId }: Data) => taskId));
		after = tasks.pageInfo.hasNextPage ? tasks.pageInfo.endCursor : null;
	} while (after !== null && seen.length < 10);
	expect(seen[0]).toBe(task.taskId);
	expect([...seen].sort()).toEqual([...new Set(seen)].sort());
	expect(seen).toHaveLength(4);
});

test("a page that lost everyone it showed leads to those behind it", async () => {
	await using world = await lagging(8);
	const all = await world.query(
		"{ contacts { nodes { contactId } } tasks { nodes { taskId contactId } } }",
	);
	const first = (of: string, id: string, after: string | null = null) =>
		world.query(
			`query ($after: String) { ${of}(first: 2, after: $after) { nodes { ${id} } pageInfo { startCursor endCursor hasNextPage } } }`,
			{ after },
		);
	// The page shows two, and knows a third to tell whether more follow.
	const gone = new Set<string>(
		all.tasks.nodes.slice(0, 3).map(({ contactId }: Data) => contactId),
	);
	for (const id of ids(all.contacts).slice(0, 3)) gone.add(id);
	for (const contactId of gone)
		await mutate(world, "deleteContact", { contactId });
	for (const [of, id] of [
		["contacts", "contactId"],
		["tasks", "taskId"],
	] as const) {
		const { [of]: page } = await first(of, id);
		expect(page).toEqual({
			nodes: [],
			pageInfo: {
				startCursor: null,
				endCursor: expect.any(String),
				hasNextPage: true,
			},
		});
		const seen: string[] = [];
		let after: string | null = page.pageInfo.endCursor;
		while (after !== null) {
			const { [of]: next } = await first(of, id, after);
			seen.push(...next.nodes.map((node: Data) => node[id]));
			after = next.pageInfo.hasNextPage ? next.pageInfo.endCursor : null;
		}
		expect(seen).toEqual(
			all[of].nodes
				.filter(({ contactId }: Data) => !gone.has(contactId))
				.map((node: Data) => node[id]),
		);
	}
});

test("tags and followers show at once, also in lists and by filter", async () => {
	await using world = await lagging();
	const { contact } = await mutate(world, "addContactFollowers", {
		contactId: "c1",
		userIds: ["u11"],
	});
	expect(contact.followerIds).toContain("u11");
	await mutate(world, "addContactTags", { contactId: "c1", tags: ["fresh"] });
	const data = await world.query(
		'{ all: contacts { nodes { contactId tags followerIds } } tagged: contacts(filter: { tags: { eq: "fresh" } }) { nodes { contactId } } }',
	);
	const row = data.all.nodes.find(
		({ contactId }: { contactId: string }) => contactId === "c1",
	);
	expect(row.tags).toContain("fresh");
	expect(row.followerIds).toContain("u11");
	expect(ids(data.tagged)).toEqual(["c1"]);
});

test("tasks that were created, completed, changed and deleted show in every list of tasks", async () => {
	await using world = await lagging();
	await mutate(world, "createTask", {
		contactId: "c1",
		title: "New",
		dueDate: "2026-12-01T10:00:00Z",
	});
	await mutate(world, "completeTask", { taskId: "t2", contactId: "c2" });
	await mutate(world, "deleteTask", { taskId: "t3", contactId: "c3" });
	const data = await world.query(`{
		contacts { nodes { contactId tasks { nodes { taskId completed } } } }
		tasks { nodes { taskId completed title } }
		done: tasks(status: COMPLETED) { nodes { taskId } }
		open: tasks(status: OPEN) { nodes { taskId } }
		ofOne: tasks(contactIds: ["c1"]) { nodes { title } }
	}`);
	const of = (list: { nodes: { taskId: string }[] }) =>
		list.nodes.map(({ taskId }) => taskId);
	const byContact = Object.fromEntries(
		data.contacts.nodes.map(
			(node: { contactId: string; tasks: { nodes: { taskId: string }[] } }) => [
				node.contactId,
				of(node.tasks),
			],
		),
	);
	// By due date.
	expect(byContact).toEqual({ c1: ["t4", "t1"], c2: ["t2"], c3: [] });
	expect(of(data.tasks).sort()).toEqual(["t1", "t2", "t4"]);
	expect(of(data.done)).toContain("t2");
	expect(of(data.open)).not.toContain("t2");
	expect(of(data.open)).toContain("t4");
	expect(of(data.done)).not.toContain("t3");
	expect(data.ofOne.nodes).toContainEqual({ title: "New" });
});

test("a changed task is in the list of all tasks also while search has no row of it", async () => {
	let laterMs = 0;
	await using world = await startWorld({
		sandbox: {
			searchLagMs: 10_000,
			searchGapMs: 5_000,
			now: () => Date.now() + laterMs,
		},
	});
	await mutate(world, "updateTask", {
		taskId: "t1",
		contactId: "c1",
		title: "Changed",
	});
	laterMs = 12_000;
	const { tasks } = await world.query("{ tasks { nodes { taskId title } } }");
	expect(tasks.nodes).toHaveLength(3);
	expect(tasks.nodes).toContainEqual({ taskId: "t1", title: "Changed" });
});

test("a search that was asked within its lag and answers after it is no more believed than one that answers at once", async () => {
	let laterMs = 0;
	const now = () => Date.now() + laterMs;
	await using world = await startWorld({
		sandbox: { searchLagMs: 10_000, now },
		gateway: { cache: { now }, writes: { now } },
	});
	await mutate(world, "updateContact", { contactId: "c1", city: "Atlantis" });
	await mutate(world, "createContact", { firstName: "Ada" });
	await mutate(world, "completeTask", { taskId: "t1", contactId: "c1" });
	const title = "Changed";
	await mutate(world, "updateTask", {
		taskId: "t2",
		contactId: "c2",
		title,
		completed: true,
	});
	const read = () =>
		world.query(
			"{ contacts { nodes { contactId city } } tasks { nodes { taskId title } } done: tasks(status: COMPLETED) { nodes { taskId } } }",
		);
	for (const [path, count] of [
		["/contacts/search", 1],
		["/locations/", 2],
	] as const)
		world.upstream.next({ kind: "hold", match: { path }, count });
	const slow = read();
	await world.sandbox.held(3);
	laterMs = 20_000;
	world.sandbox.release();
	for (const { contacts, tasks, done } of [await slow, await read()]) {
		expect(ids(contacts).sort()).toEqual(["c1", "c2", "c3", "c4"]);
		expect(contacts.nodes).toContainEqual({
			contactId: "c1",
			city: "Atlantis",
		});
		expect(tasks.nodes).toContainEqual({ taskId: "t2", title });
		expect(done.nodes).toEqual(
			expect.arrayContaining([{ taskId: "t1" }, { taskId: "t2" }]),
		);
	}
	const { contact } = await world.query('{ contact(id: "c1") { city } }');
	expect(contact).toEqual({ city: "Atlantis" });
});

test("contacts put into a business are among its contacts at once, and those taken out are not", async () => {
	await using world = await lagging();
	const of = async (business: string) =>
		ids(
			(
				await world.query(
					`{ business(id: "${business}") { contacts { nodes { contactId } } } }`,
				)
			).business.contacts,
		);
	await mutate(world, "setBusinessOfContacts", {
		contactIds: ["c1", "c2"],
		businessId: "b1",
	});
	expect((await of("b1")).sort()).toEqual(expect.arrayContaining(["c1", "c2"]));
	await mutate(world, "setBusinessOfContacts", {
		contactIds: ["c1"],
		businessId: null,
	});
	expect(await of("b1")).not.toContain("c1");
	expect(await of("b1")).toContain("c2");
});

test("notes, appointments and their notes show at once", async () => {
	await using world = await lagging(1);
	await mutate(world, "createNote", { contactId: "c1", body: "Noted" });
	await mutate(world, "deleteNote", { noteId: "n1", contactId: "c1" });
	await mutate(world, "updateAppointment", {
		appointmentId: "a1",
		title: "Moved",
	});
	await mutate(world, "createAppointmentNote", {
		appointmentId: "a1",
		body: "Bring cake",
	});
	const { contact } = await world.query(
		'{ contact(id: "c1") { notes { nodes { body } } appointments { nodes { title appointmentNotes { nodes { body } } } } } }',
	);
	expect(contact.notes.nodes).toEqual([{ body: "Noted" }]);
	expect(contact.appointments.nodes).toEqual([
		{ title: "Moved", appointmentNotes: { nodes: [{ body: "Bring cake" }] } },
	]);
});

test("nothing written lately costs nothing: a list is one call", async () => {
	await using world = await lagging();
	await world.query("{ contacts { nodes { contactId } } }");
	expect(world.calls).toBeExactly("POST /contacts/search");
});

test("a contact that was read before shows a tag's new name, and not a tag that is gone", async () => {
	await using world = await startWorld({ contacts: 1 });
	const renamed = await mutate(world, "createTag", { name: "old name" });
	const deleted = await mutate(world, "createTag", { name: "short-lived" });
	await mutate(world, "addContactTags", {
		contactId: "c1",
		tags: ["old name", "short-lived"],
	});
	const tags = async () =>
		(await world.query('{ contact(id: "c1") { tags } }')).contact.tags;
	expect(await tags()).toEqual(
		expect.arrayContaining(["old name", "short-lived"]),
	);
	await mutate(world, "renameTag", {
		tagId: renamed.tag.tagId,
		name: "new name",
	});
	expect(await tags()).toContain("new name");
	expect(await tags()).not.toContain("old name");
	await mutate(world, "deleteTag", { tagId: deleted.tag.tagId });
	expect(await tags()).not.toContain("short-lived");
});

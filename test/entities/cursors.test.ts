/** A cursor is good for the list that gave it, written exactly as it was given, and for nothing else. */
import { expect, test } from "vitest";
import { startWorld, type World } from "../support/world.ts";

/** Each list of the graph: where it stands, with its arguments left open. */
const LISTS: Readonly<Record<string, (args: string) => string>> = {
	contacts: (args) => `contacts(${args})`,
	tasks: (args) => `tasks(${args})`,
	changes: (args) => `changes(${args})`,
	"tasks of a contact": (args) => `contact(id: "c1") { list: tasks(${args})`,
	"notes of a contact": (args) => `contact(id: "c1") { list: notes(${args})`,
	"appointments of a contact": (args) =>
		`contact(id: "c1") { list: appointments(${args})`,
	"contacts of a business": (args) =>
		`business(id: "b1") { list: contacts(${args})`,
	"notes of an appointment": (args) =>
		`appointment(id: "a1") { list: appointmentNotes(${args})`,
};

const document = (list: string, args: string) => {
	const field = LISTS[list]?.(args) ?? "";
	return field.includes("{")
		? `{ ${field} { pageInfo { endCursor } } } }`
		: `{ list: ${field} { pageInfo { endCursor } } }`;
};

const startWithLists = async () => {
	const world = await startWorld({
		contacts: 4,
		tasksEach: 2,
		notesEach: 2,
		appointmentsEach: 2,
	});
	for (const id of ["c1", "c2"])
		world.sandbox.data.edit("contacts", id, { businessId: "b1" });
	for (const body of ["one", "two"])
		await world.query(
			`mutation { createAppointmentNote(input: { appointmentId: "a1", body: "${body}" }) { userErrors { message } } }`,
		);
	return world;
};

const endCursorOf = async (world: World, list: string): Promise<string> => {
	if (list === "changes")
		return (await world.query("{ changeCursor }")).changeCursor;
	const data = await world.query(document(list, "first: 1"));
	const [cursor = ""] = Object.values<Listed>(data).map(
		(field) => (field.list ?? field).pageInfo.endCursor,
	);
	return cursor;
};

interface Page {
	readonly pageInfo: { readonly endCursor: string };
}

interface Listed extends Page {
	readonly list?: Page;
}

test("a cursor is taken by its own list, and refused by every other with both names", async () => {
	await using world = await startWithLists();
	for (const own of Object.keys(LISTS)) {
		const cursor = await endCursorOf(world, own);
		await world.query(document(own, `first: 1, after: "${cursor}"`));
		for (const other of Object.keys(LISTS)) {
			if (other === own) continue;
			const [error] = await world.fails(
				document(other, `first: 1, after: "${cursor}"`),
			);
			expect([own, other, error?.extensions?.code]).toEqual([
				own,
				other,
				"BAD_USER_INPUT",
			]);
			if (own !== "changes" && other !== "changes")
				expect(error?.message).toBe(
					`after must be a cursor as an earlier page of this list gave it (pageInfo.endCursor), but came as a cursor of ${own} (this list is ${other}).`,
				);
		}
	}
});

test("a cursor of one contact's notes is refused by another contact's", async () => {
	await using world = await startWithLists();
	const cursor = await endCursorOf(world, "notes of a contact");
	const [error] = await world.fails(
		`{ contact(id: "c2") { notes(before: "${cursor}") { totalCount } } }`,
	);
	expect(error?.extensions?.code).toBe("BAD_USER_INPUT");
	expect(error?.message).toBe(
		"before must be a cursor as an earlier page of this list gave it (pageInfo.endCursor), but came as a cursor of notes of a contact, but of another one.",
	);
});

test("a cursor is refused in any spelling but its own, and with anything more in it", async () => {
	await using world = await startWithLists();
	for (const list of Object.keys(LISTS)) {
		const cursor = await endCursorOf(world, list);
		const inside = Buffer.from(cursor, "base64url").toString();
		const spelt = [
			`${cursor}=`,
			`${cursor}!`,
			` ${cursor}`,
			cursor.slice(0, -1),
			Buffer.from(` ${inside}`).toString("base64url"),
			Buffer.from(inside.replace(/]$/, ',"more"]')).toString("base64"),
			Buffer.from(inside.replace(/]$/, ',"more"]')).toString("base64url"),
			Buffer.from("[".repeat(5_000)).toString("base64url"),
			"",
		].filter((one) => one !== cursor);
		for (const after of spelt) {
			const [error] = await world.fails(
				document(list, `first: 1, after: "${after}"`),
			);
			expect([list, after, error?.extensions?.code]).toEqual([
				list,
				after,
				"BAD_USER_INPUT",
			]);
		}
	}
});

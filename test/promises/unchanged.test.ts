/** What the API answers again unchanged is the same answer, and what it answers anew shows at once. */
import { expect, test } from "vitest";
import { startWorld } from "../support/world.ts";

const QUERY =
	"{ contacts(first: 3) { nodes { contactId companyName tags tasks { nodes { taskId title } } notes { nodes { noteId body } } appointments { nodes { appointmentId title startTime } } } } }";
// One search, one search of tasks, notes and appointments of each of three.
const CALLS = 8;
const FRESH = { headers: { "cache-control": "no-cache" } };

test("what is read anew and has not changed is the same answer, though every call is made", async () => {
	await using world = await startWorld({ contacts: 3 });
	const first = await world.query(QUERY);
	for (let time = 0; time <= 4; time++) {
		world.upstream.clearCalls();
		expect(await world.query(QUERY, {}, FRESH)).toEqual(first);
		expect(world.calls).toHaveLength(CALLS);
	}
});

test("a letter that changed shows in the next answer, and the rest stays as it was", async () => {
	await using world = await startWorld({ contacts: 3 });
	const first = await world.query(QUERY);
	for (let time = 0; time < 3; time++) await world.query(QUERY, {}, FRESH);
	const [{ notes }] = first.contacts.nodes;
	const [note] = notes.nodes;
	// Behind the gateway's back, and as long as it was.
	const body = `${note.body.slice(0, -1)}#`;
	world.sandbox.edit({ type: "NoteUpdate", id: note.noteId, set: { body } });
	const after = await world.query(QUERY, {}, FRESH);
	expect(after.contacts.nodes[0].notes.nodes[0].body).toBe(body);
	note.body = body;
	expect(after).toEqual(first);
	expect(await world.query(QUERY, {}, FRESH)).toEqual(first);
});

test("an answer that cannot be read is refused as often as it comes", async () => {
	await using world = await startWorld({ contacts: 1 });
	const fault = {
		kind: "wrongShape",
		// A contact without an id: any other value that does not fit would cost its field alone.
		body: { contact: { firstName: "Ada" } },
		count: 3,
	} as const;
	world.upstream.next(structuredClone(fault));
	for (let time = 0; time < 3; time++) {
		const { errors } = await world.answer(
			'{ contact(id: "c1") { name } }',
			{},
			FRESH,
		);
		expect(errors?.[0]?.extensions?.code).toBe("UPSTREAM_INVALID_RESPONSE");
	}
});

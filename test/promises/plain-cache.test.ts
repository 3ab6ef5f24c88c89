/** What the cache holds is plain data: a store outside of the process could hold it, and nothing would be answered otherwise. */
import { LRUCache } from "lru-cache";
import { afterEach, expect, test, vi } from "vitest";
import { mutate } from "../support/mutate.ts";
import { startWorld } from "../support/world.ts";

const CONTACT =
	"contactId name email tags customFields { key value } dateAdded assignedUser { name } business { name } tasks { nodes { taskId title dueDate status } } notes { nodes { noteId body } } appointments { nodes { appointmentId title startTime calendar { name } } }";
const QUERIES = [
	`{ contacts(first: 3) { totalCount pageInfo { endCursor hasNextPage } nodes { ${CONTACT} } } }`,
	'{ contacts(first: 2, filter: { tags: { contains: "news" } }) { nodes { contactId tags } } }',
	`{ contact(id: "c1") { ${CONTACT} followers { name } opportunities { status } } }`,
	'{ contact(id: "no-such-contact") { name } }',
	"{ tasks(first: 5) { nodes { taskId title contact { name } } } }",
	'{ appointment(id: "a1") { title appointmentNotes { nodes { body } } } }',
	"{ location { name tags { name } customFields { key name } calendars { name } users { name } businesses { name } workflows { name } campaigns { name } } }",
];

/** The keys of everything the cache keeps begin with the location. */
const isKept = (key: unknown) => String(key).startsWith("sandbox-location-");

/** Node writes a Buffer as an object that says so. */
const revived = (_: string, value: unknown) =>
	(value as { type?: unknown } | null)?.type === "Buffer"
		? Buffer.from((value as { data: number[] }).data)
		: value;

afterEach(() => {
	vi.restoreAllMocks();
});

/** From now on whatever is kept goes through JSON; returns how much did. */
const keepAsJson = () => {
	const passed = { values: 0, responses: 0 };
	const { set } = LRUCache.prototype;
	vi.spyOn(LRUCache.prototype, "set").mockImplementation(function (
		this: LRUCache<string, object>,
		key,
		value,
		...more
	) {
		if (!isKept(key)) return set.call(this, key, value, ...more);
		const copy = JSON.parse(JSON.stringify(value), revived);
		expect(copy, String(key)).toEqual(value);
		passed["dataBytes" in copy ? "responses" : "values"]++;
		return set.call(this, key, copy, ...more);
	});
	return passed;
};

test("every entry of a busy world survives JSON and answers the same from there", async () => {
	const passed = keepAsJson();
	await using world = await startWorld({ contacts: 5, tasksEach: 2 });
	const ask = async (note: string) => {
		world.upstream.clearCalls();
		const answers: unknown[] = [];
		for (const query of QUERIES)
			answers.push(await world.query(`${query} # ${note}`));
		return answers;
	};
	const read = await ask("read");
	const calls = world.calls.length;
	expect(calls).toBeGreaterThan(20);
	// Twice from values; what was asked for twice is a kept response the third time.
	for (let time = 0; time < 3; time++) {
		expect(await ask("again")).toEqual(read);
		expect(world.calls).toHaveLength(0);
	}
	expect(passed.values).toBeGreaterThan(calls);
	expect(passed.responses).toBe(QUERIES.length);

	// Within search lag pages are laid over, and kept as such.
	await mutate(world, "updateTask", {
		taskId: "t1",
		contactId: "c1",
		title: "Changed",
	});
	const before = passed.values;
	const changed = await ask("after a write");
	expect(changed).not.toEqual(read);
	expect(passed.values).toBeGreaterThan(before);
	expect(await ask("after a write, from values")).toEqual(changed);
});

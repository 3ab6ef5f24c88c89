// The sample data: repeatable, sized as asked, and as untidy as a CRM.
import { expect, test } from "vitest";
import { settingsFrom } from "../../src/sandbox/options.ts";
import { SandboxData, TABLES } from "../../src/sandbox/store/data.ts";
import { FIRST, SECOND } from "./caller.ts";

const dataOf = (options: Parameters<typeof settingsFrom>[0]) =>
	new SandboxData(settingsFrom(options));

const dump = (data: SandboxData, id: string) =>
	JSON.stringify(TABLES.map((table) => [...data.location(id)[table].values()]));

test("the same seed gives the same data, another seed other data", () => {
	const [one, two, other] = [1, 1, 2].map((seed) =>
		dataOf({ seed, contacts: 50 }),
	) as [SandboxData, SandboxData, SandboxData];
	for (const id of [FIRST, SECOND]) expect(dump(one, id)).toBe(dump(two, id));
	expect(dump(one, FIRST)).not.toBe(dump(other, FIRST));
});

test("another seed also gives other counts", () => {
	const counts = (seed: number) => {
		const { contacts, notes } = dataOf({ seed, contacts: 20 }).location();
		return [...contacts.values()].map(({ id }) => notes.group(id).length);
	};
	expect(counts(1)).not.toEqual(counts(2));
});

test("fewer tasks leave the contacts as they are", () => {
	const contacts = (tasksEach: number) => [
		...dataOf({ contacts: 30, tasksEach }).location().contacts.values(),
	];
	expect(contacts(0)).toEqual(contacts(9));
});

test("counts are exact where asked and 0 to 12 where not", () => {
	const data = dataOf({ contacts: 100, tasksEach: 3 });
	const first = data.location();
	const tasks = new Set<number>();
	const notes = new Set<number>();
	for (const { id } of first.contacts.values()) {
		tasks.add(first.tasks.group(id).length);
		notes.add(first.notes.group(id).length);
	}
	expect([...tasks]).toEqual([3]);
	expect(Math.min(...notes)).toBe(0);
	expect(Math.max(...notes)).toBe(12);
	expect(data.location(SECOND).contacts.size).toBe(10);
});

test("ids look like the upstream's, or are short and countable", () => {
	const like = dataOf({ contacts: 1 }).location();
	const short = dataOf({ contacts: 2, ids: "readable" });
	const firstOf = (table: { values(): Iterable<{ id: string }> }) =>
		[...table.values()][0]?.id;
	expect(firstOf(like.contacts)).toMatch(/^[A-Za-z0-9]{20}$/);
	expect(firstOf(like.businesses)).toMatch(/^[0-9a-f]{24}$/);
	expect(firstOf(like.workflows)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
	expect([...short.location().contacts.values()].map(({ id }) => id)).toEqual([
		"c1",
		"c2",
	]);
	expect(firstOf(short.location(SECOND).contacts)).toBe("l2c1");
});

test("the contacts are as untidy as those of a CRM in use", () => {
	const location = dataOf({ contacts: 1_000 }).location();
	const contacts = [...location.contacts.values()];
	const users = new Set([...location.users.values()].map(({ id }) => id));
	const names = contacts.map(({ name }) => name ?? "").join(" ");
	for (const script of [
		"Cyrillic",
		"Greek",
		"Arabic",
		"Hebrew",
		"Han",
		"Hangul",
		"Devanagari",
	])
		expect(names).toMatch(new RegExp(`\\p{Script=${script}}`, "u"));
	expect(names).toMatch(/\p{Emoji_Presentation}/u);
	expect(contacts.some(({ email }) => email === null)).toBe(true);
	expect(contacts.some(({ phone }) => phone === null)).toBe(true);
	const births = contacts.map(({ dateOfBirth }) => dateOfBirth);
	for (const dirty of ["", "0000-00-00", "13/07/1985", null, "not telling"])
		expect(births).toContain(dirty);
	expect(births.some((date) => typeof date === "number")).toBe(true);
	expect(
		contacts.some(
			({ assignedTo }) => assignedTo !== null && !users.has(assignedTo),
		),
	).toBe(true);
	const emails = contacts.flatMap(({ email }) => email ?? []);
	expect(new Set(emails).size).toBeLessThan(emails.length);
	const kinds = new Set(
		contacts.flatMap(({ customFields }) =>
			customFields.map(({ value }) =>
				Array.isArray(value) ? "array" : typeof value,
			),
		),
	);
	expect([...kinds].sort()).toEqual(["array", "number", "object", "string"]);
	const statuses = new Set(
		[...location.appointments.values()].map((one) => one.appointmentStatus),
	);
	expect(statuses).toContain("active");
	expect(statuses).toContain("completed");
});

test("a thousand locations cost nothing until they are used", () => {
	const data = dataOf({ contacts: 5, locations: 1_000 });
	expect(data.locationIds).toHaveLength(1_000);
	expect(data.location("sandbox-location-1000").contacts.size).toBe(3);
	expect(() => data.location("sandbox-location-1001")).toThrow("No location");
});

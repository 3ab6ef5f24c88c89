/** What a client can read of where contacts, appointments and notes came from, as the live API was recorded to tell it. */
import { expect, test } from "vitest";
import { startWorld } from "../support/world.ts";

const CREATED_BY = "createdBy { source channel sourceId dateAdded }";

test("a contact tells what created it, in a list for one call each", async () => {
	await using world = await startWorld({ contacts: 2 });
	for (const id of ["c1", "c2"])
		world.sandbox.data.edit("contacts", id, {
			dateAdded: "2026-05-01T09:30:00.000Z",
		});
	const created = {
		source: "INTEGRATION",
		channel: "OAUTH",
		sourceId: "sandbox-app",
		dateAdded: "2026-05-01T09:30:00.000Z",
	};
	const { contact } = await world.query(
		`{ contact(id: "c1") { ${CREATED_BY} } }`,
	);
	expect(contact.createdBy).toEqual(created);
	expect(world.calls).toBeExactly("GET /contacts/c1");

	world.upstream.clearCalls();
	const { contacts } = await world.query(
		`{ contacts { nodes { ${CREATED_BY} } } }`,
	);
	expect(contacts.nodes).toEqual([
		{ createdBy: created },
		{ createdBy: created },
	]);
	expect(world.calls).toBeExactly(
		"POST /contacts/search",
		"GET /contacts/c1",
		"GET /contacts/c2",
	);
});

test("a contact that does not tell what created it has null there", async () => {
	await using world = await startWorld({ contacts: 1 });
	world.upstream.next({
		kind: "wrongShape",
		body: { contact: { id: "c1" } },
		match: { path: "/contacts/c1" },
	});
	const { contact } = await world.query(
		`{ contact(id: "c1") { ${CREATED_BY} attributions { url } } }`,
	);
	expect(contact).toEqual({ createdBy: null, attributions: [] });
});

test("the attributions of a contact are its first and its latest, none twice, and none that is empty", async () => {
	await using world = await startWorld({ contacts: 3 });
	const first = { url: "https://a.example", utmSource: "google" };
	const latest = { url: "https://b.example", utmSource: "newsletter" };
	const held = [
		[first, latest],
		[first, first],
		[null, null],
	] as const;
	for (const [i, [attributionSource, lastAttributionSource]] of held.entries())
		world.sandbox.data.edit("contacts", `c${i + 1}`, {
			attributionSource,
			lastAttributionSource,
		});
	const { contacts } = await world.query(
		'{ contacts(filter: { id: { in: ["c1", "c2", "c3"] } }) { nodes { contactId attributions { url utmSource } } } }',
	);
	const shown = Object.fromEntries(
		contacts.nodes.map((one: { contactId: string; attributions: unknown }) => [
			one.contactId,
			one.attributions,
		]),
	);
	expect(shown).toEqual({ c1: [first, latest], c2: [first], c3: [] });
	expect(world.calls).toBeExactly(
		"POST /contacts/search",
		"GET /contacts/c1",
		"GET /contacts/c2",
		"GET /contacts/c3",
	);
});

test("an appointment tells who booked it, and by which way", async () => {
	await using world = await startWorld({ contacts: 1, appointmentsEach: 2 });
	world.sandbox.data.edit("appointments", "a1", {
		createdBy: "u1",
		source: "calendar_page",
	});
	world.sandbox.data.edit("appointments", "a2", {
		createdBy: null,
		source: "third_party",
	});
	const CREATED = "createdBy { source userId user { userId } }";
	const { a, b } = await world.query(
		`{ a: appointment(id: "a1") { ${CREATED} } b: appointment(id: "a2") { ${CREATED} } }`,
	);
	expect([a, b]).toEqual([
		{
			createdBy: {
				source: "calendar_page",
				userId: "u1",
				user: { userId: "u1" },
			},
		},
		{ createdBy: { source: "third_party", userId: null, user: null } },
	]);
	expect(world.calls).toBeExactly(
		"GET /calendars/events/appointments/a1",
		"GET /calendars/events/appointments/a2",
		"GET /users/",
	);
});

test("a note tells its text without HTML, and what it is attached to", async () => {
	await using world = await startWorld({ contacts: 1, notesEach: 1 });
	world.sandbox.data.edit("notes", "n1", { body: "<p>Call <b>soon</b></p>" });
	const NOTES =
		'{ contact(id: "c1") { notes { nodes { body bodyText relations } } } }';
	const { contact } = await world.query(NOTES);
	expect(contact.notes.nodes).toEqual([
		{ body: "<p>Call <b>soon</b></p>", bodyText: "Call soon", relations: [] },
	]);
	expect(world.calls).toBeExactly("GET /contacts/c1", "GET /contacts/c1/notes");
});

test("a note as it is specified has neither text without HTML nor relations", async () => {
	await using world = await startWorld({ contacts: 1 });
	world.upstream.next({
		kind: "wrongShape",
		body: { notes: [{ id: "n1", body: "Call" }] },
		match: { path: "/contacts/c1/notes" },
	});
	const { contact } = await world.query(
		'{ contact(id: "c1") { notes { nodes { body bodyText relations } } } }',
	);
	expect(contact.notes.nodes).toEqual([
		{ body: "Call", bodyText: null, relations: null },
	]);
});

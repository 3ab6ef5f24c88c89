/** Webhooks that were found to miss things are not relied on for a while; those that came, or may still come, are. */
import { expect, test } from "vitest";
import {
	book,
	bookLongAgo,
	company,
	DAY,
	drops,
	EVERY,
	ended,
	MINUTE,
	PARTS,
	SECOND,
	START,
	startWatched,
	tell,
	walked,
} from "../support/looking.ts";

test("what webhooks or the gateway's own writes told is not dropped again, and nothing is distrusted for it", async () => {
	await using world = await startWatched({
		gateway: { reconcile: { calendarsMs: EVERY } },
	});
	world.sandbox.data.edit("contacts", "c2", {
		tags: ["vip"],
		dateUpdated: new Date(START - DAY).toISOString(),
	});
	const own = bookLongAgo(world, "Ours");
	await walked(world, 5, 2);
	tell(world);
	company(world, "Told Ltd");
	const id = book(world, "Told");
	await world.sandbox.webhooks.settled();
	await world.clock.advance(SECOND);
	world.sandbox.data.edit("appointments", id, { title: "Told again" });
	await world.sandbox.webhooks.settled();
	world.sandbox.webhooks.sendTo(undefined);
	const write = async (mutation: string) => {
		await world.clock.advance(SECOND);
		expect(
			await world.query(
				`mutation { done: ${mutation} { userErrors { message } } }`,
			),
		).toEqual({ done: { userErrors: [] } });
	};
	await write('updateContact(input: { contactId: "c2", city: "Leeds" })');
	await write(
		`updateAppointment(input: { appointmentId: "${own}", title: "Written" })`,
	);
	const vip = [...world.sandbox.data.location().tags.values()].find(
		({ name }) => name === "vip",
	);
	await write(`renameTag(input: { tagId: "${vip?.id}", name: "regular" })`);
	const told = drops(world);
	expect(told).toBeGreaterThan(5);
	await walked(world, 5, 2);
	expect(drops(world)).toBe(told);
	expect(await world.rereads(31 * SECOND)).toEqual([]);
});

test("a deletion that webhooks told of is dropped once more, for they may have told of an edit before it, and blames nobody", async () => {
	await using world = await startWatched({
		gateway: { reconcile: { contactsMs: 0, calendarsMs: EVERY } },
	});
	const id = bookLongAgo(world, "Booked");
	await walked(world, 5);
	tell(world);
	world.sandbox.data.remove("appointments", id);
	await world.sandbox.webhooks.settled();
	expect((await world.read()).appointments).toEqual([]);
	const told = drops(world);
	await walked(world, 1);
	// Its own two tags, and that of windows of time and free slots.
	expect(drops(world)).toBe(told + 3);
	await walked(world, 4);
	expect(drops(world)).toBe(told + 3);
	expect(await world.rereads(31 * SECOND)).toEqual([]);
});

test("what else happened to a contact whose webhook was lost is read again, too", async () => {
	// Relied on whatever is found, so that what is read again was dropped.
	await using world = await startWatched({
		gateway: { reconcile: { distrustMs: 0 } },
	});
	await world.read();
	tell(world);
	for (const _ of [1, 2, 3]) world.sandbox.webhooks.next("lose");
	company(world, "Unheard Ltd");
	world.sandbox.data.edit("notes", "n1", { body: "Unheard" });
	book(world, "Unheard");
	expect((await world.read()).notes).not.toContain("Unheard");
	await world.interval();
	expect(await world.read()).toEqual({
		company: "Unheard Ltd",
		notes: ["Unheard"],
		appointments: ["Unheard"],
	});
});

test("after a lost webhook the shorter bound holds in that location alone, until none was found for fifteen minutes", async () => {
	await using world = await startWatched();
	const token = await world.token({ locations: ["sandbox-location-2"] });
	const elsewhere = () =>
		world.query('{ contact(id: "l2c1") { companyName } }', {}, { token });
	await elsewhere();
	expect(await world.rereads(31 * SECOND)).toEqual([]);
	company(world, "Unheard Ltd", "c2");
	// The second location is looked at as well, and nothing is found there.
	await world.interval(2);
	expect(await world.rereads(31 * SECOND)).toEqual(PARTS);
	world.upstream.clearCalls();
	await elsewhere();
	expect(world.calls).toEqual([]);
	await world.clock.advance(15 * MINUTE);
	expect(await world.rereads(31 * SECOND)).toEqual([]);
});

test("a webhook that is still under way is not a lost one", async () => {
	await using world = await startWatched();
	await world.read();
	await world.clock.advance(EVERY - 5 * SECOND);
	await world.read();
	company(world, "Under way Ltd");
	await world.clock.advance(5 * SECOND);
	await world.until(() => ended(world) === 1, "the look");
	expect((await world.read()).company).toBe("Under way Ltd");
	tell(world);
	world.sandbox.webhooks.send({
		type: "ContactUpdate",
		locationId: "sandbox-location-1",
		id: "c1",
	});
	await world.clock.advance(SECOND);
	await world.sandbox.webhooks.settled();
	await world.interval();
	expect(await world.rereads(31 * SECOND)).toEqual([]);
});

test("one that has not come half a minute later is", async () => {
	await using world = await startWatched();
	await world.read();
	await world.clock.advance(EVERY - 5 * SECOND);
	await world.read();
	company(world, "Lost Ltd");
	world.sandbox.data.edit("notes", "n1", { body: "Lost" });
	await world.clock.advance(5 * SECOND);
	await world.until(() => ended(world) === 1, "the look");
	expect(await world.read()).toMatchObject({ company: "Lost Ltd" });
	expect((await world.read()).notes).not.toContain("Lost");
	await world.interval();
	expect((await world.read()).notes).toEqual(["Lost"]);
	expect(await world.rereads(31 * SECOND)).toEqual(PARTS);
});

test("a contact that changed because of a webhook about its notes blames nobody", async () => {
	await using world = await startWatched();
	await world.read();
	tell(world);
	world.sandbox.data.edit("notes", "n1", { body: "Heard" });
	await world.sandbox.webhooks.settled();
	world.sandbox.webhooks.sendTo(undefined);
	company(world, "Touched Ltd");
	await world.interval();
	expect((await world.read()).company).toBe("Touched Ltd");
	expect(await world.rereads(31 * SECOND)).toEqual([]);
});

test("what changed before the gateway started is dropped and blames nobody", async () => {
	await using world = await startWatched();
	world.sandbox.data.edit("contacts", "c1", {
		companyName: "Earlier Ltd",
		dateUpdated: new Date(START - 10 * SECOND).toISOString(),
	});
	await world.interval();
	expect(drops(world)).toBeGreaterThan(0);
	expect(await world.rereads(31 * SECOND)).toEqual([]);
});

test("an operator may rely on webhooks whatever is found", async () => {
	await using world = await startWatched({
		gateway: { reconcile: { distrustMs: 0 } },
	});
	company(world, "Unheard Ltd");
	await world.interval();
	expect(await world.rereads(31 * SECOND)).toEqual([]);
});

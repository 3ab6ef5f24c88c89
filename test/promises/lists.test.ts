/** A list is read again when a change may have touched it, and not for every change there is. */
import { expect, test } from "vitest";
import { testClock } from "../support/clock.ts";
import { createSender, SENDER_KEYS } from "../support/deliveries.ts";
import { mutate } from "../support/mutate.ts";
import { startWorld, type World } from "../support/world.ts";

const SEARCH = "POST /contacts/search";
const PER_PAGE = 4;
const NODES = "nodes { contactId city } pageInfo { endCursor hasNextPage }";

interface Row {
	readonly contactId: string;
	readonly city: string | null;
}

/** Changes reach the gateway as webhooks, when the test tells of them; nothing is past its bound. */
const startListed = async ({ contacts = 24 } = {}) => {
	const clock = testClock();
	const world = await startWorld({
		contacts,
		sandbox: { now: clock.epoch, searchLagMs: 10_000, searchGapMs: 3_000 },
		gateway: {
			clock,
			cache: { webhooksArriving: () => true },
			webhooks: { keys: SENDER_KEYS, now: clock.epoch },
		},
	});
	const sender = createSender(world.url);
	/** What the webhook of a change says of the contact. */
	const bodyOf = (id: string) => {
		const { dateAdded, city } = world.sandbox.data.get(
			"contacts",
			id,
			"sandbox-location-1",
		) as { dateAdded: string; city: string };
		return { id, dateAdded, city };
	};
	const tell = (type: string, fields: Record<string, unknown>) =>
		sender.tell(type, {
			...fields,
			timestamp: new Date(clock.epoch()).toISOString(),
		});
	const stop = world[Symbol.asyncDispose].bind(world);
	return Object.assign(world, {
		clock,
		tell,
		/** Somebody edits in the CRM. The result tells of it. */
		edit(contactId: string, city: string) {
			world.sandbox.edit({ type: "ContactUpdate", contactId, set: { city } });
			return (fields = bodyOf(contactId) as Record<string, unknown>) =>
				tell("ContactUpdate", fields);
		},
		async [Symbol.asyncDispose]() {
			await sender.close();
			await stop();
		},
	});
};

interface ListPage {
	readonly ids: readonly string[];
	ask(headers?: Record<string, string>): Promise<Row[]>;
}

/** Every page of the list, read and kept. */
const pagesOf = async (world: World, orderBy = ""): Promise<ListPage[]> => {
	const pages: ListPage[] = [];
	let after: string | undefined;
	for (;;) {
		const query = `{ contacts(first: ${PER_PAGE}${after ? `, after: "${after}"` : ""}${orderBy}) { ${NODES} } }`;
		const { contacts } = await world.query(query);
		pages.push({
			ids: contacts.nodes.map(({ contactId }: Row) => contactId),
			ask: async (headers = {}) =>
				(await world.query(query, {}, { headers })).contacts.nodes,
		});
		if (!contacts.pageInfo.hasNextPage) break;
		after = contacts.pageInfo.endCursor;
	}
	for (const page of pages) await page.ask();
	world.upstream.clearCalls();
	return pages;
};

/** Which pages cost a call when all are asked for again. */
const readAgain = async (world: World, pages: readonly ListPage[]) => {
	const again: number[] = [];
	for (const [index, page] of pages.entries()) {
		world.upstream.clearCalls();
		await page.ask();
		if (world.calls.length > 0) again.push(index);
	}
	return again;
};

const cityIn = (rows: readonly Row[], id: string) =>
	rows.find(({ contactId }) => contactId === id)?.city;

const idAt = (pages: readonly ListPage[], page: number, row: number) =>
	pages.at(page)?.ids.at(row) as string;

const all = (pages: readonly ListPage[]) => pages.map((_, index) => index);

test.each([
	["no order", ""],
	["the oldest first", ", orderBy: { field: DATE_ADDED, direction: ASC }"],
	["the newest first", ", orderBy: { field: DATE_ADDED, direction: DESC }"],
])(
	"an edited contact costs its own page of a list in %s, and no other",
	async (_, orderBy) => {
		await using world = await startListed();
		const pages = await pagesOf(world, orderBy);
		expect(pages).toHaveLength(6);
		// Elsewhere some stand too close to the next page to be told from it.
		for (const page of [0, 1, 5]) {
			const id = idAt(pages, page, 2);
			await world.edit(id, "Ulm")();
			expect(await readAgain(world, pages)).toEqual([page]);
			expect(cityIn((await pages[page]?.ask()) ?? [], id)).toBe("Ulm");
		}
	},
);

test("a page shows the edit although search lags, and is kept then", async () => {
	await using world = await startListed();
	const pages = await pagesOf(world);
	const id = idAt(pages, 2, 1);
	await world.edit(id, "Ulm")();
	expect(cityIn((await pages[2]?.ask()) ?? [], id)).toBe("Ulm");
	expect(world.calls).toBeExactly(SEARCH, `GET /contacts/${id}`);
	world.upstream.clearCalls();
	await world.clock.advance(60_000);
	expect(cityIn((await pages[2]?.ask()) ?? [], id)).toBe("Ulm");
	expect(world.calls).toBeExactly();
});

test.each([
	["the first of all", 0, 0],
	["the first behind a cursor", 2, 0],
	["one in the middle", 2, 1],
	["the last of a page", 2, -1],
	["the last of all", -1, -1],
])(
	"a page that lacks %s, whom search had lost, is read again when the edit is told at last",
	async (_, page, row) => {
		await using world = await startListed();
		const pages = await pagesOf(world);
		const id = idAt(pages, page, row);
		const tell = world.edit(id, "Ulm");
		// Search takes the edit up, and has no row for a while.
		await world.clock.advance(11_000);
		const lacking = pages.at(page) as ListPage;
		const rows = await lacking.ask({ "cache-control": "no-cache" });
		expect(cityIn(rows, id)).toBeUndefined();
		world.upstream.clearCalls();
		await world.clock.advance(30_000);
		// Nobody can know yet.
		expect(cityIn(await lacking.ask(), id)).toBeUndefined();
		expect(world.calls).toBeExactly();
		await tell();
		expect(cityIn(await lacking.ask(), id)).toBe("Ulm");
	},
);

test("a page read while search has no row for somebody whose edit was told is soon read again", async () => {
	await using world = await startListed();
	const pages = await pagesOf(world);
	const id = idAt(pages, 2, 1);
	await world.edit(id, "Ulm")();
	await world.clock.advance(11_000);
	expect(cityIn((await pages[2]?.ask()) ?? [], id)).toBeUndefined();
	await world.clock.advance(3_000);
	expect(cityIn((await pages[2]?.ask()) ?? [], id)).toBe("Ulm");
});

test("a page that shows an edit is kept with all that its rows bring, within the price", async () => {
	await using world = await startListed();
	const pages = await pagesOf(world);
	const id = idAt(pages, 0, 1);
	await world.edit(id, "Ulm")();
	await pages[0]?.ask();
	await world.clock.advance(60_000);
	// Search alone tells the label; whose note it is, is at hand.
	const { data, extensions } = await world.answer(
		`{ contacts(first: ${PER_PAGE}) { nodes { contactId phoneLabel notes { nodes { contact { city } } } } } }`,
	);
	const row = data.contacts.nodes.find(
		({ contactId }: Row) => contactId === id,
	);
	expect(row.notes.nodes[0].contact.city).toBe("Ulm");
	expect(extensions.price).toMatchObject({ worst: 5, made: 5 });
	world.upstream.clearCalls();
	await world.query(
		`{ contacts(first: ${PER_PAGE}) { nodes { phoneLabel } } }`,
	);
	expect(world.calls).toBeExactly();
});

test("an edit of somebody whose place is not told costs every page", async () => {
	await using world = await startListed();
	const pages = await pagesOf(world);
	const id = idAt(pages, 2, 1);
	for (const dateAdded of [
		undefined,
		"yesterday",
		"1890-01-01T00:00:00.000Z",
	]) {
		await world.edit(id, "Ulm")({ id, dateAdded });
		expect(await readAgain(world, pages)).toEqual(all(pages));
		await world.clock.advance(60_000);
		await readAgain(world, pages);
	}
});

test("a contact that comes or goes costs every page", async () => {
	await using world = await startListed();
	const pages = await pagesOf(world);
	const dateAdded = new Date(world.clock.epoch()).toISOString();
	world.sandbox.edit({ type: "ContactCreate", set: { firstName: "New" } });
	await world.tell("ContactCreate", { id: "c25", dateAdded });
	expect(await readAgain(world, pages)).toEqual(all(pages));
	await world.clock.advance(60_000);
	await readAgain(world, pages);
	const contactId = idAt(pages, 2, 1);
	world.sandbox.edit({ type: "ContactDelete", contactId });
	await world.tell("ContactDelete", { id: contactId, dateAdded });
	expect(await readAgain(world, pages)).toEqual(all(pages));
});

test("a tag that is renamed costs every page", async () => {
	await using world = await startListed();
	const pages = await pagesOf(world);
	const { location } = await world.query("{ location { tags { tagId } } }");
	const [{ tagId }] = location.tags;
	await mutate(world, "renameTag", { tagId, name: "other" });
	expect(await readAgain(world, pages)).toEqual(all(pages));
});

test("a contact written through the gateway costs its own page, if it was read before", async () => {
	await using world = await startListed();
	const pages = await pagesOf(world);
	const contactId = idAt(pages, 2, 1);
	for (const [name, input] of [
		["updateContact", { contactId, city: "Ulm" }],
		["addContactTags", { contactId, tags: ["red"] }],
		["addContactFollowers", { contactId, userIds: ["u1"] }],
	] as const) {
		await mutate(world, name, input);
		expect(await readAgain(world, pages), name).toEqual([2]);
	}
});

test("a contact written through the gateway whose place it never read costs every page", async () => {
	await using world = await startListed();
	const ids = (await pagesOf(world)).flatMap((page) => page.ids);
	await using fresh = await startListed();
	const { contacts } = await fresh.query(
		`{ contacts(first: 4) { nodes { contactId } } }`,
	);
	await fresh.query(`{ contacts(first: 4) { nodes { contactId } } }`);
	expect(contacts.nodes[0].contactId).toBe(ids[0]);
	await mutate(fresh, "updateContact", { contactId: ids.at(-1), city: "Ulm" });
	fresh.upstream.clearCalls();
	await fresh.query(`{ contacts(first: 4) { nodes { contactId } } }`);
	expect(fresh.calls.map(({ path }) => path)).toContain("/contacts/search");
});

test.each<[string, string]>([
	["with a filter", 'first: 4, filter: { city: { notEq: "Ulm" } }'],
	[
		"in an order that an edit may change",
		"first: 4, orderBy: [{ field: LAST_NAME, direction: ASC }]",
	],
	[
		"in an order that an edit does change",
		"first: 4, orderBy: [{ field: DATE_UPDATED, direction: DESC }]",
	],
	[
		"in an order that an edit may change within a moment",
		"first: 4, orderBy: [{ field: DATE_ADDED, direction: ASC }, { field: LAST_NAME, direction: ASC }]",
	],
	["of words", 'first: 4, query: "example"'],
	["of everybody", "first: 50"],
])("a list %s is read again after any edit", async (_, args) => {
	await using world = await startListed();
	const query = `{ contacts(${args}) { ${NODES} } }`;
	const { contacts } = await world.query(query);
	expect(contacts.nodes.length).toBeGreaterThanOrEqual(PER_PAGE);
	await world.query(query);
	const shown = contacts.nodes.map(({ contactId }: Row) => contactId);
	const ids = (await pagesOf(world)).flatMap((page) => page.ids);
	await world.query(query);
	expect(world.calls).toBeExactly();
	// Of somebody that it does not show, where there is one.
	const others = ids.filter((id) => !shown.includes(id));
	await world.edit(others[10] ?? ids[10] ?? "", "Bonn")();
	world.upstream.clearCalls();
	await world.query(query);
	expect(world.calls.map(({ path }) => path)).toContain("/contacts/search");
});

test("a page that search had no row for of a contact put into a campaign is soon read again", async () => {
	await using world = await startListed();
	const { location } = await world.query(
		"{ location { campaigns { campaignId } } }",
	);
	const [, page] = await pagesOf(world);
	const id = page?.ids[1];
	await mutate(world, "addContactToCampaign", {
		contactId: id,
		campaignId: location.campaigns[0].campaignId,
	});
	// Search takes the change up, and has no row meanwhile.
	await world.clock.advance(11_000);
	const seen = async () =>
		(await page?.ask())?.map(({ contactId }) => contactId);
	expect(await seen()).not.toContain(id);
	await world.clock.advance(5_000);
	expect(await seen()).toContain(id);
});

test("what a page shows of contacts that changed lately is no older than its bound", async () => {
	const clock = testClock();
	await using world = await startWorld({
		contacts: 24,
		sandbox: { now: clock.epoch, searchLagMs: 10_000 },
		gateway: { clock },
	});
	const cityIn = async (first: number, headers = {}) => {
		const { contacts } = await world.query(
			`{ contacts(first: ${first}) { ${NODES} } }`,
			{},
			{ headers },
		);
		return (contacts.nodes as Row[]).find(({ contactId }) => contactId === id)
			?.city;
	};
	const { contacts } = await world.query(`{ contacts(first: 3) { ${NODES} } }`);
	const id: string = contacts.nodes[1].contactId;
	await mutate(world, "updateContact", { contactId: id, city: "Ulm" });
	expect(await cityIn(3)).toBe("Ulm");
	await clock.advance(500);
	// Nobody tells of it.
	world.sandbox.edit({
		type: "ContactUpdate",
		contactId: id,
		set: { city: "Bonn" },
	});
	await clock.advance(13_500);
	// The contact is at hand, read when the change was told.
	expect(await cityIn(5)).toBe("Ulm");
	// Without webhooks the bound is 30 s, and search may have been 10 s old then.
	await clock.advance(17_000);
	expect(await cityIn(5)).toBe("Bonn");
});

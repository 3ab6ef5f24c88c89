/** A list is read again when a change may have touched it, and not for every change there is. */
import { expect, test } from "vitest";
import { WEBHOOK_KEYS } from "../../src/sandbox/webhooks/keys.ts";
import { testClock } from "../support/clock.ts";
import { startWorld, type World, type WorldOptions } from "../support/world.ts";

const SEARCH = "POST /contacts/search";
const FIRST =
	"{ contacts(first: 4) { nodes { contactId companyName } pageInfo { endCursor } } }";
const next = (after: string) =>
	`{ contacts(first: 4, after: "${after}") { nodes { contactId companyName } } }`;

/** Changes reach the gateway as webhooks; nothing is past its bound. */
const startListed = async (options: WorldOptions = {}) => {
	const clock = testClock();
	const world = await startWorld({
		contacts: 8,
		...options,
		sandbox: { now: clock.epoch, ...options.sandbox },
		gateway: {
			clock,
			cache: { webhooksArriving: () => true },
			webhooks: {
				keys: { ed25519: [WEBHOOK_KEYS.ed25519], rsa: [WEBHOOK_KEYS.rsa] },
				now: clock.epoch,
			},
		},
	});
	world.sandbox.webhooks.sendTo(`${world.url}/webhooks/contacts`);
	return Object.assign(world, { clock });
};

/** Somebody edits in the CRM, and the gateway has heard of it. */
const heard = async (
	world: World,
	edit: Parameters<World["sandbox"]["edit"]>[0],
): Promise<void> => {
	const { drops } = world.gateway.cacheStats();
	world.sandbox.edit(edit);
	await world.until(
		() => world.gateway.cacheStats().drops > drops,
		"the webhook",
	);
	world.upstream.clearCalls();
};

/** Both pages are read and kept: the second time they cost nothing. */
const readBoth = async (world: World) => {
	const { contacts } = await world.query(FIRST);
	const second = next(contacts.pageInfo.endCursor);
	const rest = await world.query(second);
	world.upstream.clearCalls();
	await world.query(FIRST);
	await world.query(second);
	expect(world.calls).toBeExactly();
	return {
		second,
		first: contacts.nodes.map(({ contactId }: Row) => contactId) as string[],
		others: rest.contacts.nodes.map(
			({ contactId }: Row) => contactId,
		) as string[],
	};
};

interface Row {
	readonly contactId: string;
	readonly companyName: string | null;
}

const companyIn = ({ contacts }: { contacts: { nodes: Row[] } }, id: string) =>
	contacts.nodes.find(({ contactId }) => contactId === id)?.companyName;

test("an edited contact costs its own page of a list without a filter that was read before, and no other", async () => {
	await using world = await startListed();
	const { second, others, first } = await readBoth(world);
	// Read once, a page cannot tell whether search left somebody out: whoever is edited concerns it.
	await heard(world, {
		type: "ContactUpdate",
		contactId: first[0] ?? "",
		set: { companyName: "Ltd" },
	});
	await world.query(FIRST);
	await world.query(second);
	expect(world.calls).toBeExactly(SEARCH, SEARCH, `GET /contacts/${first[0]}`);
	// The first of them was read with the page before, to tell whether more follows.
	const [, id = ""] = others;
	await heard(world, {
		type: "ContactUpdate",
		contactId: id,
		set: { companyName: "Edited Ltd" },
	});
	await world.query(FIRST);
	expect(world.calls).toBeExactly();
	expect(companyIn(await world.query(second), id)).toBe("Edited Ltd");
	// Search may not know yet: the row is read itself.
	expect(world.calls).toBeExactly(SEARCH, `GET /contacts/${id}`);
	world.upstream.clearCalls();
	await world.clock.advance(2_000);
	await world.query(second);
	expect(world.calls).toBeExactly();
});

test.each<[string, string]>([
	[
		"with a filter",
		'{ contacts(first: 4, filter: { companyName: { contains: "Ltd" } }) { nodes { contactId } } }',
	],
	[
		"in an order that an edit may change",
		"{ contacts(first: 4, orderBy: [{ field: LAST_NAME, direction: ASC }]) { nodes { contactId } } }",
	],
	["of words", '{ contacts(first: 4, query: "Ltd") { nodes { contactId } } }'],
])("a list %s is read again after any edit", async (_, query) => {
	await using world = await startListed();
	await world.query(query);
	await heard(world, {
		type: "ContactUpdate",
		contactId: "c8",
		set: { companyName: "Edited Ltd" },
	});
	await world.query(query);
	expect(world.calls.map(({ path }) => path)).toContain("/contacts/search");
});

test.each<[string, Parameters<World["sandbox"]["edit"]>[0]]>([
	["created", { type: "ContactCreate", set: { firstName: "New" } }],
	["deleted", { type: "ContactDelete", contactId: "c8" }],
])("a contact that is %s costs every list", async (_, edit) => {
	await using world = await startListed();
	const { second } = await readBoth(world);
	await heard(world, edit);
	await world.query(FIRST);
	await world.query(second);
	expect(
		world.calls.filter(({ path }) => path === "/contacts/search"),
	).toHaveLength(2);
});

test("a list whose order may be that of the last change is read again after any", async () => {
	await using world = await startListed();
	const { first, others } = await readBoth(world);
	// As if search gave what changed last first: nobody documents that it does not.
	for (const contactId of [...first, ...others].reverse()) {
		await world.clock.advance(1_000);
		await heard(world, {
			type: "ContactUpdate",
			contactId,
			set: { city: "Ulm" },
		});
	}
	await world.clock.advance(20_000);
	await world.query(FIRST, {}, { headers: { "cache-control": "no-cache" } });
	world.upstream.clearCalls();
	await world.query(FIRST);
	expect(world.calls).toBeExactly();
	await heard(world, {
		type: "ContactUpdate",
		contactId: others.at(-1) ?? "",
		set: { companyName: "Edited Ltd" },
	});
	await world.query(FIRST);
	expect(world.calls.map(({ path }) => path)).toContain("/contacts/search");
});

test("a page read while search has no row for somebody it showed is soon read again", async () => {
	await using world = await startListed({
		sandbox: { searchLagMs: 10_000, searchGapMs: 5_000 },
	});
	const { first } = await readBoth(world);
	const id = first[1] ?? "";
	await heard(world, {
		type: "ContactUpdate",
		contactId: id,
		set: { companyName: "Edited Ltd" },
	});
	// Search takes the edit up, and has no row for a while.
	await world.clock.advance(11_000);
	await world.query(FIRST);
	await world.clock.advance(5_000);
	expect(companyIn(await world.query(FIRST), id)).toBe("Edited Ltd");
});

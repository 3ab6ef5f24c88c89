/** What a client can read of contacts: one, many, found, filtered, paged. */
import { expect, test } from "vitest";
import { startWorld, type World } from "../support/world.ts";

const LOCATION = "sandbox-location-1";

test("a contact is found by HighLevel's id and by its global id", async () => {
	await using world = await startWorld({ contacts: 2 });
	const { contact } = await world.query(
		'{ contact(id: "c1") { id contactId name } }',
	);
	expect(contact.contactId).toBe("c1");
	const again = await world.query(
		"query ($id: ID!) { contact(id: $id) { contactId } node(id: $id) { __typename id ... on Contact { name } } }",
		{ id: contact.id },
	);
	expect(again).toEqual({
		contact: { contactId: "c1" },
		node: { __typename: "Contact", id: contact.id, name: contact.name },
	});
});

test("every readable field of a contact is there, whichever way it was read", async () => {
	await using world = await startWorld({ contacts: 1 });
	world.sandbox.data.edit("contacts", "c1", {
		firstName: "Zoë",
		lastName: "Ångström",
		name: "Zoë Ångström",
		email: "zoe@example.org",
		additionalEmails: ["z@example.org"],
		additionalPhones: ["+15550002"],
		phone: "+15550001",
		timezone: "Europe/Stockholm",
		followers: ["u1"],
		tags: ["vip"],
		dateOfBirth: "1985-07-13",
	});
	const FIELDS = `firstName lastName name email additionalEmails phone additionalPhones
		timezone followerIds tags dateOfBirth dateOfBirthText address1 dnd`;
	const { contact, contacts } = await world.query(
		`{ contact(id: "c1") { ${FIELDS} } contacts { nodes { ${FIELDS} } } }`,
	);
	expect(contact).toMatchObject({
		firstName: "Zoë",
		lastName: "Ångström",
		email: "zoe@example.org",
		additionalEmails: ["z@example.org"],
		additionalPhones: ["+15550002"],
		phone: "+15550001",
		timezone: "Europe/Stockholm",
		followerIds: ["u1"],
		tags: ["vip"],
		dateOfBirth: "1985-07-13",
	});
	expect(contacts.nodes[0]).toEqual(contact);
});

test.each([
	["", null],
	["0000-00-00", null],
	["13/07/1985", null],
	["yesterday", null],
	["1985-07-13T00:00:00.000Z", "1985-07-13"],
	["1985-02-30", null],
	[490060800000, "1985-07-13"],
	[null, null],
])(
	"a date of birth held as %j reads as %j, and as it is in dateOfBirthText",
	async (held, read) => {
		await using world = await startWorld({ contacts: 1 });
		world.sandbox.data.edit("contacts", "c1", { dateOfBirth: held });
		const { contact } = await world.query(
			'{ contact(id: "c1") { dateOfBirth dateOfBirthText } }',
		);
		expect(contact).toEqual({
			dateOfBirth: read,
			dateOfBirthText: held === null || held === "" ? null : String(held),
		});
	},
);

test("pages follow each other to the end, without a gap or a double", async () => {
	await using world = await startWorld({ contacts: 7 });
	const seen: string[] = [];
	let after: string | null = null;
	let pages = 0;
	do {
		const { contacts }: { contacts: Page } = await world.query(
			`query ($after: String) {
				contacts(first: 3, after: $after) {
					totalCount pageInfo { hasNextPage hasPreviousPage endCursor }
					edges { cursor node { contactId } }
				}
			}`,
			{ after },
		);
		expect(contacts.totalCount).toBe(7);
		expect(contacts.pageInfo.hasPreviousPage).toBe(after !== null);
		expect(contacts.edges.at(-1)?.cursor).toBe(contacts.pageInfo.endCursor);
		seen.push(...contacts.edges.map(({ node }) => node.contactId));
		after = contacts.pageInfo.hasNextPage ? contacts.pageInfo.endCursor : null;
		pages++;
	} while (after);
	expect(pages).toBe(3);
	expect(new Set(seen).size).toBe(7);
	expect(seen).toHaveLength(7);
});

interface Page {
	totalCount: number;
	pageInfo: {
		hasNextPage: boolean;
		hasPreviousPage: boolean;
		endCursor: string;
	};
	edges: Array<{ cursor: string; node: { contactId: string } }>;
}

test("filters and orders become one search in the API's own grammar", async () => {
	await using world = await startWorld({ contacts: 3 });
	await world.query(`{
		contacts(
			filter: {
				firstName: { contains: "Ann" }
				dnd: { eq: false }
				dateAdded: { gte: "2020-01-01T00:00:00+01:00" }
				email: { in: ["a@example.org", "b@example.org"] }
				or: [{ city: { eq: "Oslo" } }, { phone: { exists: false } }]
				customFields: [{ key: "employees", number: { gte: 10 } }]
				opportunity: { status: { eq: "open" } }
			}
			orderBy: [{ field: LAST_NAME }, { field: DATE_ADDED, direction: DESC }]
			query: "ann"
		) { totalCount }
	}`);
	const search = world.calls.find(({ path }) => path === "/contacts/search");
	expect(search?.status).toBe(200);
	const employees = employeesField(world);
	expect(search?.body).toEqual({
		locationId: LOCATION,
		pageLimit: 21,
		filters: [
			{ field: "firstNameLowerCase", operator: "contains", value: "ann" },
			{
				group: "OR",
				filters: [
					{ field: "email", operator: "eq", value: "a@example.org" },
					{ field: "email", operator: "eq", value: "b@example.org" },
				],
			},
			{ field: "dnd", operator: "eq", value: false },
			{
				field: "dateAdded",
				operator: "range",
				value: { gte: "2019-12-31T23:00:00.000Z" },
			},
			{
				field: `customFields.${employees?.id}`,
				operator: "range",
				value: { gte: 10 },
			},
			{
				field: "opportunities",
				operator: "nested",
				value: [{ field: "status", operator: "eq", value: "open" }],
			},
			{
				group: "OR",
				filters: [
					{ field: "city", operator: "eq", value: "Oslo" },
					{ field: "phone", operator: "not_exists" },
				],
			},
		],
		sort: [
			{ field: "lastNameLowerCase", direction: "asc" },
			{ field: "dateAdded", direction: "desc" },
		],
		query: "ann",
	});
});

test("a filter finds the contacts it describes and no others", async () => {
	await using world = await startWorld({ contacts: 4 });
	for (const [id, city] of [
		["c1", "Oslo"],
		["c2", "Bergen"],
		["c3", "Oslo"],
		["c4", null],
	] as const)
		world.sandbox.data.edit("contacts", id, { city });
	const found = async (filter: string) => {
		const { contacts } = await world.query(
			`{ contacts(filter: ${filter}) { nodes { contactId } } }`,
		);
		return contacts.nodes
			.map(({ contactId }: { contactId: string }) => contactId)
			.sort();
	};
	expect(await found('{ city: { eq: "Oslo" } }')).toEqual(["c1", "c3"]);
	expect(await found("{ city: { exists: false } }")).toEqual(["c4"]);
	expect(
		await found(
			'{ or: [{ city: { eq: "Bergen" } }, { city: { exists: false } }] }',
		),
	).toEqual(["c2", "c4"]);
	expect(
		await found('{ id: { in: ["c1", "c2"] }, city: { contains: "Osl" } }'),
	).toEqual(["c1"]);
});

test("a filter takes the ids that the graph gave, and HighLevel's own", async () => {
	await using world = await startWorld({ contacts: 3 });
	const { contacts } = await world.query(
		"{ contacts { nodes { id contactId assignedUser { id userId } } } }",
	);
	const [one] = contacts.nodes.filter(
		({ assignedUser }: { assignedUser: unknown }) => assignedUser,
	);
	expect(one).toBeDefined();
	for (const id of [one.id, one.contactId])
		for (const user of [one.assignedUser.id, one.assignedUser.userId]) {
			const found = await world.query(
				"query ($id: ID!, $user: ID!) { contacts(filter: { id: { in: [$id] }, assignedUserId: { eq: $user } }) { nodes { contactId } } }",
				{ id, user },
			);
			expect(found.contacts.nodes).toEqual([{ contactId: one.contactId }]);
		}
});

test("several values for an opportunity are that many opportunities, of which the contact must have one", async () => {
	await using world = await startWorld({ contacts: 2 });
	for (const [id, status] of [
		["c1", "won"],
		["c2", "lost"],
	] as const)
		world.sandbox.data.edit("contacts", id, {
			opportunities: [
				{
					id: `o-${id}`,
					pipelineId: "p1",
					pipelineStageId: "s1",
					monetaryValue: 1,
					status,
				},
			],
		});
	const found = async (opportunity: string) => {
		const { contacts } = await world.query(
			`{ contacts(filter: { opportunity: ${opportunity} }) { nodes { contactId } } }`,
		);
		return contacts.nodes
			.map(({ contactId }: { contactId: string }) => contactId)
			.sort();
	};
	expect(await found('{ status: { in: ["won", "lost"] } }')).toEqual([
		"c1",
		"c2",
	]);
	expect(
		await found(
			'{ status: { in: ["won", "open"] }, pipelineId: { in: ["p1", "p2"] } }',
		),
	).toEqual(["c1"]);
});

test.each([
	['filter: { city: { contains: "ab" } }', "at least 3"],
	['filter: { city: { contains: "a*b*" } }', "special characters"],
	[`filter: { city: { eq: "${"x".repeat(76)}" } }`, "1 to 75 characters"],
	['filter: { city: { eq: "" } }', "exists: false"],
	["filter: { email: { in: [] } }", "at least one value"],
	["filter: { or: [{}] }", "at least one condition"],
	["filter: { or: [] }", "at least one filter"],
	["filter: { opportunity: { status: { in: [] } } }", "at least one value"],
	[
		`filter: { id: { eq: "${Buffer.from(`Task:${LOCATION}/c1/t1`).toString("base64url")}" } }`,
		"the id of a Contact",
	],
	[`query: "${"x".repeat(76)}"`, "at most 75 characters"],
	["orderBy: [{field: EMAIL}, {field: DND}, {field: SOURCE}]", "at most 2"],
	["first: -1", "from 0 to"],
	['after: "bm9uc2Vuc2U"', "endCursor"],
])("contacts(%s) is refused before any call", async (args, expected) => {
	await using world = await startWorld({ contacts: 1 });
	const [error] = await world.fails(`{ contacts(${args}) { totalCount } }`);
	expect(error?.message).toContain(expected);
	expect(error?.extensions?.code).toBe("BAD_USER_INPUT");
	expect(world.calls).toBeExactly();
});

test("an unknown custom field in a filter is named, and how to list the known ones", async () => {
	await using world = await startWorld({ contacts: 1 });
	const [error] = await world.fails(
		'{ contacts(filter: { customFields: [{ key: "nope", text: { eq: "x" } }] }) { totalCount } }',
	);
	expect(error?.message).toContain('"nope"');
	expect(error?.extensions?.code).toBe("BAD_USER_INPUT");
});

test("a cursor or a global id of another location is refused before any call", async () => {
	await using world = await startWorld({ contacts: 2 });
	const cursor = Buffer.from(
		JSON.stringify(["sandbox-location-2", "contacts", "", [1, "x"]]),
	).toString("base64url");
	const id = Buffer.from("Contact:sandbox-location-2/l2c1").toString(
		"base64url",
	);
	for (const query of [
		`{ contacts(after: "${cursor}") { totalCount } }`,
		`{ contact(id: "${id}") { name } }`,
		`{ node(id: "${id}") { id } }`,
	]) {
		const [error] = await world.fails(query);
		expect(error?.extensions?.code).toBe("FORBIDDEN");
	}
	expect(world.calls).toBeExactly();
});

test.each([
	"../x",
	"a/b",
	"%2e%2e",
	"..",
	".",
	"c1\r\nX: y",
	"",
	"c1?x=1",
	"c1#x",
])(
	"the id %j cannot change the path: it is refused before any call",
	async (id) => {
		await using world = await startWorld({ contacts: 1 });
		const [error] = await world.fails(
			"query ($id: ID!) { contact(id: $id) { name } }",
			{ id },
		);
		expect(error?.extensions?.code).toBe("BAD_USER_INPUT");
		const hidden = Buffer.from(`Note:${LOCATION}/c1/${id}`).toString(
			"base64url",
		);
		await world.answer("query ($id: ID!) { node(id: $id) { id } }", {
			id: hidden,
		});
		for (const { path } of world.calls)
			expect(path).toMatch(/^\/contacts\/c1\/notes/);
		expect(
			world.calls.filter(({ path }) => path !== "/contacts/c1/notes"),
		).toEqual([]);
	},
);

test("a contact is found by e-mail or by phone in one call", async () => {
	await using world = await startWorld({ contacts: 3 });
	world.sandbox.data.edit("contacts", "c2", {
		email: "ann+crm@example.org",
		phone: "+15551234567",
	});
	const data = await world.query(`{
		byEmail: findContact(email: "ann+crm@example.org") { contactId }
		byPhone: findContact(phone: "+15551234567") { contactId }
		none: findContact(email: "nobody@example.org") { contactId }
	}`);
	expect(data).toEqual({
		byEmail: { contactId: "c2" },
		byPhone: { contactId: "c2" },
		none: null,
	});
	expect(world.calls).toHaveLength(3);
	const [error] = await world.fails("{ findContact { contactId } }");
	expect(error?.message).toContain("needs an email or a phone");
});

test("a user who left is null while the contact keeps their id", async () => {
	await using world = await startWorld({ contacts: 1 });
	world.sandbox.data.edit("contacts", "c1", { assignedTo: "goneuser" });
	const { contact } = await world.query(
		'{ contact(id: "c1") { assignedUserId assignedUser { name } } }',
	);
	expect(contact).toEqual({ assignedUserId: "goneuser", assignedUser: null });
});

test("a custom field is read by its key, with and without its prefix, and by its id", async () => {
	await using world = await startWorld({ contacts: 1 });
	const definition = employeesField(world);
	const id = definition?.id ?? "";
	world.sandbox.data.edit("contacts", "c1", {
		customFields: [{ id, value: 42 }],
	});
	const { contact } = await world.query(
		`query ($id: String!) {
			contact(id: "c1") {
				a: customField(key: "employees") { value key type }
				b: customField(key: "contact.employees") { value }
				c: customField(key: $id) { value }
				none: customField(key: "job_title") { value }
				customFields { customFieldId key name value }
			}
		}`,
		{ id },
	);
	expect(contact).toEqual({
		a: { value: 42, key: "employees", type: "NUMERICAL" },
		b: { value: 42 },
		c: { value: 42 },
		none: null,
		customFields: [
			{
				customFieldId: id,
				key: "employees",
				name: definition?.name,
				value: 42,
			},
		],
	});
});

test("the social security number needs a scope of its own, and its refusal costs that field alone", async () => {
	await using world = await startWorld({ contacts: 1 });
	const query = '{ contact(id: "c1") { contactId ssn } }';
	const { data, errors } = await world.answer(query);
	expect(data.contact).toEqual({ contactId: "c1", ssn: null });
	expect(errors?.[0]?.extensions?.code).toBe("FORBIDDEN");
	const token = await world.token({
		scopes: ["contacts.readonly", "contacts.ssn.readonly"],
	});
	await world.query(query, {}, { token });
});

test("how many contacts a business has, and where its page ends, costs one call", async () => {
	await using world = await startWorld({ contacts: 2 });
	for (const id of ["c1", "c2"])
		world.sandbox.data.edit("contacts", id, { businessId: "b1" });
	const { data, extensions } = await world.answer(
		'{ business(id: "b1") { contacts(first: 1) { totalCount pageInfo { hasNextPage endCursor } edges { cursor } } } }',
	);
	const { contacts } = data.business;
	expect(contacts.totalCount).toBe(2);
	expect(contacts.edges).toEqual([{ cursor: contacts.pageInfo.endCursor }]);
	expect(extensions.price.made).toBe(2);
	expect(world.calls).toBeExactly(
		"GET /businesses/b1",
		`GET /contacts/business/b1?locationId=${LOCATION}&limit=1&skip=0`,
	);
});

test("a business gives its contacts with all their fields, page by page", async () => {
	await using world = await startWorld({ contacts: 4 });
	for (const id of ["c1", "c2", "c3"])
		world.sandbox.data.edit("contacts", id, { businessId: "b1" });
	world.sandbox.data.edit("contacts", "c4", { businessId: null });
	const page = async (after: string | null) =>
		(
			await world.query(
				`query ($after: String) {
					business(id: "b1") {
						contacts(first: 2, after: $after) {
							totalCount pageInfo { hasNextPage endCursor } nodes { contactId phone business { businessId } }
						}
					}
				}`,
				{ after },
			)
		).business.contacts;
	const first = await page(null);
	const second = await page(first.pageInfo.endCursor);
	expect(first.totalCount).toBe(3);
	expect(first.pageInfo.hasNextPage).toBe(true);
	expect(second.pageInfo.hasNextPage).toBe(false);
	const ids = [...first.nodes, ...second.nodes].map(
		({ contactId }: { contactId: string }) => contactId,
	);
	expect(ids.sort()).toEqual(["c1", "c2", "c3"]);
	expect(first.nodes[0].business).toEqual({ businessId: "b1" });
});

const employeesField = ({ sandbox }: World) =>
	[...sandbox.data.location().customFields.values()].find(
		({ fieldKey }) => fieldKey === "contact.employees",
	);

/** Contacts filtered by do not disturb on one channel. */
import { expect, test } from "vitest";
import { startWorld } from "../support/world.ts";

const QUERY =
	"query ($filter: ContactFilter) { contacts(filter: $filter) { nodes { contactId } } }";

test.each([
	[
		"dndEmail",
		{ eq: "ACTIVE" },
		{ field: "dndSettings.Email.status", operator: "eq", value: "active" },
		["c1"],
	],
	[
		"dndSms",
		{ in: ["ACTIVE", "PERMANENT"] },
		{
			group: "OR",
			filters: ["active", "permanent"].map((value) => ({
				field: "dndSettings.SMS.status",
				operator: "eq",
				value,
			})),
		},
		["c1", "c2"],
	],
	[
		"dndCall",
		{ notEq: "INACTIVE" },
		{ field: "dndSettings.Call.status", operator: "not_eq", value: "inactive" },
		["c2", "c3"],
	],
	[
		"inboundDnd",
		{ exists: true },
		{ field: "inboundDndSettings.all.status", operator: "exists" },
		["c3"],
	],
])(
	"%s %j finds the contacts that have it so, in one call",
	async (field, conditions, sent, found) => {
		await using world = await startWorld({ contacts: 3 });
		const { data } = world.sandbox;
		const none = { dndSettings: null, inboundDndSettings: null };
		data.edit("contacts", "c1", {
			...none,
			dndSettings: {
				Email: { status: "active" },
				SMS: { status: "permanent" },
				Call: { status: "inactive" },
			},
		});
		data.edit("contacts", "c2", {
			...none,
			dndSettings: {
				Email: { status: "inactive" },
				SMS: { status: "active" },
			},
		});
		data.edit("contacts", "c3", {
			...none,
			inboundDndSettings: { all: { status: "active" } },
		});
		const { contacts } = await world.query(QUERY, {
			filter: { [field]: conditions },
		});
		expect(
			contacts.nodes
				.map(({ contactId }: { contactId: string }) => contactId)
				.sort(),
		).toEqual(found);
		expect(world.calls).toBeExactly("POST /contacts/search");
		expect(world.calls[0]?.body).toMatchObject({ filters: [sent] });
	},
);

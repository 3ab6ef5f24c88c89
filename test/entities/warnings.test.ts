/** What a client is told of a write that was done and does not show, and of one that would be for nothing. */
import { expect, test } from "vitest";
import { startWorld, type World } from "../support/world.ts";

const DEFINITIONS = "GET /locations/sandbox-location-1/customFields";
const WARNED = "warnings { message field } userErrors { code message field }";

const fieldId = ({ sandbox }: World, key: string): string =>
	[...sandbox.data.location().customFields.values()].find(
		({ fieldKey }) => fieldKey === `contact.${key}`,
	)?.id ?? "";

const notShown = (key: string, index: number) => ({
	message: `HighLevel took the write, but its answer does not show custom field ${key}. Read the contact to see whether it was written, and check the field's type and options in HighLevel.`,
	field: ["customFields", String(index)],
});

test("a custom field that the answer of a create does not show is a warning that names it, also to a repeat with the key", async () => {
	await using world = await startWorld({ contacts: 1 });
	world.upstream.next({
		kind: "wrongShape",
		body: {
			contact: {
				id: "c2",
				customFields: [{ id: fieldId(world, "size"), value: "Small" }],
			},
		},
		match: { method: "POST", path: "/contacts/" },
	});
	const create = () =>
		world.query(
			`mutation { createContact(input: {
				firstName: "Ada"
				customFields: [{ key: "size", value: "Small" }, { key: "employees", value: 42 }]
				idempotencyKey: "k1"
			}) { contact { contactId } ${WARNED} } }`,
		);
	const { createContact } = await create();
	expect(createContact).toEqual({
		contact: { contactId: "c2" },
		warnings: [notShown("employees", 1)],
		userErrors: [],
	});
	expect(world.calls).toBeExactly(
		DEFINITIONS,
		"POST /contacts/",
		"GET /contacts/c2",
	);
	world.upstream.clearCalls();
	expect((await create()).createContact).toEqual(createContact);
	expect(world.calls.filter(({ method }) => method === "POST")).toEqual([]);
});

test("a custom field that was cleared and shows a value still is a warning of an update, another value is none", async () => {
	await using world = await startWorld({ contacts: 1 });
	world.upstream.next({
		kind: "wrongShape",
		body: {
			succeded: true,
			contact: {
				id: "c1",
				customFields: [
					{ id: fieldId(world, "size"), value: "Small" },
					{ id: fieldId(world, "employees"), value: 43 },
				],
			},
		},
		match: { method: "PUT", path: "/contacts/c1" },
	});
	const { updateContact } = await world.query(
		`mutation { updateContact(input: {
			contactId: "c1"
			customFields: [{ key: "size", value: null }, { key: "employees", value: 42 }]
		}) { ${WARNED} } }`,
	);
	expect(updateContact).toEqual({
		warnings: [
			{
				message:
					"HighLevel took the write, but its answer still shows a value in custom field size. Read the contact to see whether it was cleared.",
				field: ["customFields", "0"],
			},
		],
		userErrors: [],
	});
	expect(world.calls).toBeExactly(DEFINITIONS, "PUT /contacts/c1");
});

test("a custom field that an upsert does not show is a warning", async () => {
	await using world = await startWorld({ contacts: 1 });
	world.upstream.next({
		kind: "wrongShape",
		body: { new: true, contact: { id: "c2", customFields: [] } },
		match: { method: "POST", path: "/contacts/upsert" },
	});
	const { upsertContact } = await world.query(
		`mutation { upsertContact(input: {
			email: "ada@example.com", customFields: [{ key: "employees", value: 42 }]
		}) { created ${WARNED} } }`,
	);
	expect(upsertContact).toEqual({
		created: true,
		warnings: [notShown("employees", 0)],
		userErrors: [],
	});
});

test.each([
	["shows them", undefined],
	["says nothing of them", { succeded: true }],
	["says nothing of them beside the contact", { contact: { id: "c1" } }],
	["is refused", "refused"],
] as const)(
	"custom fields warn of nothing where the answer %s",
	async (_, body) => {
		await using world = await startWorld({ contacts: 1 });
		if (body === "refused")
			world.upstream.next({
				kind: "status",
				status: 422,
				body: { message: ["city must be a string"] },
				match: { method: "PUT", path: "/contacts/c1" },
			});
		else if (body)
			world.upstream.next({
				kind: "wrongShape",
				body,
				match: { method: "PUT", path: "/contacts/c1" },
			});
		const { updateContact } = await world.query(
			`mutation { updateContact(input: {
				contactId: "c1", city: "Oslo", customFields: [{ key: "size", value: "Small" }]
			}) { warnings { field } userErrors { field } } }`,
		);
		expect(updateContact).toEqual({
			warnings: [],
			userErrors: body === "refused" ? [{ field: ["city"] }] : [],
		});
	},
);

const ADD = `mutation ($workflowId: ID!) {
	addContactToWorkflow(input: { contactId: "c1", workflowId: $workflowId }) { userErrors { code message field } }
}`;
const WORKFLOWS = "GET /workflows/";
const NAMED = {
	addContactToWorkflow: {
		userErrors: [
			{
				code: "CONFLICT",
				message:
					'Workflow "Win back" is a draft (status: draft), and runs for nobody. Publish it in HighLevel, and add the contact then.',
				field: ["workflowId"],
			},
		],
	},
};

test("nobody is put into a workflow that is a draft: it is named, and nothing is sent", async () => {
	await using world = await startWorld({ contacts: 1 });
	expect(await world.query(ADD, { workflowId: "w5" })).toEqual(NAMED);
	expect(world.calls).toBeExactly(WORKFLOWS, WORKFLOWS);
	world.upstream.clearCalls();
	// Cached; read again only because it says draft.
	expect(await world.query(ADD, { workflowId: "w5" })).toEqual(NAMED);
	expect(world.calls).toBeExactly(WORKFLOWS);
});

test("a published workflow costs the location's list once, and later the write alone", async () => {
	await using world = await startWorld({ contacts: 1 });
	await world.query(ADD, { workflowId: "w1" });
	await world.query(ADD, { workflowId: "w2" });
	expect(world.calls).toBeExactly(
		WORKFLOWS,
		"POST /contacts/c1/workflow/w1",
		"POST /contacts/c1/workflow/w2",
	);
});

test("a workflow published since its list was cached is no draft any more", async () => {
	await using world = await startWorld({ contacts: 1 });
	await world.query("{ location { workflows { status } } }");
	const { workflows } = world.sandbox.data.location();
	const draft = workflows.get("w5");
	if (!draft) throw new Error("The sandbox has no workflow w5.");
	workflows.put({ ...draft, status: "published" }, Date.now());
	world.upstream.clearCalls();
	expect(await world.query(ADD, { workflowId: "w5" })).toEqual({
		addContactToWorkflow: { userErrors: [] },
	});
	expect(world.calls).toBeExactly(WORKFLOWS, "POST /contacts/c1/workflow/w5");
});

test("where the workflows cannot be read, HighLevel itself judges", async () => {
	await using world = await startWorld({ contacts: 1 });
	world.upstream.next({
		kind: "status",
		status: 401,
		body: {
			statusCode: 401,
			message: "The token is not authorized for this scope.",
		},
		match: { path: "/workflows/" },
	});
	expect(await world.query(ADD, { workflowId: "w1" })).toEqual({
		addContactToWorkflow: { userErrors: [] },
	});
	expect(world.calls).toBeExactly(WORKFLOWS, "POST /contacts/c1/workflow/w1");
});

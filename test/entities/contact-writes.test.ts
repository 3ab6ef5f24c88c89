/** What a client can write into contacts, and what is refused next to its field. */
import { expect, test } from "vitest";
import { startWorld } from "../support/world.ts";

const CREATE = `mutation ($input: CreateContactInput!) {
	createContact(input: $input) {
		contact { contactId name firstName email phone tags dateOfBirth customFields { key value } }
		userErrors { __typename code message field ... on DuplicateContactError { contact { contactId email } } }
	}
}`;

test("a contact is created with its phone in international form and shown as it was written", async () => {
	await using world = await startWorld({ contacts: 1 });
	const { createContact } = await world.query(CREATE, {
		input: {
			firstName: "Ada",
			lastName: "Lovelace",
			email: "ada@example.com",
			phone: "(312) 555-0142",
			phoneCountry: "us",
			dateOfBirth: "1985-12-10",
			tags: ["vip"],
			customFields: [{ key: "size", value: "Small" }],
		},
	});
	expect(createContact.userErrors).toEqual([]);
	expect(createContact.contact).toMatchObject({
		name: "Ada Lovelace",
		email: "ada@example.com",
		phone: "+13125550142",
		tags: ["vip"],
		dateOfBirth: "1985-12-10",
		customFields: [{ key: "size", value: "Small" }],
	});
	expect(world.calls).toBeExactly(
		"GET /locations/sandbox-location-1/customFields",
		"POST /contacts/",
		"GET /contacts/*",
	);
});

test("a duplicate is refused with the contact that exists and the field that matched", async () => {
	await using world = await startWorld({ contacts: 1 });
	await world.query(CREATE, { input: { email: "ada@example.com" } });
	const { createContact } = await world.query(CREATE, {
		input: { firstName: "Ada", email: "ADA@example.com" },
	});
	expect(createContact).toEqual({
		contact: null,
		userErrors: [
			{
				__typename: "DuplicateContactError",
				code: "DUPLICATE_CONTACT",
				message:
					"Another contact has this email already, and the location does not allow two.",
				field: ["email"],
				contact: { contactId: "c2", email: "ada@example.com" },
			},
		],
	});
});

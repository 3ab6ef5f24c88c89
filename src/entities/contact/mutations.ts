/** Creating, changing and deleting contacts. */
import type { ObjectFieldBuilder } from "@pothos/core";
import { TAG } from "../../cache/tags.ts";
import type { CostContext } from "../../cost/field-cost.ts";
import type { Context } from "../../loading/context.ts";
import { builder } from "../../schema-kit/builder.ts";
import { globalId } from "../../schema-kit/global-id.ts";
import * as check from "../../schema-kit/input-checks.ts";
import { inputOf, mutation, type Payload } from "../../schema-kit/mutation.ts";
import {
	DuplicateContactError,
	type Faults,
	type UserErrorValue,
} from "../../schema-kit/user-errors.ts";
import { afterSending } from "../../upstream/certainty.ts";
import type { Refusal } from "../../upstream/refusal.ts";
import { contactNamed } from "./cost.ts";
import { customFieldsBody } from "./custom-field-values.ts";
import {
	type ContactInput,
	contactBody,
	contactFields,
	newContactFields,
} from "./inputs.ts";
import { tagsOfMembers, tagsOfWritten } from "./invalidation.ts";
import { contactById } from "./loader.ts";
import { contactsMadeSince, contactWith, hasAll, holds } from "./read-back.ts";
import { getContact } from "./rest.ts";
import { Contact, READ } from "./schema.ts";
import {
	addTags,
	type ContactBody,
	createContact,
	deleteContact,
	updateContact,
	upsertContact,
} from "./writes.ts";

type Types = (typeof builder)["$inferSchemaTypes"];

export interface OfContact {
	readonly contactId: string;
}

/** The payload field `contact`: read after the write, by its id, which is right at once. */
export const contactPayload = <O extends OfContact>(
	t: ObjectFieldBuilder<Types, Payload<O>>,
	description = "The contact as it is now; null when the input was refused.",
) => ({
	contact: t.field({
		type: Contact,
		extensions: {
			...READ,
			cost: (ask: CostContext) => contactNamed(ask, ask.parent.key),
		},
		description,
		resolve: ({ outcome }, _, context) =>
			outcome && contactById.load(context, outcome.contactId),
	}),
});

/** The input field every write to one contact has. */
export const CONTACT_ID = "The contact: its global id, or HighLevel's own id.";

export const WRITE = ["contacts.write"] as const;

builder.objectField(DuplicateContactError, "contact", (t) =>
	t.field({
		type: Contact,
		extensions: {
			...READ,
			cost: (ask: CostContext) =>
				contactNamed(ask, `twin of ${ask.parent.key}`),
		},
		description:
			"The contact that has it already; null when it is gone meanwhile.",
		resolve: ({ contactId }, _, context) =>
			contactId === undefined ? null : contactById.load(context, contactId),
	}),
);

mutation("createContact", {
	description:
		"Adds a contact. Where the location forbids duplicates and another contact has the e-mail address or phone number, it is refused with DUPLICATE_CONTACT. Costs one call, and one more when the contact is asked for.",
	scopes: WRITE,
	cost: costs,
	input: (t) => ({
		...contactFields(t, ""),
		...newContactFields(t),
		tags: t.stringList({ description: "Names of its tags." }),
	}),
	async plan({ tags, ...input }, context, faults) {
		const body = await fullBody(
			input,
			context,
			faults,
			{ clearing: false },
			tags,
		);
		if (!KNOWN_BY.some((field) => input[field] != null))
			faults.add(
				null,
				"A contact needs something to know it by: a name, an email, a phone or a companyName.",
			);
		return { body };
	},
	async send({ body }, { upstream }) {
		return { contactId: await createContact(upstream, body) };
	},
	payload: (t) => contactPayload(t),
	async readBack({ body }, { upstream }, since) {
		const ids = await contactsMadeSince(upstream, body, since);
		return ids.map((contactId) => ({ contactId }));
	},
	claimOf: ({ contactId }) => TAG.contact(contactId),
	inputPaths: () => ({ properties: PROPERTIES }),
	refused: duplicate,
	effects: ({ body }, outcome) => ({
		created: outcome?.contactId,
		tags: [
			...tagsOfMembers(outcome ? [outcome.contactId] : []),
			...(body.tags ? [TAG.tags] : []),
		],
	}),
});

mutation("updateContact", {
	description:
		"Changes what is given and nothing else: null clears a field, a field left out stays, tags are never touched (see addContactTags). Costs one call, and one more when the contact is asked for.",
	scopes: WRITE,
	cost: costs,
	input: (t) => ({
		contactId: t.id({ required: true, description: CONTACT_ID }),
		...contactFields(t, " null clears it."),
	}),
	async plan({ contactId: given, ...input }, context, faults) {
		const contactId = check.id(
			faults,
			["contactId"],
			"Contact",
			given,
			context,
		);
		const body = await fullBody(input, context, faults, { clearing: true });
		if (faults.list.length === 0 && Object.keys(body).length === 0)
			faults.add(
				null,
				"Nothing to change came. Give at least one field beside contactId.",
			);
		return contactId === undefined ? undefined : { contactId, body };
	},
	async send({ contactId, body }, { upstream }) {
		await updateContact(upstream, contactId, body);
		return { contactId };
	},
	payload: (t) => contactPayload(t),
	async readBack({ contactId, body }, { upstream }) {
		const found = await getContact(upstream, contactId);
		return found && holds(found.row, body) ? [{ contactId }] : [];
	},
	inputPaths: ({ contactId }) => ({
		ids: { [contactId]: ["contactId"] },
		properties: PROPERTIES,
	}),
	refused: duplicate,
	effects: ({ contactId }, _, context) => ({
		tags: tagsOfWritten(contactId, context),
	}),
});

mutation("upsertContact", {
	description:
		"Changes the contact that has this email or phone, or adds one. HighLevel looks in the order the location is set to; when the two belong to different contacts, the first found is changed and the other value is dropped. tags are added to those it has. Costs one call, one more for tags, and one more when the contact is asked for.",
	scopes: WRITE,
	cost: costs,
	input: (t) => ({
		...contactFields(t, ""),
		...newContactFields(t),
		tags: t.stringList({
			description: "Tags to add. Those it has already stay.",
		}),
	}),
	async plan({ tags: given, ...input }, context, faults) {
		const body = await fullBody(input, context, faults, { clearing: false });
		const tags = given
			? check.tags(faults, ["tags"], given, { mayBeEmpty: true })
			: [];
		if (input.email == null && input.phone == null)
			faults.add(
				["email"],
				"upsertContact finds a contact by its email or phone, and neither came. To change one by its id, use updateContact.",
			);
		return { body, tags };
	},
	async send({ body, tags }, { upstream }) {
		const done = await upsertContact(upstream, body);
		// In the upsert itself tags would replace the whole set (contract, section 2).
		if (tags.length)
			await afterSending(addTags(upstream, done.contactId, tags));
		return done;
	},
	payload: (t) => ({
		...contactPayload(t),
		created: t.boolean({
			description:
				"Whether it was added; null when the input was refused, or HighLevel does not say.",
			resolve: ({ outcome }) => outcome?.created,
		}),
	}),
	async readBack({ body, tags }, { upstream }, since) {
		const found = await contactWith(upstream, body);
		if (!found || !holds(found.row, body)) return [];
		// The tags come after the upsert, and adding them twice changes nothing.
		if (!hasAll(found.row.tags ?? [], tags))
			await addTags(upstream, found.id, tags);
		const added = Date.parse(String(found.row.dateAdded));
		return [{ contactId: found.id, created: added >= since }];
	},
	inputPaths: () => ({ properties: PROPERTIES }),
	effects: ({ tags }, outcome, context) => ({
		created: outcome?.created === false ? undefined : outcome?.contactId,
		tags: [
			// One that was at hand before is none that came now.
			...(outcome?.created === false
				? tagsOfWritten(outcome.contactId, context)
				: tagsOfMembers(outcome ? [outcome.contactId] : [])),
			...(tags.length ? [TAG.tags] : []),
		],
	}),
});

mutation("deleteContact", {
	description:
		"Removes a contact with its tasks, notes and appointments. Costs one call.",
	scopes: WRITE,
	input: (t) => ({
		contactId: t.id({ required: true, description: CONTACT_ID }),
	}),
	plan(input, context, faults) {
		const contactId = check.id(
			faults,
			["contactId"],
			"Contact",
			input.contactId,
			context,
		);
		return contactId === undefined ? undefined : { contactId };
	},
	async send({ contactId }, { upstream }) {
		await deleteContact(upstream, contactId);
		return { contactId };
	},
	payload: (t) => ({
		deletedId: t.id({
			description: "Global id of the contact that is gone, for caches.",
			resolve: ({ outcome }, _, { viewer }) =>
				outcome && globalId("Contact", viewer.locationId, outcome.contactId),
		}),
	}),
	readBack: async ({ contactId }, { upstream }) =>
		(await getContact(upstream, contactId)) ? [] : [{ contactId }],
	inputPaths: ({ contactId }) => ({ ids: { [contactId]: ["contactId"] } }),
	effects: ({ contactId }) => ({
		tags: [
			...tagsOfMembers([contactId]),
			TAG.tasksOf(contactId),
			TAG.notesOf(contactId),
			TAG.appointmentsOf(contactId),
			TAG.appointments,
			TAG.tasks,
		],
	}),
});

/** One call, one more for tags of an upsert, and what the checks read where it is not at hand. */
function costs(ask: CostContext): number {
	const { customFields, tags, phone } = inputOf(ask);
	if (Array.isArray(customFields) && customFields.length)
		ask.once("custom fields");
	if (
		typeof phone === "string" &&
		!check.isInternational(phone) &&
		!ask.facts.known
	)
		ask.once("location facts");
	return Array.isArray(tags) && tags.length ? 2 : 1;
}

const KNOWN_BY = [
	"firstName",
	"lastName",
	"name",
	"email",
	"phone",
	"companyName",
] as const;

// REST's words for what the input calls otherwise.
const PROPERTIES = {
	assignedTo: ["assignedUserId"],
	inboundDndSettings: ["inboundDnd"],
} as const;

async function fullBody(
	input: ContactInput,
	context: Context,
	faults: Faults,
	how: { clearing: boolean },
	tags?: readonly string[] | null,
): Promise<ContactBody> {
	const named = tags?.length ? check.tags(faults, ["tags"], tags) : [];
	const body = {
		...(await contactBody(input, context, faults, how)),
		...(named.length && { tags: named }),
	};
	// The definitions cost a call where they are not at hand; what is wrong already is told without it.
	if (!input.customFields?.length || faults.list.length) return body;
	const customFields = await customFieldsBody(
		input.customFields,
		context,
		faults,
	);
	return { ...body, customFields };
}

/** 400 with `meta`, only where the location forbids duplicates (contract, section 6). */
function duplicate({ body, reason }: Refusal): UserErrorValue[] | undefined {
	const { meta } = (body ?? {}) as {
		meta?: { contactId?: unknown; matchingField?: unknown };
	};
	if (typeof meta?.contactId !== "string" || !/duplicat/i.test(reason))
		return undefined;
	const { matchingField } = meta;
	const field =
		matchingField === "email" || matchingField === "phone"
			? matchingField
			: undefined;
	return [
		{
			code: "DUPLICATE_CONTACT",
			message: `Another contact has this ${field ?? "e-mail address or phone number"} already, and the location does not allow two.`,
			field: field ? [field] : null,
			contactId: meta.contactId,
		},
	];
}

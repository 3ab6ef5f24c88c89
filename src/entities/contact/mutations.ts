/** Creating, changing and deleting contacts. */
import { TAG, tagsGoneWith } from "../../cache/tags.ts";
import type { CostContext } from "../../cost/field-cost.ts";
import type { Context } from "../../loading/context.ts";
import { builder, READ } from "../../schema-kit/builder.ts";
import { crud } from "../../schema-kit/crud.ts";
import * as check from "../../schema-kit/input-checks.ts";
import { inputOf, mutation } from "../../schema-kit/mutation.ts";
import {
	DuplicateContactError,
	type Faults,
	type UserErrorValue,
} from "../../schema-kit/user-errors.ts";
import { type Warned, warningsIn } from "../../schema-kit/warnings.ts";
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
import { Contact } from "./schema.ts";
import { unshown } from "./unshown.ts";
import {
	addTags,
	type ContactBody,
	createContact,
	deleteContact,
	updateContact,
	upsertContact,
} from "./writes.ts";

/** The input field every write to one contact has. */
export const CONTACT_ID = "The contact: its global id, or HighLevel's own id.";

export const WRITE = ["contacts.write"] as const;

builder.objectField(DuplicateContactError, "contact", (t) =>
	t.field({
		type: Contact,
		extensions: {
			...READ,
			cost: (cost: CostContext) =>
				contactNamed(cost, `twin of ${cost.parent.key}`),
		},
		description:
			"The contact that has it already; null when it was deleted meanwhile.",
		resolve: ({ contactId }, _, context) =>
			contactId === undefined ? null : contactById.load(context, contactId),
	}),
);

// REST's words for what the input calls otherwise.
const PROPERTIES = {
	assignedTo: ["assignedUserId"],
	inboundDndSettings: ["inboundDnd"],
};

interface OfContact extends Warned {
	readonly contactId: string;
}

export const contacts = crud({
	type: Contact,
	noun: "contact",
	id: "contactId",
	scopes: WRITE,
	outcomeOf: ({ id }): OfContact => ({ contactId: id }),
	// Read by its id, which is right at once.
	load: ({ contactId }, context) => contactById.load(context, contactId),
	cost: (cost) => contactNamed(cost, cost.parent.key),
	read: ({ contactId }, upstream) => getContact(upstream, contactId),
	holds: ({ row }, body: ContactBody) => holds(row, body),
	effects: ({ contactId }, _, context) => ({
		tags: tagsOfWritten(contactId, context),
	}),
	properties: PROPERTIES,
});

contacts.create("createContact", {
	description:
		"Adds a contact. Where the location forbids duplicates and another contact has the e-mail address or phone number, it is refused with DUPLICATE_CONTACT. Costs one call, and one more when the contact is selected.",
	cost: costs,
	input: (t) => ({
		...contactFields(t, ""),
		...newContactFields(t),
		tags: t.stringList({ description: "Names of its tags." }),
	}),
	async body({ tags, ...input }, context, faults) {
		const clearing = false;
		const body = await fullBody(input, context, faults, { clearing }, tags);
		if (!KNOWN_BY.some((field) => input[field] != null))
			faults.add(
				null,
				"A contact needs something to know it by, but got none: give a name, an email, a phone or a companyName.",
			);
		return body;
	},
	payload: warningsIn,
	async send(_, body, context) {
		const { contactId, shown } = await createContact(context.upstream, body);
		return { contactId, ...unshown(body, shown, context) };
	},
	async found(_, body, { upstream }, since) {
		const found = await contactsMadeSince(upstream, body, since);
		if (found === "unknown") return found;
		return found.map(({ id, madeAt }) => ({
			outcome: { contactId: id },
			madeAt,
		}));
	},
	refused: duplicate,
	effects: ({ body }, outcome) => ({
		created: outcome?.contactId,
		tags: [
			...tagsOfMembers(outcome ? [outcome.contactId] : []),
			...(body.tags ? [TAG.tags] : []),
		],
	}),
});

contacts.update("updateContact", {
	description:
		"Changes only the given fields: null clears a field, an omitted field stays, tags never change (see addContactTags). Costs one call, and one more when the contact is selected.",
	cost: costs,
	input: (t) => contactFields(t, " null clears it."),
	body: (input, context, faults) =>
		fullBody(input, context, faults, { clearing: true }),
	payload: warningsIn,
	async send({ contactId }, body, context) {
		const { shown } = await updateContact(context.upstream, contactId, body);
		return { contactId, ...unshown(body, shown, context) };
	},
	refused: duplicate,
});

mutation("upsertContact", {
	description:
		"Changes the contact that has this email or phone, or adds one. HighLevel searches in the order configured for the location; when the two belong to different contacts, the first found is changed and the other value is ignored. tags are added to those it has. Costs one call, one more for tags, and one more when the contact is selected.",
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
				"upsertContact finds a contact by its email or phone, but got neither. To change one by its id, use updateContact.",
			);
		return { body, tags };
	},
	async send({ body, tags }, context) {
		const { upstream } = context;
		const { shown, ...done } = await upsertContact(upstream, body);
		// In the upsert itself tags would replace the whole set (contract, section 2).
		if (tags.length)
			await afterSending(addTags(upstream, done.contactId, tags));
		return { ...done, ...unshown(body, shown, context) };
	},
	payload: (t) => ({
		...contacts.payload(t),
		...warningsIn(t),
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
		return [{ outcome: { contactId: found.id, created: added >= since } }];
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

contacts.remove("deleteContact", {
	description:
		"Removes a contact with its tasks, notes and appointments. Costs one call.",
	send: ({ contactId }, { upstream }) => deleteContact(upstream, contactId),
	effects: ({ ids: { contactId } }) => ({
		tags: [
			...tagsOfMembers([contactId]),
			...tagsGoneWith(TAG.contact, contactId),
		],
	}),
});

/** One call, one more for tags of an upsert, and what the checks read where it is not at hand. */
function costs(cost: CostContext): number {
	const { customFields, tags, phone } = inputOf(cost);
	if (Array.isArray(customFields) && customFields.length)
		cost.once("custom fields");
	if (
		typeof phone === "string" &&
		!check.isInternational(phone) &&
		!cost.facts.known
	)
		cost.once("location facts");
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
	// The definitions cost a call where they are not cached; what is wrong already is reported without it.
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

/** Changes of many contacts at once, results contact by contact: none is lost, whatever the API leaves out of its answer. */
import type { ObjectFieldBuilder } from "@pothos/core";
import { TAG } from "../../cache/tags.ts";
import type { Cardinality, CostContext } from "../../cost/field-cost.ts";
import type { Context } from "../../loading/context.ts";
import { builder, READ, WITH_PARENT } from "../../schema-kit/builder.ts";
import * as check from "../../schema-kit/input-checks.ts";
import { inputOf, mutation, type Payload } from "../../schema-kit/mutation.ts";
import { hadNoEffect } from "../../upstream/certainty.ts";
import { inParts, type Part } from "../../upstream/in-parts.ts";
import type { Refusal } from "../../upstream/refusal.ts";
import { tagsOfMembers } from "./invalidation.ts";
import { wholeContactById } from "./loader.ts";
import { WRITE } from "./mutations.ts";
import { hasAll, hasNone } from "./read-back.ts";
import { type ContactRow, getContact } from "./rest.ts";
import { Contact } from "./schema.ts";
import { type BulkTags, setBusinessOf, updateTagsOf } from "./writes.ts";

const TAGS_ROUTE = "bulk tags";
const BUSINESS_ROUTE = "bulk business";

const STATES = {
	DONE: { description: "The contact shows the change." },
	FAILED: { description: "The contact was not changed. `message` says why." },
	UNKNOWN: {
		description:
			"Unknown: HighLevel's response was lost, and the contact does not show the change. Read the contact before you retry.",
	},
} as const;

const BulkState = builder.enumType("BulkState", {
	description: "Result for one contact of a bulk change.",
	values: STATES,
});

export interface BulkResult {
	readonly contactId: string;
	readonly state: keyof typeof STATES;
	readonly message: string | null;
}

// Whoever may write may know what became of it; the contact itself needs more.
const BulkResultType = builder.objectRef<BulkResult>("BulkResult").implement({
	extensions: WITH_PARENT,
	description: "Result for one contact of a bulk change.",
	fields: (t) => ({
		contactId: t.exposeID("contactId", {
			nullable: false,
			description: "HighLevel's own id of the contact.",
		}),
		state: t.field({
			type: BulkState,
			nullable: false,
			description: "Done, failed, or unknown.",
			resolve: ({ state }) => state,
		}),
		message: t.string({
			description: "Why the change failed, or why its result is unknown.",
			resolve: ({ message }) => message,
		}),
		contact: t.field({
			type: Contact,
			extensions: {
				...READ,
				cost(cost: CostContext) {
					cost.each("contact of a bulk change", cost.parent);
					return { ...cost.parent, by: "id" as const };
				},
			},
			description:
				"The contact as it is now; null when there is none. Costs one call each.",
			resolve: ({ contactId }, _, context) =>
				wholeContactById.load(context, contactId),
		}),
	}),
});

type Types = (typeof builder)["$inferSchemaTypes"];

interface Outcome {
	readonly results: readonly BulkResult[];
}

interface Spec<P> {
	/** Sends one part; returns what the answer says of each contact. */
	send(
		plan: P,
		contactIds: readonly string[],
		context: Context,
	): Promise<ReadonlyMap<string, BulkResult>>;
	/** Whether a refusal is about the change itself, whatever the contact. */
	meansAll?(refusal: Refusal, plan: P): boolean;
	/** Whether a contact shows the change, for those the answer leaves out. */
	shows(row: ContactRow, plan: P): boolean;
}

const performBulk = async <
	P extends { readonly contactIds: readonly string[] },
>(
	plan: P,
	context: Context,
	route: string,
	spec: Spec<P>,
): Promise<Outcome> => {
	const { upstream } = context;
	const parts = await inParts(
		plan.contactIds,
		route,
		upstream.facts,
		(ids) => spec.send(plan, ids, context),
		(refusal) => spec.meansAll?.(refusal, plan) === true,
	);
	// Nothing of it happened, so the whole of it is an outage, and the same key may try again.
	const [first] = parts;
	if (
		parts.length === 1 &&
		first &&
		"fault" in first.result &&
		hadNoEffect(first.result.fault)
	)
		throw first.result.fault;
	const results = await Promise.all(
		parts.map((part) => resultsOf(part, plan, context, spec)),
	);
	const byId = new Map(
		results.flat().map((result) => [result.contactId, result]),
	);
	return {
		results: plan.contactIds.map((id) => byId.get(id) ?? unknown(id)),
	};
};

const resultsOf = <P>(
	{ items, result }: Part<string, ReadonlyMap<string, BulkResult>>,
	plan: P,
	context: Context,
	spec: Spec<P>,
): Promise<BulkResult[]> =>
	Promise.all(
		items.map(async (contactId): Promise<BulkResult> => {
			if ("refusal" in result) return failed(contactId, result.refusal.reason);
			if ("fault" in result && hadNoEffect(result.fault))
				return failed(
					contactId,
					"It was not sent: HighLevel could not be reached, or its limit was used up. Try again later.",
				);
			const known = "fault" in result ? undefined : result.get(contactId);
			return known ?? readBack(contactId, plan, context, spec);
		}),
	);

const readBack = async <P>(
	contactId: string,
	plan: P,
	{ upstream }: Context,
	{ shows }: Spec<P>,
): Promise<BulkResult> => {
	try {
		const found = await getContact(upstream, contactId);
		if (!found)
			return failed(contactId, `Contact with id ${contactId} not found`);
		return shows(found.row, plan) ? done(contactId) : unknown(contactId);
	} catch {
		return unknown(contactId);
	}
};

const done = (contactId: string): BulkResult => ({
	contactId,
	state: "DONE",
	message: null,
});

const failed = (contactId: string, message: string): BulkResult => ({
	contactId,
	state: "FAILED",
	message,
});

const unknown = (contactId: string): BulkResult => ({
	contactId,
	state: "UNKNOWN",
	message:
		"HighLevel did not report the result, and reading the contact does not show the change.",
});

const TagAction = builder.enumType("TagAction", {
	description: "What to do with tags.",
	values: {
		ADD: { value: "add", description: "Add them; others stay." },
		REMOVE: { value: "remove", description: "Take them off; others stay." },
		REMOVE_ALL: {
			value: "removeAll",
			description: "Take every tag off, whatever its name.",
		},
	} as const,
});

const CONTACT_IDS =
	"The contacts: global or HighLevel's own ids. Those given twice count once.";

const results = (t: ObjectFieldBuilder<Types, Payload<Outcome>>) => ({
	results: t.field({
		type: [BulkResultType],
		nullable: { list: true, items: false },
		extensions: {
			cost: (cost: CostContext): Cardinality => ({
				key: `results of ${cost.parent.key}`,
				count: cost.parent.count,
				batches: 1,
			}),
		},
		description:
			"The result for each contact, in the order of contactIds. Null when the input was refused.",
		resolve: ({ outcome }) => outcome && [...outcome.results],
	}),
});

// HighLevel's own limit is not known; a first guess for the price, until it was found by halving.
const LIKELY_MOST = 25;

const contactsIn = (cost: CostContext): number => {
	const { contactIds } = inputOf(cost);
	return Array.isArray(contactIds) ? contactIds.length : 0;
};

const costs =
	(route: string) =>
	(cost: CostContext): number => {
		const count = contactsIn(cost);
		const most = cost.facts.batchMax.get(route);
		if (most) return Math.ceil(count / most);
		return Math.ceil(count / LIKELY_MOST) + Math.ceil(Math.log2(count + 1));
	};

mutation("updateTagsOfContacts", {
	description:
		"Adds tags to, or takes them off, many contacts. Costs one call for as many contacts as HighLevel takes at once (found by halving, and remembered), and one for each it does not report on.",
	scopes: WRITE,
	cost: costs(TAGS_ROUTE),
	payloadSize: contactsIn,
	input: (t) => ({
		contactIds: t.idList({ required: true, description: CONTACT_IDS }),
		action: t.field({
			type: TagAction,
			required: true,
			description: "What to do with the tags.",
		}),
		tags: t.stringList({
			description: "Names of tags; none with REMOVE_ALL.",
		}),
	}),
	plan({ contactIds: given, action, tags: names }, context, faults) {
		const contactIds = check.ids(
			faults,
			["contactIds"],
			"Contact",
			given,
			context,
		);
		if (action === "removeAll" && names?.length)
			faults.add(
				["tags"],
				"REMOVE_ALL takes every tag off, so it takes no tags. Use REMOVE for some.",
			);
		const tags =
			action === "removeAll" ? [] : check.tags(faults, ["tags"], names ?? []);
		const change: BulkTags =
			action === "removeAll"
				? { type: "remove", tags, removeAllTags: true }
				: { type: action, tags };
		return { contactIds, change };
	},
	send: (plan, context) =>
		performBulk(plan, context, TAGS_ROUTE, {
			async send({ change }, ids, { upstream }) {
				const answer = await updateTagsOf(upstream, ids, change);
				return new Map(
					answer
						.filter(({ done: how }) => how !== null)
						.map(({ contactId, done: how, message }) => [
							contactId,
							how
								? done(contactId)
								: failed(
										contactId,
										message ?? "HighLevel refused it without a reason.",
									),
						]),
				);
			},
			shows: ({ tags }, { change }) => tagsShow(tags ?? [], change),
		}),
	payload: results,
	readBack: (plan, context) =>
		readAllBack(plan.contactIds, context, ({ tags }) =>
			tagsShow(tags ?? [], plan.change),
		),
	effects: ({ contactIds }) => touchedBy(contactIds, [TAG.tags]),
});

mutation("setBusinessOfContacts", {
	description:
		"Puts many contacts into a business, or takes them out of theirs. Costs one call for as many contacts as HighLevel takes at once, and one for each it does not list as done.",
	scopes: WRITE,
	cost: costs(BUSINESS_ROUTE),
	payloadSize: contactsIn,
	input: (t) => ({
		contactIds: t.idList({ required: true, description: CONTACT_IDS }),
		businessId: t.id({
			description:
				"The business: its global id, or HighLevel's own id. null takes the contacts out of theirs; it must be said.",
		}),
	}),
	plan({ contactIds: given, businessId: business }, context, faults) {
		const contactIds = check.ids(
			faults,
			["contactIds"],
			"Contact",
			given,
			context,
		);
		if (business === undefined)
			faults.add(
				["businessId"],
				"businessId must be given, but is missing: pass an id, or null to take the contacts out of their business.",
			);
		const businessId =
			business == null
				? null
				: check.id(faults, ["businessId"], "Business", business, context);
		return businessId === undefined ? undefined : { contactIds, businessId };
	},
	send: (plan, context) =>
		performBulk(plan, context, BUSINESS_ROUTE, {
			async send({ businessId }, ids, { upstream }) {
				const listed = await setBusinessOf(upstream, ids, businessId);
				return new Map(listed.map((id) => [id, done(id)]));
			},
			shows: (row, { businessId }) => (row.businessId || null) === businessId,
			meansAll: ({ reason }, { businessId }) =>
				businessId !== null && reason.includes(businessId),
		}),
	payload: results,
	readBack: (plan, context) =>
		readAllBack(
			plan.contactIds,
			context,
			(row) => (row.businessId || null) === plan.businessId,
		),
	inputPaths: ({ businessId }) => ({
		...(businessId !== null && { ids: { [businessId]: ["businessId"] } }),
	}),
	effects: ({ contactIds, businessId }) =>
		touchedBy(
			contactIds,
			businessId === null ? [] : [TAG.business(businessId)],
		),
});

const tagsShow = (
	has: readonly string[],
	{ type, tags, removeAllTags }: BulkTags,
) => {
	if (removeAllTags) return has.length === 0;
	return type === "add" ? hasAll(has, tags) : hasNone(has, tags);
};

/** After a crash: done when every contact shows it; otherwise the same key sends it again, which adds nothing twice. */
const readAllBack = async (
	contactIds: readonly string[],
	{ upstream }: Context,
	shows: (row: ContactRow) => boolean,
): Promise<{ outcome: Outcome }[]> => {
	const results: BulkResult[] = [];
	for (const contactId of contactIds) {
		const found = await getContact(upstream, contactId);
		if (!found)
			results.push(failed(contactId, `Contact with id ${contactId} not found`));
		else if (shows(found.row)) results.push(done(contactId));
		else return [];
	}
	return [{ outcome: { results } }];
};

const touchedBy = (contactIds: readonly string[], more: readonly string[]) => ({
	tags: [...tagsOfMembers(contactIds), ...more],
});

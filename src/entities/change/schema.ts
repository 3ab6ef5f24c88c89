/** What clients see of changes: one interface, the gap, the streams and the same log as a connection. Entities add their types. */
import type { ArgBuilder, InterfaceRef } from "@pothos/core";
import type {
	ChangeEvent,
	ChangeFilter,
	ChangeKind,
} from "../../changes/change.ts";
import { CHANGE_KINDS } from "../../changes/change.ts";
import { type FieldCost, pageSizeIn } from "../../cost/field-cost.ts";
import { fail } from "../../errors.ts";
import type { Context } from "../../loading/context.ts";
import { builder, FREE, READ } from "../../schema-kit/builder.ts";
import {
	connectionType,
	DEFAULT_PAGE_SIZE,
	type Page,
	pageSize,
	wholeListArgs,
} from "../../schema-kit/connection.ts";
import { eitherId } from "../../schema-kit/global-id.ts";

const WORDS: Record<ChangeKind, string> = {
	CONTACT_CREATED: "A contact was created.",
	CONTACT_UPDATED: "Fields of a contact changed.",
	CONTACT_DELETED: "A contact was deleted, and with it all that was its own.",
	CONTACT_TAGS_CHANGED: "A contact gained or lost tags.",
	CONTACT_DND_CHANGED: "Do not disturb was switched for a contact.",
	TASK_CREATED: "A task was created.",
	TASK_COMPLETED: "A task was marked as done.",
	TASK_DELETED: "A task was deleted.",
	NOTE_CREATED: "A note was written.",
	NOTE_UPDATED: "A note was rewritten.",
	NOTE_DELETED: "A note was deleted.",
	APPOINTMENT_CREATED: "An appointment was made.",
	APPOINTMENT_UPDATED: "An appointment was moved or edited.",
	APPOINTMENT_DELETED: "An appointment was deleted.",
};

export const ChangeType = builder.enumType("ChangeType", {
	description:
		"What happened. HighLevel sends no webhook when a task is edited, contacts are merged, followers change or a contact joins a workflow, so there are no changes for these.",
	values: {
		...(Object.fromEntries(
			CHANGE_KINDS.map((kind) => [
				kind,
				{ value: kind, description: WORDS[kind] },
			]),
		) as Record<ChangeKind, { value: ChangeKind; description: string }>),
		GAP: {
			value: "GAP",
			description: "Changes before this position are no longer in the journal.",
		},
	} as Record<
		ChangeKind | "GAP",
		{ value: ChangeKind | "GAP"; description: string }
	>,
});

export const Change = builder.interfaceRef<ChangeEvent>("Change");

builder.interfaceType(Change, {
	extensions: READ,
	description:
		"Something that happened in the CRM, from a webhook of HighLevel. The objects in it are read when the change is delivered: they may be newer than the change.",
	resolveType: (change) => resolveType(change),
	fields: (t) => ({
		cursor: t.exposeString("cursor", {
			nullable: false,
			description:
				"Position in the log, to pass as `after`: the changes after it follow, each once, in order.",
		}),
		type: t.field({
			type: ChangeType,
			nullable: false,
			description: "What happened.",
			resolve: ({ kind }) => kind,
		}),
		occurredAt: t.field({
			type: "DateTime",
			description: "When HighLevel says that it happened.",
			resolve: ({ occurredAt }) => occurredAt,
		}),
		receivedAt: t.field({
			type: "DateTime",
			nullable: false,
			description: "When the gateway stored it.",
			resolve: ({ receivedAt }) => receivedAt,
		}),
		contactId: t.id({
			description:
				"HighLevel's own id of the contact. Null for a gap, and for a task whose contact is unknown.",
			resolve: ({ contactId }) => contactId,
		}),
		payload: t.field({
			type: "JSON",
			nullable: false,
			description:
				"The webhook's body as HighLevel sent it. Costs no call. It may lack fields, and be older than the objects beside it.",
			resolve: ({ payload }) => payload,
		}),
	}),
});

const typeNames = new Map<string, string>();

/** Says which GraphQL type a kind of change is. */
export const changeType = (kind: ChangeKind | "GAP", name: string) => {
	typeNames.set(kind, name);
	return builder.objectRef<ChangeEvent>(name);
};

/** Of one kind of object; its own fields are nullable, since a gap is of every kind and has none of them. */
export const changeOf = (name: string) => {
	const type = builder.interfaceRef<ChangeEvent>(name);
	kindsOfObject.push(type);
	return type;
};

export const resolveType = ({ kind }: ChangeEvent) => typeNames.get(kind);

const kindsOfObject: InterfaceRef<Types, ChangeEvent, ChangeEvent>[] = [];

changeType("GAP", "Gap").implement({
	description:
		"Changes between the cursor that was passed and this one are no longer in the journal, or never were. Read the data again, then continue from this cursor.",
	interfaces: () => [Change, ...kindsOfObject],
});

type Types = (typeof builder)["$inferSchemaTypes"];

/** Narrows a stream or a page. */
const narrowing = (t: ArgBuilder<Types>) => ({
	contactIds: t.idList({
		description:
			"Only changes about these contacts: global ids or HighLevel's own, at most 500.",
	}),
});

const MOST_CONTACTS = 500;

const filterOf = (
	context: Context,
	kinds: readonly (ChangeKind | "GAP")[] | null | undefined,
	contactIds: readonly string[] | null | undefined,
): ChangeFilter => {
	if (contactIds && contactIds.length > MOST_CONTACTS)
		throw fail(
			"BAD_USER_INPUT",
			`contactIds takes at most ${MOST_CONTACTS} ids, but got ${contactIds.length}. Leave it out to get the changes of all contacts.`,
		);
	return {
		...(kinds && { kinds: kinds.filter((kind) => kind !== "GAP") }),
		...(contactIds && {
			contactIds: contactIds.map((id) => eitherId(id, "Contact", context)),
		}),
	};
};

/** A stream is priced by the event: each is delivered by itself. */
const oneChange: FieldCost = () => ({ key: "change", count: 1, batches: 1 });

const pageOfChanges: FieldCost = (cost) => ({
	key: `changes ${JSON.stringify(cost.args)}`,
	count:
		cost.args.last == null
			? pageSizeIn(cost)
			: pageSizeIn(cost, DEFAULT_PAGE_SIZE, "last"),
	batches: 1,
});

const AFTER =
	"A cursor: the changes after it come first, then new ones, each once. Omitted or null: new changes only.";

builder.subscriptionType({
	description:
		"Streams that continue from a cursor, over WebSocket (graphql-transport-ws) or Server-Sent Events, at the same address as queries.",
});

builder.subscriptionField("changes", (t) =>
	t.field({
		type: Change,
		nullable: false,
		description: "Every change of the location, in the order of the log.",
		extensions: { ...READ, cost: oneChange },
		args: {
			after: t.arg.string({ description: AFTER }),
			types: t.arg({
				type: [ChangeType],
				description: "Only changes of these types.",
			}),
			...narrowing(t.arg),
		},
		subscribe: (_, { after, types, contactIds }, context) =>
			context.changes.follow(
				context.viewer.locationId,
				after,
				filterOf(context, types, contactIds),
			),
		resolve: (event) => event as ChangeEvent,
	}),
);

/** Adds the stream of one kind of object. */
export const stream = (
	name: string,
	type: ReturnType<typeof changeOf>,
	of: string,
	prefix: string,
) =>
	builder.subscriptionField(name, (t) =>
		t.field({
			type,
			nullable: false,
			description: `Changes of ${of} alone; otherwise like \`changes\`.`,
			extensions: { ...READ, cost: oneChange },
			args: {
				after: t.arg.string({ description: AFTER }),
				...narrowing(t.arg),
			},
			subscribe: (_, { after, contactIds }, context) =>
				context.changes.follow(
					context.viewer.locationId,
					after,
					filterOf(
						context,
						CHANGE_KINDS.filter((kind) => kind.startsWith(prefix)),
						contactIds,
					),
				),
			resolve: (event) => event as ChangeEvent,
		}),
	);

const ChangeConnection = connectionType("Change", Change, "changes");

builder.queryField("changes", (t) =>
	t.field({
		type: ChangeConnection,
		nullable: false,
		description:
			"The log of changes, oldest first: the same that the subscription of this name delivers, with the same cursors. Costs no call.",
		extensions: { ...READ, cost: pageOfChanges },
		args: {
			...wholeListArgs(t.arg),
			types: t.arg({
				type: [ChangeType],
				description: "Only changes of these types.",
			}),
			...narrowing(t.arg),
		},
		resolve: async (_, args, context): Promise<Page<ChangeEvent>> => {
			const { first, last, after, before, types, contactIds } = args;
			if (first != null && last != null)
				throw fail(
					"BAD_USER_INPUT",
					"Expected `first` or `last`, but got both: say from which end the page is cut.",
				);
			const limit =
				last == null
					? pageSize(context, "first", first)
					: pageSize(context, "last", last);
			const page = await context.changes.page(
				context.viewer.locationId,
				{ after, before, limit, fromEnd: last != null },
				filterOf(context, types, contactIds),
			);
			return {
				items: page.events,
				cursor: (index) => (page.events[index] as ChangeEvent).cursor,
				hasNextPage: page.hasNextPage,
				hasPreviousPage: page.hasPreviousPage,
				totalCount: null,
			};
		},
	}),
);

builder.queryField("changeCursor", (t) =>
	t.string({
		nullable: false,
		description:
			"Current position in the log. Ask for it beside the data of a page, and subscribe with `after` set to it: no change falls between the two. Costs no call.",
		extensions: { ...READ, cost: FREE },
		resolve: (_, __, context) => {
			return context.changes.cursor(context.viewer.locationId);
		},
	}),
);

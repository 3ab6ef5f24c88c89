/** What clients see of the notes of an appointment. The appointment's own field `notes` is a text of its own. */

import { type CostContext, named, oneForEach } from "../../cost/field-cost.ts";
import type { Context } from "../../loading/context.ts";
import { builder, READ } from "../../schema-kit/builder.ts";
import { connectionType, type Page } from "../../schema-kit/connection.ts";
import { cursorsOf, isOffset } from "../../schema-kit/cursor.ts";
import { globalId } from "../../schema-kit/global-id.ts";
import { instantOf } from "../../schema-kit/instant.ts";
import { Node, nodeReader } from "../../schema-kit/node.ts";
import {
	offsetArgs,
	type Stretch,
	stretchOf,
	stretchSizeIn,
} from "../../schema-kit/offset-list.ts";
import { PURE } from "../../schema-kit/pure.ts";
import { textOf } from "../../upstream/shapes.ts";
import { appointmentById } from "../appointment/loader.ts";
import { Appointment } from "../appointment/schema.ts";
import { contactsOf } from "../contact/cost.ts";
import { contactById } from "../contact/loader.ts";
import { Contact } from "../contact/schema.ts";
import { usersOf } from "../user/cost.ts";
import { userById } from "../user/loader.ts";
import { User } from "../user/schema.ts";
import { appointmentNoteById, notesPage } from "./loader.ts";
import {
	type AppointmentNote as AppointmentNoteValue,
	NOTES_PAGE,
} from "./rest.ts";

export const AppointmentNote =
	builder.objectRef<AppointmentNoteValue>("AppointmentNote");

AppointmentNote.implement({
	extensions: READ,
	description: "Something people wrote down about an appointment.",
	interfaces: [Node],
	fields: (t) => ({
		id: t.id({
			nullable: false,
			extensions: PURE,
			description: "Global id.",
			resolve: ({ id, appointmentId }, _, { viewer }) =>
				globalId("AppointmentNote", viewer.locationId, appointmentId, id),
		}),
		noteId: t.id({
			nullable: false,
			description: "HighLevel's own id of the note.",
			extensions: PURE,
			resolve: ({ id }) => id,
		}),
		body: t.string({
			description:
				"What was written; may hold HTML as people typed it, so escape it before showing.",
			extensions: PURE,
			resolve: ({ body }) => textOf(body),
		}),
		dateAdded: t.field({
			type: "DateTime",
			description: "When it was written.",
			extensions: PURE,
			resolve: ({ dateAdded }) => instantOf(dateAdded),
		}),
		assignedUserId: t.id({
			description: "HighLevel's id of the user it is filed under.",
			extensions: PURE,
			resolve: ({ userId }) => textOf(userId),
		}),
		assignedUser: t.field({
			type: User,
			description:
				"The user it is filed under; null when there is none or they left.",
			extensions: { cost: usersOf },
			resolve: ({ userId }, _, context) =>
				userId ? userById(context, String(userId)) : null,
		}),
		createdByName: t.string({
			description: "Name of who wrote it, where HighLevel reports it.",
			extensions: PURE,
			resolve: ({ createdBy }) => textOf(createdBy?.name),
		}),
		appointmentId: t.exposeID("appointmentId", {
			nullable: false,
			description: "HighLevel's own id of its appointment.",
		}),
		appointment: t.field({
			type: Appointment,
			description: "The appointment it is about.",
			extensions: {
				cost(cost: CostContext) {
					cost.each("appointment of a note", cost.parent);
					return oneForEach("appointment", cost.parent);
				},
			},
			resolve: ({ appointmentId }, _, context) =>
				appointmentById.load(context, appointmentId),
		}),
		contactId: t.id({
			description: "HighLevel's own id of the contact it is about.",
			extensions: PURE,
			resolve: ({ contactId }) => textOf(contactId),
		}),
		contact: t.field({
			type: Contact,
			description: "The contact it is about.",
			extensions: {
				cost: (cost: CostContext) =>
					contactsOf(cost, oneForEach("contact", cost.parent)),
			},
			resolve: ({ contactId }, _, context) => {
				const id = textOf(contactId);
				return id === null ? null : contactById.load(context, id);
			},
		}),
	}),
});

const AppointmentNoteConnection = connectionType(
	"AppointmentNote",
	AppointmentNote,
	"notes of an appointment",
);

nodeReader(
	"AppointmentNote",
	(context, [appointmentId, noteId]) =>
		noteId === undefined
			? null
			: appointmentNoteById.load(context, { appointmentId, noteId }),
	2,
	(cost, [appointmentId, noteId = ""]) => {
		// Those of one appointment are found in the same list.
		appointmentNoteById.cost(cost, named("appointment", appointmentId));
		return named("appointment note", noteId);
	},
);

builder.objectField(Appointment, "appointmentNotes", (t) =>
	t.field({
		type: AppointmentNoteConnection,
		description:
			"Its notes, a page at a time, in HighLevel's order: one call for every twenty. HighLevel does not say how many there are.",
		extensions: {
			cost(cost: CostContext) {
				const size = stretchSizeIn(cost);
				const { key, count } = cost.parent;
				const notes = {
					key: `appointment notes ${JSON.stringify(cost.args)} of ${key}`,
					count: size * count,
					batches: count,
				};
				notesPage.cost(cost, notes);
				return notes;
			},
		},
		args: offsetArgs(t.arg),
		resolve: async ({ id }, args, context) =>
			notesFrom(id, stretchOf(args, cursors, id, context), context),
	}),
);

const notesFrom = async (
	appointmentId: string,
	{ skip, size, isFollowed }: Stretch,
	context: Context,
): Promise<Page<AppointmentNoteValue> | null> => {
	const parts: { limit: number; offset: number }[] = [];
	for (let done = 0; done < size; done += NOTES_PAGE)
		parts.push({
			limit: Math.min(NOTES_PAGE, size - done),
			offset: skip + done,
		});
	const pages = await Promise.all(
		parts.map((part) => notesPage.load(context, { appointmentId, ...part })),
	);
	if (pages.includes(null)) return null;
	const items = pages.flatMap((page) => page?.notes ?? []);
	// Rows that cannot be used are counted where the list goes on.
	const rows = pages.reduce((sum, page) => sum + (page?.rows ?? 0), 0);
	const leftOut = rows - items.length;
	return {
		items,
		cursor: (index) =>
			cursors.write(
				skip + index + 1 + (index === items.length - 1 ? leftOut : 0),
				context,
				appointmentId,
			),
		hasNextPage: isFollowed || pages.at(-1)?.hasMore === true,
		hasPreviousPage: skip > 0,
	};
};

const cursors = cursorsOf("notes of an appointment", isOffset);

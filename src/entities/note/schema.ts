/** What clients see of notes: on a contact, and by id. */

import { costOfList, costOfNamed, named } from "../../cost/field-cost.ts";
import { whenLoaded } from "../../loading/loader.ts";
import { builder, READ } from "../../schema-kit/builder.ts";
import {
	connectionType,
	pageOfWholeList,
	wholeListArgs,
} from "../../schema-kit/connection.ts";
import { cursorsOf, isItem } from "../../schema-kit/cursor.ts";
import { globalId } from "../../schema-kit/global-id.ts";
import { timeOf } from "../../schema-kit/instant.ts";
import { Node, nodeReader } from "../../schema-kit/node.ts";
import { PURE } from "../../schema-kit/pure.ts";
import { textOf } from "../../upstream/shapes.ts";
import { contactOf } from "../contact/cost.ts";
import { contactById } from "../contact/loader.ts";
import { Contact } from "../contact/schema.ts";
import { usersOf } from "../user/cost.ts";
import { userById } from "../user/loader.ts";
import { User } from "../user/schema.ts";
import { noteById, notesByContact } from "./loader.ts";
import type { Note as NoteValue } from "./rest.ts";

export const Note = builder.objectRef<NoteValue>("Note");

Note.implement({
	extensions: READ,
	description: "Something people wrote down about a contact.",
	interfaces: [Node],
	fields: (t) => ({
		id: t.id({
			nullable: false,
			extensions: PURE,
			description: "Global id.",
			resolve: ({ id, contactId }, _, { viewer }) =>
				globalId("Note", viewer.locationId, contactId, id),
		}),
		noteId: t.id({
			nullable: false,
			description: "HighLevel's own id of the note.",
			extensions: PURE,
			resolve: ({ id }) => id,
		}),
		title: t.string({
			description: "Its heading.",
			extensions: PURE,
			resolve: ({ title }) => textOf(title),
		}),
		body: t.string({
			description:
				"What was written; may hold HTML as people typed it, so escape it before showing.",
			extensions: PURE,
			resolve: ({ body }) => textOf(body),
		}),
		bodyText: t.string({
			description:
				"What was written as plain text, where HighLevel gives it beside `body`.",
			extensions: PURE,
			resolve: ({ bodyText }) => textOf(bodyText),
		}),
		relations: t.field({
			type: ["JSON"],
			nullable: { list: true, items: false },
			description:
				"What else in HighLevel it is attached to, as HighLevel gives it; null where it says nothing of that.",
			extensions: PURE,
			resolve: ({ relations }) =>
				relations?.filter((one) => one !== null && one !== undefined) ?? null,
		}),
		color: t.string({
			description: "Its colour, such as #FFAA00.",
			extensions: PURE,
			resolve: ({ color }) => textOf(color),
		}),
		pinned: t.boolean({
			description: "Whether it is pinned to the top.",
			extensions: PURE,
			resolve: ({ pinned }) => pinned ?? null,
		}),
		dateAdded: t.field({
			type: "DateTime",
			description: "When it was written.",
			extensions: PURE,
			resolve: ({ dateAdded }) => timeOf(dateAdded),
		}),
		assignedUserId: t.id({
			description: "HighLevel's id of the user it is filed under: its author.",
			extensions: PURE,
			resolve: ({ userId }) => textOf(userId),
		}),
		assignedUser: t.field({
			type: User,
			description:
				"The user it is filed under, its author; null when there is none or they left.",
			extensions: { cost: usersOf },
			resolve: ({ userId }, _, context) =>
				userId ? userById(context, String(userId)) : null,
		}),
		contactId: t.exposeID("contactId", {
			nullable: false,
			description: "HighLevel's own id of its contact.",
		}),
		contact: t.field({
			type: Contact,
			description: "The contact it is about.",
			extensions: { cost: contactOf },
			resolve: ({ contactId }, _, context) =>
				contactById.load(context, contactId),
		}),
	}),
});

const notesCursors = cursorsOf("notes of a contact", isItem);
const idOf = ({ id }: NoteValue) => id;

const NoteConnection = connectionType("Note", Note, "notes");

nodeReader(
	"Note",
	(context, [contactId, noteId]) =>
		noteId === undefined ? null : noteById.load(context, { contactId, noteId }),
	2,
	(cost, ids) => costOfNamed(noteById, cost, named("note", ...ids)),
);

builder.objectField(Contact, "notes", (t) =>
	t.field({
		type: NoteConnection,
		description:
			"Its notes: newest first, then by id. HighLevel has no bulk read for them: one call for each contact.",
		extensions: { cost: costOfList(notesByContact, "notes") },
		args: wholeListArgs(t.arg),
		resolve: ({ id }, args, context) =>
			whenLoaded(
				notesByContact.load(context, id),
				(all) =>
					all &&
					pageOfWholeList(
						all,
						{ cursors: notesCursors, owner: id, idOf },
						args,
						context,
					),
			),
	}),
);

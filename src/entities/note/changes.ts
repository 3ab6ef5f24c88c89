/** Changes of notes as clients see them. */
import type { ChangeKind } from "../../changes/change.ts";
import { type CostContext, oneForEach } from "../../cost/field-cost.ts";
import { builder } from "../../schema-kit/builder.ts";
import {
	Change,
	changeOf,
	changeType,
	resolveType,
	stream,
} from "../change/schema.ts";
import { noteById } from "./loader.ts";
import { Note } from "./schema.ts";

const NoteChange = changeOf("NoteChange");

builder.interfaceType(NoteChange, {
	description: "A change of a note.",
	interfaces: [Change],
	resolveType,
	fields: (t) => ({
		noteId: t.id({
			description: "HighLevel's own id of the note; null for a gap.",
			resolve: ({ subjectId }) => subjectId,
		}),
		note: t.field({
			type: Note,
			description:
				"The note, read anew; null when it is deleted. Costs one call for all subscribers of the location.",
			extensions: {
				cost(cost: CostContext) {
					// Several of one contact are looked for in its list first.
					cost.batch(
						"notes of changes",
						cost.parent,
						(notes) => notes + Math.floor(notes / 2),
					);
					return oneForEach("note", cost.parent);
				},
			},
			resolve: ({ kind, contactId, subjectId }, _, context) =>
				kind === "NOTE_DELETED" || !contactId || !subjectId
					? null
					: noteById.load(context, { contactId, noteId: subjectId }),
		}),
	}),
});

const type = (kind: ChangeKind, name: string, description: string) =>
	changeType(kind, name).implement({
		description,
		interfaces: [Change, NoteChange],
		fields: (t) => ({
			noteId: t.id({
				nullable: false,
				description: "HighLevel's own id of the note.",
				resolve: ({ subjectId }) => subjectId ?? "",
			}),
		}),
	});

stream("noteChanged", NoteChange, "notes", "NOTE_");

type("NOTE_CREATED", "NoteCreated", "A note was written.");
type("NOTE_UPDATED", "NoteUpdated", "A note was rewritten.");
type("NOTE_DELETED", "NoteDeleted", "A note was deleted.");

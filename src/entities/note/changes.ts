/** Changes of notes as clients see them. */
import type { ChangeEvent, ChangeKind } from "../../changes/change.ts";
import { type CostContext, oneForEach } from "../../cost/field-cost.ts";
import { builder } from "../../schema-kit/builder.ts";
import { Change, changeType } from "../change/schema.ts";
import { noteById } from "./loader.ts";
import { Note } from "./schema.ts";

const NoteChange = builder.interfaceRef<ChangeEvent>("NoteChange");

builder.interfaceType(NoteChange, {
	description: "A change of a note.",
	interfaces: [Change],
	fields: (t) => ({
		noteId: t.id({
			nullable: false,
			description: "HighLevel's own id of the note.",
			resolve: ({ subjectId }) => subjectId ?? "",
		}),
		note: t.field({
			type: Note,
			description:
				"The note, read anew; null when it is deleted. Costs one call for all subscribers of the location.",
			extensions: {
				cost(ask: CostContext) {
					// Several of one contact are looked for in its list first.
					ask.batch(
						"notes of changes",
						ask.parent,
						(notes) => notes + Math.floor(notes / 2),
					);
					return oneForEach("note", ask.parent);
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
	});

type("NOTE_CREATED", "NoteCreated", "A note was written.");
type("NOTE_UPDATED", "NoteUpdated", "A note was rewritten.");
type("NOTE_DELETED", "NoteDeleted", "A note was deleted.");

/** Creating, changing and deleting notes. */
import type { InputFieldBuilder } from "@pothos/core";
import type { Context } from "../../loading/context.ts";
import type { builder } from "../../schema-kit/builder.ts";
import { crud } from "../../schema-kit/crud.ts";
import * as check from "../../schema-kit/input-checks.ts";
import { latestOf } from "../../schema-kit/instant.ts";
import type { Faults } from "../../schema-kit/user-errors.ts";
import { textOf } from "../../upstream/shapes.ts";
import { WRITE } from "../contact/mutations.ts";
import { noteById } from "./loader.ts";
import { getNote, listNotes, type Note as NoteValue } from "./rest.ts";
import { Note } from "./schema.ts";
import { notesOfContact } from "./tags.ts";
import { createNote, deleteNote, type NoteBody, updateNote } from "./writes.ts";

type Types = (typeof builder)["$inferSchemaTypes"];

const holds = (note: NoteValue, wanted: NoteBody): boolean =>
	Object.entries(wanted).every(([key, value]) => {
		if (key === "pinned") return (note.pinned === true) === value;
		const has = textOf(note[key as keyof NoteBody]) ?? "";
		return key === "body" ? plain(has) === plain(String(value)) : has === value;
	});

/** Whether notes are kept as HTML or as plain text is not known (contract, section 11): compared without either's marks. */
const plain = (text: string): string =>
	text
		.replace(/<[^>]*>/g, " ")
		.replace(/&nbsp;/g, " ")
		.replace(/\s+/g, " ")
		.trim();

const notes = crud({
	type: Note,
	noun: "note",
	id: "noteId",
	parent: { type: "Contact", id: "contactId" },
	scopes: WRITE,
	outcomeOf: ({ contactId, id }) => ({ contactId, noteId: id }),
	load: (ids, context) => noteById.load(context, ids),
	read: ({ contactId, noteId }, upstream) =>
		getNote(upstream, contactId, noteId),
	holds,
	effects: ({ contactId }) => ({ tags: [notesOfContact(contactId)] }),
	properties: { userId: ["assignedUserId"] },
});

const fields = (
	t: InputFieldBuilder<Types, "InputObject">,
	clears: string,
) => ({
	title: t.string({ description: `Its heading.${clears}` }),
	color: t.string({
		description: `Its colour as #RRGGBB.${clears}`,
	}),
	pinned: t.boolean({ description: "Whether it is pinned to the top." }),
	assignedUserId: t.id({
		description: "The user it is filed under: a global or HighLevel's own id.",
	}),
});

interface Given {
	readonly body?: string | null | undefined;
	readonly title?: string | null | undefined;
	readonly color?: string | null | undefined;
	readonly pinned?: boolean | null | undefined;
	readonly assignedUserId?: string | null | undefined;
}

/** null empties title and color, where the spec takes text only. */
const bodyOf = (given: Given, context: Context, faults: Faults): NoteBody => {
	const { body, title, color, pinned, assignedUserId } = given;
	for (const field of ["body", "pinned", "assignedUserId"] as const)
		if (given[field] === null)
			faults.add(
				[field],
				`${field} of a note cannot be cleared. Leave it out to keep it.`,
			);
	if (color != null && !/^#[0-9a-f]{6}$/i.test(color))
		faults.add(
			["color"],
			`color must be written as #RRGGBB, such as #FFAA00, but got ${check.quoted(color)}.`,
		);
	return {
		...(body != null && { body: check.text(faults, ["body"], body) ?? "" }),
		...(title !== undefined && {
			title: title === null ? "" : (check.line(faults, ["title"], title) ?? ""),
		}),
		...(color !== undefined && { color: color ?? "" }),
		...(pinned != null && { pinned }),
		...(assignedUserId != null && {
			userId:
				check.id(faults, ["assignedUserId"], "User", assignedUserId, context) ??
				"",
		}),
	};
};

notes.create("createNote", {
	description: "Adds a note to a contact. Costs one call.",
	input: (t) => ({
		body: t.string({ required: true, description: "Text of the note." }),
		...fields(t, ""),
	}),
	body(given, context, faults) {
		const some = Object.fromEntries(
			Object.entries(given).filter(([, value]) => value !== null),
		);
		return bodyOf(some, context, faults);
	},
	send: async ({ contactId }, body, { upstream }) =>
		notes.written(await createNote(upstream, contactId, body)),
	async found({ contactId }, body, { upstream }) {
		const all = (await listNotes(upstream, contactId)) ?? [];
		return all
			.filter((note) => holds(note, body))
			.map((note) => ({
				outcome: notes.written(note),
				madeAt: latestOf(note.dateAdded),
			}));
	},
});

notes.update("updateNote", {
	description:
		"Changes what is given of a note and nothing else; null clears title and color. Costs one call.",
	input: (t) => ({
		body: t.string({ description: "Text of the note." }),
		...fields(t, " null clears it."),
	}),
	body: bodyOf,
	send: async (ids, body, { upstream }) =>
		notes.written(await updateNote(upstream, ids, body)),
});

notes.remove("deleteNote", {
	description: "Removes a note. Costs one call.",
	send: (ids, { upstream }) => deleteNote(upstream, ids),
});

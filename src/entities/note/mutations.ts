/** Creating, changing and deleting notes. */
import type { InputFieldBuilder, ObjectFieldBuilder } from "@pothos/core";
import { TAG } from "../../cache/tags.ts";
import type { CostContext } from "../../cost/field-cost.ts";
import type { Context } from "../../loading/context.ts";
import type { builder } from "../../schema-kit/builder.ts";
import { globalId } from "../../schema-kit/global-id.ts";
import * as check from "../../schema-kit/input-checks.ts";
import { instantOf } from "../../schema-kit/instant.ts";
import { mutation, oneRead, type Payload } from "../../schema-kit/mutation.ts";
import type { Faults } from "../../schema-kit/user-errors.ts";
import { textOf } from "../../upstream/shapes.ts";
import { CONTACT_ID, WRITE } from "../contact/mutations.ts";
import { READ } from "../contact/schema.ts";
import { noteById } from "./loader.ts";
import { getNote, listNotes, type Note as NoteValue } from "./rest.ts";
import { Note } from "./schema.ts";
import {
	createNote,
	deleteNote,
	type NoteBody,
	type NoteIds,
	updateNote,
} from "./writes.ts";

type Types = (typeof builder)["$inferSchemaTypes"];

// A note as the write's own answer holds it. It is complete, so it need not be read; a repeat of the write has none.
const answered = new WeakMap<NoteIds, NoteValue>();

const outcomeOf = (note: NoteValue): NoteIds => {
	const ids = { contactId: note.contactId, noteId: note.id };
	answered.set(ids, note);
	return ids;
};

const notePayload = (t: ObjectFieldBuilder<Types, Payload<NoteIds>>) => ({
	note: t.field({
		type: Note,
		// At hand in the write's answer; only a repeat of the write reads it.
		extensions: {
			...READ,
			cost: (ask: CostContext) => oneRead("note", ask),
		},
		description: "The note as it is now; null when the input was refused.",
		resolve: ({ outcome }, _, context) =>
			outcome && (answered.get(outcome) ?? noteById.load(context, outcome)),
	}),
});

const fields = (
	t: InputFieldBuilder<Types, "InputObject">,
	clears: string,
) => ({
	title: t.string({ description: `Its heading.${clears}` }),
	color: t.string({
		description: `Its colour as #RRGGBB.${clears}`,
	}),
	pinned: t.boolean({ description: "Whether it is kept on top." }),
	assignedUserId: t.id({
		description: "The user it is filed under: a global or HighLevel's own id.",
	}),
});

const NOTE_ID = {
	required: true,
	description: "The note: its global id, or HighLevel's own id with contactId.",
} as const;
const PARENT =
	"The note's contact; needed when noteId is HighLevel's own id, since a global id holds it.";

const idsOf = (
	{
		noteId,
		contactId,
	}: { noteId: string; contactId?: string | null | undefined },
	context: Context,
	faults: Faults,
): NoteIds | undefined => {
	const ids = check.idWithin(
		faults,
		context,
		{ path: ["noteId"], type: "Note", value: noteId },
		{ path: ["contactId"], type: "Contact", value: contactId },
	);
	return ids && { contactId: ids.parentId, noteId: ids.childId };
};

const PROPERTIES = { userId: ["assignedUserId"] };

const placesOf = ({ contactId, noteId }: NoteIds) => ({
	ids: { [noteId]: ["noteId"], [contactId]: ["contactId"] },
	properties: PROPERTIES,
});

const touched = (contactId: string) => ({ tags: [TAG.notesOf(contactId)] });

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
			`color must be written as #RRGGBB, such as #FFAA00, but came as ${check.shown(color)}.`,
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

mutation("createNote", {
	description: "Adds a note to a contact. Costs one call.",
	scopes: WRITE,
	input: (t) => ({
		contactId: t.id({ required: true, description: CONTACT_ID }),
		body: t.string({ required: true, description: "What is to be noted." }),
		...fields(t, ""),
	}),
	plan({ contactId: given, ...rest }, context, faults) {
		const contactId = check.id(
			faults,
			["contactId"],
			"Contact",
			given,
			context,
		);
		const some = Object.fromEntries(
			Object.entries(rest).filter(([, value]) => value !== null),
		);
		const body = bodyOf(some, context, faults);
		return contactId === undefined ? undefined : { contactId, body };
	},
	async send({ contactId, body }, { upstream }) {
		return outcomeOf(await createNote(upstream, contactId, body));
	},
	payload: notePayload,
	async readBack({ contactId, body }, { upstream }, since) {
		const notes = await listNotes(upstream, contactId);
		return (notes ?? [])
			.filter(
				(note) =>
					holds(note, body) && (instantOf(note.dateAdded) ?? since) >= since,
			)
			.map(outcomeOf);
	},
	claimOf: ({ noteId }) => `note/${noteId}`,
	inputPaths: ({ contactId }) => ({
		ids: { [contactId]: ["contactId"] },
		properties: PROPERTIES,
	}),
	effects: ({ contactId }) => touched(contactId),
});

mutation("updateNote", {
	description:
		"Changes what is given of a note and nothing else; null clears title and color. Costs one call.",
	scopes: WRITE,
	input: (t) => ({
		noteId: t.id(NOTE_ID),
		contactId: t.id({ description: PARENT }),
		body: t.string({ description: "What is to be noted." }),
		...fields(t, " null clears it."),
	}),
	plan({ noteId, contactId, ...rest }, context, faults) {
		const ids = idsOf({ noteId, contactId }, context, faults);
		const body = bodyOf(rest, context, faults);
		if (faults.list.length === 0 && Object.keys(body).length === 0)
			faults.add(
				null,
				"Nothing to change came. Give at least one field beside noteId.",
			);
		return ids && { ids, body };
	},
	async send({ ids, body }, { upstream }) {
		return outcomeOf(await updateNote(upstream, ids, body));
	},
	payload: notePayload,
	async readBack({ ids, body }, { upstream }) {
		const note = await getNote(upstream, ids.contactId, ids.noteId);
		return note && holds(note, body) ? [outcomeOf(note)] : [];
	},
	inputPaths: ({ ids }) => placesOf(ids),
	effects: ({ ids }) => touched(ids.contactId),
});

mutation("deleteNote", {
	description: "Removes a note. Costs one call.",
	scopes: WRITE,
	input: (t) => ({
		noteId: t.id(NOTE_ID),
		contactId: t.id({ description: PARENT }),
	}),
	plan: (input, context, faults) => idsOf(input, context, faults),
	async send(ids, { upstream }) {
		await deleteNote(upstream, ids);
		return ids;
	},
	payload: (t) => ({
		deletedId: t.id({
			description: "Global id of the note that is gone, for caches.",
			resolve: ({ outcome }, _, { viewer }) =>
				outcome &&
				globalId("Note", viewer.locationId, outcome.contactId, outcome.noteId),
		}),
	}),
	readBack: async (ids, { upstream }) =>
		(await getNote(upstream, ids.contactId, ids.noteId)) ? [] : [ids],
	inputPaths: placesOf,
	effects: ({ contactId }) => touched(contactId),
});

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

/** The calls that change notes. Their answers hold the whole note. */
import type { Upstream } from "../../upstream/client.ts";
import { operation } from "../../upstream/operation.ts";
import { Done, Type } from "../../upstream/shapes.ts";
import { type Note, NoteShape } from "./rest.ts";

/** What can be written into a note [spec]; only what is there is changed. */
export interface NoteBody {
	readonly body?: string;
	readonly title?: string;
	readonly color?: string;
	readonly pinned?: boolean;
	readonly userId?: string;
}

const Answer = Type.Object({ note: NoteShape });
const NOTE = "/contacts/{contactId}/notes/{noteId}";
const create = operation("POST", "/contacts/{contactId}/notes", Answer);
const update = operation("PUT", NOTE, Answer);
const remove = operation("DELETE", NOTE, Done);

export interface NoteIds {
	readonly contactId: string;
	readonly noteId: string;
}

export const createNote = async (
	upstream: Upstream,
	contactId: string,
	body: NoteBody,
): Promise<Note> => {
	const { note } = await upstream.call(create, { ids: { contactId }, body });
	return { ...note, contactId };
};

export const updateNote = async (
	upstream: Upstream,
	{ contactId, noteId }: NoteIds,
	body: NoteBody,
): Promise<Note> => {
	const { note } = await upstream.call(update, {
		ids: { contactId, noteId },
		body,
	});
	return { ...note, contactId };
};

export const deleteNote = async (
	upstream: Upstream,
	{ contactId, noteId }: NoteIds,
): Promise<void> => {
	await upstream.call(remove, { ids: { contactId, noteId } });
};

/** What the Contacts API says about a contact's notes. There is no bulk read (contract, section 10). */
import type { Upstream } from "../../upstream/client.ts";
import { operation } from "../../upstream/operation.ts";
import { saysNotFound } from "../../upstream/refusal.ts";
import {
	Flag,
	Id,
	maybe,
	ofContact,
	type Static,
	Text,
	Timestamp,
	Type,
} from "../../upstream/shapes.ts";

export const NoteShape = Type.Object({
	id: Id,
	body: Text,
	// [recorded] Beside `body`, which may hold HTML.
	bodyText: Text,
	// [recorded] Empty; what stands in it nobody has seen.
	relations: maybe(Type.Array(Type.Unknown())),
	title: Text,
	color: Text,
	pinned: Flag,
	userId: Text,
	dateAdded: Timestamp,
	contactId: Text,
	deleted: Flag,
});

export interface Note extends Static<typeof NoteShape> {
	readonly contactId: string;
}

const listOperation = operation(
	"GET",
	"/contacts/{contactId}/notes",
	Type.Object({ notes: Type.Array(NoteShape) }),
	{
		valueOf: ({ notes }, { contactId = "" }) =>
			notes
				.filter(({ deleted }) => !deleted)
				.map((note) => ofContact(note, contactId)),
	},
);

const getOperation = operation(
	"GET",
	"/contacts/{contactId}/notes/{noteId}",
	Type.Object({ note: NoteShape }),
);

/** All notes of one contact, unpaged [spec]; null when the contact is gone. */
export const listNotes = async (
	upstream: Upstream,
	contactId: string,
): Promise<Note[] | null> => {
	try {
		return await upstream.call(listOperation, { ids: { contactId } });
	} catch (error) {
		if (saysNotFound(error)) return null;
		throw error;
	}
};

export const getNote = async (
	upstream: Upstream,
	contactId: string,
	noteId: string,
): Promise<Note | null> => {
	try {
		const { note } = await upstream.call(getOperation, {
			ids: { contactId, noteId },
		});
		return note.deleted ? null : ofContact(note, contactId);
	} catch (error) {
		if (saysNotFound(error)) return null;
		throw error;
	}
};

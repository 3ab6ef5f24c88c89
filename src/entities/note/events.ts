/** What webhooks say about notes; neither title nor author is in them, so they are read again. */

import type { ChangeKind, ChangeReader } from "../../changes/change.ts";
import { idIn, idMaybeIn } from "../contact/events.ts";
import { NOTES_OF_ANY, notesOfContact } from "./tags.ts";

const about =
	(kind: ChangeKind): ChangeReader =>
	(body) => {
		const contactId = idMaybeIn(body, "contactId");
		return {
			kind,
			contactId,
			subjectId: idIn(body, "id"),
			tags: [
				contactId === undefined ? NOTES_OF_ANY : notesOfContact(contactId),
			],
		};
	};

/** By the sender's type. */
export const noteReaders: Readonly<Record<string, ChangeReader>> = {
	NoteCreate: about("NOTE_CREATED"),
	NoteUpdate: about("NOTE_UPDATED"),
	NoteDelete: about("NOTE_DELETED"),
};

/** What webhooks say about notes; neither title nor author is in them, so they are read again. */

import { TAG } from "../../cache/tags.ts";
import type { ChangeKind, ChangeReader } from "../../changes/change.ts";
import { idIn, idMaybeIn } from "../contact/events.ts";

const about =
	(kind: ChangeKind): ChangeReader =>
	(body) => {
		const contactId = idMaybeIn(body, "contactId");
		return {
			kind,
			contactId,
			subjectId: idIn(body, "id"),
			tags: [contactId === undefined ? TAG.notesOfAny : TAG.notesOf(contactId)],
		};
	};

/** By the sender's type. */
export const noteReaders: Readonly<Record<string, ChangeReader>> = {
	NoteCreate: about("NOTE_CREATED"),
	NoteUpdate: about("NOTE_UPDATED"),
	NoteDelete: about("NOTE_DELETED"),
};

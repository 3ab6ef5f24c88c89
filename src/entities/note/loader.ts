/** Notes cost one call a contact; several notes of one contact asked for by id cost that one call, too. */
import { onceForEach } from "../../cost/field-cost.ts";
import { byId, loader } from "../../loading/loader.ts";
import { instantOf } from "../../schema-kit/instant.ts";
import { orderedBy } from "../../schema-kit/order.ts";
import { getNote, listNotes, type Note } from "./rest.ts";
import { NOTES_OF_ANY, notesOfContact } from "./tags.ts";

/** Newest first, then by id. */
const inOrder = orderedBy<Note>(
	({ dateAdded }) => instantOf(dateAdded),
	"latest first",
);

/** All notes of a contact, in their order; null when the contact is gone. */
export const notesByContact = loader<string, readonly Note[] | null>({
	name: "notesByContact",
	ttl: "webhook",
	cost: onceForEach("notes"),
	keyOf: byId,
	tags: (contactId) => [notesOfContact(contactId), NOTES_OF_ANY],
	fetch: (contactIds, { upstream }) =>
		Promise.all(
			contactIds.map((id) =>
				listNotes(upstream, id).then(
					(notes) => notes && inOrder(notes),
					(error: Error) => error,
				),
			),
		),
});

export interface NoteKey {
	readonly contactId: string;
	readonly noteId: string;
}

/** One note; null when it is gone. */
export const noteById = loader<NoteKey, Note | null>({
	name: "noteById",
	ttl: "webhook",
	// Several of one contact are looked for in its list first.
	cost: (cost, { key }) =>
		cost.key("note by id", key, (notes) =>
			notes === 1 ? 1 : notes + Math.floor(notes / 2),
		),
	keyOf: ({ contactId, noteId }) => `${contactId}/${noteId}`,
	tags: ({ contactId }) => [notesOfContact(contactId), NOTES_OF_ANY],
	fetch: (keys, context) =>
		Promise.all(
			keys.map(async ({ contactId, noteId }) => {
				try {
					const alone =
						keys.filter((key) => key.contactId === contactId).length === 1;
					if (!alone) {
						const notes = await notesByContact.load(context, contactId);
						const found = notes?.find(({ id }) => id === noteId);
						if (found) return found;
					}
					// Whether long lists are cut is unknown (contract, section 5), so what a list lacks is asked for itself.
					return await getNote(context.upstream, contactId, noteId);
				} catch (error) {
					return error as Error;
				}
			}),
		),
});

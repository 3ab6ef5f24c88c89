/** What cached notes hang on. */
import { childOf, TAG } from "../../cache/tags.ts";

/** Every contact's notes: one changed, and nobody knows whose it is. */
export const NOTES_OF_ANY = "contacts/notes";

export const notesOfContact = childOf(TAG.contact, "notes");

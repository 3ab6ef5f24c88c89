/** The cache tags of notes. */
import { childOf, TAG } from "../../cache/tags.ts";

export const notesOfContact = childOf(TAG.contact, "notes");

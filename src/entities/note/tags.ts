/** What cached notes hang on. */
import { childOf, TAG } from "../../cache/tags.ts";

export const notesOfContact = childOf(TAG.contact, "notes");

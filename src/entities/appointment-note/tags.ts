/** What cached notes of appointments hang on. */
import { childOf } from "../../cache/tags.ts";
import { appointmentTag } from "../appointment/tags.ts";

export const notesOfAppointment = childOf(appointmentTag, "notes");

/** The cache tags of notes of appointments. */
import { childOf } from "../../cache/tags.ts";
import { appointmentTag } from "../appointment/tags.ts";

export const notesOfAppointment = childOf(appointmentTag, "notes");

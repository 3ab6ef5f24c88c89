/** Creating, changing and deleting the notes of an appointment. */
import type { Context } from "../../loading/context.ts";
import { crud } from "../../schema-kit/crud.ts";
import * as check from "../../schema-kit/input-checks.ts";
import { latestOf } from "../../schema-kit/instant.ts";
import { inputOf } from "../../schema-kit/mutation.ts";
import type { Faults } from "../../schema-kit/user-errors.ts";
import { beforeSending } from "../../upstream/certainty.ts";
import type { Upstream } from "../../upstream/client.ts";
import { gone } from "../../upstream/refusal.ts";
import { textOf } from "../../upstream/shapes.ts";
import { appointmentNoteById } from "./loader.ts";
import {
	type AppointmentNoteBody,
	type AppointmentNoteIds,
	type AppointmentNote as AppointmentNoteValue,
	allAppointmentNotes,
	createAppointmentNote,
	deleteAppointmentNote,
	updateAppointmentNote,
} from "./rest.ts";
import { AppointmentNote } from "./schema.ts";
import { notesOfAppointment } from "./tags.ts";

const holds = (
	note: AppointmentNoteValue,
	{ body, userId }: Partial<AppointmentNoteBody>,
): boolean =>
	(body === undefined || (textOf(note.body) ?? "").trim() === body.trim()) &&
	(userId === undefined || textOf(note.userId) === userId);

/** There is no read of a single note. */
const readNote = async (
	{ appointmentId, noteId }: AppointmentNoteIds,
	upstream: Upstream,
): Promise<AppointmentNoteValue | null> => {
	const all = await allAppointmentNotes(upstream, appointmentId);
	return all.find(({ id }) => id === noteId) ?? null;
};

/** @throws Refusal where there is no such note: nothing is sent. */
const textToKeep = async (
	ids: AppointmentNoteIds,
	upstream: Upstream,
): Promise<string> => {
	const note = await beforeSending(readNote(ids, upstream));
	if (note) return textOf(note.body) ?? "";
	throw gone(
		"GET /calendars/appointments/{appointmentId}/notes",
		`Note with id ${ids.noteId}`,
	);
};

const notes = crud({
	type: AppointmentNote,
	noun: "note",
	id: "noteId",
	parent: { type: "Appointment", id: "appointmentId" },
	scopes: ["calendars/events.write"],
	outcomeOf: ({ appointmentId, id }) => ({ appointmentId, noteId: id }),
	load: (ids, context) => appointmentNoteById.load(context, ids),
	read: readNote,
	holds,
	effects: ({ appointmentId }) => ({
		tags: [notesOfAppointment(appointmentId)],
	}),
	properties: { userId: ["assignedUserId"] },
});

const AUTHOR = "The user it is filed under: a global or HighLevel's own id.";

interface Given {
	readonly body?: string | null | undefined;
	readonly assignedUserId?: string | null | undefined;
}

const bodyOf = (
	{ body, assignedUserId }: Given,
	context: Context,
	faults: Faults,
): Partial<AppointmentNoteBody> => {
	const text = body == null ? undefined : check.text(faults, ["body"], body);
	const userId =
		assignedUserId == null
			? undefined
			: check.id(faults, ["assignedUserId"], "User", assignedUserId, context);
	return {
		...(text !== undefined && { body: text }),
		...(userId !== undefined && { userId }),
	};
};

notes.create("createAppointmentNote", {
	description: "Adds a note to an appointment. Costs one call.",
	input: (t) => ({
		body: t.string({ required: true, description: "Text of the note." }),
		assignedUserId: t.id({ description: AUTHOR }),
	}),
	body: bodyOf,
	send: async ({ appointmentId }, { body = "", ...rest }, { upstream }) =>
		notes.written(
			await createAppointmentNote(upstream, appointmentId, { body, ...rest }),
		),
	async found({ appointmentId }, body, { upstream }) {
		const all = await allAppointmentNotes(upstream, appointmentId);
		return all
			.filter((note) => holds(note, body))
			.map((note) => ({
				outcome: notes.written(note),
				madeAt: latestOf(note.dateAdded),
			}));
	},
});

notes.update("updateAppointmentNote", {
	description:
		"Changes what is given of an appointment's note and nothing else. Costs one call, or two when body is left out: HighLevel wants it back, so it is read first.",
	cost: (cost) => (inputOf(cost).body == null ? 2 : 1),
	input: (t) => ({
		body: t.string({ description: "Text of the note." }),
		assignedUserId: t.id({ description: AUTHOR }),
	}),
	body(given, context, faults) {
		for (const field of ["body", "assignedUserId"] as const)
			if (given[field] === null)
				faults.add(
					[field],
					`${field} of a note cannot be cleared. Leave it out to keep it.`,
				);
		return bodyOf(given, context, faults);
	},
	async send(ids, { body, ...rest }, { upstream }) {
		const kept = body ?? (await textToKeep(ids, upstream));
		return notes.written(
			await updateAppointmentNote(upstream, ids, { body: kept, ...rest }),
		);
	},
});

notes.remove("deleteAppointmentNote", {
	description: "Removes a note of an appointment. Costs one call.",
	send: (ids, { upstream }) => deleteAppointmentNote(upstream, ids),
});

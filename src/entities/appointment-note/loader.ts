/** Notes of an appointment, a page of HighLevel's own size at a time. */
import { loader } from "../../loading/loader.ts";
import {
	type AppointmentNote,
	type AppointmentNoteIds,
	allAppointmentNotes,
	listAppointmentNotes,
	NOTES_PAGE,
	type NotesPage,
} from "./rest.ts";
import { notesOfAppointment } from "./tags.ts";

// What is likely enough to be priced: an appointment with more notes than this costs a call for each page of them.
const LIKELY_PAGES = 2;

export interface NotesPageKey {
	readonly appointmentId: string;
	readonly limit: number;
	readonly offset: number;
}

/** Null when the appointment is gone. */
export const notesPage = loader<NotesPageKey, NotesPage | null>({
	name: "notesPage",
	// Like tasks: no webhook reports their changes (contract, webhooks.json).
	ttl: "task",
	cost: (cost, { key, count, batches }) =>
		cost.once(
			key,
			batches * Math.ceil(count / Math.max(1, batches) / NOTES_PAGE),
		),
	keyOf: ({ appointmentId, limit, offset }) =>
		`${appointmentId} ${limit} ${offset}`,
	tags: ({ appointmentId }) => [notesOfAppointment(appointmentId)],
	fetch: (keys, { upstream }) =>
		Promise.all(
			keys.map(({ appointmentId, ...page }) =>
				listAppointmentNotes(upstream, appointmentId, page).catch(
					(error: Error) => error,
				),
			),
		),
});

/** One note; null when it is gone. Costs one call for every twenty notes of its appointment. */
export const appointmentNoteById = loader<
	AppointmentNoteIds,
	AppointmentNote | null
>({
	name: "appointmentNoteById",
	ttl: "task",
	cost: (cost, { key }) =>
		cost.key(
			"notes of an appointment",
			key,
			(appointments) => appointments * LIKELY_PAGES,
		),
	keyOf: ({ appointmentId, noteId }) => `${appointmentId}/${noteId}`,
	tags: ({ appointmentId }) => [notesOfAppointment(appointmentId)],
	fetch: (keys, { upstream }) => {
		const lists = new Map<string, Promise<AppointmentNote[]>>();
		return Promise.all(
			keys.map(async ({ appointmentId, noteId }) => {
				const list =
					lists.get(appointmentId) ??
					allAppointmentNotes(upstream, appointmentId);
				lists.set(appointmentId, list);
				try {
					return (await list).find(({ id }) => id === noteId) ?? null;
				} catch (error) {
					return error as Error;
				}
			}),
		);
	},
});

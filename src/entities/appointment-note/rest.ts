/** What the Contacts API says about the notes of an appointment: read by pages, written one by one. */
import type { Upstream } from "../../upstream/client.ts";
import { checkMovedOn } from "../../upstream/moved-on.ts";
import { operation } from "../../upstream/operation.ts";
import { saysNotFound } from "../../upstream/refusal.ts";
import {
	Done,
	Flag,
	Id,
	maybe,
	paged,
	part,
	type Static,
	Text,
	Timestamp,
	Type,
	usable,
} from "../../upstream/shapes.ts";

const Shape = Type.Object({
	id: Id,
	body: Text,
	userId: Text,
	dateAdded: Timestamp,
	contactId: Text,
	createdBy: maybe(part({ id: Text, name: Text })),
});

export interface AppointmentNote extends Static<typeof Shape> {
	readonly appointmentId: string;
}

export interface AppointmentNoteIds {
	readonly appointmentId: string;
	readonly noteId: string;
}

const NOTES = "/calendars/appointments/{appointmentId}/notes";
const NOTE = `${NOTES}/{noteId}`;
const Answer = Type.Object({ note: Shape });

const list = operation(
	"GET",
	NOTES,
	Type.Object({ notes: paged(Shape), hasMore: Flag }),
);
const create = operation("POST", NOTES, Answer);
const update = operation("PUT", NOTE, Answer);
const remove = operation("DELETE", NOTE, Done);

/** The largest page [spec]. */
export const NOTES_PAGE = 20;

export interface NotesPage {
	readonly notes: readonly AppointmentNote[];
	/** How many the page held, with those that cannot be used. */
	readonly rows: number;
	readonly hasMore: boolean;
}

/** One page of at most NOTES_PAGE; null when the appointment is gone. */
export const listAppointmentNotes = async (
	upstream: Upstream,
	appointmentId: string,
	page: { limit: number; offset: number },
): Promise<NotesPage | null> => {
	try {
		const { notes, hasMore } = await upstream.call(list, {
			ids: { appointmentId },
			query: page,
		});
		return {
			notes: usable(notes).map((note) => ({ ...note, appointmentId })),
			rows: notes.length,
			hasMore: hasMore === true,
		};
	} catch (error) {
		if (saysNotFound(error)) return null;
		throw error;
	}
};

/** Every note, page by page: there is no read of a single one. */
export const allAppointmentNotes = async (
	upstream: Upstream,
	appointmentId: string,
): Promise<AppointmentNote[]> => {
	const all: AppointmentNote[] = [];
	let offset = 0;
	for (;;) {
		const page = await listAppointmentNotes(upstream, appointmentId, {
			limit: NOTES_PAGE,
			offset,
		});
		checkMovedOn(list, all.at(-1)?.id, page?.notes.at(-1)?.id);
		all.push(...(page?.notes ?? []));
		if (!page?.hasMore || page.rows === 0) return all;
		offset += page.rows;
	}
};

/** `body` is required, also to change another field [spec]. */
export interface AppointmentNoteBody {
	readonly body: string;
	readonly userId?: string;
}

export const createAppointmentNote = async (
	upstream: Upstream,
	appointmentId: string,
	body: AppointmentNoteBody,
): Promise<AppointmentNote> => {
	const { note } = await upstream.call(create, {
		ids: { appointmentId },
		body,
	});
	return { ...note, appointmentId };
};

export const updateAppointmentNote = async (
	upstream: Upstream,
	{ appointmentId, noteId }: AppointmentNoteIds,
	body: AppointmentNoteBody,
): Promise<AppointmentNote> => {
	const { note } = await upstream.call(update, {
		ids: { appointmentId, noteId },
		body,
	});
	return { ...note, appointmentId };
};

export const deleteAppointmentNote = async (
	upstream: Upstream,
	{ appointmentId, noteId }: AppointmentNoteIds,
): Promise<void> => {
	await upstream.call(remove, { ids: { appointmentId, noteId } });
};

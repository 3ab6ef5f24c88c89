/** Creating, changing and deleting the notes of an appointment. */
import type { ObjectFieldBuilder } from "@pothos/core";
import { TAG } from "../../cache/tags.ts";
import type { CostContext } from "../../cost/field-cost.ts";
import type { Context } from "../../loading/context.ts";
import type { builder } from "../../schema-kit/builder.ts";
import { globalId } from "../../schema-kit/global-id.ts";
import * as check from "../../schema-kit/input-checks.ts";
import { instantOf } from "../../schema-kit/instant.ts";
import {
	inputOf,
	mutation,
	oneRead,
	type Payload,
} from "../../schema-kit/mutation.ts";
import type { Faults } from "../../schema-kit/user-errors.ts";
import { beforeSending } from "../../upstream/certainty.ts";
import type { Upstream } from "../../upstream/client.ts";
import { gone } from "../../upstream/refusal.ts";
import { textOf } from "../../upstream/shapes.ts";
import { READ } from "../contact/schema.ts";
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

type Types = (typeof builder)["$inferSchemaTypes"];

// A note as the write's own answer holds it. It is complete, so it need not be read; a repeat of the write has none.
const answered = new WeakMap<AppointmentNoteIds, AppointmentNoteValue>();

const outcomeOf = (note: AppointmentNoteValue): AppointmentNoteIds => {
	const ids = { appointmentId: note.appointmentId, noteId: note.id };
	answered.set(ids, note);
	return ids;
};

const notePayload = (
	t: ObjectFieldBuilder<Types, Payload<AppointmentNoteIds>>,
) => ({
	appointmentNote: t.field({
		type: AppointmentNote,
		// At hand in the write's answer; only a repeat of the write reads it.
		extensions: {
			...READ,
			cost: (ask: CostContext) => oneRead("appointment note", ask),
		},
		description: "The note as it is now; null when the input was refused.",
		resolve: ({ outcome }, _, context) =>
			outcome &&
			(answered.get(outcome) ?? appointmentNoteById.load(context, outcome)),
	}),
});

const SCOPES = ["calendars/events.write"];
const NOTE_ID = {
	required: true,
	description:
		"The note: its global id, or HighLevel's own id with appointmentId.",
} as const;
const PARENT =
	"The note's appointment; needed when noteId is HighLevel's own id, since a global id holds it.";
const AUTHOR = "The user it is filed under: a global or HighLevel's own id.";

const idsOf = (
	input: { noteId: string; appointmentId?: string | null | undefined },
	context: Context,
	faults: Faults,
): AppointmentNoteIds | undefined => {
	const ids = check.idWithin(
		faults,
		context,
		{ path: ["noteId"], type: "AppointmentNote", value: input.noteId },
		{
			path: ["appointmentId"],
			type: "Appointment",
			value: input.appointmentId,
		},
	);
	return ids && { appointmentId: ids.parentId, noteId: ids.childId };
};

const userOf = (
	value: string | null | undefined,
	context: Context,
	faults: Faults,
) =>
	value == null
		? undefined
		: check.id(faults, ["assignedUserId"], "User", value, context);

const PROPERTIES = { userId: ["assignedUserId"] };

const placesOf = ({ appointmentId, noteId }: AppointmentNoteIds) => ({
	ids: { [noteId]: ["noteId"], [appointmentId]: ["appointmentId"] },
	properties: PROPERTIES,
});

const touched = (appointmentId: string) => ({
	tags: [TAG.appointmentNotes(appointmentId)],
});

mutation("createAppointmentNote", {
	description: "Adds a note to an appointment. Costs one call.",
	scopes: SCOPES,
	input: (t) => ({
		appointmentId: t.id({
			required: true,
			description: "The appointment: its global id, or HighLevel's own id.",
		}),
		body: t.string({ required: true, description: "What is to be noted." }),
		assignedUserId: t.id({ description: AUTHOR }),
	}),
	plan(input, context, faults) {
		const appointmentId = check.id(
			faults,
			["appointmentId"],
			"Appointment",
			input.appointmentId,
			context,
		);
		const body = check.text(faults, ["body"], input.body);
		const userId = userOf(input.assignedUserId, context, faults);
		if (appointmentId === undefined || body === undefined) return undefined;
		return { appointmentId, body: { body, ...(userId && { userId }) } };
	},
	async send({ appointmentId, body }, { upstream }) {
		return outcomeOf(
			await createAppointmentNote(upstream, appointmentId, body),
		);
	},
	payload: notePayload,
	async readBack({ appointmentId, body }, { upstream }, since) {
		const notes = await allAppointmentNotes(upstream, appointmentId);
		return notes
			.filter(
				(note) =>
					holds(note, body) && (instantOf(note.dateAdded) ?? since) >= since,
			)
			.map(outcomeOf);
	},
	claimOf: ({ noteId }) => `appointment-note/${noteId}`,
	inputPaths: ({ appointmentId }) => ({
		ids: { [appointmentId]: ["appointmentId"] },
		properties: PROPERTIES,
	}),
	effects: ({ appointmentId }) => touched(appointmentId),
});

mutation("updateAppointmentNote", {
	description:
		"Changes what is given of an appointment's note and nothing else. Costs one call, or two when body is left out: HighLevel wants it back, so it is read first.",
	scopes: SCOPES,
	cost: (ask) => (inputOf(ask).body == null ? 2 : 1),
	input: (t) => ({
		noteId: t.id(NOTE_ID),
		appointmentId: t.id({ description: PARENT }),
		body: t.string({ description: "What is to be noted." }),
		assignedUserId: t.id({ description: AUTHOR }),
	}),
	plan(input, context, faults) {
		const ids = idsOf(input, context, faults);
		for (const field of ["body", "assignedUserId"] as const)
			if (input[field] === null)
				faults.add(
					[field],
					`${field} of a note cannot be cleared. Leave it out to keep it.`,
				);
		const body =
			input.body == null ? undefined : check.text(faults, ["body"], input.body);
		const userId = userOf(input.assignedUserId, context, faults);
		if (faults.list.length === 0 && body === undefined && userId === undefined)
			faults.add(
				null,
				"Nothing to change came. Give at least one field beside noteId.",
			);
		return ids && { ids, body, userId };
	},
	async send({ ids, body, userId }, { upstream }) {
		const kept = body ?? (await bodyOf(ids, upstream));
		return outcomeOf(
			await updateAppointmentNote(upstream, ids, {
				body: kept,
				...(userId && { userId }),
			}),
		);
	},
	payload: notePayload,
	async readBack({ ids, body, userId }, { upstream }) {
		const notes = await allAppointmentNotes(upstream, ids.appointmentId);
		const note = notes.find(({ id }) => id === ids.noteId);
		const same =
			note &&
			(body === undefined || textOf(note.body) === body) &&
			(userId === undefined || textOf(note.userId) === userId);
		return same ? [outcomeOf(note)] : [];
	},
	inputPaths: ({ ids }) => placesOf(ids),
	effects: ({ ids }) => touched(ids.appointmentId),
});

mutation("deleteAppointmentNote", {
	description: "Removes a note of an appointment. Costs one call.",
	scopes: SCOPES,
	input: (t) => ({
		noteId: t.id(NOTE_ID),
		appointmentId: t.id({ description: PARENT }),
	}),
	plan: (input, context, faults) => idsOf(input, context, faults),
	async send(ids, { upstream }) {
		await deleteAppointmentNote(upstream, ids);
		return ids;
	},
	payload: (t) => ({
		deletedId: t.id({
			description: "Global id of the note that is gone, for caches.",
			resolve: ({ outcome }, _, { viewer }) =>
				outcome &&
				globalId(
					"AppointmentNote",
					viewer.locationId,
					outcome.appointmentId,
					outcome.noteId,
				),
		}),
	}),
	async readBack(ids, { upstream }) {
		const notes = await allAppointmentNotes(upstream, ids.appointmentId);
		return notes.some(({ id }) => id === ids.noteId) ? [] : [ids];
	},
	inputPaths: placesOf,
	effects: ({ appointmentId }) => touched(appointmentId),
});

/** @throws Refusal where there is no such note: nothing is sent. */
const bodyOf = async (
	{ appointmentId, noteId }: AppointmentNoteIds,
	upstream: Upstream,
): Promise<string> => {
	const notes = await beforeSending(
		allAppointmentNotes(upstream, appointmentId),
	);
	const found = notes.find(({ id }) => id === noteId);
	if (!found)
		throw gone(
			"GET /calendars/appointments/{appointmentId}/notes",
			`Note with id ${noteId}`,
		);
	return textOf(found.body) ?? "";
};

const holds = (
	note: AppointmentNoteValue,
	{ body, userId }: AppointmentNoteBody,
): boolean =>
	(textOf(note.body) ?? "").trim() === body.trim() &&
	(userId === undefined || textOf(note.userId) === userId);

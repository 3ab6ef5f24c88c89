// Creating, changing and deleting the notes of an appointment.
import { Hono } from "hono";
import { answer } from "../http/answers.ts";
import { checkedBody, type Rules } from "../http/body-rules.ts";
import type { Api, Call, Env, Parts } from "../http/env.ts";
import { notFound } from "../http/errors.ts";
import type { AppointmentNoteRecord } from "../store/records.ts";
import { appointmentNoteShape, pathAppointment } from "./appointments.ts";

const BASE = "/calendars/appointments/:appointmentId/notes";

export function appointmentNoteWrites({ settings }: Parts): Api {
	const app: Api = new Hono<Env>({ strict: false });

	app.post(BASE, (call) => {
		const { appointment, location } = pathAppointment(call, "appointmentId");
		const body = checkedBody(call, NOTE);
		const at = settings.now();
		const note: AppointmentNoteRecord = {
			id: location.newId("appointmentNote"),
			locationId: location.id,
			appointmentId: appointment.id,
			contactId: appointment.contactId,
			body: String(body.body),
			userId: (body.userId as string | undefined) ?? null,
			dateAdded: new Date(at).toISOString(),
		};
		location.appointmentNotes.put(note, at);
		return answer(call, { note: appointmentNoteShape(note, location) }, 201);
	});

	app.put(`${BASE}/:noteId`, (call) => {
		const { note, location } = pathNote(call);
		const after = { ...note, ...checkedBody(call, NOTE) };
		location.appointmentNotes.put(after, settings.now());
		return answer(call, { note: appointmentNoteShape(after, location) });
	});

	app.delete(`${BASE}/:noteId`, (call) => {
		const { note, location } = pathNote(call);
		location.appointmentNotes.delete(note.id, settings.now());
		return answer(call, { success: true });
	});

	return app;
}

const NOTE: Rules = {
	userId: { kind: "string" },
	body: { kind: "string", required: true, filled: true },
};

function pathNote(call: Call) {
	const { appointment, location } = pathAppointment(call, "appointmentId");
	const id = call.req.param("noteId") ?? "";
	const note = location.appointmentNotes.get(id);
	if (note?.appointmentId !== appointment.id) throw notFound("Note", id);
	return { note, location };
}

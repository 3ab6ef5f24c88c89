// Reading appointments: of a contact (times without offset), calendar events (times with offset), and their notes.
import { Hono } from "hono";
import { answer } from "../http/answers.ts";
import type { Api, Call, Env, Parts } from "../http/env.ts";
import { notFound, unprocessable } from "../http/errors.ts";
import {
	numberQuery,
	pathContact,
	requiredQuery,
	sameLocation,
} from "../http/input.ts";
import type { LocationData } from "../store/location-data.ts";
import type {
	AppointmentNoteRecord,
	AppointmentRecord,
} from "../store/records.ts";
import { type Form, withoutNulls } from "./contact-shapes.ts";
import { localTime, offsetTime } from "./zone-time.ts";

export function appointmentReads({ settings }: Parts): Api {
	const app: Api = new Hono<Env>({ strict: false });

	app.get("/contacts/:contactId/appointments", (call) => {
		const contact = pathContact(call);
		const location = call.get("location");
		const events = location.appointments.group(contact.id);
		return answer(call, {
			events: events.map((event) => ofContact(event, location)),
		});
	});

	app.get("/calendars/events/appointments/:eventId", (call) => {
		const location = call.get("location");
		const id = call.req.param("eventId");
		const appointment = location.appointments.get(id);
		if (appointment !== undefined) {
			const shown = eventShape(appointment, location, settings);
			return answer(
				call,
				settings.specified ? { event: shown } : { appointment: shown },
			);
		}
		// [recorded] One that was deleted is still answered.
		const before = location.appointments.history(id).at(-2)?.value;
		if (settings.specified || before === undefined)
			throw notFound("Appointment", id);
		const shown = eventShape(before, location, settings);
		return answer(call, { appointment: { ...shown, deleted: true } });
	});

	app.get("/calendars/events", (call) => {
		const location = sameLocation(call);
		const from = Number(requiredQuery(call, "startTime"));
		const to = Number(requiredQuery(call, "endTime"));
		if (!Number.isInteger(from) || !Number.isInteger(to))
			throw unprocessable("startTime and endTime must be epoch milliseconds");
		const { userId, calendarId, groupId } = call.req.query();
		if (!userId && !calendarId && !groupId)
			throw unprocessable(
				"Either of userId, calendarId or groupId is required",
			);
		const events = [...location.appointments.values()].filter(
			(one) =>
				one.startsAt >= from &&
				one.startsAt <= to &&
				(!userId || one.assignedUserId === userId) &&
				(!calendarId || one.calendarId === calendarId) &&
				(!groupId || one.groupId === groupId),
		);
		return answer(call, {
			events: events.map((event) => eventShape(event, location, settings)),
		});
	});

	app.get("/calendars/appointments/:appointmentId/notes", (call) => {
		const { appointment, location } = pathAppointment(call, "appointmentId");
		const limit = numberQuery(call, "limit", { min: 1, max: 20 });
		const offset = numberQuery(call, "offset", { min: 0 });
		const notes = location.appointmentNotes.group(appointment.id);
		return answer(call, {
			notes: notes
				.slice(offset, offset + limit)
				.map((note) => appointmentNoteShape(note, location)),
			hasMore: offset + limit < notes.length,
		});
	});

	return app;
}

/** The appointment of the path; one of another location reads as not found. */
export function pathAppointment(
	call: Call,
	parameter: "eventId" | "appointmentId",
): { appointment: AppointmentRecord; location: LocationData } {
	const location = call.get("location");
	const id = call.req.param(parameter) ?? "";
	const appointment = location.appointments.get(id);
	if (appointment === undefined) throw notFound("Appointment", id);
	return { appointment, location };
}

function ofContact(one: AppointmentRecord, location: LocationData): object {
	const zone = location.record.timezone;
	return withoutNulls({
		id: one.id,
		calendarId: one.calendarId,
		status: "booked",
		title: one.title,
		assignedUserId: one.assignedUserId,
		notes: one.notes,
		startTime: localTime(one.startsAt, zone),
		endTime: localTime(one.endsAt, zone),
		address: one.address,
		locationId: one.locationId,
		contactId: one.contactId,
		groupId: one.groupId,
		appointmentStatus: one.appointmentStatus,
		appoinmentStatus: one.appointmentStatus,
		users: one.users,
		dateAdded: localTime(Date.parse(one.dateAdded), zone),
		dateUpdated: localTime(Date.parse(one.dateUpdated), zone),
		assignedResources: one.assignedResources,
	});
}

/** The misspelt twin `appoinmentStatus` is upstream's (contract, section 11). */
export function eventShape(
	one: AppointmentRecord,
	location: LocationData,
	{ specified }: Form,
): object {
	const zone = location.record.timezone;
	return withoutNulls({
		id: one.id,
		address: one.address ?? "",
		title: one.title,
		calendarId: one.calendarId,
		locationId: one.locationId,
		contactId: one.contactId,
		groupId: one.groupId,
		appointmentStatus: one.appointmentStatus,
		appoinmentStatus: one.appointmentStatus,
		assignedUserId: one.assignedUserId ?? "",
		users: one.users,
		notes: one.notes,
		description: one.description,
		isRecurring: one.rrule !== null,
		rrule: one.rrule,
		startTime: offsetTime(one.startsAt, zone),
		endTime: offsetTime(one.endsAt, zone),
		dateAdded: one.dateAdded,
		dateUpdated: one.dateUpdated,
		assignedResources: one.assignedResources,
		...(specified
			? {
					createdBy: withoutNulls({
						userId: one.createdBy,
						source: one.source,
					}),
				}
			: {
					createdBy: { userId: one.createdBy, source: one.source },
					appointmentMeta: { slotType: "regular" },
					deleted: false,
				}),
	});
}

export function appointmentNoteShape(
	note: AppointmentNoteRecord,
	location: LocationData,
): object {
	const user =
		note.userId === null ? undefined : location.users.get(note.userId);
	return withoutNulls({
		id: note.id,
		body: note.body,
		userId: note.userId,
		dateAdded: note.dateAdded,
		contactId: note.contactId,
		createdBy:
			user === undefined
				? undefined
				: { id: user.id, name: `${user.firstName} ${user.lastName}` },
	});
}

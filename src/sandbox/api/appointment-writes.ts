// Booking, changing and cancelling appointments, with the upstream's traps: status reset, team and slot checks.
import { Hono } from "hono";
import { answer, created } from "../http/answers.ts";
import { checkedBody, type Rule, type Rules } from "../http/body-rules.ts";
import type { Api, Env, Parts } from "../http/env.ts";
import { notFound, Refusal, unprocessable } from "../http/errors.ts";
import { sameLocation } from "../http/input.ts";
import type { CalendarRecord } from "../store/account-records.ts";
import type { LocationData } from "../store/location-data.ts";
import type { AppointmentRecord } from "../store/records.ts";
import { pathAppointment } from "./appointments.ts";
import { type Form, withoutNulls } from "./contact-shapes.ts";
import { isBusy } from "./free-slots.ts";
import { offsetTime, parseTime } from "./zone-time.ts";

export function appointmentWrites({ settings }: Parts): Api {
	const app: Api = new Hono<Env>({ strict: false });

	app.post("/calendars/events/appointments", (call) => {
		const body = checkedBody(call, CREATE);
		const location = sameLocation(call, String(body.locationId));
		const calendar = calendarOf(location, String(body.calendarId));
		const contact = location.contacts.get(String(body.contactId));
		if (contact === undefined)
			throw notFound("Contact", String(body.contactId));
		const at = settings.now();
		const now = new Date(at).toISOString();
		const times = timesFrom(body, location, calendar);
		if (times === undefined)
			throw unprocessable("startTime should not be empty");
		const user = (body.assignedUserId as string | undefined) ?? null;
		checkTeam(user, calendar);
		const booked: AppointmentRecord = {
			id: location.newId("appointment"),
			locationId: location.id,
			contactId: contact.id,
			calendarId: calendar.id,
			groupId: calendar.groupId,
			title: (body.title as string | undefined) ?? calendar.name,
			appointmentStatus: storedStatus(body.appointmentStatus),
			assignedUserId: user,
			users: [],
			notes: null,
			description: (body.description as string | undefined) ?? null,
			address: (body.address as string | undefined) ?? null,
			meetingLocationType:
				(body.meetingLocationType as string | undefined) ?? "custom",
			...times,
			rrule: recurrence(body),
			source: "third_party",
			createdBy: null,
			assignedResources: [],
			dateAdded: now,
			dateUpdated: now,
		};
		if (body.ignoreFreeSlotValidation !== true) checkSlot(booked, location);
		location.appointments.put(booked, at);
		return answer(call, writtenShape(booked, location, settings));
	});

	app.put("/calendars/events/appointments/:eventId", (call) => {
		const { appointment, location } = pathAppointment(call, "eventId");
		const body = checkedBody(call, UPDATE);
		const calendar = calendarOf(
			location,
			String(body.calendarId ?? appointment.calendarId),
		);
		const user =
			(body.assignedUserId as string | undefined) ?? appointment.assignedUserId;
		if (body.assignedUserId !== undefined || body.calendarId !== undefined)
			checkTeam(user, calendar);
		const at = settings.now();
		const given = Object.fromEntries(
			["title", "description", "address", "meetingLocationType"]
				.filter((key) => body[key] !== undefined)
				.map((key) => [key, body[key]]),
		);
		const changed: AppointmentRecord = {
			...appointment,
			...given,
			calendarId: calendar.id,
			groupId: calendar.groupId,
			assignedUserId: user,
			// A PUT without a status resets it to confirmed (contract, section 11).
			appointmentStatus: storedStatus(body.appointmentStatus),
			...timesFrom(body, location, calendar, appointment),
			rrule: recurrence(body) ?? appointment.rrule,
			dateUpdated: new Date(at).toISOString(),
		};
		const moved =
			changed.startsAt !== appointment.startsAt ||
			changed.endsAt !== appointment.endsAt ||
			changed.assignedUserId !== appointment.assignedUserId;
		if (moved && body.ignoreFreeSlotValidation !== true)
			checkSlot(changed, location);
		location.appointments.put(changed, at);
		return answer(call, writtenShape(changed, location, settings));
	});

	// `succeeded` spelt right: only here (contract, section 2).
	app.delete("/calendars/events/:eventId", (call) => {
		const { appointment, location } = pathAppointment(call, "eventId");
		const at = settings.now();
		for (const note of location.appointmentNotes.group(appointment.id))
			location.appointmentNotes.delete(note.id, at, { quiet: true });
		location.appointments.delete(appointment.id, at);
		return answer(call, { succeeded: true }, created(settings));
	});

	return app;
}

const text: Rule = { kind: "string" };
const flag: Rule = { kind: "boolean" };

/** `completed` is no value of the spec, yet it is taken and stored as `showed` (contract, section 11). */
const STATUSES = [
	"new",
	"confirmed",
	"cancelled",
	"showed",
	"noshow",
	"invalid",
	"completed",
];

const UPDATE: Rules = {
	title: text,
	meetingLocationType: {
		...text,
		values: [
			"custom",
			"zoom",
			"gmeet",
			"phone",
			"address",
			"ms_teams",
			"google",
		],
	},
	meetingLocationId: text,
	overrideLocationConfig: flag,
	appointmentStatus: { ...text, values: STATUSES },
	assignedUserId: text,
	description: text,
	address: text,
	ignoreDateRange: flag,
	toNotify: flag,
	ignoreFreeSlotValidation: flag,
	rrule: text,
	calendarId: text,
	startTime: text,
	endTime: text,
};

const CREATE: Rules = {
	...UPDATE,
	calendarId: { ...text, required: true, filled: true },
	locationId: { ...text, required: true, filled: true },
	contactId: { ...text, required: true, filled: true },
	startTime: { ...text, required: true, filled: true },
};

const storedStatus = (asked: unknown): string =>
	asked === "completed" ? "showed" : ((asked as string) ?? "confirmed");

/** The rule counts only together with ignoreFreeSlotValidation [spec]. */
const recurrence = (body: Record<string, unknown>): string | null =>
	body.ignoreFreeSlotValidation === true && typeof body.rrule === "string"
		? body.rrule
		: null;

function calendarOf(location: LocationData, id: string): CalendarRecord {
	const calendar = location.calendars.get(id);
	if (calendar === undefined) throw notFound("Calendar", id);
	return calendar;
}

function checkTeam(user: string | null, calendar: CalendarRecord): void {
	if (user === null || user === "")
		throw new Refusal(
			400,
			"A team member needs to be selected. assignedUserId is missing",
		);
	if (!calendar.teamMembers.includes(user))
		throw new Refusal(400, "The user id not part of calendar team.");
}

/** Taken when the same person has another appointment in that time. */
function checkSlot(asked: AppointmentRecord, location: LocationData): void {
	if (isBusy(location, asked.assignedUserId, asked, asked.id))
		throw new Refusal(
			400,
			"The slot you have selected is no longer available.",
		);
}

/** Undefined when the body says nothing about times. A start alone keeps the length of the calendar's slots. */
function timesFrom(
	body: Record<string, unknown>,
	location: LocationData,
	calendar: CalendarRecord,
	before?: AppointmentRecord,
): { startsAt: number; endsAt: number } | undefined {
	if (body.startTime === undefined && body.endTime === undefined)
		return undefined;
	const read = (key: "startTime" | "endTime"): number | undefined => {
		if (body[key] === undefined) return undefined;
		const time = parseTime(String(body[key]), location.record.timezone);
		if (Number.isNaN(time))
			throw unprocessable(`${key} must be a valid ISO 8601 date string`);
		return time;
	};
	const startsAt = read("startTime") ?? before?.startsAt ?? Number.NaN;
	const endsAt = read("endTime") ?? startsAt + calendar.slotDuration * 60_000;
	if (endsAt <= startsAt)
		throw unprocessable("endTime must be later than startTime");
	return { startsAt, endsAt };
}

/** Without a wrapping key. Recorded with dates and without times, specified the other way round (contract, section 2). */
const writtenShape = (
	one: AppointmentRecord,
	location: LocationData,
	{ specified }: Form,
): object =>
	withoutNulls({
		id: one.id,
		calendarId: one.calendarId,
		locationId: one.locationId,
		contactId: one.contactId,
		...(specified
			? {
					startTime: offsetTime(one.startsAt, location.record.timezone),
					endTime: offsetTime(one.endsAt, location.record.timezone),
					meetingLocationType: one.meetingLocationType,
				}
			: {
					status: "booked",
					dateAdded: one.dateAdded,
					dateUpdated: one.dateUpdated,
				}),
		title: one.title,
		appointmentStatus: one.appointmentStatus,
		appoinmentStatus: one.appointmentStatus,
		assignedUserId: one.assignedUserId,
		address: one.address ?? "",
		isRecurring: one.rrule !== null,
		rrule: one.rrule,
	});

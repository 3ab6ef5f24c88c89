/** Booking, changing and cancelling appointments. */
import { childTags } from "../../cache/tags.ts";
import type { Context } from "../../loading/context.ts";
import { crud } from "../../schema-kit/crud.ts";
import * as check from "../../schema-kit/input-checks.ts";
import { instantOf, latestOf } from "../../schema-kit/instant.ts";
import { textOf } from "../../upstream/shapes.ts";
import { CONTACT_ID } from "../contact/mutations.ts";
import { appointmentBody, appointmentFields } from "./inputs.ts";
import { appointmentById } from "./loader.ts";
import { instantAt, statusTextOf } from "./order.ts";
import {
	type Appointment as AppointmentValue,
	appointmentToWrite,
	getAppointment,
	listAppointments,
} from "./rest.ts";
import { Appointment } from "./schema.ts";
import {
	APPOINTMENTS_OF_ANY,
	appointmentsOfContact,
	appointmentTag,
	BOOKINGS,
} from "./tags.ts";
import {
	type AppointmentBody,
	createAppointment,
	deleteAppointment,
	updateAppointment,
} from "./writes.ts";

interface OfAppointment {
	readonly appointmentId: string;
	/** Of the contact it is with, as far as it was learnt. */
	readonly contactId?: string | null;
}

const touched = (
	contactId: string | null | undefined,
	appointmentId: string | undefined,
) => ({
	tags: [
		BOOKINGS,
		contactId ? appointmentsOfContact(contactId) : APPOINTMENTS_OF_ANY,
		...(appointmentId
			? [
					appointmentTag(appointmentId),
					...childTags(appointmentTag, appointmentId),
				]
			: []),
	],
});

// What answers omit, or spell otherwise.
const NOT_READ = new Set([
	"toNotify",
	"ignoreFreeSlotValidation",
	"ignoreDateRange",
	"meetingLocationType",
	"rrule",
	"description",
]);

const holds = async (
	event: AppointmentValue,
	body: AppointmentBody,
	context: Context,
): Promise<boolean> => {
	for (const [key, value] of Object.entries(body)) {
		if (NOT_READ.has(key)) continue;
		if (key === "startTime" || key === "endTime") {
			if ((await instantAt(event[key], context)) !== instantOf(value))
				return false;
		} else if (key === "appointmentStatus") {
			if (statusTextOf(event)?.toLowerCase() !== value) return false;
		} else if ((textOf(event[key as keyof AppointmentValue]) ?? "") !== value)
			return false;
	}
	return true;
};

const appointments = crud({
	type: Appointment,
	noun: "appointment",
	id: "appointmentId",
	scopes: ["calendars/events.write"],
	outcomeOf: ({ id, contactId }): OfAppointment => ({
		appointmentId: id,
		contactId: textOf(contactId),
	}),
	load: ({ appointmentId }, context) =>
		appointmentById.load(context, appointmentId),
	read: ({ appointmentId }, upstream) =>
		getAppointment(upstream, appointmentId),
	holds,
	effects: ({ appointmentId }, outcome) =>
		touched(outcome?.contactId, appointmentId),
	properties: { appointmentStatus: ["status"] },
});

appointments.create("createAppointment", {
	description:
		"Books an appointment with a contact. A slot that is not free is refused with CONFLICT. Costs one call, and one more when the appointment is selected.",
	input: (t) => ({
		contactId: t.id({ required: true, description: CONTACT_ID }),
		calendarId: t.id({
			required: true,
			description: "The calendar: its global id, or HighLevel's own id.",
		}),
		startTime: t.field({
			type: "DateTime",
			required: true,
			description:
				"When it starts; passed on with the offset it is written with, as a free slot is offered.",
		}),
		...appointmentFields(t),
	}),
	body({ contactId: given, ...input }, context, faults) {
		const contactId = check.id(
			faults,
			["contactId"],
			"Contact",
			given,
			context,
		);
		const body = appointmentBody(input, context, faults, { clearing: false });
		return contactId === undefined ? undefined : { contactId, ...body };
	},
	async send(_, body, { upstream }) {
		const appointmentId = await createAppointment(upstream, body);
		return { appointmentId, contactId: String(body.contactId) };
	},
	async found(_, { contactId: id, ...body }, context) {
		const contactId = String(id);
		const events = (await listAppointments(context.upstream, contactId)) ?? [];
		const found = await Promise.all(
			events.map(async (event) => {
				if (!(await holds(event, body, context))) return [];
				const added = await instantAt(event.dateAdded, context);
				const outcome = { appointmentId: event.id, contactId };
				return [{ outcome, madeAt: latestOf(event.dateAdded, added) }];
			}),
		);
		return found.flat();
	},
	inputPaths: ({ contactId, calendarId }) => ({
		ids: {
			[String(contactId)]: ["contactId"],
			[String(calendarId)]: ["calendarId"],
		},
		texts: TEXTS,
	}),
	effects: ({ body }, outcome) =>
		touched(String(body.contactId), outcome?.appointmentId),
});

appointments.update("updateAppointment", {
	description:
		"Changes only the given fields of an appointment; its status stays unless it is given. Costs two calls (it is read first), and one more when the appointment is selected.",
	cost: 2,
	input: (t) => ({
		calendarId: t.id({
			description: "Another calendar: its global id, or HighLevel's own id.",
		}),
		startTime: t.field({ type: "DateTime", description: "When it starts." }),
		...appointmentFields(t),
	}),
	body: (input, context, faults) =>
		appointmentBody(input, context, faults, { clearing: true }),
	async send({ appointmentId }, body, { upstream }) {
		const before = await appointmentToWrite(upstream, appointmentId);
		await updateAppointment(upstream, appointmentId, {
			...body,
			appointmentStatus: String(body.appointmentStatus ?? statusToKeep(before)),
		});
		return { appointmentId, contactId: textOf(before.contactId) };
	},
	inputPaths: ({ calendarId }) => ({
		...(calendarId && { ids: { [String(calendarId)]: ["calendarId"] } }),
		texts: TEXTS,
	}),
});

appointments.remove("deleteAppointment", {
	description:
		"Removes an appointment. Costs two calls: it is read first, for whose it was.",
	cost: 2,
	async before({ appointmentId }, { upstream }) {
		const event = await appointmentToWrite(upstream, appointmentId);
		return { appointmentId, contactId: textOf(event.contactId) };
	},
	send: ({ appointmentId }, { upstream }) =>
		deleteAppointment(upstream, appointmentId),
});

// HighLevel's words for what is not free, and for who may not take it (contract, section 11).
const TEXTS = [
	{ match: /slot duration/i, code: "INVALID", field: ["endTime"] },
	{ match: /slot/i, code: "CONFLICT", field: ["startTime"] },
	{
		match: /team member|calendar team|assignedUserId/i,
		code: "INVALID",
		field: ["assignedUserId"],
	},
] as const;

const WRITABLE = new Set([
	"new",
	"confirmed",
	"cancelled",
	"showed",
	"noshow",
	"invalid",
]);

/** What to send so that a PUT leaves the status as it is; "confirmed" is what HighLevel itself would set. */
const statusToKeep = (event: AppointmentValue): string => {
	const status = statusTextOf(event)?.toLowerCase() ?? "";
	if (WRITABLE.has(status)) return status;
	// Answers may say `completed`, which is stored as `showed` (contract, section 11), and `active`, which is not written.
	return status === "completed" ? "showed" : "confirmed";
};

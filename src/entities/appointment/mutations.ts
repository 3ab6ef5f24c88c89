/** Booking, changing and cancelling appointments. */
import type { ObjectFieldBuilder } from "@pothos/core";
import { TAG } from "../../cache/tags.ts";
import type { CostContext } from "../../cost/field-cost.ts";
import type { Context } from "../../loading/context.ts";
import type { builder } from "../../schema-kit/builder.ts";
import { globalId } from "../../schema-kit/global-id.ts";
import * as check from "../../schema-kit/input-checks.ts";
import { instantOf } from "../../schema-kit/instant.ts";
import { mutation, oneRead, type Payload } from "../../schema-kit/mutation.ts";
import { textOf } from "../../upstream/shapes.ts";
import { CONTACT_ID } from "../contact/mutations.ts";
import { READ } from "../contact/schema.ts";
import { appointmentBody, appointmentFields } from "./inputs.ts";
import { appointmentById } from "./loader.ts";
import {
	type Appointment as AppointmentValue,
	appointmentToWrite,
	getAppointment,
	listAppointments,
} from "./rest.ts";
import { Appointment, momentOf, statusTextOf } from "./schema.ts";
import {
	type AppointmentBody,
	createAppointment,
	deleteAppointment,
	updateAppointment,
} from "./writes.ts";

type Types = (typeof builder)["$inferSchemaTypes"];

interface OfAppointment {
	readonly appointmentId: string;
	/** Of the contact it is with, as far as it was learnt. */
	readonly contactId: string | null;
}

export const EVENTS = ["calendars/events.write"] as const;

const appointmentPayload = <O extends OfAppointment>(
	t: ObjectFieldBuilder<Types, Payload<O>>,
) => ({
	appointment: t.field({
		type: Appointment,
		extensions: {
			...READ,
			cost: (ask: CostContext) => oneRead("appointment", ask),
		},
		description:
			"The appointment as it is now; null when the input was refused.",
		resolve: ({ outcome }, _, context) =>
			outcome && appointmentById.load(context, outcome.appointmentId),
	}),
});

const APPOINTMENT_ID = {
	required: true,
	description: "The appointment: its global id, or HighLevel's own id.",
} as const;

// HighLevel's words for what is not free, and for who may not take it (contract, section 11).
const WORDS = [
	{ match: /slot duration/i, code: "INVALID", field: ["endTime"] },
	{ match: /slot/i, code: "CONFLICT", field: ["startTime"] },
	{
		match: /team member|calendar team|assignedUserId/i,
		code: "INVALID",
		field: ["assignedUserId"],
	},
] as const;

const PROPERTIES = { appointmentStatus: ["status"] };

mutation("createAppointment", {
	description:
		"Books an appointment with a contact. A slot that is not free is refused with CONFLICT. Costs one call, and one more when the appointment is asked for.",
	scopes: EVENTS,
	input: (t) => ({
		contactId: t.id({ required: true, description: CONTACT_ID }),
		calendarId: t.id({
			required: true,
			description: "The calendar: its global id, or HighLevel's own id.",
		}),
		startTime: t.string({
			required: true,
			description: "When it starts: ISO 8601 with an offset.",
		}),
		...appointmentFields(t),
	}),
	plan({ contactId: given, ...input }, context, faults) {
		const contactId = check.id(
			faults,
			["contactId"],
			"Contact",
			given,
			context,
		);
		const body = appointmentBody(input, context, faults, { clearing: false });
		return contactId === undefined ? undefined : { contactId, body };
	},
	async send({ contactId, body }, { upstream }) {
		const appointmentId = await createAppointment(upstream, {
			contactId,
			...body,
		});
		return { appointmentId, contactId };
	},
	payload: (t) => appointmentPayload(t),
	async readBack({ contactId, body }, context, since) {
		const events = (await listAppointments(context.upstream, contactId)) ?? [];
		const found = await Promise.all(
			events.map(async (event) => {
				const added = await instantAt(event.dateAdded, context);
				return (added ?? since) >= since && (await holds(event, body, context));
			}),
		);
		return events
			.filter((_, index) => found[index])
			.map(({ id }) => ({ appointmentId: id, contactId }));
	},
	claimOf: ({ appointmentId }) => TAG.appointment(appointmentId),
	inputPaths: ({ contactId, body }) => ({
		ids: {
			[contactId]: ["contactId"],
			[String(body.calendarId)]: ["calendarId"],
		},
		properties: PROPERTIES,
		words: WORDS,
	}),
	effects: ({ contactId }, outcome) =>
		touched({ contactId, appointmentId: outcome?.appointmentId }),
});

mutation("updateAppointment", {
	description:
		"Changes what is given of an appointment and nothing else; its status stays unless it is given. Costs two calls (it is read first), and one more when the appointment is asked for.",
	scopes: EVENTS,
	cost: () => 2,
	input: (t) => ({
		appointmentId: t.id(APPOINTMENT_ID),
		calendarId: t.id({
			description: "Another calendar: its global id, or HighLevel's own id.",
		}),
		startTime: t.string({
			description: "When it starts: ISO 8601 with an offset.",
		}),
		...appointmentFields(t),
	}),
	plan({ appointmentId: given, ...input }, context, faults) {
		const appointmentId = check.id(
			faults,
			["appointmentId"],
			"Appointment",
			given,
			context,
		);
		const body = appointmentBody(input, context, faults, { clearing: true });
		if (faults.list.length === 0 && Object.keys(body).length === 0)
			faults.add(
				null,
				"Nothing to change came. Give at least one field beside appointmentId.",
			);
		return appointmentId === undefined ? undefined : { appointmentId, body };
	},
	async send({ appointmentId, body }, { upstream }) {
		const before = await appointmentToWrite(upstream, appointmentId);
		await updateAppointment(upstream, appointmentId, {
			...body,
			appointmentStatus: String(body.appointmentStatus ?? statusToKeep(before)),
		});
		return { appointmentId, contactId: textOf(before.contactId) };
	},
	payload: (t) => appointmentPayload(t),
	async readBack({ appointmentId, body }, context) {
		const event = await getAppointment(context.upstream, appointmentId);
		return event && (await holds(event, body, context))
			? [{ appointmentId, contactId: textOf(event.contactId) }]
			: [];
	},
	inputPaths: ({ appointmentId, body }) => ({
		ids: {
			[appointmentId]: ["appointmentId"],
			...(body.calendarId && { [String(body.calendarId)]: ["calendarId"] }),
		},
		properties: PROPERTIES,
		words: WORDS,
	}),
	effects: ({ appointmentId }, outcome) =>
		touched({ contactId: outcome?.contactId, appointmentId }),
});

mutation("deleteAppointment", {
	description:
		"Removes an appointment. Costs two calls: it is read first, for whose it was.",
	scopes: EVENTS,
	cost: () => 2,
	input: (t) => ({ appointmentId: t.id(APPOINTMENT_ID) }),
	plan(input, context, faults) {
		const appointmentId = check.id(
			faults,
			["appointmentId"],
			"Appointment",
			input.appointmentId,
			context,
		);
		return appointmentId === undefined ? undefined : { appointmentId };
	},
	async send({ appointmentId }, { upstream }) {
		const before = await appointmentToWrite(upstream, appointmentId);
		await deleteAppointment(upstream, appointmentId);
		return { appointmentId, contactId: textOf(before.contactId) };
	},
	payload: (t) => ({
		deletedId: t.id({
			description: "Global id of the appointment that is gone, for caches.",
			resolve: ({ outcome }, _, { viewer }) =>
				outcome &&
				globalId("Appointment", viewer.locationId, outcome.appointmentId),
		}),
	}),
	readBack: async ({ appointmentId }, { upstream }) =>
		(await getAppointment(upstream, appointmentId))
			? []
			: [{ appointmentId, contactId: null }],
	inputPaths: ({ appointmentId }) => ({
		ids: { [appointmentId]: ["appointmentId"] },
	}),
	effects: ({ appointmentId }, outcome) =>
		touched({ contactId: outcome?.contactId, appointmentId }),
});

const touched = ({
	contactId,
	appointmentId,
}: {
	contactId: string | null | undefined;
	appointmentId: string | undefined;
}) => ({
	tags: [
		contactId ? TAG.appointmentsOf(contactId) : TAG.appointmentsOfAny,
		...(appointmentId
			? [TAG.appointment(appointmentId), TAG.appointmentNotes(appointmentId)]
			: []),
	],
});

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

// What answers do not tell, or tell in other words.
const NOT_READ = new Set([
	"toNotify",
	"ignoreFreeSlotValidation",
	"ignoreDateRange",
	"meetingLocationType",
	"rrule",
	"description",
]);

const instantAt = async (
	value: unknown,
	context: Context,
): Promise<number | null> => {
	const moment = await momentOf(value, context);
	return typeof moment === "string" ? Date.parse(moment) : moment;
};

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

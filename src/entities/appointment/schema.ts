/** What clients see of appointments: on a contact, and by id. */

import {
	type Cardinality,
	type CostContext,
	costOfList,
	costOfNamed,
	named,
} from "../../cost/field-cost.ts";
import type { Context } from "../../loading/context.ts";
import { whenLoaded } from "../../loading/loader.ts";
import { builder, READ } from "../../schema-kit/builder.ts";
import {
	connectionType,
	pageOfWholeList,
	wholeListArgs,
} from "../../schema-kit/connection.ts";
import { cursorsOf, isItem } from "../../schema-kit/cursor.ts";
import { eitherId, globalId, idIn } from "../../schema-kit/global-id.ts";
import { isLocal, localInstantOf, timeOf } from "../../schema-kit/instant.ts";
import { Node, nodeReader } from "../../schema-kit/node.ts";
import { PURE } from "../../schema-kit/pure.ts";
import { checkId } from "../../upstream/path.ts";
import { textOf } from "../../upstream/shapes.ts";
import { calendarOf } from "../calendar/cost.ts";
import { calendarById } from "../calendar/loader.ts";
import { Calendar } from "../calendar/schema.ts";
import { contactOf } from "../contact/cost.ts";
import { contactById } from "../contact/loader.ts";
import { Contact } from "../contact/schema.ts";
import { usersOf } from "../user/cost.ts";
import { userById } from "../user/loader.ts";
import { User } from "../user/schema.ts";
import { appointmentById, appointmentsByContact } from "./loader.ts";
import type { Appointment as AppointmentValue } from "./rest.ts";

export const Appointment = builder.objectRef<AppointmentValue>("Appointment");

// Values the API takes and answers (contract, section 11).
const STATUSES = {
	NEW: { value: "new", description: "Booked, not confirmed yet." },
	CONFIRMED: { value: "confirmed", description: "Confirmed." },
	CANCELLED: { value: "cancelled", description: "Called off." },
	SHOWED: { value: "showed", description: "The contact attended." },
	NOSHOW: { value: "noshow", description: "The contact did not attend." },
	INVALID: { value: "invalid", description: "Marked as invalid." },
	ACTIVE: { value: "active", description: "Active (only in answers)." },
	COMPLETED: { value: "completed", description: "Over (only in answers)." },
} as const;

export const AppointmentStatus = builder.enumType("AppointmentStatus", {
	description: "Status of an appointment.",
	values: STATUSES,
});

type Status = (typeof STATUSES)[keyof typeof STATUSES]["value"];

const known = new Set<string>(
	Object.values(STATUSES).map(({ value }) => value),
);

/** The status in whichever of its three keys an answer has it. */
export const statusTextOf = (event: AppointmentValue): string | null =>
	textOf(event.appointmentStatus) ??
	textOf(event.appoinmentStatus) ??
	textOf(event.status);

/** A time without an offset is the location's own (contract, section 11): its zone is asked for, never assumed. */
export const momentOf = (
	value: unknown,
	{ upstream }: Context,
): string | number | null | Promise<number | null> => {
	if (!isLocal(value)) return timeOf(value);
	const zone = upstream.facts.timeZone(upstream);
	return typeof zone === "string"
		? localInstantOf(value, zone)
		: zone.then((found) => localInstantOf(value, found));
};

const AppointmentCreatedBy = builder
	.objectRef<NonNullable<AppointmentValue["createdBy"]>>("AppointmentCreatedBy")
	.implement({
		extensions: READ,
		description: "Who booked an appointment, and by which way.",
		fields: (t) => ({
			source: t.string({
				description:
					"The way it was booked, in HighLevel's words, such as booking_widget or third_party.",
				extensions: PURE,
				resolve: ({ source }) => textOf(source),
			}),
			userId: t.id({
				description:
					"HighLevel's id of the user who booked it; null when it was no user.",
				extensions: PURE,
				resolve: ({ userId }) => textOf(userId),
			}),
			user: t.field({
				type: User,
				description:
					"The user who booked it; null when it was no user or they left.",
				extensions: { cost: usersOf },
				resolve: ({ userId }, _, context) =>
					userId ? userById(context, String(userId)) : null,
			}),
		}),
	});

Appointment.implement({
	extensions: READ,
	description: "A meeting booked with a contact.",
	interfaces: [Node],
	fields: (t) => {
		const time = (
			field: "startTime" | "endTime" | "dateAdded" | "dateUpdated",
			description: string,
		) =>
			t.field({
				type: "DateTime",
				description,
				extensions: {
					...PURE,
					cost: (cost: CostContext) => {
						// The location's zone is learnt once in a process.
						if (!cost.facts.known) cost.once("location facts");
						return undefined;
					},
				},
				resolve: (event, _, context) => momentOf(event[field], context),
			});
		const field = (name: keyof AppointmentValue, description: string) =>
			t.string({
				description,
				extensions: PURE,
				resolve: (event) => textOf(event[name]),
			});
		const idOf = (name: keyof AppointmentValue, description: string) =>
			t.id({
				description,
				extensions: PURE,
				resolve: (event) => textOf(event[name]),
			});
		return {
			id: t.id({
				nullable: false,
				extensions: PURE,
				description: "Global id.",
				resolve: ({ id }, _, { viewer }) =>
					globalId("Appointment", viewer.locationId, id),
			}),
			appointmentId: t.id({
				nullable: false,
				description: "HighLevel's own id of the appointment.",
				extensions: PURE,
				resolve: ({ id }) => id,
			}),
			title: field("title", "What it is about."),
			status: t.field({
				type: AppointmentStatus,
				description:
					"Status. Null for a value that this API does not know (see statusText).",
				extensions: PURE,
				resolve: (event) => {
					const status = statusTextOf(event)?.toLowerCase() ?? "";
					return known.has(status) ? (status as Status) : null;
				},
			}),
			statusText: t.string({
				description: "Status exactly as HighLevel has it.",
				extensions: PURE,
				resolve: statusTextOf,
			}),
			startTime: time(
				"startTime",
				"When it starts. Where HighLevel gives no offset, it is read in the location's time zone.",
			),
			endTime: time("endTime", "When it ends; read like startTime."),
			address: field("address", "Where it is: a place or a link."),
			notes: field("notes", "Notes stored in the appointment itself."),
			description: field("description", "Its description."),
			groupId: idOf("groupId", "HighLevel's id of its calendar group."),
			isRecurring: t.boolean({
				description:
					"Whether it is one of a series, where HighLevel reports it.",
				extensions: PURE,
				resolve: ({ isRecurring }) => isRecurring ?? null,
			}),
			rrule: field("rrule", "The rule of its series (iCalendar)."),
			masterEventId: idOf(
				"masterEventId",
				"HighLevel's id of the first of its series.",
			),
			createdBy: t.field({
				type: AppointmentCreatedBy,
				description: "Who booked it, where HighLevel reports it.",
				extensions: PURE,
				resolve: ({ createdBy }) => createdBy ?? null,
			}),
			dateAdded: time("dateAdded", "When it was booked."),
			dateUpdated: time("dateUpdated", "When it was last changed."),
			calendarId: idOf("calendarId", "HighLevel's id of its calendar."),
			calendar: t.field({
				type: Calendar,
				description:
					"The calendar it is in; null when the calendar was deleted.",
				extensions: { cost: calendarOf },
				resolve: ({ calendarId }, _, context) =>
					calendarId ? calendarById(context, String(calendarId)) : null,
			}),
			assignedUserId: idOf(
				"assignedUserId",
				"HighLevel's id of the user who takes it.",
			),
			assignedUser: t.field({
				type: User,
				description:
					"The user who takes it; null when there is none or they left.",
				extensions: { cost: usersOf },
				resolve: ({ assignedUserId }, _, context) =>
					assignedUserId ? userById(context, String(assignedUserId)) : null,
			}),
			userIds: t.idList({
				nullable: { list: false, items: false },
				description: "HighLevel's ids of all users who take part.",
				extensions: PURE,
				resolve: ({ users }) => users ?? [],
			}),
			resourceIds: t.stringList({
				nullable: { list: false, items: false },
				description: "HighLevel's ids of rooms and equipment.",
				extensions: PURE,
				resolve: ({ assignedResources }) => assignedResources ?? [],
			}),
			contactId: t.id({
				description: "HighLevel's own id of its contact.",
				extensions: PURE,
				resolve: ({ contactId }) => textOf(contactId),
			}),
			contact: t.field({
				type: Contact,
				description: "The contact it is with.",
				extensions: { cost: contactOf },
				resolve: ({ contactId }, _, context) =>
					contactId ? contactById.load(context, String(contactId)) : null,
			}),
		};
	},
});

const appointmentsCursors = cursorsOf("appointments of a contact", isItem);
const idOf = ({ id }: AppointmentValue) => id;

export const AppointmentConnection = connectionType(
	"Appointment",
	Appointment,
	"appointments",
);

nodeReader(
	"Appointment",
	(context, [id]) => appointmentById.load(context, id),
	1,
	(cost, [id]) => appointmentNamed(cost, id),
);

const appointmentNamed = (cost: CostContext, id: string): Cardinality =>
	costOfNamed(appointmentById, cost, named("appointment", id));

builder.queryField("appointment", (t) =>
	t.field({
		type: Appointment,
		extensions: {
			...READ,
			cost: (cost: CostContext) =>
				appointmentNamed(cost, idIn(cost, "Appointment")),
		},
		description: "One appointment; null when there is none. Costs one call.",
		args: {
			id: t.arg.id({
				required: true,
				description: "Its global id, or HighLevel's own id.",
			}),
		},
		resolve: (_, { id }, context) =>
			appointmentById.load(
				context,
				checkId(eitherId(id, "Appointment", context), "appointment(id:)"),
			),
	}),
);

builder.objectField(Contact, "appointments", (t) =>
	t.field({
		type: AppointmentConnection,
		description:
			"Its appointments. HighLevel has no bulk read for them: one call for each contact.",
		extensions: {
			cost: costOfList(appointmentsByContact, "appointments"),
		},
		args: wholeListArgs(t.arg),
		resolve: ({ id }, args, context) =>
			whenLoaded(
				appointmentsByContact.load(context, id),
				(all) =>
					all &&
					pageOfWholeList(
						all,
						{ cursors: appointmentsCursors, owner: id, idOf },
						args,
						context,
					),
			),
	}),
);

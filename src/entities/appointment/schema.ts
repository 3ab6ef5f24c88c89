/** What clients see of appointments: on a contact, and by id. */

import {
	type Cardinality,
	type CostContext,
	childrenOf,
	costOfNamed,
	named,
	oneForEach,
} from "../../cost/field-cost.ts";
import type { Context } from "../../loading/context.ts";
import { whenLoaded } from "../../loading/loader.ts";
import { builder, READ } from "../../schema-kit/builder.ts";
import {
	connectionType,
	pageOfWholeList,
	wholeListArgs,
} from "../../schema-kit/connection.ts";
import { cursorsOf, isItem, listKey } from "../../schema-kit/cursor.ts";
import { eitherId, globalId, idIn } from "../../schema-kit/global-id.ts";
import { Node, nodeReader } from "../../schema-kit/node.ts";
import { PURE } from "../../schema-kit/pure.ts";
import { wordsOf } from "../../schema-kit/words.ts";
import { checkId } from "../../upstream/operation.ts";
import { textOf } from "../../upstream/shapes.ts";
import { calendarOf } from "../calendar/cost.ts";
import { calendarById } from "../calendar/loader.ts";
import { Calendar } from "../calendar/schema.ts";
import { contactOf } from "../contact/cost.ts";
import { OrderDirection } from "../contact/filter-inputs.ts";
import { contactById } from "../contact/loader.ts";
import { Contact } from "../contact/schema.ts";
import { usersOf } from "../user/cost.ts";
import { userById, usersById } from "../user/loader.ts";
import { User } from "../user/schema.ts";
import { appointmentById, appointmentsByContact } from "./loader.ts";
import { momentOf, selected, startsOf, statusTextOf } from "./order.ts";
import type { Appointment as AppointmentValue, Unlisted } from "./rest.ts";

export const Appointment = builder.objectRef<AppointmentValue>("Appointment");

// Values the API takes and answers (contract, section 11).
const statuses = wordsOf("AppointmentStatus", "Status of an appointment.", {
	NEW: { value: "new", description: "Booked, not confirmed yet." },
	CONFIRMED: { value: "confirmed", description: "Confirmed." },
	CANCELLED: { value: "cancelled", description: "Called off." },
	SHOWED: { value: "showed", description: "The contact attended." },
	NO_SHOW: { value: "noshow", description: "The contact did not attend." },
	INVALID: { value: "invalid", description: "Marked as invalid." },
	ACTIVE: { value: "active", description: "Active (only in answers)." },
	COMPLETED: { value: "completed", description: "Over (only in answers)." },
});
export const AppointmentStatus = statuses.type;

/** A field that a contact's list lacks: the event itself is read for it. */
const unlisted = <F extends Unlisted, V>(
	event: AppointmentValue,
	field: F,
	context: Context,
	read: (value: AppointmentValue[F]) => V,
): V | null | Promise<V | null> =>
	event.isListed && event[field] === undefined
		? whenLoaded(appointmentById.load(context, event.id), (found) =>
				found ? read(found[field]) : null,
			)
		: read(event[field]);

const UNLISTED =
	"HighLevel's list of a contact's appointments lacks it: there it costs one call each.";

const unlistedOf = (cost: CostContext): undefined => {
	if (cost.parent.owner) cost.each("unlisted of appointments", cost.parent);
};

/** The location's zone is learnt once in a process. */
const zoneOf = (cost: CostContext): void => {
	if (!cost.facts.known) cost.once("location facts");
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
						zoneOf(cost);
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
				resolve: (event) => statuses.read(statusTextOf(event)),
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
			description: t.string({
				description: `Its description. ${UNLISTED}`,
				extensions: { cost: unlistedOf },
				resolve: (event, _, context) =>
					unlisted(event, "description", context, textOf),
			}),
			groupId: idOf("groupId", "HighLevel's id of its calendar group."),
			isRecurring: t.boolean({
				description: `Whether it is one of a series, where HighLevel reports it. ${UNLISTED}`,
				extensions: { cost: unlistedOf },
				resolve: (event, _, context) =>
					unlisted(event, "isRecurring", context, (value) => value ?? null),
			}),
			rrule: t.string({
				description: `The rule of its series (iCalendar). ${UNLISTED}`,
				extensions: { cost: unlistedOf },
				resolve: (event, _, context) =>
					unlisted(event, "rrule", context, textOf),
			}),
			masterEventId: t.id({
				description: `HighLevel's id of the first of its series. ${UNLISTED}`,
				extensions: { cost: unlistedOf },
				resolve: (event, _, context) =>
					unlisted(event, "masterEventId", context, textOf),
			}),
			createdBy: t.field({
				type: AppointmentCreatedBy,
				description: `Who booked it, where HighLevel reports it. ${UNLISTED}`,
				extensions: {
					cost(cost: CostContext) {
						unlistedOf(cost);
						return oneForEach("who booked", cost.parent);
					},
				},
				resolve: (event, _, context) =>
					unlisted(event, "createdBy", context, (value) => value ?? null),
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
			users: t.field({
				type: [User],
				nullable: { list: true, items: false },
				description:
					"All users who take part, in the order of userIds, as far as they are still in the location.",
				extensions: { cost: usersOf },
				resolve: ({ users }, _, context) => usersById(context, users ?? []),
			}),
			resourceIds: t.idList({
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

const AppointmentOrderField = builder.enumType("AppointmentOrderField", {
	description: "What appointments can be ordered by.",
	values: {
		START_TIME: {
			value: "startTime",
			description: "When they start; those without a start last.",
		},
	} as const,
});

const AppointmentOrder = builder.inputType("AppointmentOrder", {
	description: "What to order appointments by.",
	fields: (t) => ({
		field: t.field({
			type: AppointmentOrderField,
			required: true,
			description: "What to order by.",
		}),
		direction: t.field({
			type: OrderDirection,
			required: true,
			defaultValue: "asc",
			description: "Which way.",
		}),
	}),
});

const appointmentsOf = (cost: CostContext): Cardinality => {
	appointmentsByContact.cost(cost, cost.parent);
	if (cost.args.from != null || cost.args.to != null) zoneOf(cost);
	return childrenOf("appointments", cost.parent);
};

// Those that take place no more, or never did.
const OVER: readonly string[] = ["cancelled", "noshow", "invalid"];

builder.objectFields(Contact, (t) => ({
	appointments: t.field({
		type: AppointmentConnection,
		description:
			"Its appointments: by start and then by id. HighLevel has no bulk read for them: one call for each contact. Choosing and ordering costs nothing more.",
		extensions: { cost: appointmentsOf },
		args: {
			...wholeListArgs(t.arg),
			from: t.arg({
				type: "DateTime",
				description: "Only those that start at this moment or later.",
			}),
			to: t.arg({
				type: "DateTime",
				description: "Only those that start at this moment or earlier.",
			}),
			status: t.arg({
				type: [AppointmentStatus],
				description: "Only those with one of these statuses.",
			}),
			orderBy: t.arg({
				type: AppointmentOrder,
				description: "In which order.",
			}),
		},
		resolve: ({ id }, { first, after, last, before, ...selection }, context) =>
			whenLoaded(
				appointmentsByContact.load(context, id),
				(all) =>
					all &&
					whenLoaded(selected(all, selection, context), (list) =>
						pageOfWholeList(
							list,
							{
								cursors: appointmentsCursors,
								owner: listKey(id, selection),
								idOf,
							},
							{ first, after, last, before },
							context,
						),
					),
			),
	}),
	upcomingAppointment: t.field({
		type: Appointment,
		description:
			"The appointment that starts next, unless it is cancelled, invalid or marked as not attended; null when there is none. Costs the one call of `appointments`.",
		extensions: {
			cost(cost: CostContext) {
				appointmentsByContact.cost(cost, cost.parent);
				zoneOf(cost);
				return {
					...oneForEach("upcoming appointment", cost.parent),
					batches: cost.parent.count,
					owner: cost.parent,
				};
			},
		},
		resolve: ({ id }, _, context) =>
			whenLoaded(
				appointmentsByContact.load(context, id),
				(all) =>
					all &&
					whenLoaded(
						startsOf(all, context),
						(starts) =>
							all.find((event, index) => {
								const start = starts[index] ?? null;
								return (
									start !== null &&
									!OVER.includes(statusTextOf(event)?.toLowerCase() ?? "") &&
									!context.cache.isPast(start)
								);
							}) ?? null,
					),
			),
	}),
}));

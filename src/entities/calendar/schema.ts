/** What clients see of calendars. */

import type { CostContext } from "../../cost/field-cost.ts";
import { builder, READ } from "../../schema-kit/builder.ts";
import { eitherId, globalId, idIn } from "../../schema-kit/global-id.ts";
import { Node, nodeReader } from "../../schema-kit/node.ts";
import { PURE } from "../../schema-kit/pure.ts";
import { UNKNOWN_WORD, wordsOf } from "../../schema-kit/words.ts";
import { checkId } from "../../upstream/operation.ts";
import { textOf, wholeOf } from "../../upstream/shapes.ts";
import { Location, listsOf } from "../location/schema.ts";
import { usersOf } from "../user/cost.ts";
import { usersById } from "../user/loader.ts";
import { User } from "../user/schema.ts";
import { calendarNamed, calendarsOfLocation } from "./cost.ts";
import { allCalendars, calendarById } from "./loader.ts";
import type { CalendarRow } from "./rest.ts";

export const Calendar = builder.objectRef<CalendarRow>("Calendar");

const types = wordsOf("CalendarType", "How a calendar is booked.", {
	ROUND_ROBIN: {
		value: "round_robin",
		description: "With one of a team, in turn.",
	},
	EVENT: { value: "event", description: "For an event." },
	CLASS_BOOKING: {
		value: "class_booking",
		description: "By several for one class.",
	},
	COLLECTIVE: { value: "collective", description: "With all of a team." },
	SERVICE_BOOKING: { value: "service_booking", description: "For a service." },
	PERSONAL: { value: "personal", description: "With one person." },
});

const teamOf = ({ teamMembers }: CalendarRow): string[] =>
	(teamMembers ?? []).flatMap(({ userId }) =>
		userId == null ? [] : [String(userId)],
	);

Calendar.implement({
	extensions: READ,
	description:
		"A calendar of the location. Calendars are read as one list: one call for all calendars of a request.",
	interfaces: [Node],
	fields: (t) => {
		const text = (field: keyof CalendarRow, description: string) =>
			t.string({
				description,
				extensions: PURE,
				resolve: (calendar) => textOf(calendar[field]),
			});
		const minutes = (
			amount: "slotDuration" | "slotInterval",
			unit: "slotDurationUnit" | "slotIntervalUnit",
			description: string,
		) =>
			t.int({
				description,
				extensions: PURE,
				resolve: (calendar) => {
					const value = calendar[amount];
					return wholeOf(
						value != null && calendar[unit] === "hours" ? value * 60 : value,
					);
				},
			});
		return {
			id: t.id({
				nullable: false,
				extensions: PURE,
				description: "Global id.",
				resolve: ({ id }, _, { viewer }) =>
					globalId("Calendar", viewer.locationId, id),
			}),
			calendarId: t.id({
				nullable: false,
				description: "HighLevel's own id of the calendar.",
				extensions: PURE,
				resolve: ({ id }) => id,
			}),
			name: text("name", "Its name."),
			description: text("description", "What it is for."),
			slug: text("slug", "Its part of the booking page's address."),
			calendarType: t.field({
				type: types.type,
				description: `How it is booked. ${UNKNOWN_WORD} see calendarTypeText.`,
				extensions: PURE,
				resolve: ({ calendarType }) => types.read(calendarType),
			}),
			calendarTypeText: text(
				"calendarType",
				"How it is booked, exactly as HighLevel has it.",
			),
			eventType: text("eventType", "How round robin chooses."),
			eventTitle: text("eventTitle", "Title given to its appointments."),
			eventColor: text("eventColor", "Colour of its appointments."),
			groupId: t.id({
				description: "HighLevel's id of its group.",
				extensions: PURE,
				resolve: ({ groupId }) => textOf(groupId),
			}),
			isActive: t.boolean({
				description: "Whether it can be booked.",
				extensions: PURE,
				resolve: ({ isActive }) => isActive ?? null,
			}),
			slotDurationMinutes: minutes(
				"slotDuration",
				"slotDurationUnit",
				"How long an appointment is, in minutes.",
			),
			slotIntervalMinutes: minutes(
				"slotInterval",
				"slotIntervalUnit",
				"How far apart appointments start, in minutes.",
			),
			teamMemberIds: t.idList({
				nullable: { list: false, items: false },
				description: "HighLevel's ids of the users who take its appointments.",
				extensions: PURE,
				resolve: teamOf,
			}),
			teamMembers: t.field({
				type: [User],
				nullable: { list: true, items: false },
				description:
					"The users who take its appointments, in the order of teamMemberIds, as far as they are still in the location.",
				extensions: { cost: usersOf },
				resolve: (calendar, _, context) => usersById(context, teamOf(calendar)),
			}),
		};
	},
});

nodeReader(
	"Calendar",
	(context, [id]) => calendarById(context, id),
	1,
	(cost, [id]) => calendarNamed(cost, id),
);

builder.queryField("calendar", (t) =>
	t.field({
		type: Calendar,
		extensions: {
			...READ,
			cost: (cost: CostContext) => calendarNamed(cost, idIn(cost, "Calendar")),
		},
		description:
			"One calendar; null when there is none. Costs the one call for all calendars.",
		args: {
			id: t.arg.id({
				required: true,
				description: "Its global id, or HighLevel's own id.",
			}),
		},
		resolve: (_, { id }, context) =>
			calendarById(
				context,
				checkId(eitherId(id, "Calendar", context), "calendar(id:)"),
			),
	}),
);

builder.objectField(Location, "calendars", (t) =>
	t.field({
		type: [Calendar],
		nullable: { list: true, items: false },
		description: "Its calendars, in HighLevel's order. Costs one call.",
		extensions: { cost: calendarsOfLocation },
		resolve: (location, _, context) => allCalendars(listsOf(location, context)),
	}),
);

/** The appointments of a window of time: of a calendar, a user, a group of calendars, or of all of the location. */
import {
	type Cardinality,
	type CostContext,
	ITEMS_PER_LIST,
	named,
} from "../../cost/field-cost.ts";
import { fail } from "../../errors.ts";
import type { Context } from "../../loading/context.ts";
import { whenLoaded } from "../../loading/loader.ts";
import { builder, READ } from "../../schema-kit/builder.ts";
import {
	DEFAULT_PAGE_SIZE,
	pageOfWholeList,
	wholeListArgs,
} from "../../schema-kit/connection.ts";
import { cursorsOf, isItem } from "../../schema-kit/cursor.ts";
import { eitherId } from "../../schema-kit/global-id.ts";
import * as check from "../../schema-kit/input-checks.ts";
import { checkId } from "../../upstream/operation.ts";
import { calendarsOfLocation } from "../calendar/cost.ts";
import { allCalendars } from "../calendar/loader.ts";
import {
	appointmentsByWindow,
	type Span,
	windowKey,
	windowSizeSeen,
} from "./loader.ts";
import { inOrder } from "./order.ts";
import type { Appointment, EventOwner } from "./rest.ts";
import { AppointmentConnection } from "./schema.ts";

interface OwnerInput {
	readonly calendarId?: string | null | undefined;
	readonly userId?: string | null | undefined;
	readonly groupId?: string | null | undefined;
}

const Owner = builder.inputType("AppointmentOwner", {
	description: "Whose appointments: exactly one of these.",
	isOneOf: true,
	fields: (t) => ({
		calendarId: t.id({
			description: "Of this calendar: its global id, or HighLevel's own.",
		}),
		userId: t.id({
			description: "Of this user: a global id, or HighLevel's own.",
		}),
		groupId: t.id({
			description: "Of the calendars of this group: HighLevel's own id.",
		}),
	}),
});

const cursors = cursorsOf("appointments of a window", isItem);

/** @throws Failure BAD_USER_INPUT unless the window ends after it starts. */
const spanOf = (args: { readonly from: string; readonly to: string }): Span => {
	const from = check.instantIn("from", args.from);
	const to = check.instantIn("to", args.to);
	if (to <= from)
		throw fail(
			"BAD_USER_INPUT",
			"to must be later than from, but is not. Swap them, or move one of them.",
		);
	return { from, to };
};

const ownerOf = (
	{ calendarId, userId, groupId }: OwnerInput,
	context: Context,
): EventOwner => {
	const own = (text: string, type: string, name: string) =>
		checkId(eitherId(text, type, context), name);
	if (calendarId != null)
		return { calendarId: own(calendarId, "Calendar", "calendarId") };
	if (userId != null) return { userId: own(userId, "User", "userId") };
	return { groupId: checkId(groupId ?? "", "groupId") };
};

/** HighLevel lists no window of all: those of every calendar together are it, since each appointment is in one. */
const ofEveryCalendar = (
	span: Span,
	context: Context,
): Promise<readonly Appointment[]> | readonly Appointment[] =>
	whenLoaded(allCalendars(context), async (calendars) => {
		const windows = await Promise.all(
			calendars.map(({ id }) =>
				appointmentsByWindow.load(context, {
					owner: { calendarId: id },
					...span,
				}),
			),
		);
		// A calendar that went meanwhile has taken its appointments along.
		const all = windows.flatMap((window) => window ?? []);
		return inOrder([
			...new Map(all.map((event) => [event.id, event])).values(),
		]);
	});

const costOfWindow = (cost: CostContext): Cardinality => {
	const { args, facts } = cost;
	const { from, to, of } = args;
	const key = JSON.stringify([from, to, of]);
	const calendars = of == null ? calendarsOfLocation(cost) : undefined;
	const windows = calendars && "count" in calendars ? calendars.count : 1;
	for (let at = 0; at < windows; at++)
		appointmentsByWindow.cost(cost, named("window", key, String(at)));
	const sizes = [args.first, args.last].filter(
		(size) => typeof size === "number",
	);
	const most = windows * Math.max(ITEMS_PER_LIST, windowSizeSeen(facts));
	return {
		key: `appointments ${JSON.stringify(args)}`,
		count: Math.max(
			0,
			Math.min(...(sizes.length ? sizes : [DEFAULT_PAGE_SIZE]), most),
		),
		batches: 1,
	};
};

builder.queryField("appointments", (t) =>
	t.field({
		type: AppointmentConnection,
		description:
			"The appointments of a window of time, by start and then by id: of a calendar, of a user, of a group of calendars, or of the whole location when `of` is left out. HighLevel gives a window whole: one call, however much of it is shown; for the whole location one call for each of its calendars, and one for the list of these. Appointments of deleted calendars are in none. Null when HighLevel says that there is no such calendar, user or group.",
		extensions: { ...READ, cost: costOfWindow },
		args: {
			from: t.arg({
				type: "DateTime",
				required: true,
				description: "Those that start at this moment or later.",
			}),
			to: t.arg({
				type: "DateTime",
				required: true,
				description: "Those that start at this moment or earlier.",
			}),
			of: t.arg({
				type: Owner,
				description: "Whose; those of all calendars when left out.",
			}),
			...wholeListArgs(t.arg),
		},
		resolve(_, args, context) {
			const span = spanOf(args);
			const owner = args.of ? ownerOf(args.of, context) : undefined;
			return whenLoaded(
				owner
					? appointmentsByWindow.load(context, { owner, ...span })
					: ofEveryCalendar(span, context),
				(all) =>
					all &&
					pageOfWholeList(
						all,
						{
							cursors,
							owner: owner
								? windowKey({ owner, ...span })
								: JSON.stringify(["all", span.from, span.to]),
							idOf: ({ id }) => id,
						},
						args,
						context,
					),
			);
		},
	}),
);

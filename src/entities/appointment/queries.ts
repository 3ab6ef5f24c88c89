/** The appointments of a window of time: of a calendar, a user, or a group of calendars. */
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
import { pageOfWholeList, wholeListArgs } from "../../schema-kit/connection.ts";
import { cursorsOf, isItem } from "../../schema-kit/cursor.ts";
import { eitherId } from "../../schema-kit/global-id.ts";
import { checkId } from "../../upstream/path.ts";
import {
	type AppointmentWindow,
	appointmentsByWindow,
	windowKey,
	windowSizeSeen,
} from "./loader.ts";
import type { EventOwner } from "./rest.ts";
import { AppointmentConnection } from "./schema.ts";

interface WindowArgs {
	readonly from: number;
	readonly to: number;
	readonly calendarId?: string | null | undefined;
	readonly userId?: string | null | undefined;
	readonly groupId?: string | null | undefined;
}

const OWNERS = ["calendarId", "userId", "groupId"] as const;

const cursors = cursorsOf("appointments of a window", isItem);

/** @throws Failure BAD_USER_INPUT unless exactly one owner is named and the window ends after it starts. */
const windowOf = (args: WindowArgs, context: Context): AppointmentWindow => {
	const { from, to } = args;
	const named = OWNERS.filter((name) => args[name] != null);
	const [name] = named;
	if (!name || named.length > 1)
		throw fail(
			"BAD_USER_INPUT",
			`appointments takes exactly one of calendarId, userId and groupId, but got ${named.join(" and ") || "none of them"}. Name one.`,
		);
	if (to <= from)
		throw fail(
			"BAD_USER_INPUT",
			"to must be later than from, but is not. Swap them, or move one of them.",
		);
	return { owner: ownerOf(name, String(args[name]), context), from, to };
};

const ownerOf = (
	name: (typeof OWNERS)[number],
	text: string,
	context: Context,
): EventOwner => {
	switch (name) {
		case "calendarId":
			return { calendarId: checkId(eitherId(text, "Calendar", context), name) };
		case "userId":
			return { userId: checkId(eitherId(text, "User", context), name) };
		case "groupId":
			return { groupId: checkId(text, name) };
	}
};

const costOfWindow = (cost: CostContext): Cardinality => {
	const { args, facts } = cost;
	const { from, to, calendarId, userId, groupId } = args;
	const key = JSON.stringify([from, to, calendarId, userId, groupId]);
	appointmentsByWindow.cost(cost, named("window", key));
	const sizes = [args.first, args.last].filter(
		(size) => typeof size === "number",
	);
	return {
		key: `appointments ${JSON.stringify(args)}`,
		count: Math.max(
			0,
			Math.min(...sizes, Math.max(ITEMS_PER_LIST, windowSizeSeen(facts))),
		),
		batches: 1,
	};
};

builder.queryField("appointments", (t) =>
	t.field({
		type: AppointmentConnection,
		description:
			"The appointments of a calendar, of a user or of a group of calendars in a window of time, by start and then by id. HighLevel gives a window whole: one call, however much of it is shown. Null when HighLevel says that there is no such calendar, user or group.",
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
			calendarId: t.arg.id({
				description:
					"Of this calendar: its global id, or HighLevel's own. Give one of calendarId, userId and groupId.",
			}),
			userId: t.arg.id({
				description:
					"Of this user: a global id, or HighLevel's own. Give one of calendarId, userId and groupId.",
			}),
			groupId: t.arg.id({
				description:
					"Of the calendars of this group: HighLevel's own id. Give one of calendarId, userId and groupId.",
			}),
			...wholeListArgs(t.arg),
		},
		resolve(_, args, context) {
			const window = windowOf(args, context);
			return whenLoaded(
				appointmentsByWindow.load(context, window),
				(all) =>
					all &&
					pageOfWholeList(
						all,
						{ cursors, owner: windowKey(window), idOf: ({ id }) => id },
						args,
						context,
					),
			);
		},
	}),
);

/** What clients see of free slots: on a calendar. */
import type { CostContext } from "../../cost/field-cost.ts";
import { fail } from "../../errors.ts";
import { builder, WITH_PARENT } from "../../schema-kit/builder.ts";
import { eitherId } from "../../schema-kit/global-id.ts";
import * as check from "../../schema-kit/input-checks.ts";
import { instantOf } from "../../schema-kit/instant.ts";
import { PURE } from "../../schema-kit/pure.ts";
import { checkId } from "../../upstream/operation.ts";
import { Calendar } from "../calendar/schema.ts";
import { freeSlotsBySearch } from "./loader.ts";
import type { FreeSlot as FreeSlotValue } from "./rest.ts";

const DAY_MS = 86_400_000;
// [docs]
const MOST_DAYS = 31;

const FreeSlot = builder.objectRef<FreeSlotValue>("FreeSlot").implement({
	extensions: WITH_PARENT,
	description: "A time at which an appointment can be booked.",
	fields: (t) => ({
		startTime: t.field({
			type: "DateTime",
			description:
				"When it starts. Null where HighLevel gives no offset (see startTimeText).",
			extensions: PURE,
			resolve: ({ text }) => instantOf(text),
		}),
		startTimeText: t.string({
			nullable: false,
			description:
				"When it starts, exactly as HighLevel offers it, in the time zone asked for: what createAppointment takes as startTime.",
			extensions: PURE,
			resolve: ({ text }) => text,
		}),
		day: t.field({
			type: "Date",
			nullable: false,
			description: "The day it is on, in the time zone asked for.",
			extensions: PURE,
			resolve: ({ day }) => day,
		}),
	}),
});

/** @throws Failure BAD_USER_INPUT for a window that HighLevel does not take. */
const checkWindow = (from: number, to: number): void => {
	if (to <= from)
		throw fail(
			"BAD_USER_INPUT",
			"to must be later than from, but is not. Swap them, or move one of them.",
		);
	if (to - from > MOST_DAYS * DAY_MS)
		throw fail(
			"BAD_USER_INPUT",
			`from and to must be at most ${MOST_DAYS} days apart, but are ${Math.ceil((to - from) / DAY_MS)}. Ask for a part at a time.`,
		);
};

builder.objectField(Calendar, "freeSlots", (t) =>
	t.field({
		type: [FreeSlot],
		nullable: { list: true, items: false },
		description:
			"Times that can be booked, by start; null when the calendar is gone. Costs one call. Kept for seconds only: somebody else may take one meanwhile, and booking it is refused with CONFLICT then.",
		args: {
			from: t.arg({
				type: "DateTime",
				required: true,
				description: "From this moment on.",
			}),
			to: t.arg({
				type: "DateTime",
				required: true,
				description: `Up to this moment, at most ${MOST_DAYS} days later.`,
			}),
			timeZone: t.arg.string({
				description:
					"IANA time zone in which HighLevel writes them; its own choice when left out.",
			}),
			userId: t.arg.id({
				description:
					"Only what this user of the team has free: a global id, or HighLevel's own.",
			}),
		},
		extensions: {
			cost(cost: CostContext) {
				const { args, parent } = cost;
				freeSlotsBySearch.cost(cost, {
					...parent,
					key: `${JSON.stringify(args)} of ${parent.key}`,
				});
				return undefined;
			},
		},
		resolve: ({ id }, { timeZone, userId, ...window }, context) => {
			const from = check.instantIn("from", window.from);
			const to = check.instantIn("to", window.to);
			checkWindow(from, to);
			return freeSlotsBySearch.load(context, {
				calendarId: id,
				from,
				to,
				...(timeZone != null && {
					timeZone: check.timeZoneIn("timeZone", timeZone),
				}),
				...(userId != null && {
					userId: checkId(eitherId(userId, "User", context), "userId"),
				}),
			});
		},
	}),
);

/** What the Contacts API says about the times at which a calendar can still be booked. */

import type { Upstream } from "../../upstream/client.ts";
import { operation } from "../../upstream/operation.ts";
import { saysNotFound } from "../../upstream/refusal.ts";
import { Type } from "../../upstream/shapes.ts";

/** One start that is offered. */
export interface FreeSlot {
	/** `YYYY-MM-DD`, under which it is listed: in the zone that was asked for. */
	readonly day: string;
	/** As HighLevel writes it: `2024-10-28T10:00:00-05:00`. */
	readonly text: string;
}

export interface SlotSearch {
	readonly calendarId: string;
	/** Epoch milliseconds. */
	readonly from: number;
	readonly to: number;
	readonly timeZone?: string | undefined;
	readonly userId?: string | undefined;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

// [docs] `{ "2024-10-28": { "slots": [...] }, "traceId": "..." }`; not in the OpenAPI file of the contract.
const freeSlots = operation(
	"GET",
	"/calendars/{calendarId}/free-slots",
	Type.Object({}),
	{
		valueOf: (answer): FreeSlot[] =>
			Object.entries(answer)
				.filter(([day]) => DAY.test(day))
				.flatMap(([day, listed]) =>
					slotsIn(listed).map((text) => ({ day, text })),
				),
	},
);

const slotsIn = (listed: unknown): string[] => {
	const slots = (listed as { slots?: unknown } | null)?.slots;
	return Array.isArray(slots)
		? slots.filter((slot) => typeof slot === "string")
		: [];
};

/** [docs] At most 31 days can be asked for at once; null when the calendar is gone. */
export const listFreeSlots = async (
	upstream: Upstream,
	{ calendarId, from, to, timeZone, userId }: SlotSearch,
): Promise<FreeSlot[] | null> => {
	try {
		return await upstream.call(freeSlots, {
			ids: { calendarId },
			query: { startDate: from, endDate: to, timezone: timeZone, userId },
		});
	} catch (error) {
		if (saysNotFound(error)) return null;
		throw error;
	}
};

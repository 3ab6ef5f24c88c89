/** Free slots cost one call for each calendar and window, and are kept for seconds: somebody may take one any moment. */
import { onceForEach } from "../../cost/field-cost.ts";
import { loader } from "../../loading/loader.ts";
import { instantOf } from "../../schema-kit/instant.ts";
import { BOOKINGS } from "../appointment/tags.ts";
import { type FreeSlot, listFreeSlots, type SlotSearch } from "./rest.ts";

export const slotKey = ({
	calendarId,
	from,
	to,
	timeZone,
	userId,
}: SlotSearch): string =>
	JSON.stringify([calendarId, from, to, timeZone, userId]);

/** By start; null when the calendar is gone. */
export const freeSlotsBySearch = loader<SlotSearch, FreeSlot[] | null>({
	name: "freeSlotsBySearch",
	ttl: "slots",
	cost: onceForEach("free slots"),
	keyOf: slotKey,
	tags: () => [BOOKINGS],
	fetch: (searches, { upstream }) =>
		Promise.all(
			searches.map((search) =>
				listFreeSlots(upstream, search).then(
					(slots) => slots?.toSorted(byStart) ?? null,
					(error: Error) => error,
				),
			),
		),
});

const byStart = (a: FreeSlot, b: FreeSlot): number => startOf(a) - startOf(b);

const startOf = ({ text }: FreeSlot): number =>
	instantOf(text) ?? Number.MAX_SAFE_INTEGER;

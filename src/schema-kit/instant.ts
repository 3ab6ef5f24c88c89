/** Reads the times a CRM holds: clean, dirty, and without an offset. */
import { DAY_MS, isCanonical, isTime, timeAt } from "./civil-time.ts";
import { isDay } from "./scalars.ts";

const WITH_OFFSET = /(?:Z|[+-]\d{2}:?\d{2})$/i;
const LOCAL = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)$/;
const WITH_DATE = /^(\d{4}-\d{2}-\d{2})(?:[T ]|$)/;
// Years outside this are typing errors or zero dates, and break clients that parse them.
const EARLIEST = Date.UTC(1000, 0, 1);
const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * Epoch milliseconds of an upstream time that carries its offset (or is epoch milliseconds already); null for what
 * names no instant: empty, zero dates, garbage, and local times, for which see `localInstantOf`.
 */
export const instantOf = (value: unknown): number | null => {
	if (typeof value === "number") return inRange(value);
	if (typeof value !== "string" || !WITH_OFFSET.test(value)) return null;
	const day = WITH_DATE.exec(value)?.[1];
	return day !== undefined && isDay(day) ? inRange(Date.parse(value)) : null;
};

/** The latest moment that an upstream time may mean: one without a fraction of a second leaves that open. */
export const latestOf = (value: unknown, instant = instantOf(value)) =>
	instant === null || typeof value !== "string" || value.includes(".")
		? instant
		: instant + 999;

/** What the scalar DateTime writes: a time that is written as it should be already passes unread. */
export const timeOf = (value: unknown): string | number | null =>
	typeof value === "string" && isCanonical(value) ? value : instantOf(value);

/** True when the value is a time of day on a day, without an offset: `2021-07-16 11:00:00`. */
export const isLocal = (value: unknown): value is string =>
	typeof value === "string" && LOCAL.test(value);

/**
 * The instant a clock in `timeZone` shows `value`. In the hour a clock skips it is read as if it had not been skipped,
 * in the hour it repeats as the first time (the defaults of Temporal).
 */
export const localInstantOf = (
	value: string,
	timeZone: string,
): number | null => {
	const offset = plainOffset(value, timeZone);
	if (offset !== undefined)
		return inRange(Date.parse(value.slice(0, 10)) + timeAt(value, 11) - offset);
	const [, day, time] = LOCAL.exec(value) ?? [];
	if (day === undefined || !isDay(day)) return null;
	try {
		return inRange(
			Temporal.PlainDateTime.from(`${day}T${time}`).toZonedDateTime(timeZone)
				.epochMilliseconds,
		);
	} catch {
		return null;
	}
};

/** The day of an upstream date that may come as a day or as a timestamp; null for what names none. */
export const dayOf = (value: unknown): string | null => {
	if (typeof value === "number") {
		const instant = inRange(value);
		return instant === null
			? null
			: new Date(instant).toISOString().slice(0, 10);
	}
	if (typeof value !== "string") return null;
	const day = WITH_DATE.exec(value)?.[1];
	return day !== undefined && isDay(day) && day >= "1000" ? day : null;
};

// By zone, then by day: what a day's clock is ahead of UTC, null for a day on which it changes.
const offsets = new Map<string, Map<string, number | null>>();
const REMEMBERED_DAYS = 20_000;

/** How far the zone's clock is ahead of UTC all of that day; undefined where it changes, or the text is no plain time. */
const plainOffset = (value: string, timeZone: string): number | undefined => {
	if (value.length !== 19 || !isTime(value, 11)) return undefined;
	let ofZone = offsets.get(timeZone);
	if (!ofZone) {
		ofZone = new Map();
		offsets.set(timeZone, ofZone);
	}
	const day = value.slice(0, 10);
	let offset = ofZone.get(day);
	if (offset === undefined) {
		if (ofZone.size >= REMEMBERED_DAYS) ofZone.clear();
		offset = offsetOfDay(day, timeZone);
		ofZone.set(day, offset);
	}
	return offset ?? undefined;
};

const offsetOfDay = (day: string, timeZone: string): number | null => {
	if (!isDay(day)) return null;
	try {
		const midnight = Temporal.PlainDate.from(day);
		const [start, end] = [midnight, midnight.add({ days: 1 })].map(
			(at) => at.toZonedDateTime(timeZone).epochMilliseconds,
		) as [number, number];
		// A day of 24 hours that starts at midnight has one offset; any other day is read time by time.
		const startsAtMidnight =
			midnight.toZonedDateTime(timeZone).toPlainTime().toString() ===
			"00:00:00";
		return end - start === DAY_MS && startsAtMidnight
			? Date.parse(day) - start
			: null;
	} catch {
		return null;
	}
};

const inRange = (instant: number): number | null =>
	instant >= EARLIEST && instant <= LATEST ? instant : null;

// Dates of the sample data hang on one fixed day, so that the same seed gives the same data next year too.
import type { DirtyDate } from "../store/records.ts";
import type { Random } from "./random.ts";

/** 2026-11-01T00:00:00Z: the "today" of the sample data. */
export const REFERENCE = Date.UTC(2026, 10, 1);

export const DAY = 86_400_000;

export const iso = (epochMs: number): string => new Date(epochMs).toISOString();

/** A moment between `from` and `to` days away from the reference day. */
export const momentWithin = (
	chance: Random,
	from: number,
	to: number,
): number => Math.floor(REFERENCE + (from + chance.next() * (to - from)) * DAY);

/** Birth dates as people typed or imported them; contract, section 11: a day on GET, dirty in practice. */
export function dirtyBirthDate(chance: Random): DirtyDate {
	const born = Math.floor(
		Date.UTC(1940, 0, 1) + chance.next() * 65 * 365 * DAY,
	);
	const day = iso(born).slice(0, 10);
	const [year, month, date] = day.split("-");
	const kind = chance.next();
	if (kind < 0.3) return null;
	if (kind < 0.72) return day;
	if (kind < 0.78) return iso(Math.floor(born / DAY) * DAY);
	if (kind < 0.82) return `${month}/${date}/${year}`;
	if (kind < 0.86) return `${year}/${month}/${date}`;
	if (kind < 0.89) return `${year}.${month}.${date}`;
	if (kind < 0.91) return Math.floor(born / DAY) * DAY;
	if (kind < 0.93) return "";
	if (kind < 0.95) return "0000-00-00";
	if (kind < 0.97) return "13/07/1985";
	if (kind < 0.98) return "Invalid date";
	return "not telling";
}

/** Mostly clean, as a due date is picked from a calendar; a few came from imports. */
export function dirtyDueDate(chance: Random): string {
	const kind = chance.next();
	if (kind < 0.01) return "";
	if (kind < 0.015) return "0000-00-00";
	if (kind < 0.02) return "2026-02-30";
	return iso(Math.floor(momentWithin(chance, -60, 60) / 60_000) * 60_000);
}

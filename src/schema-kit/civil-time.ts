/** Calendar arithmetic without Date objects: an answer holds hundreds of times, and each must cost next to nothing. */

/** True for `YYYY-MM-DD` of a day that exists, at the start of `text`. */
export const startsWithDay = (text: string): boolean => {
	const year = digits(text, 0) * 100 + digits(text, 2);
	const month = digits(text, 5);
	const day = digits(text, 8);
	return (
		text.charCodeAt(4) === DASH &&
		text.charCodeAt(7) === DASH &&
		year >= 0 &&
		month >= 1 &&
		month <= 12 &&
		day >= 1 &&
		day <= daysIn(year, month)
	);
};

/** True when `text` is exactly what an instant is written as: `2026-03-01T09:30:00.000Z`, from the year 1000 on. */
export const isCanonical = (text: string): boolean =>
	text.length === 24 &&
	text.charCodeAt(0) > ZERO &&
	startsWithDay(text) &&
	text[10] === "T" &&
	isTime(text, 11) &&
	text[19] === "." &&
	digits(text, 20) >= 0 &&
	isDigit(text, 22) &&
	text[23] === "Z";

/** True for `HH:MM:SS` at this place, from 00:00:00 to 23:59:59. */
export const isTime = (text: string, at: number): boolean =>
	below(digits(text, at), 24) &&
	text[at + 2] === ":" &&
	below(digits(text, at + 3), 60) &&
	text[at + 5] === ":" &&
	below(digits(text, at + 6), 60);

/** Milliseconds since midnight of the `HH:MM:SS` at this place, which must be one. */
export const timeAt = (text: string, at: number): number =>
	((digits(text, at) * 60 + digits(text, at + 3)) * 60 + digits(text, at + 6)) *
	1000;

/** An instant in UTC as ISO 8601 with milliseconds; for the years 1000 to 9999, as `Date.toISOString` writes them. */
export const isoText = (instant: number): string => {
	const days = Math.floor(instant / DAY_MS);
	let left = instant - days * DAY_MS;
	const ms = left % 1000;
	left = (left - ms) / 1000;
	const seconds = left % 60;
	left = (left - seconds) / 60;
	const minutes = left % 60;
	const hours = (left - minutes) / 60;
	return `${dayText(days)}T${TWO[hours]}:${TWO[minutes]}:${TWO[seconds]}.${ms < 10 ? "00" : ms < 100 ? "0" : ""}${ms}Z`;
};

export const DAY_MS = 86_400_000;

const ZERO = 48;
const DASH = 45;
const TWO = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, "0"));
const REMEMBERED_DAYS = 20_000;
const dayTexts = new Map<number, string>();

const dayText = (days: number): string => {
	const known = dayTexts.get(days);
	if (known !== undefined) return known;
	const text = new Date(days * DAY_MS).toISOString().slice(0, 10);
	if (dayTexts.size >= REMEMBERED_DAYS) dayTexts.clear();
	dayTexts.set(days, text);
	return text;
};

/** The number two digits at this place make, or less than -1000 where they are not digits. */
const digits = (text: string, at: number): number =>
	isDigit(text, at) && isDigit(text, at + 1)
		? (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO
		: -1_000_000;

const isDigit = (text: string, at: number): boolean => {
	const code = text.charCodeAt(at);
	return code >= ZERO && code <= ZERO + 9;
};

const below = (value: number, limit: number): boolean =>
	value >= 0 && value < limit;

const daysIn = (year: number, month: number): number => {
	if (month !== 2) return 30 + ((month + (month >> 3)) & 1);
	return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
};

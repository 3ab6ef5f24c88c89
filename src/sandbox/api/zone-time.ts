// Writes moments in a location's time zone: without an offset for the appointments of a contact, with one for calendar events.

/** `2021-07-16 11:00:00`: local time, and the reader has to know where (contract, section 11). */
export const localTime = (epochMs: number, zone: string): string =>
	new Date(epochMs + offsetAt(epochMs, zone))
		.toISOString()
		.slice(0, 19)
		.replace("T", " ");

/** `2021-07-16T11:00:00-05:00`. */
export function offsetTime(epochMs: number, zone: string): string {
	const offset = offsetAt(epochMs, zone);
	const local = new Date(epochMs + offset).toISOString().slice(0, 19);
	const minutes = Math.abs(offset) / 60_000;
	const sign = offset < 0 ? "-" : "+";
	return `${local}${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** Reads ISO 8601; a time without an offset is taken as local time of the zone. NaN when it is no time. */
export function parseTime(text: string, zone: string): number {
	const hasOffset = /(Z|[+-]\d{2}:?\d{2})$/i.test(text);
	if (hasOffset) return Date.parse(text);
	const asUtc = Date.parse(`${text.replace(" ", "T")}Z`);
	if (Number.isNaN(asUtc)) return Number.NaN;
	// Twice, because the offset may change between the guess and the answer.
	const guess = asUtc - offsetAt(asUtc, zone);
	return asUtc - offsetAt(guess, zone);
}

const two = (value: number): string => String(value).padStart(2, "0");

const HOUR = 3_600_000;
const offsets = new Map<string, number>();
const formats = new Map<string, Intl.DateTimeFormat>();

/** Kept per hour and zone: asking Intl costs a hundred times the rest. */
function offsetAt(epochMs: number, zone: string): number {
	const hour = Math.floor(epochMs / HOUR);
	const key = `${zone}/${hour}`;
	let offset = offsets.get(key);
	if (offset === undefined) {
		offset = askIntl(hour * HOUR, zone);
		offsets.set(key, offset);
	}
	return offset;
}

function askIntl(epochMs: number, zone: string): number {
	let format = formats.get(zone);
	if (format === undefined) {
		format = new Intl.DateTimeFormat("en-US", {
			timeZone: zone,
			timeZoneName: "longOffset",
		});
		formats.set(zone, format);
	}
	const name = format
		.formatToParts(epochMs)
		.find((part) => part.type === "timeZoneName")?.value;
	const parts = /GMT([+-])(\d{2}):(\d{2})/.exec(name ?? "");
	if (parts === null) return 0;
	const minutes = Number(parts[2]) * 60 + Number(parts[3]);
	return (parts[1] === "-" ? -1 : 1) * minutes * 60_000;
}

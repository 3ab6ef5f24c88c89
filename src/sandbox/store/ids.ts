// Ids of records: either like the real ones or short and countable for tests; both follow the seed.
import type { IdStyle } from "../options.ts";
import { random } from "../seed/random.ts";

export type Kind =
	| "contact"
	| "task"
	| "note"
	| "appointment"
	| "appointmentNote"
	| "user"
	| "business"
	| "tag"
	| "customField"
	| "calendar"
	| "calendarGroup"
	| "workflow"
	| "campaign"
	| "opportunity"
	| "pipeline"
	| "stage"
	| "textBox";

const READABLE: Record<Kind, string> = {
	contact: "c",
	task: "t",
	note: "n",
	appointment: "a",
	appointmentNote: "an",
	user: "u",
	business: "b",
	tag: "tag",
	customField: "cf",
	calendar: "cal",
	calendarGroup: "calg",
	workflow: "w",
	campaign: "camp",
	opportunity: "o",
	pipeline: "p",
	stage: "s",
	textBox: "box",
};

/** Makes the next id of a kind. */
export type NewId = (kind: Kind) => string;

/**
 * One maker per location. Readable ids of the first location are `c1`, of the second `l2c1`.
 * Upstream-looking ids are 20 alphanumerics, 24 hex digits for businesses, UUIDs for workflows (contract, section 1).
 */
export function idMaker(
	style: IdStyle,
	seed: number,
	locationNumber: number,
): NewId {
	if (style !== "upstream") {
		const counts = new Map<Kind, number>();
		const prefix =
			locationNumber === 1 || style === "colliding" ? "" : `l${locationNumber}`;
		return (kind) => {
			const count = (counts.get(kind) ?? 0) + 1;
			counts.set(kind, count);
			return `${prefix}${READABLE[kind]}${count}`;
		};
	}
	// One stream per kind: then asking for fewer tasks does not change the ids of the contacts.
	const streams = new Map<Kind, ReturnType<typeof random>>();
	return (kind) => {
		let stream = streams.get(kind);
		if (stream === undefined) {
			stream = random(seed, locationNumber, `id:${kind}`);
			streams.set(kind, stream);
		}
		if (kind === "business") return stream.text(24, "0123456789abcdef");
		if (kind === "workflow") {
			const hex = stream.text(32, "0123456789abcdef");
			return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
		}
		return stream.text(20, ALPHANUMERIC);
	};
}

const ALPHANUMERIC =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

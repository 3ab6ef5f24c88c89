// What a caller may write into a contact, and how it is checked.
import { isObject, type Rule, type Rules } from "../http/body-rules.ts";

const text: Rule = { kind: "string" };
const textOrNull: Rule = { kind: "string", nullable: true };
const email: Rule = {
	...textOrNull,
	check: (value) =>
		value === "" || /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(String(value))
			? undefined
			: "must be an email",
};

const CHANNELS = ["Call", "Email", "SMS", "WhatsApp", "GMB", "FB", "RCS"];
const CHANNEL_STATES = ["active", "inactive", "permanent"];

const channels: Rule = {
	kind: "object",
	check: (value) => {
		for (const [channel, setting] of Object.entries(
			value as Record<string, unknown>,
		)) {
			if (!CHANNELS.includes(channel)) return `has no channel ${channel}`;
			if (
				!isObject(setting) ||
				!CHANNEL_STATES.includes(String(setting.status))
			)
				return `${channel}.status must be one of the following values: ${CHANNEL_STATES.join(", ")}`;
		}
		return undefined;
	},
};

const customFields: Rule = {
	kind: "objects",
	check: (value) => {
		for (const one of value as Record<string, unknown>[]) {
			const wrong = Object.keys(one).find(
				(key) => !["id", "key", "field_value"].includes(key),
			);
			if (wrong !== undefined) return `property ${wrong} should not exist`;
			if (typeof one.id !== "string" && typeof one.key !== "string")
				return "each value must have an id or a key";
		}
		return undefined;
	},
};

export const UPDATE_RULES: Rules = {
	firstName: textOrNull,
	lastName: textOrNull,
	name: textOrNull,
	email,
	phone: textOrNull,
	address1: textOrNull,
	city: textOrNull,
	state: textOrNull,
	postalCode: text,
	website: textOrNull,
	timezone: textOrNull,
	dnd: { kind: "boolean" },
	dndSettings: channels,
	inboundDndSettings: { kind: "object" },
	tags: { kind: "strings" },
	customFields,
	source: textOrNull,
	dateOfBirth: {
		...textOrNull,
		check: (value) =>
			value === "" || dayOf(String(value)) !== undefined
				? undefined
				: "must be a valid date",
	},
	country: text,
	assignedTo: textOrNull,
};

export const CREATE_RULES: Rules = {
	...UPDATE_RULES,
	locationId: { kind: "string", required: true, filled: true },
	gender: text,
	companyName: textOrNull,
	source: text,
	assignedTo: text,
};

export const UPSERT_RULES: Rules = {
	...CREATE_RULES,
	createNewIfDuplicateAllowed: { kind: "boolean" },
};

/** One of the eight day formats of the spec as YYYY-MM-DD; undefined when it is none or no real day. */
export function dayOf(value: string): string | undefined {
	const [, y1, m1, d1] =
		/^(\d{4})[/._-](\d{2})[/._-](\d{2})(?:T.*)?$/.exec(value) ?? [];
	const [, m2, d2, y2] =
		/^(\d{2})[/._-](\d{2})[/._-](\d{4})$/.exec(value) ?? [];
	const day = y1 ? `${y1}-${m1}-${d1}` : y2 ? `${y2}-${m2}-${d2}` : "";
	const time = Date.parse(`${day}T00:00:00Z`);
	// 2026-02-30 parses as a day of March: only a day that comes back the same is real.
	return !Number.isNaN(time) &&
		new Date(time).toISOString().slice(0, 10) === day
		? day
		: undefined;
}

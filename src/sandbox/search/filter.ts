// Turns the filters of POST /contacts/search into one test per contact, refusing what the vendor's page does not allow.
import { Refusal, unprocessable } from "../http/errors.ts";
import type { LocationData } from "../store/location-data.ts";
import type { ContactRecord, Opportunity } from "../store/records.ts";
import { type SearchField, searchField } from "./fields.ts";

export interface Filter {
	matches: (contact: ContactRecord) => boolean;
	/** Set when nothing but these contacts can match, which spares a walk through all. */
	ids: ReadonlySet<string> | undefined;
}

export interface FilterRules {
	location: LocationData;
	refuseIdSearch: boolean;
}

const OPERATORS = [
	"eq",
	"not_eq",
	"contains",
	"not_contains",
	"exists",
	"not_exists",
	"range",
	"nested",
];

/** The top level joins with AND. */
export function compileFilters(filters: unknown, rules: FilterRules): Filter {
	if (filters === undefined) return { matches: () => true, ids: undefined };
	if (!Array.isArray(filters)) throw unprocessable("filters must be an array");
	return group("AND", filters, rules);
}

function group(kind: unknown, nodes: unknown[], rules: FilterRules): Filter {
	if (kind !== "AND" && kind !== "OR")
		throw unprocessable("group must be one of the following values: AND, OR");
	const parts = nodes.map((node) => compileNode(node, rules));
	const [only] = parts;
	if (only === undefined) return { matches: () => true, ids: undefined };
	if (parts.length === 1) return only;
	if (kind === "AND")
		return {
			matches: (contact) => parts.every((part) => part.matches(contact)),
			ids: parts.find((part) => part.ids !== undefined)?.ids,
		};
	const ids = new Set<string>();
	for (const part of parts) for (const id of part.ids ?? []) ids.add(id);
	return {
		matches: (contact) => parts.some((part) => part.matches(contact)),
		ids: parts.every((part) => part.ids !== undefined) ? ids : undefined,
	};
}

function compileNode(node: unknown, rules: FilterRules): Filter {
	if (typeof node !== "object" || node === null)
		throw unprocessable("each value in filters must be an object");
	const given = node as Record<string, unknown>;
	if (given.group !== undefined) {
		if (!Array.isArray(given.filters))
			throw unprocessable("filters must be an array");
		return group(given.group, given.filters, rules);
	}
	return leaf(given, rules);
}

function leaf(given: Record<string, unknown>, rules: FilterRules): Filter {
	const { field: name, operator, value } = given;
	if (typeof name !== "string") throw unprocessable("field must be a string");
	if (typeof operator !== "string" || !OPERATORS.includes(operator))
		throw unprocessable("Invalid Operator");
	if (name === "opportunities") return nested(operator, given);
	const field = searchField(name, rules.location);
	if (field === undefined || (name === "id" && rules.refuseIdSearch))
		throw new Refusal(400, `Invalid field ${name}`);
	if (!field.operators.includes(operator))
		throw unprocessable("Invalid Operator");
	const matches = compare(field, operator, value);
	return {
		matches: (contact) => matches(field.read(contact)),
		ids:
			name === "id" && operator === "eq" ? new Set([String(value)]) : undefined,
	};
}

function compare(
	field: SearchField,
	operator: string,
	value: unknown,
): (actual: unknown) => boolean {
	switch (operator) {
		case "exists":
			return isThere;
		case "not_exists":
			return (actual) => !isThere(actual);
		case "eq":
			return equals(value);
		case "not_eq": {
			const same = equals(value);
			return (actual) => !same(actual);
		}
		case "contains":
			return contains(value);
		case "not_contains": {
			const within = contains(value);
			return (actual) => !within(actual);
		}
		default:
			return range(value, field.range ?? "number");
	}
}

const isThere = (actual: unknown): boolean =>
	Array.isArray(actual)
		? actual.length > 0
		: actual !== undefined && actual !== null && actual !== "";

/** Text compares without regard to case; a list matches when one of its members does. */
function equals(value: unknown): (actual: unknown) => boolean {
	if (!["string", "number", "boolean"].includes(typeof value))
		throw unprocessable("value must be a string, number or boolean");
	const wanted = comparable(value);
	if (wanted.length > 75) throw tooLong("value");
	return (actual) =>
		Array.isArray(actual)
			? actual.some((one) => comparable(one) === wanted)
			: actual !== null &&
				actual !== undefined &&
				comparable(actual) === wanted;
}

function contains(value: unknown): (actual: unknown) => boolean {
	if (typeof value !== "string") throw unprocessable("value must be a string");
	if (value.length > 75) throw tooLong("value");
	if (value.trim().length < 3)
		throw new Refusal(
			400,
			"value must be longer than or equal to 3 characters",
		);
	if (/[^\p{L}\p{M}\p{N}\s._-]/u.test(value))
		throw new Refusal(400, "value must not contain special characters");
	const wanted = comparable(value);
	return (actual) =>
		Array.isArray(actual)
			? actual.some((one) => comparable(one).includes(wanted))
			: actual !== null &&
				actual !== undefined &&
				comparable(actual).includes(wanted);
}

const BOUNDS = ["gt", "gte", "lt", "lte"];

function range(
	value: unknown,
	kind: "date" | "number",
): (actual: unknown) => boolean {
	if (typeof value !== "object" || value === null || Array.isArray(value))
		throw unprocessable("value must be an object of gt, gte, lt, lte");
	const entries = Object.entries(value);
	if (entries.length === 0 || entries.some(([key]) => !BOUNDS.includes(key)))
		throw unprocessable("value must be an object of gt, gte, lt, lte");
	const tests = entries.map(([key, bound]) => {
		const limit = amount(bound, kind);
		if (Number.isNaN(limit))
			throw unprocessable(`${key} must be a valid ${kind}`);
		return (actual: number): boolean => {
			if (key === "gt") return actual > limit;
			if (key === "gte") return actual >= limit;
			return key === "lt" ? actual < limit : actual <= limit;
		};
	});
	return (actual) => {
		const number = amount(actual, kind);
		return !Number.isNaN(number) && tests.every((test) => test(number));
	};
}

/** ISO text and epoch milliseconds both are dates (contract, section 3). */
function amount(value: unknown, kind: "date" | "number"): number {
	if (typeof value === "number") return value;
	if (typeof value !== "string" || value === "") return Number.NaN;
	return kind === "date" ? Date.parse(value) : Number(value);
}

const SUB_FIELDS: Readonly<Record<string, keyof Opportunity>> = {
	pipelineId: "pipelineId",
	pipelineStageId: "pipelineStageId",
	status: "status",
};

/** All conditions must hold for one and the same opportunity. They come as `filters` or, in other callers, as `value`. */
function nested(operator: string, given: Record<string, unknown>): Filter {
	const conditions = given.filters ?? given.value;
	if (operator !== "nested" || !Array.isArray(conditions))
		throw unprocessable("Invalid Operator");
	const tests = conditions.map((condition: Record<string, unknown>) => {
		const key = SUB_FIELDS[String(condition?.field)];
		if (key === undefined)
			throw new Refusal(400, `Invalid field ${String(condition?.field)}`);
		const name = String(condition.operator);
		if (!["eq", "not_eq", "exists", "not_exists"].includes(name))
			throw unprocessable("Invalid Operator");
		const matches = compare(
			{ operators: [], read: () => undefined },
			name,
			condition.value,
		);
		return (one: Opportunity) => matches(one[key]);
	});
	return {
		matches: (contact) =>
			contact.opportunities.some((one) => tests.every((test) => test(one))),
		ids: undefined,
	};
}

const comparable = (value: unknown): string => String(value).toLowerCase();

export const tooLong = (what: string): Refusal =>
	unprocessable(`${what} must be shorter than or equal to 75 characters`);

// Bodies are whitelisted upstream: unknown keys, missing keys and wrong types are 422 with one text each (contract, section 6).
import type { Call } from "./env.ts";
import { unprocessable } from "./errors.ts";
import { bodyObject } from "./input.ts";

export type Kind =
	| "string"
	| "number"
	| "boolean"
	| "strings"
	| "objects"
	| "object";

export interface Rule {
	kind: Kind;
	required?: true;
	nullable?: true;
	/** Empty text counts as missing. */
	filled?: true;
	values?: readonly string[];
	/** A further check; answers what is wrong, without the key's name. */
	check?: (value: unknown) => string | undefined;
}

export type Rules = Readonly<Record<string, Rule>>;

/** The body, once it follows the rules. Refuses with every fault at once. */
export function checkedBody(call: Call, rules: Rules): Record<string, unknown> {
	const body = bodyObject(call);
	const faults = [...faultsOf(body, rules)];
	if (faults.length > 0) throw unprocessable(...faults);
	return body;
}

function* faultsOf(
	body: Record<string, unknown>,
	rules: Rules,
): Generator<string> {
	for (const key of Object.keys(body))
		if (!Object.hasOwn(rules, key)) yield `property ${key} should not exist`;
	for (const [key, rule] of Object.entries(rules)) {
		const value = body[key];
		const missing =
			value === undefined ||
			(value === null && rule.nullable !== true) ||
			(value === "" && rule.filled === true);
		if (missing && rule.required) yield `${key} should not be empty`;
		if (value === undefined || (value === null && rule.nullable)) continue;
		const fault = kindFault(value, rule) ?? rule.check?.(value);
		if (fault !== undefined)
			yield fault.startsWith("each value")
				? fault.replace("each value", `each value in ${key}`)
				: `${key} ${fault}`;
	}
}

function kindFault(value: unknown, rule: Rule): string | undefined {
	switch (rule.kind) {
		case "string":
			if (typeof value !== "string") return "must be a string";
			if (rule.values !== undefined && !rule.values.includes(value))
				return `must be one of the following values: ${rule.values.join(", ")}`;
			return undefined;
		case "number":
			return typeof value === "number" ? undefined : "must be a number";
		case "boolean":
			return typeof value === "boolean" ? undefined : "must be a boolean value";
		case "object":
			return isObject(value) ? undefined : "must be an object";
		case "strings":
			if (!Array.isArray(value)) return "must be an array";
			return value.every((one) => typeof one === "string")
				? undefined
				: "each value must be a string";
		case "objects":
			if (!Array.isArray(value)) return "must be an array";
			return value.every(isObject) ? undefined : "each value must be an object";
	}
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === "object" && value !== null && !Array.isArray(value);

export const isDateText = (value: unknown): string | undefined =>
	typeof value === "string" &&
	/^\d{4}-\d{2}-\d{2}/.test(value) &&
	!Number.isNaN(Date.parse(value))
		? undefined
		: "must be a valid ISO 8601 date string";

/** Turns our typed filters into the grammar of POST /contacts/search (contract, section 3), of which nothing shows outside. */
import { fail } from "../../errors.ts";
import {
	type Conditions,
	type ContactFilterInput,
	type CustomFieldConditions,
	FIELDS,
	LONGEST_VALUE,
	SHORTEST_CONTAINS,
} from "./filter-inputs.ts";
import type { SearchFilter } from "./rest.ts";

// "No special characters" is all the contract says of contains; these are what names, streets and addresses are made of.
const SPECIAL = /[^\p{L}\p{M}\p{N}\s.,'@+_-]/u;

/** Resolves a custom field's key (with or without `contact.`) or id to its id. @throws Failure BAD_USER_INPUT when there is none. */
export type CustomFieldId = (key: string) => string;

/** Every custom field key a filter names, at any depth: their definitions must be read before it can be mapped. */
export const customFieldKeys = (filter: ContactFilterInput): string[] => [
	...(filter.customFields ?? []).map(({ key }) => key),
	...[...(filter.and ?? []), ...(filter.or ?? [])].flatMap(customFieldKeys),
];

/**
 * The search's filters for ours; top level is AND.
 * @throws Failure BAD_USER_INPUT for values the search would refuse, naming the field.
 */
export const searchFilters = (
	filter: ContactFilterInput,
	customFieldId: CustomFieldId,
): SearchFilter[] => {
	const filters: SearchFilter[] = [];
	for (const name of Object.keys(FIELDS) as (keyof typeof FIELDS)[]) {
		const conditions = filter[name];
		if (!conditions) continue;
		const [field] = FIELDS[name];
		filters.push(
			...leaves(
				name,
				field,
				conditions,
				/Name$/.test(name) && field.endsWith("LowerCase"),
			),
		);
	}
	for (const conditions of filter.customFields ?? [])
		filters.push(...customFieldLeaves(conditions, customFieldId));
	const { opportunity } = filter;
	if (opportunity) filters.push(...opportunityLeaves(opportunity));
	if (filter.and)
		for (const each of filter.and)
			filters.push(...searchFilters(each, customFieldId));
	if (filter.or)
		filters.push({
			group: "OR",
			filters: filter.or.map((each) =>
				all(searchFilters(each, customFieldId), "or"),
			),
		});
	return filters;
};

const all = (filters: SearchFilter[], where: string): SearchFilter => {
	const [only] = filters;
	if (!only)
		throw fail(
			"BAD_USER_INPUT",
			`Every filter in ${where} needs at least one condition, but one came empty.`,
		);
	return filters.length === 1 ? only : { group: "AND", filters };
};

const leaves = (
	name: string,
	field: string,
	conditions: Conditions,
	lowerCase = false,
): SearchFilter[] => {
	const found: SearchFilter[] = [];
	const text = (value: string) =>
		checkedValue(name, lowerCase ? value.toLowerCase() : value);
	const { eq, notEq, contains, notContains, exists } = conditions;
	if (typeof eq === "boolean") found.push({ field, operator: "eq", value: eq });
	if (typeof eq === "string")
		found.push({ field, operator: "eq", value: text(eq) });
	if (notEq != null)
		found.push({ field, operator: "not_eq", value: text(notEq) });
	if (conditions.in) {
		if (conditions.in.length === 0)
			throw fail(
				"BAD_USER_INPUT",
				`${name}.in needs at least one value, but came empty.`,
			);
		found.push({
			group: "OR",
			filters: conditions.in.map((value) => ({
				field,
				operator: "eq",
				value: text(value),
			})),
		});
	}
	if (contains != null)
		found.push({
			field,
			operator: "contains",
			value: checkedPart(name, text(contains)),
		});
	if (notContains != null)
		found.push({
			field,
			operator: "not_contains",
			value: checkedPart(name, text(notContains)),
		});
	const range = rangeOf(conditions);
	if (range) found.push({ field, operator: "range", value: range });
	if (exists != null)
		found.push({ field, operator: exists ? "exists" : "not_exists" });
	return found;
};

// ISO strings worked on this endpoint, epoch milliseconds only on its sibling (contract, section 3).
const rangeOf = (conditions: Conditions): Record<string, string> | null => {
	const range: Record<string, string> = {};
	for (const bound of ["gt", "gte", "lt", "lte"] as const) {
		const value = conditions[bound];
		if (value != null)
			range[bound] =
				typeof value === "number" ? new Date(value).toISOString() : value;
	}
	return Object.keys(range).length ? range : null;
};

const customFieldLeaves = (
	conditions: CustomFieldConditions,
	customFieldId: CustomFieldId,
): SearchFilter[] => {
	const { key, option } = conditions;
	const name = `customFields(key: ${JSON.stringify(key)})`;
	const field = `customFields.${customFieldId(key)}${option ? `.${option}` : ""}`;
	const found = leaves(name, field, {
		...conditions,
		gte: conditions.dateGte ?? null,
		lte: conditions.dateLte ?? null,
	});
	const { numberEq, numberGt, numberGte, numberLt, numberLte } = conditions;
	if (numberEq != null) found.push({ field, operator: "eq", value: numberEq });
	const range = Object.fromEntries(
		Object.entries({
			gt: numberGt,
			gte: numberGte,
			lt: numberLt,
			lte: numberLte,
		}).filter(([, value]) => value != null),
	);
	if (Object.keys(range).length)
		found.push({ field, operator: "range", value: range });
	return found;
};

const opportunityLeaves = (
	opportunity: NonNullable<ContactFilterInput["opportunity"]>,
): SearchFilter[] => {
	const value = [
		...leaves(
			"opportunity.pipelineId",
			"pipelineId",
			opportunity.pipelineId ?? {},
		),
		...leaves(
			"opportunity.pipelineStageId",
			"pipelineStageId",
			opportunity.pipelineStageId ?? {},
		),
		...leaves("opportunity.status", "status", opportunity.status ?? {}),
	];
	return value.length
		? [{ field: "opportunities", operator: "nested", value }]
		: [];
};

const checkedValue = (name: string, value: string): string => {
	if (value.length <= LONGEST_VALUE && value !== "") return value;
	throw fail(
		"BAD_USER_INPUT",
		`${name} compares with 1 to ${LONGEST_VALUE} characters, but came with ${value.length}. Shorten the text, or use exists: false for an empty field.`,
	);
};

const checkedPart = (name: string, value: string): string => {
	if (value.length >= SHORTEST_CONTAINS && !SPECIAL.test(value)) return value;
	throw fail(
		"BAD_USER_INPUT",
		`${name}.contains takes at least ${SHORTEST_CONTAINS} letters, digits or spaces and no special characters, but came as ${JSON.stringify(value)}.`,
	);
};

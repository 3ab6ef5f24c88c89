/** Turns our typed filters into the grammar of POST /contacts/search (contract, section 3), of which nothing shows outside. */
import { fail } from "../../errors.ts";
import * as check from "../../schema-kit/input-checks.ts";
import {
	type Conditions,
	type ContactFilterInput,
	type CustomFieldConditions,
	DateFilter,
	DateTimeFilter,
	FIELDS,
	LONGEST_VALUE,
	SHORTEST_CONTAINS,
} from "./filter-inputs.ts";
import type { SearchFilter } from "./rest.ts";

// "No special characters" is all the contract says of contains; these are what names, streets and addresses are made of.
const SPECIAL = /[^\p{L}\p{M}\p{N}\s.,'@+_-]/u;

/** Resolves a custom field's key (with or without `contact.`) or id to its id. @throws Failure BAD_USER_INPUT when there is none. */
export type CustomFieldId = (key: string) => string;

/** The upstream id in a global id of `type`, or in an upstream id. @throws Failure BAD_USER_INPUT for another type's. */
export type OwnId = (id: string, type: string) => string;

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
	ownId: OwnId,
): SearchFilter[] => {
	const filters: SearchFilter[] = [];
	for (const name of Object.keys(FIELDS) as (keyof typeof FIELDS)[]) {
		const conditions = filter[name];
		if (!conditions) continue;
		const [field, kind, , type] = FIELDS[name];
		const read =
			kind === DateTimeFilter
				? withBounds(name, conditions, instant)
				: kind === DateFilter
					? withBounds(name, conditions, check.dayIn)
					: type
						? byOwnId(conditions, (id) => ownId(id, type))
						: conditions;
		filters.push(
			...leaves(
				name,
				field,
				read,
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
			filters.push(...searchFilters(each, customFieldId, ownId));
	if (filter.or) {
		if (filter.or.length === 0)
			throw fail(
				"BAD_USER_INPUT",
				"or needs at least one filter, but got none. Leave it out where there is none.",
			);
		filters.push({
			group: "OR",
			filters: filter.or.map((each) =>
				all(searchFilters(each, customFieldId, ownId), "or"),
			),
		});
	}
	return filters;
};

const all = (filters: SearchFilter[], where: string): SearchFilter => {
	const [only] = filters;
	if (!only)
		throw fail(
			"BAD_USER_INPUT",
			`Every filter in ${where} needs at least one condition, but one is empty. Leave the empty one out.`,
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
	const text = <V>(value: V) =>
		typeof value === "string"
			? checkedValue(name, lowerCase ? value.toLowerCase() : value)
			: value;
	const { eq, notEq, contains, notContains, exists } = conditions;
	if (eq != null) found.push({ field, operator: "eq", value: text(eq) });
	if (notEq != null)
		found.push({ field, operator: "not_eq", value: text(notEq) });
	if (conditions.in)
		found.push({
			group: "OR",
			filters: someOf(name, conditions.in).map((value) => ({
				field,
				operator: "eq",
				value: text(value),
			})),
		});
	if (contains != null)
		found.push({
			field,
			operator: "contains",
			value: checkedPart(name, String(text(contains))),
		});
	if (notContains != null)
		found.push({
			field,
			operator: "not_contains",
			value: checkedPart(name, String(text(notContains))),
		});
	const range = rangeOf(conditions);
	if (range) found.push({ field, operator: "range", value: range });
	if (exists != null)
		found.push({ field, operator: exists ? "exists" : "not_exists" });
	return found;
};

const BOUNDS = ["gt", "gte", "lt", "lte"] as const;

const rangeOf = (
	conditions: Conditions,
): Record<string, string | number> | null => {
	const range: Record<string, string | number> = {};
	for (const bound of BOUNDS) {
		const value = conditions[bound];
		if (value != null) range[bound] = value;
	}
	return Object.keys(range).length ? range : null;
};

/** With each bound read. @throws Failure BAD_USER_INPUT that names the bound. */
const withBounds = (
	name: string,
	conditions: Conditions,
	read: (name: string, value: string) => string,
): Conditions => {
	const checked: Conditions = { ...conditions };
	for (const bound of BOUNDS) {
		const value = conditions[bound];
		if (value != null) checked[bound] = read(`${name}.${bound}`, String(value));
	}
	return checked;
};

// ISO strings worked on this endpoint, epoch milliseconds only on its sibling (contract, section 3).
const instant = (name: string, value: string): string =>
	new Date(check.instantIn(name, value)).toISOString();

const customFieldLeaves = (
	conditions: CustomFieldConditions,
	customFieldId: CustomFieldId,
): SearchFilter[] => {
	const { key, option, text, number, date } = conditions;
	const name = `customFields(key: ${JSON.stringify(key)})`;
	const field = `customFields.${customFieldId(key)}${option ? `.${option}` : ""}`;
	return [
		...leaves(`${name}.text`, field, text ?? {}),
		...leaves(`${name}.number`, field, number ?? {}),
		...leaves(
			`${name}.date`,
			field,
			withBounds(`${name}.date`, date ?? {}, instant),
		),
	];
};

/**
 * All conditions for one and the same opportunity. Within it the search knows no groups, so every choice that `in`
 * leaves becomes an opportunity of its own, of which the contact must have one.
 */
const opportunityLeaves = (
	opportunity: NonNullable<ContactFilterInput["opportunity"]>,
): SearchFilter[] => {
	let choices: SearchFilter[][] = [[]];
	for (const name of ["pipelineId", "pipelineStageId", "status"] as const) {
		const { in: among, ...others } = opportunity[name] ?? {};
		const path = `opportunity.${name}`;
		const fixed = leaves(path, name, others);
		const values = among ? someOf(path, among) : [undefined];
		choices = choices.flatMap((choice) =>
			values.map((eq) => [
				...choice,
				...fixed,
				...(eq === undefined ? [] : leaves(path, name, { eq })),
			]),
		);
		if (choices.length > MOST_CHOICES)
			throw fail(
				"BAD_USER_INPUT",
				`opportunity takes at most ${MOST_CHOICES} combinations of what its \`in\` conditions list, but got ${choices.length}. List fewer values, or send several requests.`,
			);
	}
	const filters = choices
		.filter((value) => value.length > 0)
		.map((value) => ({ field: "opportunities", operator: "nested", value }));
	return filters.length > 1 ? [{ group: "OR", filters }] : filters;
};

// Each is a filter of its own in the search's body.
const MOST_CHOICES = 100;

const someOf = <V>(name: string, values: readonly V[]): readonly V[] => {
	if (values.length > 0) return values;
	throw fail(
		"BAD_USER_INPUT",
		`${name}.in needs at least one value, but got none. Leave it out to allow any value.`,
	);
};

const byOwnId = (
	{ eq, notEq, in: among, exists }: Conditions,
	ownId: (id: string) => string,
): Conditions => ({
	eq: typeof eq === "string" ? ownId(eq) : null,
	notEq: notEq == null ? null : ownId(String(notEq)),
	in: among?.map((id) => ownId(String(id))) ?? null,
	exists: exists ?? null,
});

const checkedValue = (name: string, value: string): string => {
	if (value.length <= LONGEST_VALUE && value !== "") return value;
	throw fail(
		"BAD_USER_INPUT",
		`${name} compares with 1 to ${LONGEST_VALUE} characters, but got ${value.length}. Shorten the text, or use exists: false for an empty field.`,
	);
};

const checkedPart = (name: string, value: string): string => {
	if (value.length >= SHORTEST_CONTAINS && !SPECIAL.test(value)) return value;
	throw fail(
		"BAD_USER_INPUT",
		`${name}.contains takes at least ${SHORTEST_CONTAINS} letters, digits or spaces and no special characters, but got ${JSON.stringify(value)}. Look for a longer part of the text, or use eq.`,
	);
};

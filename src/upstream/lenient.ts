/**
 * Takes of an answer what fits its shape, so that one odd value costs that value and not the page it is on. Strict where
 * a wrong reading would be worse than none: the container that was asked for, ids, and whether a write was done.
 *
 * Not typebox's own Value.Convert and Value.Clean: these turn any number into text and 1 into true, drop what a shape
 * does not name, and do not say what they changed.
 */
import type { TSchema } from "typebox";
import type { Shape } from "./fits.ts";

/** Where an answer departs from its shape: `/contacts/[]/dnd`, the same for every row. No value of anybody is in it. */
export interface Mismatch {
	readonly path: string;
	readonly what: string;
}

type Report = (mismatch: Mismatch) => void;

/** The answer with only what fits, or undefined where what was asked for is not in it. */
export const coerced = (
	shape: TSchema,
	answer: unknown,
	report: Report,
): { readonly answer: unknown } | undefined => {
	const found = coerce(
		shape as Shape,
		unwrapped(shape as Shape, answer, report),
		"",
		report,
	);
	return found === NONE ? undefined : { answer: found };
};

type Fields = Readonly<Record<string, unknown>>;

const NONE = Symbol("does not fit");

const coerce = (
	shape: Shape,
	value: unknown,
	path: string,
	report: Report,
): unknown => {
	switch (shape.type) {
		case undefined:
			return shape.anyOf
				? coerceUnion(shape.anyOf, value, path, report)
				: value;
		case "null":
			return value === null ? value : NONE;
		case "string":
			return coerceText(shape, value, path, report);
		case "number":
			if (typeof value === "number") return value;
			return typeof value === "string" && NUMBER.test(value)
				? converted(Number(value), "a number", value, path, report)
				: NONE;
		case "boolean": {
			const truth =
				typeof value === "string" && /^(true|false)$/i.test(value)
					? converted(
							value.toLowerCase() === "true",
							"true or false",
							value,
							path,
							report,
						)
					: value;
			return typeof truth === "boolean" && truth === (shape.const ?? truth)
				? truth
				: NONE;
		}
		case "object":
			if (!isFields(value)) return NONE;
			return shape.patternProperties
				? coerceRecord(shape.patternProperties, value, path, report)
				: coerceObject(shape, value, path, report);
		case "array":
			return Array.isArray(value) && shape.items
				? coerceItems(shape.items, value, path, report)
				: NONE;
		default:
			return NONE;
	}
};

// As JSON writes numbers, so that neither "" nor "0x10" nor "1,000" is taken for one.
const NUMBER = /^-?\d{1,15}(\.\d+)?$/;

const converted = <V>(
	value: V,
	expected: string,
	came: unknown,
	path: string,
	report: Report,
): V => {
	report({ path, what: `expected ${expected}, came as ${kindOf(came)}` });
	return value;
};

/** Text that may not be empty is an id: of no other kind is it read as one. */
const coerceText = (
	{ minLength }: Shape,
	value: unknown,
	path: string,
	report: Report,
): unknown => {
	if (typeof value === "string")
		return value.length >= (minLength ?? 0) ? value : NONE;
	return typeof value === "number" && minLength === undefined
		? converted(String(value), "text", value, path, report)
		: NONE;
};

/** The arm that fits as it is, else the first that fits in part, else null where that may stand. */
const coerceUnion = (
	arms: readonly Shape[],
	value: unknown,
	path: string,
	report: Report,
): unknown => {
	let inPart: { found: unknown; mismatches: Mismatch[] } | undefined;
	for (const arm of arms) {
		const mismatches: Mismatch[] = [];
		const found = coerce(arm, value, path, (one) => mismatches.push(one));
		if (found === NONE) continue;
		if (mismatches.length === 0) return found;
		inPart ??= { found, mismatches };
	}
	if (inPart) {
		for (const mismatch of inPart.mismatches) report(mismatch);
		return inPart.found;
	}
	if (!arms.some(({ type }) => type === "null")) return NONE;
	report({
		path,
		what: `expected ${namesOf(arms)}, came as ${kindOf(value)}`,
	});
	return null;
};

const coerceObject = (
	shape: Shape,
	value: Fields,
	path: string,
	report: Report,
): unknown => {
	const { properties = {}, required = [], anyOf } = shape;
	const known = anyOf?.flatMap((one) => one.required ?? []) ?? [];
	if (
		known.length > 0 &&
		Object.keys(value).length > 0 &&
		!known.some((key) => Object.hasOwn(value, key))
	)
		report({
			path,
			what: `expected one of the keys ${known.join(", ")}, came with others`,
		});
	let copy: Record<string, unknown> | undefined;
	for (const [key, one] of Object.entries(properties)) {
		const has = value[key];
		const isRequired = required.includes(key);
		if (has === undefined) {
			if (isRequired) return NONE;
			continue;
		}
		const found = coerce(one, has, `${path}/${key}`, report);
		if (found === has) continue;
		// Whether a write was done is never left open: an answer that does not say so is one nobody can read.
		if (found === NONE && (isRequired || one.const !== undefined)) return NONE;
		copy ??= { ...value };
		if (found === NONE) {
			report({
				path: `${path}/${key}`,
				what: `expected ${namesOf([one])}, came as ${kindOf(has)}`,
			});
			delete copy[key];
		} else copy[key] = found;
	}
	return copy ?? value;
};

const coerceRecord = (
	patterns: Readonly<Record<string, Shape>>,
	value: Fields,
	path: string,
	report: Report,
): unknown => {
	const [one] = Object.values(patterns);
	if (!one) return value;
	let copy: Record<string, unknown> | undefined;
	for (const [key, has] of Object.entries(value)) {
		const found = coerce(one, has, `${path}/{}`, report);
		if (found === has) continue;
		copy ??= { ...value };
		if (found === NONE) {
			report({
				path: `${path}/{}`,
				what: `expected ${namesOf([one])}, came as ${kindOf(has)}`,
			});
			delete copy[key];
		} else copy[key] = found;
	}
	return copy ?? value;
};

/** What does not fit is left out, its neighbours stay. */
const coerceItems = (
	items: Shape,
	value: readonly unknown[],
	path: string,
	report: Report,
): unknown => {
	let changed = false;
	const found = value.flatMap((has) => {
		const one = coerce(items, has, `${path}/[]`, report);
		changed ||= one !== has;
		if (one !== NONE) return [one];
		report({
			path: `${path}/[]`,
			what: `expected ${namesOf([items])}, came as ${kindOf(has)}; left out`,
		});
		return [];
	});
	return changed ? found : value;
};

/**
 * The key that an answer wraps its thing in is known from one source each, and sources differ (`event`, `appointment`,
 * none at all). Where the expected key is missing, the answer itself is taken if it is the thing, and what its only
 * other key holds if that is: never a choice between two.
 */
const unwrapped = (shape: Shape, answer: unknown, report: Report): unknown => {
	const [key, second] = shape.required ?? [];
	const wanted = key === undefined ? undefined : shape.properties?.[key];
	if (key === undefined || second !== undefined || !wanted) return answer;
	if (isFields(answer) && Object.hasOwn(answer, key)) return answer;
	const bare = key === "id";
	const thing = bare ? shape : wanted;
	const take = (found: unknown, from: string): unknown => {
		report({ path: `/${key}`, what: `expected here, came as ${from}` });
		return bare ? found : { [key]: found };
	};
	if (!bare && isThing(thing, answer)) return take(answer, "the answer itself");
	if (!isFields(answer) || Object.keys(fieldsOf(thing)).some(isIn(answer)))
		return answer;
	const inside = Object.entries(answer).filter(
		([, value]) => typeof value === "object" && value !== null,
	);
	const [only, another] = inside;
	return only && !another && isThing(thing, only[1])
		? take(only[1], `/${only[0]}`)
		: answer;
};

const isIn = (answer: Fields) => (key: string) => Object.hasOwn(answer, key);

/** Told by its id: without one, anything might be taken for anything. */
const isThing = (shape: Shape, value: unknown): boolean => {
	const one = notNull(shape);
	if (one.type === "array")
		return (
			Array.isArray(value) &&
			one.items !== undefined &&
			value.some((item) => isThing(one.items as Shape, item))
		);
	return (
		isFields(value) &&
		["id", "_id"].some(
			(key) => key in fieldsOf(one) && typeof value[key] === "string",
		) &&
		coerce(one, value, "", () => {}) !== NONE
	);
};

const notNull = (shape: Shape): Shape =>
	shape.type === undefined
		? (shape.anyOf?.find(({ type }) => type !== "null") ?? shape)
		: shape;

const fieldsOf = (shape: Shape): Readonly<Record<string, Shape>> =>
	notNull(shape).properties ?? {};

const isFields = (value: unknown): value is Fields =>
	typeof value === "object" && value !== null && !Array.isArray(value);

const namesOf = (arms: readonly Shape[]): string =>
	arms
		.flatMap(({ type, anyOf }) =>
			type === undefined && anyOf ? [namesOf(anyOf)] : [NAMES[type ?? ""]],
		)
		.filter(Boolean)
		.join(" or ");

const NAMES: Readonly<Record<string, string>> = {
	string: "text",
	number: "a number",
	boolean: "true or false",
	object: "an object with what it needs",
	array: "a list",
};

const kindOf = (value: unknown): string => {
	if (value === null) return "null";
	if (Array.isArray(value)) return "a list";
	return typeof value === "string"
		? value === ""
			? "empty text"
			: "text"
		: typeof value === "object"
			? "an object"
			: `a ${typeof value}`;
};

/**
 * Whether an answer fits its shape as it is, which nearly all do: asked once for each of thousands of values, so a shape is
 * made a function first. What does not fit is taken apart in `lenient.ts`.
 */
import type { TSchema } from "typebox";

/** What is read of a shape: typebox's are JSON Schema. */
export interface Shape {
	readonly type?: string;
	readonly const?: unknown;
	readonly minLength?: number;
	readonly properties?: Readonly<Record<string, Shape>>;
	readonly patternProperties?: Readonly<Record<string, Shape>>;
	readonly required?: readonly string[];
	readonly items?: Shape;
	readonly anyOf?: readonly Shape[];
}

export type Fits = (value: unknown) => boolean;

export const fitsOf = (shape: TSchema): Fits => compile(shape as Shape);

const compile = (shape: Shape): Fits => {
	switch (shape.type) {
		case undefined:
			return shape.anyOf ? anyOf(shape.anyOf.map(compile)) : () => true;
		case "null":
			return (value) => value === null;
		case "string": {
			const { minLength = 0 } = shape;
			return (value) => typeof value === "string" && value.length >= minLength;
		}
		case "number":
			return (value) => typeof value === "number";
		case "boolean": {
			const { const: only } = shape;
			return only === undefined
				? (value) => typeof value === "boolean"
				: (value) => value === only;
		}
		case "array": {
			const fits = compile(shape.items ?? {});
			return (value) => Array.isArray(value) && value.every(fits);
		}
		default:
			return shape.patternProperties
				? record(shape.patternProperties)
				: object(shape);
	}
};

const anyOf = (arms: readonly Fits[]): Fits => {
	const [first, second, third] = arms;
	if (first && second && !third)
		return (value) => first(value) || second(value);
	return (value) => arms.some((fits) => fits(value));
};

const object = ({ properties = {}, required = [], anyOf }: Shape): Fits => {
	const keys = Object.keys(properties);
	const fits = keys.map((key) => compile(properties[key] as Shape));
	const optional = keys.map((key) => !required.includes(key));
	// Of a part, see `shapes.ts`: one of its keys, or none at all.
	const known = anyOf?.flatMap((one) => one.required ?? []);
	return (value) => {
		if (!isFields(value)) return false;
		for (let at = 0; at < keys.length; at++) {
			const has = value[keys[at] as string];
			if (has === undefined ? !optional[at] : !(fits[at] as Fits)(has))
				return false;
		}
		return (
			!known ||
			known.some((key) => Object.hasOwn(value, key)) ||
			Object.keys(value).length === 0
		);
	};
};

const record = (patterns: Readonly<Record<string, Shape>>): Fits => {
	const [one = {}] = Object.values(patterns);
	const fits = compile(one);
	return (value) => isFields(value) && Object.values(value).every(fits);
};

/** Where and how the answer departs from the shape: `/contacts/3/id must be string`. */
export const departureOf = (shape: TSchema, answer: unknown): string =>
	departure(shape as Shape, answer, "") ?? "/ does not fit the expected shape";

const departure = (
	shape: Shape,
	value: unknown,
	path: string,
): string | undefined => {
	if (compile(shape)(value)) return undefined;
	const { type, anyOf, minLength, items, properties = {} } = shape;
	if (type === undefined) {
		// That of the arm which comes furthest names the value itself.
		const all = (anyOf ?? []).map((arm) => departure(arm, value, path) ?? "");
		return all.sort((a, b) => depthOf(b) - depthOf(a))[0];
	}
	if (type === "array" && Array.isArray(value))
		return firstOf(value.entries(), () => items ?? {}, path);
	if (type === "object" && isFields(value)) {
		const missing = shape.required?.find((key) => value[key] === undefined);
		return (
			firstOf(Object.entries(value), (key) => properties[key] ?? {}, path) ??
			`${path || "/"} must have required property '${missing}'`
		);
	}
	return type === "string" && typeof value === "string"
		? `${path} must have at least ${minLength} characters`
		: `${path || "/"} must be ${shape.const ?? type}`;
};

const firstOf = <K extends string | number>(
	entries: Iterable<readonly [K, unknown]>,
	shapeOf: (key: K) => Shape,
	path: string,
): string | undefined => {
	for (const [key, value] of entries) {
		const found = departure(shapeOf(key), value, `${path}/${key}`);
		if (found !== undefined) return found;
	}
	return undefined;
};

const depthOf = (text: string): number => text.split("/").length;

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
	typeof value === "object" && value !== null && !Array.isArray(value);

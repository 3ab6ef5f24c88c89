/** What answers look like, without anything of what they say: keys, kinds of values, and which limit headers came. */
import type { Answer } from "./call.ts";

export interface Shape {
	readonly operation: string;
	recordings: number;
	statuses: number[];
	limitHeaders: string[];
	requestKeys: string[];
	/** `contacts[].email` to `e-mail | null`. */
	keys: Record<string, string>;
}

export interface Recorder {
	see(answer: Answer): void;
	/** `refusals` are answers with 4xx and 5xx, in the same form. */
	file(now: Date): { about: string; answers: Shape[]; refusals: Shape[] };
}

export const createRecorder = (): Recorder => {
	const seen = {
		answers: new Map<string, Seen>(),
		refusals: new Map<string, Seen>(),
	};
	return {
		see(answer) {
			const into = answer.ok ? seen.answers : seen.refusals;
			const shape = into.get(answer.operation) ?? new Seen();
			into.set(answer.operation, shape);
			shape.add(answer);
		},
		file: (now) => ({
			about: `What this API answered on ${now.toISOString().slice(0, 10)}: the keys that were there, of which kind their values were, and which limit headers came along. No value is repeated; keys that may be data stand as {key}. Key paths use [] for every item of a list.`,
			answers: shapesOf(seen.answers),
			refusals: shapesOf(seen.refusals),
		}),
	};
};

class Seen {
	#recordings = 0;
	readonly #statuses = new Set<number>();
	readonly #limitHeaders = new Set<string>();
	readonly #requestKeys = new Set<string>();
	readonly #keys = new Map<string, Set<string>>();

	add({ request, status, headers, json }: Answer): void {
		this.#recordings++;
		this.#statuses.add(status);
		for (const name of Object.keys(headers))
			if (/^(x-ratelimit-[a-z-]+|retry-after)$/.test(name))
				this.#limitHeaders.add(name);
		for (const name of Object.keys(request.query ?? {}))
			this.#requestKeys.add(`params.${name}`);
		if (typeof request.body === "object" && request.body !== null)
			for (const name of Object.keys(request.body))
				this.#requestKeys.add(`data.${name}`);
		if (json !== undefined) this.#look(json, "");
	}

	shape(operation: string): Shape {
		return {
			operation,
			recordings: this.#recordings,
			statuses: [...this.#statuses].sort(),
			limitHeaders: [...this.#limitHeaders].sort(),
			requestKeys: [...this.#requestKeys].sort(),
			keys: Object.fromEntries(
				[...this.#keys]
					.sort(([a], [b]) => (a < b ? -1 : 1))
					.map(([path, kinds]) => [path, [...kinds].sort().join(" | ")]),
			),
		};
	}

	#look(value: unknown, path: string): void {
		if (Array.isArray(value)) {
			if (value.length === 0) this.#put(`${path}[]`, "empty list");
			for (const item of value) this.#look(item, `${path}[]`);
		} else if (typeof value === "object" && value !== null) {
			const entries = Object.entries(value);
			if (entries.length === 0) this.#put(path, "{} empty");
			for (const [key, inner] of entries)
				this.#look(inner, path ? `${path}.${nameOf(key)}` : nameOf(key));
		} else this.#put(path, kindOf(value));
	}

	#put(path: string, kind: string): void {
		const kinds = this.#keys.get(path) ?? new Set();
		this.#keys.set(path, kinds.add(kind));
	}
}

const shapesOf = (seen: ReadonlyMap<string, Seen>): Shape[] =>
	[...seen]
		.sort(([a], [b]) => (a < b ? -1 : 1))
		.map(([operation, one]) => one.shape(operation));

// Keys of the API are camelCase words; those of maps may be ids, days, names or tags of somebody.
const NAME = /^_{0,2}[a-z][a-z]*(?:[A-Z][a-z]*|_[a-z]+){0,6}\d?$/;
const CHANNELS = new Set([
	"Call",
	"Email",
	"SMS",
	"WhatsApp",
	"GMB",
	"FB",
	"RCS",
]);
const LONGEST_NAME = 40;

const nameOf = (key: string): string =>
	CHANNELS.has(key) ||
	(NAME.test(key) && key.length <= LONGEST_NAME && !ID.test(key))
		? key
		: "{key}";

// Letters and digits mixed, as HighLevel's ids are; of letters alone, only where the cases alternate as in no word.
const ID =
	/^(?=[A-Za-z]*\d)[A-Za-z0-9]{17,28}$|^(?=(?:.*[A-Z][a-z]{0,2}(?=[A-Z])){4})[A-Za-z]{17,28}$/;

const KINDS: readonly (readonly [RegExp, string])[] = [
	[/^$/, "text, empty"],
	[/^\d{4}-\d\d-\d\dT[\d:.]+Z$/, "time, UTC with Z"],
	[
		/^\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:?\d\d$/,
		"time, with the location's offset",
	],
	[/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:[\d.]+)?$/, "time, without offset"],
	[/^\d{4}-\d\d-\d\d$/, "day"],
	[/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, "uuid"],
	[/^[^\s@]+@[^\s@]+\.[^\s@]+$/, "e-mail"],
	[/^\+\d{6,15}$/, "phone, E.164"],
	[/^https?:\/\//, "URL"],
	[ID, "id"],
	[/^[a-z][^A-Z]*$/, "text, lower case"],
];

const kindOf = (value: unknown): string => {
	if (value === null) return "null";
	if (typeof value !== "string") return typeof value;
	return KINDS.find(([pattern]) => pattern.test(value))?.[1] ?? "text";
};

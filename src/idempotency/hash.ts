/** One hash for one meaning: the same input in another order of keys is the same input. */
import { createHash } from "node:crypto";

/** Of a mutation's name and its input; 43 characters of base64url. */
export const inputHash = (mutation: string, input: object): string =>
	createHash("sha256")
		.update(JSON.stringify([mutation, sorted(input)]))
		.digest("base64url");

const sorted = (value: unknown): unknown => {
	if (Array.isArray(value)) return value.map(sorted);
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(
		Object.entries(value)
			.sort(([a], [b]) => (a < b ? -1 : 1))
			.map(([key, inner]) => [key, sorted(inner)]),
	);
};

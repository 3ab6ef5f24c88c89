/** Every field at the top of the graph says which scope it needs, or is listed here with the reason why it needs none. */
import { isObjectType } from "graphql";
import { expect, test } from "vitest";
import { schema } from "../../src/schema.ts";

const NEEDS_NONE = new Map([
	["Query.rateLimit", "the state of the caller's own budget, no data"],
	["Query.viewer", "what the caller's own token says"],
]);

const scopes = new Map(
	[
		schema.getQueryType(),
		schema.getMutationType(),
		schema.getSubscriptionType(),
	]
		.filter(isObjectType)
		.flatMap((type) =>
			Object.values(type.getFields()).map((field) => [
				`${type.name}.${field.name}`,
				(field.extensions.scopes ?? []) as readonly string[],
			]),
		),
);

test("no root field is open to a token without scopes", () => {
	const open = [...scopes].filter(
		([field, needed]) => needed.length === 0 && !NEEDS_NONE.has(field),
	);
	expect(open.map(([field]) => field)).toEqual([]);
	for (const field of NEEDS_NONE.keys()) expect(scopes.has(field)).toBe(true);
});

test("reads need contacts.readonly, writes the scope of their API family, connections an operator", () => {
	const wanted = (field: string): readonly string[] => {
		if (field === "Query.connections") return ["operator"];
		if (!field.startsWith("Mutation.")) return ["contacts.readonly"];
		if (/Appointment/.test(field)) return ["calendars/events.write"];
		if (/(create|update|delete|rename)Tag$/.test(field))
			return ["locations/tags.write"];
		return ["contacts.write"];
	};
	const wrong = [...scopes]
		.filter(([field]) => !NEEDS_NONE.has(field))
		.filter(([field, needed]) => needed.join() !== wanted(field).join())
		.map(([field, needed]) => `${field}: ${needed.join(" ") || "none"}`);
	expect(wrong).toEqual([]);
});

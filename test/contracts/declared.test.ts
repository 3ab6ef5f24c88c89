/** A field that may call REST says its cost, and a type says who may read it, or the schema is not built. */
import SchemaBuilder from "@pothos/core";
import { expect, test } from "vitest";
import { declared } from "../../src/schema-kit/declared.ts";

interface Deal {
	readonly id: string;
}

const READ = { scopes: ["deals.readonly"] };
const once = (ask: { once(what: string): void }) => ask.once("deals");

/** A graph of one type that says everything but what `leave` takes out. */
const built = (leave: {
	type?: true;
	root?: true;
	cost?: true;
	late?: (...all: unknown[]) => string;
}) => {
	const builder = new SchemaBuilder<{ Context: { load(id: string): string } }>(
		{},
	);
	const DealType = builder.objectRef<Deal>("Deal").implement({
		...(!leave.type && { extensions: READ }),
		fields: (t) => ({
			id: t.exposeID("id"),
			title: t.string({ resolve: ({ id }) => `deal ${id}` }),
			owner: t.string({
				...(!leave.cost && { extensions: { cost: once } }),
				resolve: leave.late ?? (({ id }, _, context) => context.load(id)),
			}),
			deals: t.field({
				type: ["Deal" as never],
				extensions: { cost: once },
				resolve: () => [] as never,
			}),
		}),
	});
	builder.queryType({
		fields: (t) => ({
			deal: t.field({
				type: DealType,
				extensions: { ...(!leave.root && READ), cost: once },
				resolve: () => ({ id: "d1" }),
			}),
		}),
	});
	return builder.toSchema();
};

test("a graph that says everything is built, and its fields that cost calls have the scopes of their type", () => {
	const schema = declared(built({}));
	const fields = schema.getType("Deal") as {
		getFields(): Record<string, { extensions: { scopes?: string[] } }>;
	};
	const { owner, title, id } = fields.getFields();
	expect(owner?.extensions.scopes).toEqual(["deals.readonly"]);
	// What an object holds already needs no more than what gave the object.
	expect(title?.extensions.scopes).toBeUndefined();
	expect(id?.extensions.scopes).toBeUndefined();
});

test.each([
	["a type without scopes", { type: true }, "type Deal says no scopes."],
	["a root field without scopes", { root: true }, "Query.deal says no scopes."],
	["a field without cost", { cost: true }, "Deal.owner says no cost."],
	[
		"a field without cost whose arguments have defaults",
		{
			cost: true,
			late: (_o: unknown, _args: unknown = {}, context: unknown = {}) =>
				String(context),
		},
		"Deal.owner says no cost.",
	],
	[
		"a field without cost that takes whatever comes",
		{ cost: true, late: (...all: unknown[]) => String(all[2]) },
		"Deal.owner says no cost.",
	],
] as const)("%s is named, and nothing is built", (_, leave, fault) => {
	expect(() => declared(built(leave))).toThrow(fault);
});

test("everything that is forgotten is named together", () => {
	expect(() => declared(built({ type: true, root: true, cost: true }))).toThrow(
		/type Deal says no scopes.*Deal\.owner says no cost.*Query\.deal says no scopes/s,
	);
});

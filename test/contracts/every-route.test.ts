/** A field of an object says the same whichever way the object was reached, and whatever is asked for around it. */
import { expect, test } from "vitest";
import { schema } from "../../src/schema.ts";
import { ROUTES, startWithEveryType } from "../support/routes.ts";
import { linkedFields, nodeTypes, ownFields } from "../support/selections.ts";

/** Every object in an answer that has a global id, by it; the same twice in one answer is compared at once. */
const collect = (
	value: unknown,
	found: Map<string, unknown>,
	route: string,
): void => {
	if (Array.isArray(value)) for (const one of value) collect(one, found, route);
	else if (typeof value === "object" && value !== null) {
		const { id } = value as { id?: string };
		if (id !== undefined) {
			const before = found.get(id);
			if (before) expect(value, `${route}: ${id}`).toEqual(before);
			else found.set(id, value);
		} else for (const one of Object.values(value)) collect(one, found, route);
	}
};

test.each(nodeTypes(schema).map((type) => [type.name, type] as const))(
	"every field of %s says the same by every route",
	async (name, type) => {
		await using world = await startWithEveryType();
		const fields = ownFields(type, new Set(["Contact.ssn"]));
		const roots = ROUTES[name];
		if (!roots) throw new Error(`no route to ${name}: add it to ROUTES`);
		const known = new Map<string, unknown>();
		for (const [way, query] of Object.entries(roots)) {
			const found = new Map<string, unknown>();
			// Each route on its own: what another has read does not answer for it.
			const data = await world.query(
				query.replaceAll("$$", fields),
				{},
				{ headers: { "cache-control": "no-cache" } },
			);
			collect(data, found, way);
			expect(found.size, `${way} leads to none`).toBeGreaterThan(0);
			for (const [id, object] of found)
				if (known.has(id))
					expect(object, `${way}: ${id}`).toEqual(known.get(id));
				else known.set(id, object);
		}
		for (const ids of [[...known.keys()].slice(0, 1), [...known.keys()]]) {
			const { nodes } = await world.query(
				`query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ${name} { ${fields} } } }`,
				{ ids },
				{ headers: { "cache-control": "no-cache" } },
			);
			expect(nodes).toEqual(ids.map((id) => known.get(id)));
		}
	},
);

test("every field that leads to an object or a list leads to the same whatever is asked for beside it", async () => {
	await using world = await startWithEveryType();
	for (const type of nodeTypes(schema)) {
		const root = Object.values(ROUTES[type.name] ?? {});
		const [first = ""] = root;
		const links = linkedFields(type).map(({ name, isConnection }) =>
			isConnection ? `${name} { nodes { id } }` : `${name} { id }`,
		);
		if (links.length === 0) continue;
		const together = await world.query(
			first.replaceAll("$$", `id ${links.join(" ")}`),
		);
		for (const link of links) {
			const alone = await world.query(
				first.replaceAll("$$", `id ${link}`),
				{},
				{ headers: { "cache-control": "no-cache" } },
			);
			expect(together).toMatchObject(alone);
		}
	}
});

/** Whether this caller may run this operation: the scopes of its fields, and the sizes of its pages. */
import { Kind, type ValueNode } from "graphql";
import type { Viewer } from "../auth/viewer.ts";
import { fail } from "../errors.ts";
import type { CompiledOperation } from "./compiled-operation.ts";

/** @throws Failure FORBIDDEN; `extensions` hold `fields` and `scopes`. */
export const checkScopes = (
	{ demands }: CompiledOperation,
	{ scopes }: Viewer,
): void => {
	const fields = new Set<string>();
	const missing = new Set<string>();
	for (const demand of demands)
		for (const scope of demand.scopes)
			if (!scopes.has(scope)) {
				fields.add(demand.field);
				missing.add(scope);
			}
	if (!missing.size) return;
	throw fail(
		"FORBIDDEN",
		`The token lacks ${[...missing].join(", ")}, needed for ${[...fields].join(", ")}. Get a token with these scopes, or leave the fields out.`,
		{ extensions: { fields: [...fields], scopes: [...missing] } },
	);
};

/**
 * `pageSize` is the ceiling for `first`, `last` and `limit`, and for the length of `ids`.
 * @throws Failure LIMIT_EXCEEDED; `extensions` hold `limit` and `got`.
 */
export const checkPageSizes = (
	{ demands, variables }: CompiledOperation,
	pageSize: number,
): void => {
	for (const { field, sizes } of demands)
		for (const { argument, value } of sizes) {
			const given = sizeOf(value, variables.coerced);
			const got = Array.isArray(given) ? given.length : given;
			if (typeof got !== "number" || got <= pageSize) continue;
			throw fail(
				"LIMIT_EXCEEDED",
				`${argument} of ${field} allows at most ${pageSize}, but ${got} came. Ask for a smaller page and continue from its end.`,
				{ extensions: { limit: pageSize, got } },
			);
		}
};

const sizeOf = (
	value: ValueNode,
	variables: Readonly<Record<string, unknown>>,
): unknown => {
	if (value.kind === Kind.VARIABLE) return variables[value.name.value];
	if (value.kind === Kind.INT) return Number(value.value);
	return value.kind === Kind.LIST ? value.values : undefined;
};

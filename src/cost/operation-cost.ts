/** The price of an operation before it runs: the most REST calls it may make, from its document and its variables. */
import {
	type DirectiveNode,
	getArgumentValues,
	getNamedType,
	type VariableValues,
} from "graphql";
import { fail } from "../errors.ts";
import {
	type CostAccumulator,
	createCostAccumulator,
} from "./cost-accumulator.ts";
import type {
	Cardinality,
	CostContext,
	CostedField,
	CostPlan,
	CostSituation,
	Found,
} from "./field-cost.ts";

export interface OperationCost {
	readonly max: number;
	/** How many of them it is likely to make; `worst` when left out. */
	readonly expected?: number;
	/** What each field adds, most expensive first, by the path of response names. */
	readonly fields: readonly {
		readonly field: string;
		readonly calls: number;
	}[];
}

/** What a cost is computed from: an operation with its variables, read already. */
export interface CostedOperation {
	readonly kind: "query" | "mutation" | "subscription";
	readonly costPlan: CostPlan;
	readonly variables: VariableValues;
	/** Whether a `@skip` or `@include` lets its selection stand. */
	isMet(condition: DirectiveNode): boolean;
	/** Most run again and again while nothing changes that their cost depends on; one for all requests of a document. */
	readonly lastCost: {
		of: string | undefined;
		cost: OperationCost | undefined;
	};
}

export const costOf = (
	operation: CostedOperation,
	situation: CostSituation,
): OperationCost => {
	if (operation.costPlan.size === 0) return FREE;
	const { lastCost } = operation;
	const of = situationKey(operation, situation);
	if (lastCost.of === of && lastCost.cost) return lastCost.cost;
	const cost = reckon(operation, situation);
	if (of.length < LONGEST_REMEMBERED) {
		lastCost.of = of;
		lastCost.cost = cost;
	}
	return cost;
};

const reckon = (
	operation: CostedOperation,
	situation: CostSituation,
): OperationCost => {
	const root = [...operation.costPlan.values()]
		.flat()
		.filter(({ when }) => when.every((one) => operation.isMet(one)));
	const isMutation = operation.kind === "mutation";
	// Loaders are emptied between the fields of a mutation, so nothing is shared between them.
	const parts = isMutation ? root.map((one) => [one]) : [root];
	const sum = new Map<string, number>();
	let { recentlyChanged } = situation;
	for (const part of parts) {
		const accumulator = createCostAccumulator();
		// What a write changes, the reads after it find changed.
		if (isMutation) recentlyChanged += written(part, operation.variables);
		const now = { ...situation, recentlyChanged };
		add(part, ROOT, accumulator, now, operation);
		for (const [field, calls] of accumulator.total())
			sum.set(field, (sum.get(field) ?? 0) + calls);
	}
	const fields = [...sum]
		.map(([field, calls]) => ({ field, calls }))
		.sort((a, b) => b.calls - a.calls);
	return {
		max: fields.reduce((total, { calls }) => total + calls, 0),
		fields,
	};
};

const LONGEST_REMEMBERED = 2_000;

/** All that two costs of one operation may differ by. */
const situationKey = (
	{ variables: { coerced } }: CostedOperation,
	{ locationId, facts, recentlyChanged, maxPageSize }: CostSituation,
): string => {
	let text = `${locationId} ${facts.known} ${recentlyChanged} ${maxPageSize}`;
	for (const [route, most] of facts.batchMax) text += ` ${route} ${most}`;
	for (const [what, size] of facts.seen) text += ` ${what} ${size}`;
	for (const _ in coerced) return `${text} ${JSON.stringify(coerced)}`;
	return text;
};

/** @throws Failure PRICE_TOO_HIGH, naming the most expensive fields. */
export const checkCost = (
	{ max, fields }: OperationCost,
	limit: number,
): void => {
	if (max <= limit) return;
	const mostExpensive = fields.slice(0, 5);
	throw fail(
		"PRICE_TOO_HIGH",
		`This operation may cost ${max} REST calls, and ${limit} are allowed. Most expensive: ${mostExpensive.map(({ field, calls }) => `${field} (${calls})`).join(", ")}. Request smaller pages (first), or these fields in requests of their own.`,
		{ extensions: { price: max, limit, fields: mostExpensive } },
	);
};

/** How many contacts a mutation may touch: as many as its input lists, and one where it lists none. */
const written = (
	part: readonly CostedField[],
	variables: VariableValues,
): number =>
	part.reduce((sum, { field, node }) => {
		const { input } = getArgumentValues(field, node, variables);
		const { contactIds } = (input ?? {}) as { contactIds?: unknown };
		return sum + (Array.isArray(contactIds) ? contactIds.length : 1);
	}, 0);

const FREE: OperationCost = { max: 0, fields: [] };
const ROOT: Cardinality = { key: "", count: 1, batches: 1 };

const add = (
	fields: readonly CostedField[],
	parent: Cardinality,
	accumulator: CostAccumulator,
	situation: CostSituation,
	operation: CostedOperation,
): void => {
	if (parent.count === 0) return;
	for (const planned of fields) {
		if (!planned.when.every((one) => operation.isMet(one))) continue;
		const found = planned.cost?.(
			contextOf(planned, parent, accumulator, situation, operation.variables),
		);
		for (const [type, below] of planned.below)
			add(
				below,
				thingsOf(found, type, planned, parent),
				accumulator,
				situation,
				operation,
			);
	}
};

/** A field that finds nothing of its own, such as `nodes` of a connection, shows what its parent found. */
const thingsOf = (
	found: Found | undefined,
	type: string,
	{ field }: CostedField,
	parent: Cardinality,
): Cardinality => {
	if (!found) return parent;
	if (!("byType" in found)) return found;
	return (
		found.byType[type] ?? {
			...ROOT,
			key: `${getNamedType(field.type).name} ${type}`,
			count: 0,
		}
	);
};

const contextOf = (
	{ path, field, node }: CostedField,
	parent: Cardinality,
	accumulator: CostAccumulator,
	situation: CostSituation,
	variables: VariableValues,
): CostContext => {
	let args: Readonly<Record<string, unknown>> | undefined;
	return {
		...situation,
		parent,
		get args() {
			args ??= getArgumentValues(field, node, variables);
			return args;
		},
		once: (what, calls = 1) => accumulator.once(path, what, calls),
		each: (what, things) => accumulator.each(path, what, things),
		batch: (what, things, calls) =>
			accumulator.batch(path, what, things, calls),
		key: (what, key, calls) => accumulator.key(path, what, key, calls),
		later: (what, keysOf, calls) =>
			accumulator.later(path, what, keysOf, calls),
	};
};

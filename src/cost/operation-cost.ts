/** The price of an operation before it runs: the most REST calls it may make, from its document and its variables. */
import {
	type DocumentNode,
	type GraphQLSchema,
	getArgumentValues,
	getNamedType,
	type OperationDefinitionNode,
	type VariableValues,
} from "graphql";
import { fail } from "../errors.ts";
import { areMet } from "../operation/conditions.ts";
import {
	type CostAccumulator,
	createCostAccumulator,
} from "./cost-accumulator.ts";
import { type CostedField, type CostPlan, costPlanOf } from "./cost-plan.ts";
import type {
	Cardinality,
	CostContext,
	CostSituation,
	Found,
} from "./field-cost.ts";

export interface OperationCost {
	readonly max: number;
	/** How many of them it is likely to make; `worst` when left out. */
	readonly expected?: number;
	/** What each field adds, dearest first, by the path of response names. */
	readonly fields: readonly {
		readonly field: string;
		readonly calls: number;
	}[];
}

export interface CostedOperation {
	readonly document: DocumentNode;
	readonly operation: OperationDefinitionNode;
	/** As the caller sent them; they fit the operation, which `admit` has checked. */
	readonly variables: Readonly<Record<string, unknown>>;
	/** The same as graphql reads them, with their defaults. */
	readonly coerced: VariableValues;
}

export type CostOf = (
	asked: CostedOperation,
	situation: CostSituation,
) => OperationCost;

export const createCostOf = (schema: GraphQLSchema): CostOf => {
	// Documents are remembered by their text, so each is walked once.
	const plans = new WeakMap<OperationDefinitionNode, CostPlan>();
	// And most are asked over and over while nothing changes that their price hangs on.
	const last = new WeakMap<
		OperationDefinitionNode,
		{ of: string; price: OperationCost }
	>();
	return (asked, situation) => {
		const of = hangsOn(asked, situation);
		const known = last.get(asked.operation);
		if (known?.of === of) return known.price;
		const price = reckon(asked, situation);
		if (of.length < LONGEST_REMEMBERED)
			last.set(asked.operation, { of, price });
		return price;
	};

	function reckon(
		{ document, operation, coerced }: CostedOperation,
		situation: CostSituation,
	): OperationCost {
		let plan = plans.get(operation);
		if (!plan) {
			plan = costPlanOf(schema, document, operation);
			plans.set(operation, plan);
		}
		if (plan.size === 0) return FREE;
		const root = [...plan.values()].flat();
		// Loaders are emptied between the fields of a mutation, so nothing is shared between them.
		const parts =
			operation.operation === "mutation" ? root.map((one) => [one]) : [root];
		const sum = new Map<string, number>();
		let { changedLately } = situation;
		for (const part of parts) {
			const ledger = createCostAccumulator();
			// What a write changes, the reads after it find changed.
			if (operation.operation === "mutation")
				changedLately += written(part, coerced);
			const now = { ...situation, changedLately };
			price(part, ROOT, ledger, now, coerced);
			for (const [field, calls] of ledger.total())
				sum.set(field, (sum.get(field) ?? 0) + calls);
		}
		const fields = [...sum]
			.map(([field, calls]) => ({ field, calls }))
			.sort((a, b) => b.calls - a.calls);
		return {
			max: fields.reduce((total, { calls }) => total + calls, 0),
			fields,
		};
	}
};

const LONGEST_REMEMBERED = 2_000;

/** All that two prices of one operation may differ by. */
const hangsOn = (
	{ variables }: CostedOperation,
	{ locationId, facts, changedLately, maxPageSize }: CostSituation,
): string => {
	let text = `${locationId} ${facts.known} ${changedLately} ${maxPageSize}`;
	for (const [route, most] of facts.batchMax) text += ` ${route} ${most}`;
	for (const [what, size] of facts.seen) text += ` ${what} ${size}`;
	for (const _ in variables) return `${text} ${JSON.stringify(variables)}`;
	return text;
};

/** @throws Failure PRICE_TOO_HIGH, naming the dearest fields. */
export const checkCost = (
	{ max, fields }: OperationCost,
	limit: number,
): void => {
	if (max <= limit) return;
	const dearest = fields.slice(0, 5);
	throw fail(
		"PRICE_TOO_HIGH",
		`This operation may cost ${max} REST calls, and ${limit} are allowed. Dearest: ${dearest.map(({ field, calls }) => `${field} (${calls})`).join(", ")}. Ask for smaller pages (first), or for these fields in requests of their own.`,
		{ extensions: { price: max, limit, fields: dearest } },
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

const price = (
	fields: readonly CostedField[],
	parent: Cardinality,
	ledger: CostAccumulator,
	situation: CostSituation,
	variables: VariableValues,
): void => {
	if (parent.count === 0) return;
	for (const planned of fields) {
		if (!areMet(planned.when, variables)) continue;
		const found = planned.cost
			? planned.cost(askOf(planned, parent, ledger, situation, variables))
			: undefined;
		for (const [type, below] of planned.below)
			price(
				below,
				thingsOf(found, type, planned, parent),
				ledger,
				situation,
				variables,
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

const askOf = (
	{ path, field, node }: CostedField,
	parent: Cardinality,
	ledger: CostAccumulator,
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
		once: (what, calls = 1) => ledger.once(path, what, calls),
		each: (what, things) => ledger.each(path, what, things),
		batch: (what, things, calls) => ledger.batch(path, what, things, calls),
		key: (what, key, calls) => ledger.key(path, what, key, calls),
		later: (what, keysOf, calls) => ledger.later(path, what, keysOf, calls),
	};
};

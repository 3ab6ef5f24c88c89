/**
 * One operation with its variables, read once. Admission, cost and execution all look at this object, so they cannot
 * differ over what is asked.
 */
import { hash } from "node:crypto";
import {
	type DocumentNode,
	GraphQLError,
	type GraphQLSchema,
	getArgumentValues,
	getVariableValues,
	Kind,
	type OperationDefinitionNode,
	type VariableValues,
} from "graphql";
import type { CostedOperation } from "../cost/operation-cost.ts";
import { fail } from "../errors.ts";
import type { Executor, Plan } from "../executor/contract.ts";
import { conditionsOf, type IsMet, readConditions } from "./conditions.ts";
import { InvalidDocument, withCode } from "./document.ts";
import { type ReadOperation, withoutParts } from "./execution-args.ts";
import type {
	OperationKey,
	OperationKeys,
	OperationParameters,
} from "./operation-key.ts";
import {
	type FieldRequirement,
	type OperationReading,
	readOperation,
} from "./read-operation.ts";

export interface CompiledOperation extends CostedOperation, ReadOperation {
	/** Whether a `@skip`, `@include` or `@defer` of the document holds with these variables. */
	readonly isMet: IsMet;
	/** Of the selections that stand. */
	readonly requirements: readonly FieldRequirement[];
	/** What the executor runs; made when it is first asked for. Nothing in it is deferred. */
	readonly plan: Plan;
	/** What its answer is cached under; made when it is first asked for. */
	readonly key: OperationKey;
	/** The document was not asked before, with whatever variables. */
	readonly isFirstOfDocument: boolean;
	/** Something that stands is deferred. */
	readonly isDeferred: boolean;
	/** Of a subscription: what decides an event's answer beside the event and the caller's scopes. */
	readonly eventKey: string;
	/** The same for whoever asks for the same: the same operation of the same document with the same variables. */
	asks(): string;
}

/**
 * @throws Failure BAD_REQUEST (no such operation); InvalidDocument with code BAD_USER_INPUT for variables that do not fit,
 * or that no operation declares,
 * and for null in a condition or an argument that takes none: graphql would find that while it runs, when calls are made.
 */
export type Compile = (
	document: DocumentNode,
	parameters: OperationParameters,
) => CompiledOperation;

const MAX_ERRORS = 20;
// What is asked for is kept by the thousand.
const LONGEST_ASKED = 200;
// Each way the conditions of a document may fall is a plan of its own; of more than these none is kept.
const MAX_PLANS = 16;

export interface CompileOptions {
	readonly schema: GraphQLSchema;
	readonly executor: Pick<Executor, "compile">;
	readonly keys: Pick<OperationKeys, "of">;
	/** Leaves "Did you mean" out of messages about variables. */
	readonly hideSuggestions: boolean;
}

/** What is read of an operation whatever its variables, and what was made of it for some of them. */
interface Reading extends OperationReading, Pick<CostedOperation, "lastCost"> {
	readonly number: number;
	readonly plans: Map<string, Plan>;
}

export const createCompile = ({
	schema,
	executor,
	keys,
	hideSuggestions,
}: CompileOptions): Compile => {
	// Documents are remembered by their text, so what depends on a document alone is read once for all requests.
	const readings = new WeakMap<OperationDefinitionNode, Reading>();
	let next = 0;
	const planOf = (
		{ plans, conditionVariables }: Reading,
		read: ReadOperation,
		isMet: IsMet,
	): Plan => {
		const way = keyOf(conditionVariables, read.variables);
		const known = plans.get(way);
		if (known) return known;
		const plan = executor.compile({
			...withoutParts(read),
			isIncluded: (directives) => conditionsOf({ directives }).every(isMet),
		});
		if (plans.size < MAX_PLANS) plans.set(way, plan);
		return plan;
	};
	return (document, parameters) => {
		const operation = operationOf(document, parameters.operationName);
		checkDeclared(operation, parameters.variables ?? {});
		const coerced = getVariableValues(
			schema,
			operation.variableDefinitions ?? [],
			parameters.variables ?? {},
			{ hideSuggestions, maxErrors: MAX_ERRORS },
		);
		if (coerced.errors) throw badInput(coerced.errors);
		let reading = readings.get(operation);
		const isFirstOfDocument = reading === undefined;
		if (!reading) {
			reading = {
				number: next++,
				...readOperation(schema, document, operation),
				lastCost: { of: undefined, cost: undefined },
				plans: new Map(),
			};
			readings.set(operation, reading);
		}
		const variables = coerced.variableValues;
		const isMet = readConditions(variables);
		const requirements = selectedOf(reading.requirements, isMet, variables);
		const own = reading;
		let key: OperationKey | undefined;
		return {
			document,
			operation,
			variables,
			isMet,
			requirements,
			get plan() {
				return planOf(own, { document, operation, variables }, isMet);
			},
			get key() {
				key ??= keys.of(parameters);
				return key;
			},
			isFirstOfDocument,
			isDeferred: requirements.some(({ defer }) => defer && isMet(defer)),
			kind: operation.operation,
			costPlan: reading.costPlan,
			lastCost: reading.lastCost,
			eventKey:
				operation.operation === "subscription"
					? keyOf(reading.eventVariables, variables)
					: "",
			asks() {
				const asked = `${own.number} ${JSON.stringify(variables.coerced)}`;
				return asked.length > LONGEST_ASKED ? hash("sha256", asked) : asked;
			},
		};
	};
};

/** @throws Failure BAD_REQUEST naming the operations there are. */
export const operationOf = (
	{ definitions }: DocumentNode,
	operationName: string | null | undefined,
): OperationDefinitionNode => {
	const all = definitions.filter(
		(definition) => definition.kind === Kind.OPERATION_DEFINITION,
	);
	const names = () =>
		shortList(all.map(({ name }) => name?.value ?? "(unnamed)"));
	if (operationName == null) {
		const [only, second] = all;
		if (only && !second) return only;
		throw fail(
			"BAD_REQUEST",
			only
				? `The document holds several operations (${names()}): say which one with operationName.`
				: "The document holds no operation: send a query or a mutation.",
		);
	}
	const named = all.find(({ name }) => name?.value === operationName);
	if (named) return named;
	throw fail(
		"BAD_REQUEST",
		`The document holds no operation of the name in operationName; it holds: ${names() || "none"}.`,
	);
};

/** graphql passes over these; before anything is made of them they are counted, sorted and hashed for nothing. */
const checkDeclared = (
	{ variableDefinitions = [] }: OperationDefinitionNode,
	given: Readonly<Record<string, unknown>>,
): void => {
	const declared = new Set(
		variableDefinitions.map(({ variable }) => variable.name.value),
	);
	const strays = Object.keys(given).filter((name) => !declared.has(name));
	const [first] = strays;
	if (first === undefined) return;
	throw badInput([
		new GraphQLError(
			`Expected only variables that the operation declares (${shortList([...declared], "$") || "none"}), but got ${shortList(strays, "$")}. Declare them in the operation, or leave them out.`,
		),
	]);
};

const MOST_NAMES = 5;
const LONGEST_NAME = 40;

/** The first few names, none of them long, and how many there are beside them. */
const shortList = (names: readonly string[], sign = ""): string => {
	const shown = names
		.slice(0, MOST_NAMES)
		.map((name) => sign + name.slice(0, LONGEST_NAME));
	const more = names.length - shown.length;
	return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(", ");
};

const badInput = (errors: readonly GraphQLError[]) =>
	new InvalidDocument(errors.map((error) => withCode(error, "BAD_USER_INPUT")));

/**
 * Those that their conditions let stand.
 * @throws InvalidDocument with every null that stands where none may, in graphql's own words.
 */
const selectedOf = (
	requirements: readonly FieldRequirement[],
	isMet: IsMet,
	variables: VariableValues,
): readonly FieldRequirement[] => {
	const errors = new Map<string, GraphQLError>();
	const selected = requirements.filter(({ when, nullChecked, defer }) => {
		try {
			if (!when.every(isMet)) return false;
			for (const { definition, node } of nullChecked)
				getArgumentValues(definition, node, variables);
			if (defer) isMet(defer);
			return true;
		} catch (error) {
			if (!(error instanceof GraphQLError)) throw error;
			// All that is behind one condition, and every spread of one fragment, fail by the same error.
			const at = JSON.stringify([error.message, error.locations]);
			if (errors.size < MAX_ERRORS) errors.set(at, error);
			return false;
		}
	});
	if (errors.size) throw badInput([...errors.values()]);
	return selected;
};

/** A variable that is absent has no value, and one that is null has null. */
const keyOf = (names: readonly string[], { coerced }: VariableValues): string =>
	JSON.stringify(
		names.map((name) => (Object.hasOwn(coerced, name) ? [coerced[name]] : [])),
	);

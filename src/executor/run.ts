/** One request on its way through a plan: what resolvers are given, what went wrong, and what is still going on. */
import type {
	FragmentDefinitionNode,
	GraphQLError,
	GraphQLResolveInfo,
	GraphQLSchema,
	OperationDefinitionNode,
	ResponsePath,
	VariableValues,
} from "graphql";
import type { RunOptions } from "./contract.ts";
import type { FragmentCache } from "./fragment-cache.ts";
import { isPromiseLike } from "./promise-like.ts";

/** What every run of a plan has in common. */
export interface Running {
	readonly schema: GraphQLSchema;
	readonly operation: OperationDefinitionNode;
	/** By name; graphql's `info.fragments`. */
	readonly fragmentDefinitions: Readonly<
		Record<string, FragmentDefinitionNode>
	>;
	readonly slots: number;
}

export interface Run {
	readonly about: Running;
	readonly context: unknown;
	readonly rootValue: unknown;
	readonly variableValues: VariableValues;
	readonly onPath: (path: ResponsePath | undefined) => void;
	readonly fragments: FragmentCache;
	readonly errors: GraphQLError[];
	/** Arguments of the fields that take variables, by slot. */
	readonly args: (Readonly<Record<string, unknown>> | undefined)[];
	/** Counts what makes a text unfit to be given again: errors, and methods that were called. */
	unrepeatable: number;
	/** Where errors have made values null; undefined is the whole answer. */
	readonly nulled: Set<ResponsePath | undefined>;
	unfinished: PromiseLike<void>[];
	aborting: AbortController | undefined;
	readonly getAbortSignal: GraphQLResolveInfo["getAbortSignal"];
	readonly getAsyncHelpers: GraphQLResolveInfo["getAsyncHelpers"];
}

// No class: while no run is under way its instances' shape is forgotten at each collection of garbage, and the code that
// was compiled for it with it.
export const newRun = (
	{ variableValues, contextValue, rootValue, onPath = none }: RunOptions,
	fragments: FragmentCache,
	about: Running,
): Run => {
	const run: Run = {
		about,
		context: contextValue,
		rootValue,
		variableValues,
		onPath,
		fragments,
		errors: [],
		args: new Array(about.slots).fill(undefined),
		unrepeatable: 0,
		nulled: new Set(),
		unfinished: [],
		aborting: undefined,
		getAbortSignal() {
			run.aborting ??= new AbortController();
			return run.aborting.signal;
		},
		getAsyncHelpers: () => ({
			promiseAll: (values) => Promise.all(values),
			track: (values) => track(run, values),
		}),
	};
	return run;
};

const none = (): void => {};

/** The value at the path becomes null for this error; no error counts below what is null already. */
export const addError = (
	run: Run,
	error: GraphQLError,
	path: ResponsePath | undefined,
): void => {
	run.unrepeatable++;
	if (run.nulled.has(undefined)) return;
	for (let at = path; at; at = at.prev) if (run.nulled.has(at)) return;
	run.nulled.add(path);
	run.errors.push(error);
};

/** What nobody else waits for, since something beside it failed; so nobody hears how it ends either. */
export const track = (run: Run, values: readonly unknown[]): void => {
	for (const value of values)
		if (isPromiseLike(value)) run.unfinished.push(value.then(none, none));
};

/** Nothing may go on behind the answer. */
export const allEnded = async (run: Run): Promise<void> => {
	while (run.unfinished.length > 0) {
		const waiting = run.unfinished;
		run.unfinished = [];
		await Promise.all(waiting);
	}
	run.aborting?.abort();
};

/**
 * Executes queries to JSON text from compiled plans: the answers of graphql-js, byte for byte, at a fraction of its CPU
 * where values are at hand. It knows the `graphql` package and nothing else of this project.
 *
 * **Use.** `compile` once for each operation and each way its conditions fall; `run` once for each request:
 *
 *     const executor = createExecutor({ schema, onFallback: ({ why }) => log.warn({ why }) });
 *     const plan = executor.compile({ document, operation, isIncluded });
 *     const { data, errors } = await executor.run(plan, { variableValues, contextValue });
 *
 * **It promises**
 * - `data` is what `JSON.stringify` writes of graphql-js's `data`, key order included, and `errors` are graphql-js's
 *   errors: messages, paths, locations, and their order.
 * - Nothing goes on behind the answer: what was begun below a field that became null is waited for.
 * - A document that it cannot compile runs on graphql-js with the same result (see `Fallback`). Mutations always do.
 *
 * **It relies on**
 * - The document is valid for the schema, the variables are coerced, and `isIncluded` says the same for one plan as for
 *   every request that the plan is run for.
 * - Resolvers do not change their arguments, and coercing a leaf gives the same for the same value.
 * - Lists are iterables, or promises of them, but not async iterables.
 *
 * **Pure fields.** A field whose value hangs on its object alone says so: `extensions: { pure: true }`. From the second
 * time on that this executor meets an object, neighbouring pure fields of a selection are written once and their text is
 * given again, to every caller, for as long as the object lives; their resolvers are not called. The same goes for a list
 * of objects of which only pure fields are selected. So a pure field must not look at who asks, at the time, or at
 * anything that is read, and its object must never be changed. A property without a resolver is pure by nature, a method
 * of the object is not, and fields with arguments never are. Nothing else is remembered, whatever a resolver's arity.
 */
import type {
	DirectiveNode,
	DocumentNode,
	GraphQLError,
	GraphQLSchema,
	OperationDefinitionNode,
	ResponsePath,
	VariableValues,
} from "graphql";

export interface ExecutorOptions {
	readonly schema: GraphQLSchema;
	/** Most characters of the texts of pure fields that are held. Default 16,000,000. */
	readonly fragmentCharacters?: number;
	/** Told once for each operation that is left to graphql-js for want of a plan. */
	readonly onFallback?: (fallback: Fallback) => void;
}

/** A query that no plan was made for: `why` names the type or directive that stands in the way. */
export interface Fallback {
	readonly operation: OperationDefinitionNode;
	readonly why: string;
}

export interface CompileOptions {
	/** Without `@defer`: its fields are given with all others. */
	readonly document: DocumentNode;
	/** One of the document's. */
	readonly operation: OperationDefinitionNode;
	/** What `@skip` and `@include` among a selection's directives come to. What it throws makes the plan a fallback. */
	readonly isIncluded: (
		directives: readonly DirectiveNode[] | undefined,
	) => boolean;
}

/** How to answer one operation; made by `compile` and understood by the executor that made it. */
export interface Plan {
	readonly document: DocumentNode;
	readonly operation: OperationDefinitionNode;
	/** Why graphql-js answers this query; undefined where it does not, and for mutations, which are always its own. */
	readonly fallback: string | undefined;
}

export interface RunOptions {
	/** As graphql's `getVariableValues` coerced them. */
	readonly variableValues: VariableValues;
	readonly contextValue: unknown;
	readonly rootValue?: unknown;
	/**
	 * Told the response path before a resolver is called, and undefined right after: what a resolver does later must carry
	 * its path along. Not told where graphql-js answers.
	 */
	readonly onPath?: (path: ResponsePath | undefined) => void;
}

/** Data as JSON text, `null` when it failed as a whole, and what went wrong on the way. */
export interface Executed {
	readonly data: string;
	readonly errors: readonly GraphQLError[];
}

export interface Executor {
	/** @throws nothing: what cannot be compiled is a plan for graphql-js. */
	compile(options: CompileOptions): Plan;
	run(plan: Plan, options: RunOptions): Promise<Executed>;
	/** How many queries ran on graphql-js for want of a plan. */
	readonly fallbacks: number;
}

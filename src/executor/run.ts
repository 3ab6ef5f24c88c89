/** One request on its way through a plan: what resolvers are given, what went wrong, and what is still going on. */
import type {
	FragmentDefinitionNode,
	GraphQLError,
	GraphQLSchema,
	OperationDefinitionNode,
	ResponsePath,
} from "graphql";
import type { RunOptions } from "./contract.ts";
import type { FragmentCache } from "./fragment-cache.ts";
import { isPromiseLike } from "./promise-like.ts";

/** What every run of a plan has in common. */
export interface Running {
	readonly schema: GraphQLSchema;
	readonly operation: OperationDefinitionNode;
	readonly fragmentDefinitions: ReadonlyMap<string, FragmentDefinitionNode>;
	readonly slots: number;
}

export class Run {
	readonly about: Running;
	readonly options: RunOptions;
	readonly context: unknown;
	readonly fragments: FragmentCache;
	readonly errors: GraphQLError[] = [];
	/** Arguments of the fields that take variables, by slot. */
	readonly args: (Readonly<Record<string, unknown>> | undefined)[];
	/** Counts what makes a text unfit to be given again: errors, and methods that were called. */
	unrepeatable = 0;
	readonly onPath: (path: ResponsePath | undefined) => void;
	readonly #nulled = new Set<ResponsePath | undefined>();
	#unfinished: PromiseLike<void>[] = [];
	#aborting: AbortController | undefined;

	constructor(options: RunOptions, fragments: FragmentCache, about: Running) {
		this.about = about;
		this.options = options;
		this.context = options.contextValue;
		this.fragments = fragments;
		this.args = new Array(about.slots).fill(undefined);
		this.onPath = options.onPath ?? none;
	}

	/** The value at the path becomes null for this error; no error counts below what is null already. */
	addError(error: GraphQLError, path: ResponsePath | undefined): void {
		this.unrepeatable++;
		if (this.#nulled.has(undefined)) return;
		for (let at = path; at; at = at.prev) if (this.#nulled.has(at)) return;
		this.#nulled.add(path);
		this.errors.push(error);
	}

	/** What nobody else waits for, since something beside it failed; so nobody hears how it ends either. */
	track(values: readonly unknown[]): void {
		for (const value of values)
			if (isPromiseLike(value)) this.#unfinished.push(value.then(none, none));
	}

	/** Nothing may go on behind the answer. */
	async allEnded(): Promise<void> {
		while (this.#unfinished.length > 0) {
			const waiting = this.#unfinished;
			this.#unfinished = [];
			await Promise.all(waiting);
		}
		this.#aborting?.abort();
	}

	/** Aborted when the answer is there. */
	get signal(): AbortSignal {
		this.#aborting ??= new AbortController();
		return this.#aborting.signal;
	}
}

const none = (): void => {};

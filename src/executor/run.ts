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
	/** Counts what makes a text unfit for the cache: errors, and methods that were called. */
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

/** A key for texts: neighbouring pure fields of one selection, or one list field. */
export type Fragment = object;

/**
 * The text of pure fields of an object, by the plan of those fields and the object. It is written once and served from the
 * cache from then on. It goes with its object, or when too much has gathered.
 */
export interface FragmentCache {
	/**
	 * Whether the object was met before; from now on it was. Most objects are met once, and to remember something of each
	 * of those would cost more than writing them.
	 */
	hasMet(source: object): boolean;
	find(fragment: Fragment, source: object): string | undefined;
	keep(fragment: Fragment, source: object, text: string): void;
}

/** At most `most` characters are held; beyond that all are forgotten, and those still wanted come back. */
export const createFragmentCache = (most: number): FragmentCache => {
	const met = new WeakSet<object>();
	let texts = new WeakMap<Fragment, WeakMap<object, string>>();
	let held = 0;
	return {
		hasMet(source) {
			if (met.has(source)) return true;
			met.add(source);
			return false;
		},
		find: (fragment, source) => texts.get(fragment)?.get(source),
		keep(fragment, source, text) {
			// Put together from pieces a text is a tree of them; asked for one of its letters it becomes one piece.
			text.charCodeAt(text.length - 1);
			held += text.length;
			if (held > most) {
				texts = new WeakMap();
				held = text.length;
			}
			let own = texts.get(fragment);
			if (!own) {
				own = new WeakMap();
				texts.set(fragment, own);
			}
			own.set(source, text);
		},
	};
};

/** At hand, or promised. */
export type Text = string | Promise<string>;

/**
 * All pieces as one text; rejected as soon as one of them is. What `Promise.all` does, in as many turns of the queue, and
 * the pieces are put together within the last of them.
 */
export const joined = (pieces: Text[], run: Run): Promise<string> =>
	new Promise((resolve, reject) => {
		let left = 0;
		const fail = (error: unknown): void => {
			track(run, pieces);
			reject(error);
		};
		for (let index = 0; index < pieces.length; index++) {
			const piece = pieces[index] as Text;
			if (typeof piece === "string") continue;
			left++;
			piece.then((text) => {
				pieces[index] = text;
				if (--left > 0) return;
				let whole = "";
				for (const one of pieces) whole += one;
				resolve(whole);
			}, fail);
		}
	});

/** Tells promises as graphql-js does: by their `then`. */
export const isPromiseLike = (value: unknown): value is PromiseLike<unknown> =>
	(typeof value === "object" || typeof value === "function") &&
	typeof (value as Partial<PromiseLike<unknown>> | null)?.then === "function";

/** Answers an operation with `@defer` in parts: first what is not deferred, then the rest as it comes, at last what it cost. */
import {
	experimentalExecuteRootSelectionSet,
	type GraphQLError,
	type GraphQLSchema,
	legacyExecuteRootSelectionSet,
} from "graphql";
import { priceExtension } from "../cost/price-extension.ts";
import type { Context } from "../loading/context.ts";
import { stalePaths } from "../loading/stale-paths.ts";
import type { Logger } from "../log.ts";
import {
	executionArgsOf,
	type ReadOperation,
} from "../operation/execution-args.ts";
import { maskedErrors, masker, type PublicError } from "./public-error.ts";

/**
 * How parts are written, in the words by which clients ask for it: with ids, as graphql 17 does by itself, or with
 * paths, as a draft of the specification had it that many clients still read.
 */
export type PartFormat = "incrementalSpec=v0.2" | "deferSpec=20220824";

/** Runs it and gives each part, as JSON to be, as soon as there is one. Who stops asking ends what is still to come by `end`. */
export type AnswerInParts = (
	operation: ReadOperation,
	context: Context,
	format: PartFormat,
	end: () => void,
) => AsyncIterableIterator<Part>;

export const createAnswerInParts =
	(schema: GraphQLSchema, log: Logger): AnswerInParts =>
	(read, context, format, end) => {
		const operationName = read.operation.name?.value;
		const { requestId } = context;
		const mask = masker({ log, requestId, operationName });
		const parts = queue<Part>(end);
		const tell = (part: Part) => parts.push(masked(part, context, mask));
		const run = async () => {
			const quiet = Promise.withResolvers<void>();
			const result = await EXECUTE[format](
				executionArgsOf(schema, read, context, {
					asyncWorkFinished: () => quiet.resolve(),
				}),
			);
			let last: Part;
			if ("initialResult" in result) {
				tell(result.initialResult);
				last = await gather(result.subsequentResults, tell);
			} else last = result;
			// What became of no use when a field above it failed is still under way, and may still make calls.
			if (hasBegun(result)) await quiet.promise;
			tell(last);
		};
		run().then(parts.end, parts.fail);
		return parts.items;
	};

/** As far as the two formats are alike. */
export interface Part {
	readonly data?: unknown;
	readonly errors?: readonly GraphQLError[];
	readonly pending?: readonly unknown[];
	readonly incremental?: readonly Piece[];
	readonly completed?: readonly Piece[];
	readonly extensions?: Readonly<Record<string, unknown>>;
	/** Left out where nothing was deferred. */
	readonly hasNext?: boolean;
}

/** Execution that does not begin has no end to wait for. */
const hasBegun = (result: object): boolean =>
	"initialResult" in result || "data" in result;

export interface Piece {
	readonly errors?: readonly GraphQLError[];
}

// Both begin what is deferred when the part after the first is asked for: until then it takes no place in the budget
// from what is wanted first, and whoever leaves with the first part has not caused it.
const EXECUTE = {
	"incrementalSpec=v0.2": experimentalExecuteRootSelectionSet,
	"deferSpec=20220824": legacyExecuteRootSelectionSet,
};

/**
 * Takes parts as fast as they come, however slowly they are written: what is deferred further starts when its part is
 * taken, and loaders only put together what is asked for in one tick. Results of one tick are sent as one part.
 * Resolves with the last part, which is not sent.
 */
const gather = async (
	rest: AsyncIterable<Part>,
	tell: (part: Part) => void,
): Promise<Part> => {
	const gathered: Part[] = [];
	const flush = () => {
		if (gathered.at(-1)?.hasNext) tell(joined(gathered.splice(0)));
	};
	for await (const part of rest) {
		gathered.push(part);
		if (gathered.length === 1) setImmediate(flush);
	}
	return joined(gathered);
};

const joined = (parts: readonly Part[]): Part => {
	const all = <K extends "pending" | "incremental" | "completed">(key: K) => {
		const list = parts.flatMap((part) => part[key] ?? []);
		return list.length > 0 ? { [key]: list } : {};
	};
	return {
		...all("pending"),
		...all("incremental"),
		...all("completed"),
		hasNext: parts.at(-1)?.hasNext ?? false,
	};
};

const masked = (
	part: Part,
	context: Context,
	mask: (error: unknown) => PublicError,
): Part => {
	const ofPiece = <P extends Piece>(piece: P): P =>
		piece.errors
			? { ...piece, errors: maskedErrors(piece.errors, mask) as never }
			: piece;
	const { incremental, completed } = part;
	return {
		...ofPiece(part),
		...(incremental && { incremental: incremental.map(ofPiece) }),
		...(completed && { completed: completed.map(ofPiece) }),
		...(!part.hasNext && {
			extensions: {
				price: priceExtension(context.upstream),
				...(context.cache.stale.size && { stale: stalePaths(context) }),
			},
		}),
	};
};

/** Items that are made whether or not anybody takes them yet. */
const queue = <T>(onReturn: () => void) => {
	const waiting: T[] = [];
	let isOver = false;
	let failure: { readonly error: unknown } | undefined;
	let wake: (() => void) | undefined;
	const over: IteratorResult<T> = { done: true, value: undefined };
	const stop = () => {
		isOver = true;
		wake?.();
	};
	const items: AsyncIterableIterator<T> = {
		async next() {
			for (;;) {
				const [value] = waiting.splice(0, 1);
				if (value !== undefined) return { done: false, value };
				if (failure) {
					const { error } = failure;
					failure = undefined;
					throw error;
				}
				if (isOver) return over;
				const { promise, resolve } = Promise.withResolvers<void>();
				wake = resolve;
				await promise;
			}
		},
		async return() {
			const isEarly = !isOver;
			waiting.length = 0;
			stop();
			if (isEarly) onReturn();
			return over;
		},
		async throw(error) {
			await items.return?.();
			throw error;
		},
		[Symbol.asyncIterator]: () => items,
	};
	return {
		items,
		push(item: T) {
			if (isOver) return;
			waiting.push(item);
			wake?.();
		},
		end: stop,
		fail(error: unknown) {
			failure = { error };
			stop();
		},
	};
};

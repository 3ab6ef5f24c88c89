/** Answers an operation with `@defer` in parts: first what is not deferred, then the rest as it comes, at last what it cost. */
import {
	experimentalExecuteIncrementally,
	type GraphQLError,
	type GraphQLSchema,
	legacyExecuteIncrementally,
} from "graphql";
import { priceExtension } from "../cost/price-extension.ts";
import type { Context } from "../loading/context.ts";
import { stalePaths } from "../loading/loader.ts";
import type { Logger } from "../log.ts";
import type { Admitted } from "../operation/admission.ts";
import { masker, type PublicError } from "./public-error.ts";

/**
 * How parts are written, in the words by which clients ask for it: with ids, as graphql 17 does by itself, or with
 * paths, as a draft of the specification had it that many clients still read.
 */
export type PartFormat = "incrementalSpec=v0.2" | "deferSpec=20220824";

export interface Parts {
	/** Calls `write` with each part, which is JSON, as soon as there is one. Resolves behind the last. */
	each(write: (part: Buffer, isLast: boolean) => void): Promise<void>;
}

export type AnswerInParts = (
	admitted: Admitted,
	context: Context,
	format: PartFormat,
) => Parts;

/** An answer that is one part after all. */
export const onlyPart = (bytes: Buffer): Parts => ({
	async each(write) {
		write(bytes, true);
	},
});

export const createAnswerInParts =
	(schema: GraphQLSchema, log: Logger): AnswerInParts =>
	({ document, operation, variables }, context, format) => ({
		async each(write) {
			const operationName = operation.name?.value;
			const { requestId } = context;
			const mask = masker({ log, requestId, operationName });
			const tell = (part: Part) =>
				write(written(part, context, mask), !part.hasNext);
			const quiet = Promise.withResolvers<void>();
			const result = await EXECUTE[format]({
				schema,
				document,
				variableValues: variables,
				operationName: operationName ?? null,
				contextValue: context,
				hooks: { asyncWorkFinished: () => quiet.resolve() },
			});
			let last: Part;
			if ("initialResult" in result) {
				tell(result.initialResult);
				last = await gather(result.subsequentResults, tell);
			} else last = result;
			// What became of no use when a field above it failed is still under way, and may still make calls.
			if (hasBegun(result)) await quiet.promise;
			tell(last);
		},
	});

/** As far as the two formats are alike. */
interface Part {
	readonly data?: unknown;
	readonly errors?: readonly GraphQLError[];
	readonly pending?: readonly unknown[];
	readonly incremental?: readonly Piece[];
	readonly completed?: readonly Piece[];
	/** Left out where nothing was deferred. */
	readonly hasNext?: boolean;
}

/** Execution that does not begin has no end to wait for. */
const hasBegun = (result: object): boolean =>
	"initialResult" in result || "data" in result;

interface Piece {
	readonly errors?: readonly GraphQLError[];
}

// Both begin what is deferred when the part after the first is asked for: until then it takes no place in the budget
// from what is wanted first, and whoever leaves with the first part has not caused it.
const EXECUTE = {
	"incrementalSpec=v0.2": experimentalExecuteIncrementally,
	"deferSpec=20220824": legacyExecuteIncrementally,
};

/**
 * Takes parts as fast as they come, however slowly they are written: what is deferred further starts when its part is
 * taken, and loaders only put together what is asked for in one tick. What came in one tick is told as one part.
 * Resolves with the last part, which is not told.
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

const written = (
	part: Part,
	context: Context,
	mask: (error: GraphQLError) => PublicError,
): Buffer => {
	const masked = <P extends Piece>(piece: P) =>
		piece.errors ? { ...piece, errors: piece.errors.map(mask) } : piece;
	const { incremental, completed } = part;
	return Buffer.from(
		JSON.stringify({
			...masked(part),
			...(incremental && { incremental: incremental.map(masked) }),
			...(completed && { completed: completed.map(masked) }),
			...(!part.hasNext && {
				extensions: {
					price: priceExtension(context.upstream),
					...(context.cache.stale.size && { stale: stalePaths(context) }),
				},
			}),
		}),
	);
};

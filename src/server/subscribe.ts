/** Runs a subscription: pulls changes, executes each once for all who asked the same of it, and ends with a reason. */
import {
	createSourceEventStream,
	type ExecutionResult,
	executeSubscriptionEvent,
	type GraphQLSchema,
	type ValidatedSubscriptionArgs,
} from "graphql";
import type { Viewer } from "../auth/viewer.ts";
import type { ChangeEvent, Follower } from "../changes/change.ts";
import { priceExtension } from "../cost/price-extension.ts";
import { Failure } from "../errors.ts";
import type { Context } from "../loading/context.ts";
import { staleIn } from "../loading/stale-paths.ts";
import type { Logger } from "../log.ts";
import type { CompiledOperation } from "../operation/compiled-operation.ts";
import { executionArgsOf, withoutParts } from "../operation/execution-args.ts";
import {
	markPublic,
	maskedErrors,
	masker,
	type PublicError,
	publicError,
	publicExtensions,
} from "./public-error.ts";
import { createSharedWork } from "./shared-work.ts";

/** As it travels to the client. */
export interface Answer {
	readonly data?: unknown;
	readonly errors?: readonly PublicError[];
	readonly extensions?: Readonly<Record<string, unknown>>;
}

/** A running subscription: pulled by its transport, one answer at a time. */
export interface Subscription extends AsyncIterableIterator<Answer> {
	return(): Promise<IteratorResult<Answer>>;
	throw(error: unknown): Promise<IteratorResult<Answer>>;
	/** Its last answer is the error that `reason` makes of the last cursor; then it is over. */
	end(reason: (cursor: string) => Error): void;
	/** Of the last change that was handed over; the place it started from before there is one. */
	readonly cursor: string;
}

export interface SubscribeOptions {
	readonly schema: GraphQLSchema;
	readonly log: Logger;
	/** A context for one event, with loaders of its own, that no one caller can abort. */
	contextOf(viewer: Viewer, requestId: string): Context;
	/** Number of the location's last invalidation: what was read before it is not shared after. */
	lastInvalidation(locationId: string): number;
}

/**
 * `maxCost` is the most calls one event may cost.
 * @throws what the field's own check of its arguments throws, such as a cursor that is none.
 */
export type Subscribe = (
	viewer: Viewer,
	requestId: string,
	operation: Pick<
		CompiledOperation,
		"document" | "operation" | "variables" | "eventKey"
	>,
	maxCost: number,
	/** Where it goes on, whatever its arguments say. */
	after?: string,
) => Promise<Subscription>;

export const createSubscribe = (options: SubscribeOptions): Subscribe => {
	const { schema, log } = options;
	const answers = createSharedWork<Answer>();
	const contexts = createSharedWork<Context>();

	return async (viewer, requestId, compiled, maxCost, after) => {
		const context = options.contextOf(viewer, requestId);
		const args = executionArgsOf(
			schema,
			// Validation refuses it here, except where it depends on a variable.
			withoutParts(compiled),
			after === undefined ? context : goingOn(context, after),
		) as ValidatedSubscriptionArgs;
		const source = await createSourceEventStream(args);
		if (!(Symbol.asyncIterator in source))
			throw source.errors?.[0] ?? new Error("expected a stream of changes");
		const operationName = compiled.operation.name?.value;
		const masking = { log, requestId, operationName };

		const scopes = [...viewer.scopes].sort().join(" ");

		const answer = (event: ChangeEvent): Promise<Answer> => {
			const moment = `${viewer.locationId} ${event.cursor} ${options.lastInvalidation(viewer.locationId)} ${scopes}`;
			return answers(
				`${moment} ${compiled.eventKey}`,
				compiled.operation,
				async () =>
					executed(
						args,
						event,
						// The loaders of an event answer for every selection of it, so identical reads are made once.
						await contexts(moment, schema, async () =>
							options.contextOf(viewer, requestId),
						),
						maxCost,
						log,
					),
			);
		};
		return subscription(source as Follower, answer, (error) => ({
			errors: [ended(error, requestId) ?? publicError(error, masking)],
		}));
	};
};

/** The same where streams of changes begin behind `after`. */
const goingOn = (context: Context, after: string): Context => {
	const { changes } = context;
	return {
		...context,
		changes: {
			...changes,
			follow: (locationId, _, filter) =>
				changes.follow(locationId, after, filter),
		},
	};
};

const executed = async (
	args: ValidatedSubscriptionArgs,
	event: ChangeEvent,
	contextValue: Context,
	maxCost: number,
	log: Logger,
): Promise<Answer> => {
	const { errors, ...result }: ExecutionResult = await executeSubscriptionEvent(
		{
			...args,
			contextValue,
			rootValue: event,
		},
	);
	const { requestId, upstream } = contextValue;
	const operationName = args.operation.name?.value;
	return {
		...(errors && {
			errors: maskedErrors(errors, masker({ log, requestId, operationName })),
		}),
		...result,
		extensions: {
			...result.extensions,
			price: priceExtension({ maxCost, meter: upstream.meter }),
			...staleIn(contextValue),
		},
	};
};

/**
 * Written out by hand and not as an async generator: `return()` of a generator that waits for its next change would wait
 * with it, for as long as nothing happens.
 */
const subscription = (
	source: Follower,
	answer: (event: ChangeEvent) => Promise<Answer>,
	failed: (error: unknown) => Answer,
): Subscription => {
	const over: IteratorResult<Answer> = { done: true, value: undefined };
	// Not the source's own: that has moved on to a change whose answer is still being made.
	let { cursor } = source;
	return {
		get cursor() {
			return cursor;
		},
		async next() {
			try {
				const { done, value } = await source.next();
				if (done) return over;
				const given = await answer(value);
				cursor = value.cursor;
				return { done: false, value: given };
			} catch (error) {
				await source.return();
				return { done: false, value: failed(error) };
			}
		},
		async return() {
			await source.return();
			return over;
		},
		async throw(error) {
			await source.return();
			throw error;
		},
		end: (reason) => source.end(reason),
		[Symbol.asyncIterator]() {
			return this;
		},
	};
};

/** A drain ends all there are at once, which is no fault and not worth a line each. */
const ended = (error: unknown, requestId: string): PublicError | undefined =>
	error instanceof Failure && error.code === "SHUTTING_DOWN"
		? markPublic({
				message: error.message,
				extensions: publicExtensions(error.code, error.extensions, requestId),
			})
		: undefined;

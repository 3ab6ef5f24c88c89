/** Runs an admitted operation: Yoga executes it and writes JSON or a stream, our plugin brings what was settled before. */
import type { IncomingMessage, ServerResponse } from "node:http";
import {
	type DocumentNode,
	type ExecutionResult,
	GraphQLError,
	type GraphQLSchema,
	type OperationDefinitionNode,
} from "graphql";
import {
	createYoga,
	isAsyncIterable,
	mapAsyncIterator,
	type Plugin,
} from "graphql-yoga";
import type { Logger } from "../log.ts";
import type { Context } from "./context.ts";
import { publicError } from "./masking.ts";
import { paid, refusedWhole, tooManyRequests } from "./paid.ts";

/** An operation that is parsed, valid, within the limits and allowed to its caller. */
export interface Admitted {
	readonly document: DocumentNode;
	readonly operation: OperationDefinitionNode;
	readonly query: string;
	readonly operationName: string | undefined;
	readonly variables: Record<string, unknown>;
}

/** Answers on `res`; everything that can be refused was refused before. */
export type Run = (
	req: IncomingMessage,
	res: ServerResponse,
	admitted: Admitted,
	context: Context,
) => Promise<void>;

interface Served extends Context, Record<string, unknown> {
	readonly admitted: Admitted;
}

export const createRun = (schema: GraphQLSchema, log: Logger): Run => {
	const yoga = createYoga<Served>({
		schema,
		logging: false,
		graphqlEndpoint: "/graphql",
		// All of these are done before, or by nobody: see src/http.
		graphiql: false,
		landingPage: false,
		cors: false,
		multipart: false,
		batching: false,
		maxRequestBodySize: false,
		parserAndValidationCache: false,
		// Errors thrown outside a field, such as the executor's own, become opaque here and are masked with the rest below.
		maskedErrors: { maskError: located },
		plugins: [useAdmitted(), useAnswer(log)],
	});
	return async (req, res, admitted, context) => {
		await yoga(req, res, { ...context, admitted });
	};
};

/** Hands Yoga the parameters and the document instead of having it read, parse and validate again. */
const useAdmitted = (): Plugin<Served, Served> => ({
	onRequestParse({ serverContext, setRequestParser }) {
		const { query, operationName, variables } = serverContext.admitted;
		setRequestParser(() => ({
			query,
			variables,
			...(operationName === undefined ? {} : { operationName }),
		}));
	},
	onParse({ context, setParsedDocument }) {
		setParsedDocument((context as Served).admitted.document);
	},
	onValidate({ setResult }) {
		setResult([]);
	},
});

/** Masks the errors of an answer and says what it cost. */
const useAnswer = (log: Logger): Plugin<Served, Served> => ({
	onExecutionResult({ result, setResult, context }) {
		const served = context as Served;
		if (!result || Array.isArray(result)) return;
		setResult(
			isAsyncIterable(result)
				? mapAsyncIterator(result, (part) => finished(part, served, log))
				: finished(result, served, log),
		);
	},
});

const finished = (
	result: ExecutionResult,
	{ requestId, upstream, admitted }: Served,
	log: Logger,
): ExecutionResult => {
	const operationName = admitted.operation.name?.value;
	const errors = result.errors?.map((error) =>
		publicError(error, { log, requestId, operationName }),
	);
	const extensions = { ...result.extensions, price: paid(upstream) };
	const refusal = errors && refusedWhole(result, errors, upstream);
	if (refusal)
		return {
			errors: [refusal] as unknown as GraphQLError[],
			extensions: { ...extensions, http: tooManyRequests(refusal) },
		};
	return {
		...result,
		// Written out as they are; the executor's own error objects would bring back what was masked.
		...(errors && { errors: errors as unknown as GraphQLError[] }),
		extensions,
	};
};

const located = (error: unknown): GraphQLError =>
	error instanceof GraphQLError
		? error
		: new GraphQLError("Unexpected error.", {
				originalError:
					error instanceof Error ? error : new Error(String(error)),
			});

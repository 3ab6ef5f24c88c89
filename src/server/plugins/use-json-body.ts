/**
 * Reads what is asked, of a POST's body and a GET's address. Yoga's own parsers take forms and multipart requests as well,
 * which a page elsewhere can make a browser send, and JSON that names a key twice or nests without end.
 */
import type { GraphQLParams } from "graphql-yoga";
import {
	missingQuery,
	type Parameters,
	parametersOfBody,
	parametersOfUrl,
} from "../graphql-request.ts";
import type { OperationPlugin } from "../operation-context.ts";
import { withoutQuery } from "./use-trusted-documents.ts";

export const useJsonBody = (): OperationPlugin => ({
	async onRequestParse({ serverContext: { call }, setRequestParser }) {
		// Read ahead of Yoga's body limit, and with the same one: a kept answer is found by this text.
		const text = await call.text();
		if (text === undefined) return;
		const { http } = call;
		setRequestParser(
			() =>
				(http?.req.method === "GET"
					? parametersOfUrl(http.url.searchParams)
					: parametersOfBody(text)) as GraphQLParams,
		);
	},
});

/** Behind all plugins: one of them may have put a query where none was sent. */
export const useRequiredQuery = (): OperationPlugin => ({
	onParams({ params }) {
		const { query } = params;
		const missing =
			(query ? undefined : withoutQuery(params as unknown as Parameters)) ??
			missingQuery(query);
		if (missing) throw missing;
	},
});

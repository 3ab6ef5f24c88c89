/**
 * Methods: GET for queries, POST for all. Yoga refuses the rest too, in other words; ours keep the codes of the error
 * table, and name every operation there is where none is meant.
 */
import { fail } from "../../errors.ts";
import { operationOf } from "../../operation/compiled-operation.ts";
import type { OperationPlugin } from "../operation-context.ts";

export const useHttpMethods = (): OperationPlugin => ({
	onRequestParse({ request: { method } }) {
		if (method === "GET" || method === "POST") return;
		throw fail(
			"METHOD_NOT_ALLOWED",
			`GraphQL is asked by POST, and queries by GET as well, but ${method} came.`,
			{ extensions: { allow: ["GET", "POST"] } },
		);
	},
	onParse:
		() =>
		({ result, context: { call, params } }) => {
			if (result instanceof Error || !result) return;
			const { operation } = operationOf(result, params.operationName);
			if (operation !== "mutation" || call.exchange?.req.method !== "GET")
				return;
			throw fail(
				"METHOD_NOT_ALLOWED",
				"A mutation must be sent by POST: a GET may be repeated or prefetched by anything on its way.",
				{ extensions: { allow: ["POST"] } },
			);
		},
});

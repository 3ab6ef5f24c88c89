/** Serves a cached response in place of execution, and caches the answers worth keeping. */
import type { Cache } from "../../cache/cache.ts";
import type { Context } from "../../loading/context.ts";
import type { OperationKeys } from "../../operation/operation-key.ts";
import type { Answer } from "../answer.ts";
import {
	cacheResponse,
	encodedResponse,
	findResponse,
} from "../cached-responses.ts";
import type {
	OperationContext,
	OperationPlugin,
} from "../operation-context.ts";
import { resultOf, serializedOf } from "../serialized-result.ts";

export const useResponseCache = (
	cache: Cache,
	keys: Pick<OperationKeys, "learnText">,
): OperationPlugin => ({
	async onExecute({ context: given, setExecuteFn }) {
		const context = given as unknown as OperationContext & Context;
		const { call, compiled, viewer } = context;
		if (compiled.operation.operation !== "query") return;
		// A cached response is in one piece, also where the operation has `@defer`.
		if (!call.takesWhole) return;
		const { key, isNew } = compiled.key;
		const text = await call.text();
		if (text) keys.learnText(text, key);
		// Many documents are sent once. One that comes again, be it with other variables, has answers that may be wanted
		// again, as far as there is room.
		if (isNew && compiled.isFirstOfDocument) return;
		const answer =
			key === call.missedKey
				? undefined
				: findResponse(cache, viewer, key, call.cacheControl);
		if (answer) {
			call.notes.calls = 0;
			const kept = resultOf({
				...answer,
				encoded: (encoding) =>
					encodedResponse(cache, viewer, key, answer, encoding),
			});
			setExecuteFn(() => kept);
			return;
		}
		return {
			onExecuteDone({ result }) {
				const made = serializedOf(result as object) as Answer | undefined;
				if (made) cacheResponse(cache, context, key, made, !isNew);
			},
		};
	},
});

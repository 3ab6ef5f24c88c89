/** Behind execution, which it spares: serves an answer that is kept from whoever asked the same before, and keeps what is asked again. */
import type { Cache } from "../../cache/cache.ts";
import type { Context } from "../../loading/context.ts";
import type { OperationKeys } from "../../operation/operation-key.ts";
import type { Answer } from "../answer.ts";
import { findAnswer, keepAnswer } from "../kept-answers.ts";
import type {
	OperationContext,
	OperationPlugin,
} from "../operation-context.ts";
import { resultOf, serializedOf } from "../serialized-result.ts";

export const useResponseCache = (
	cache: Cache,
	keys: OperationKeys,
): OperationPlugin => ({
	async onExecute({ context: given, setExecuteFn }) {
		const context = given as unknown as OperationContext & Context;
		const { call, compiled, params, viewer } = context;
		if (compiled.operation.operation !== "query") return;
		// A kept answer is a whole one, also of what would have come in parts.
		if (!call.takesWhole) return;
		const { key, isNew } = keys.learn(await call.text(), params);
		// What is asked once may never be asked again: only from the second time on is its answer worth the memory.
		if (isNew) return;
		const answer =
			key === call.missedKey
				? undefined
				: findAnswer(cache, viewer, key, call.cacheControl);
		if (answer) {
			call.notes.calls = 0;
			const kept = resultOf(answer);
			setExecuteFn(() => kept);
			return;
		}
		return {
			onExecuteDone({ result }) {
				const made = serializedOf(result as object) as Answer | undefined;
				if (made) keepAnswer(cache, context, key, made);
			},
		};
	},
});

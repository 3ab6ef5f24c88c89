/** What the request's one log line says of its operation. The line itself is written when the exchange ends. */
import type {
	OperationContext,
	OperationPlugin,
} from "../operation-context.ts";

export const useLogLine = (): OperationPlugin => {
	const noteEnd = (context: OperationContext) =>
		context.call.onEnd(() => {
			const { call, compiled, cost, upstream } = context;
			if (!compiled) return;
			call.notes.operation = compiled.operation.operation;
			call.notes.operationName = compiled.operation.name?.value;
			if (cost) call.notes.price = cost.max;
			if (upstream) call.notes.calls = upstream.meter.made;
		});
	return {
		onExecute: ({ context }) => noteEnd(context),
		onSubscribe: ({ context }) => noteEnd(context),
	};
};

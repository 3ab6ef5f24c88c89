/** What one caller may hold of the process: counted from when it is known who asks what, given back when it is answered. */
import type { CallerLimits } from "../caller-limits.ts";
import type {
	Call,
	OperationContext,
	OperationPlugin,
} from "../operation-context.ts";
import { refused } from "../public-error.ts";

export interface CallerLimitPlugins {
	/** Met ahead of the steps whose CPU time counts. */
	readonly check: OperationPlugin;
	/** Met behind the one that runs operations. */
	readonly measure: OperationPlugin;
}

export const callerLimitPlugins = (
	limits: CallerLimits,
): CallerLimitPlugins => {
	const releases = new WeakMap<Call, () => void>();
	/**
	 * Since when work is done for an operation that waits for nobody: it is parsed, validated, priced, and runs as far as it
	 * can. What comes after it has waited for calls is paid for by its price.
	 */
	const workingSince = new WeakMap<Call, number>();
	const spent = ({ call, viewer }: OperationContext) => {
		const since = workingSince.get(call);
		if (since === undefined) return;
		workingSince.delete(call);
		limits.spent(viewer.subject, performance.now() - since);
	};
	return {
		check: {
			onRequestParse({ serverContext: { call, viewer } }) {
				limits.checkCpu(viewer.subject);
				const release = limits.hold("requests", viewer.subject);
				releases.set(call, release);
				call.onEnd(release);
				workingSince.set(call, performance.now());
			},
			onParse({ context }) {
				const { call } = context as OperationContext;
				if (!workingSince.has(call)) workingSince.set(call, performance.now());
				return ({ context, result }) => {
					if (result instanceof Error) spent(context as OperationContext);
				};
			},
			onValidate:
				({ context }) =>
				({ valid }) => {
					if (!valid) spent(context as OperationContext);
				},
			onExecute: ({ context }) => ({
				// Where it is refused before it runs.
				onExecuteDone: () => spent(context as OperationContext),
			}),
			onSubscribe({ context, setResultAndStopExecution }) {
				const { call, viewer } = context as OperationContext;
				if (!call.http) return;
				// It lives on as a stream.
				releases.get(call)?.();
				try {
					call.onEnd(limits.hold("sockets", viewer.subject));
				} catch (error) {
					setResultAndStopExecution(refused(error));
				}
			},
		},
		measure: {
			onExecute({ context, executeFn, setExecuteFn }) {
				setExecuteFn((args) => {
					try {
						return executeFn(args);
					} finally {
						spent(context as OperationContext);
					}
				});
			},
			onSubscribe: ({ context }) => spent(context as OperationContext),
		},
	};
};

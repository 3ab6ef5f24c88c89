/** How long the answer may take: the gateway's own time or the caller's `X-Deadline-Ms`, down to the sockets of REST calls. */
import type { Clock } from "../../clock.ts";
import { startDeadline } from "../deadline.ts";
import type { OperationPlugin } from "../operation-context.ts";

/** Not of subscriptions: a stream lives as long as its token, and each of its answers has a deadline of its own. */
export const useDeadline = (clock: Clock): OperationPlugin => ({
	onRequestParse({ serverContext: { call } }) {
		// Refused before anything is done for it.
		void call.deadlineMs;
	},
	onExecute({ context }) {
		const { call } = context as typeof context & { deadline: unknown };
		const deadline = startDeadline(
			call.deadlineMs,
			call.signal,
			clock,
			call.waitedMs,
		);
		Object.assign(context, { deadline });
		// A socket outlives the answer, so its signal is not listened to any more.
		call.onEnd(call.http ? deadline.clear : deadline.detach);
	},
});

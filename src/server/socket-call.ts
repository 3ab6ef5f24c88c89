/** One operation of a socket: it has no headers of its own, and ends before its socket does. */
import type { Viewer } from "../auth/viewer.ts";
import { ANY_AGE } from "../cache/session.ts";
import type { Call } from "./operation-context.ts";

export interface SocketCall extends Call {
	/** By `performance.now()`. */
	readonly beganAt: number;
	/** Its answer is sent, or nobody waits for it. */
	end(): void;
}

export const socketCall = (
	requestId: string,
	viewer: Viewer,
	signal: AbortSignal,
	deadlineMs: number,
): SocketCall => {
	const ends: (() => void)[] = [];
	return {
		requestId,
		beganAt: performance.now(),
		notes: {},
		signal,
		cacheControl: ANY_AGE,
		partFormat: "incrementalSpec=v0.2",
		takesWhole: true,
		deadlineMs,
		waitedMs: 0,
		text: () => undefined,
		viewer: () => viewer,
		onEnd(listener) {
			ends.push(listener);
		},
		end() {
			for (const listener of ends.splice(0)) listener();
		},
	};
};

/** GraphQL over Server-Sent Events, one stream for one operation: `next` for each answer, `complete` at its end. */
import { once } from "node:events";
import type { Viewer } from "../auth/viewer.ts";
import type {
	LongLivedConnection,
	LongLivedRegistry,
} from "./long-lived-connections.ts";
import type { RequestContext } from "./request-context.ts";
import type { Subscription } from "./subscribe.ts";

export interface EventStreamOptions {
	readonly registry: LongLivedRegistry;
	/** A comment is sent this often, so that nothing on the way takes the stream for dead. */
	readonly keepAliveMs: number;
	/** A client that takes nothing for this long is cut off. */
	readonly stallMs: number;
}

/** True when the caller asks for an event stream. */
export const wantsEvents = (accept: string | undefined): boolean =>
	/(^|,)\s*text\/event-stream\s*(;|,|$)/i.test(accept ?? "");

/** Resolves when the stream has ended, from either side. @throws as `registry.admit`, before anything is written. */
export const serveEvents = async (
	{ res }: RequestContext,
	subscription: Subscription,
	viewer: Viewer,
	recheck: () => Promise<Viewer>,
	{ registry, keepAliveMs, stallMs }: EventStreamOptions,
): Promise<void> => {
	// The client may have left while its subscription was made: there is no end left to hear of.
	if (res.destroyed) {
		await subscription.return();
		return;
	}
	const done = Promise.withResolvers<void>();
	const self: LongLivedConnection = {
		subscriptions: [subscription],
		idle: () => done.promise,
		// The stream has no close codes: its last answer said why.
		close: () => res.end(),
		destroy: () => res.destroy(),
	};
	const leave = registry.add(self);
	registry.watch(self, viewer, recheck);
	res.once("close", () => {
		leave();
		void subscription.return();
	});
	// Nobody waits for the connection of a stream to be free again, least of all a gateway that is going away.
	res.shouldKeepAlive = false;
	res.writeHead(200, {
		"Content-Type": "text/event-stream; charset=utf-8",
		"Cache-Control": "no-cache",
		// Proxies that gather an answer before they pass it on would hold events back.
		"X-Accel-Buffering": "no",
	});
	res.write(":\n\n");
	const alive = setInterval(() => {
		if (!res.writableNeedDrain) res.write(":\n\n");
	}, keepAliveMs).unref();
	try {
		for await (const answer of subscription) {
			if (res.destroyed) return;
			const free = res.write(
				`event: next\ndata: ${JSON.stringify(answer)}\n\n`,
			);
			if (!free) await drained(res, stallMs);
		}
		res.end("event: complete\ndata:\n\n");
	} finally {
		clearInterval(alive);
		done.resolve();
	}
};

const drained = async (
	res: RequestContext["res"],
	stallMs: number,
): Promise<void> => {
	const waiting = AbortSignal.timeout(stallMs);
	const closed = new AbortController();
	const onClose = () => closed.abort();
	res.once("close", onClose);
	try {
		await once(res, "drain", {
			signal: AbortSignal.any([waiting, closed.signal]),
		});
	} catch {
		res.destroy();
	} finally {
		res.off("close", onClose);
	}
};

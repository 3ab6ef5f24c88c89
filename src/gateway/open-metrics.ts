/** Metrics of a gateway: what its rooms tell, and what is looked at when Prometheus asks. */
import type { Metrics, MetricsOptions } from "../metrics/metrics.ts";
import type { openReads } from "./reads.ts";

/** They are made after the metrics, and looked at once they are there. */
interface Rooms {
	readonly version: string;
	isRoute(path: string): boolean;
	reads(): Awaited<ReturnType<typeof openReads>>;
	streams(): { readonly size: number; readonly subscriptions: number };
}

/** Its library is loaded only where metrics are wanted. */
export const openMetrics = async (
	options: MetricsOptions,
	{ version, isRoute, reads, streams }: Rooms,
): Promise<Metrics> => {
	const { createMetrics } = await import("../metrics/metrics.ts");
	return createMetrics(options, isRoute, {
		version,
		cacheStats: () => reads().cache.stats(),
		budgets: () => reads().client.budgets(),
		openBreakers: () => reads().client.openBreakers(),
		journalLag: () => reads().webhooks.lag(),
		longLived() {
			const { size, subscriptions } = streams();
			return { connections: size, subscriptions };
		},
		connections: () => reads().oauth.connections.list(),
		now: () => reads().cache.now(),
	});
};

/** Metrics for Prometheus, at `/metrics` on a port of their own that only this machine reaches unless it is told otherwise. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Observer } from "../observer.ts";
import { bounded } from "./bounded.ts";
import { eventsTo } from "./events.ts";
import { readingsOf, type Sources } from "./readings.ts";
import { createRegistry } from "./registry.ts";

export interface MetricsOptions {
	/** 0 for any free port. */
	readonly port: number;
	/** Default 127.0.0.1. */
	readonly host?: string;
	/** The most locations with time series of their own; the others share one. Default 50. */
	readonly locations?: number;
	/** The same for names of operations. Default 100. */
	readonly operations?: number;
}

export interface MetricsServer {
	/** `http://127.0.0.1:9464/metrics` */
	readonly url: string;
	close(): Promise<void>;
}

export interface Metrics {
	readonly observer: Observer;
	/** Resolves when it listens. @throws the system's error when the port cannot be had. */
	listen(): Promise<MetricsServer>;
}

/** `sources` are looked at when Prometheus asks, not before. */
export const createMetrics = (
	options: MetricsOptions,
	isRoute: (path: string) => boolean,
	sources: Sources,
): Metrics => {
	const locationLabel = bounded(options.locations ?? 50);
	const registry = createRegistry(readingsOf(sources, locationLabel));
	const observer = eventsTo(registry, {
		isRoute,
		operations: options.operations ?? 100,
		locationLabel,
	});
	return {
		observer,
		async listen() {
			const server = createServer(async (req, res) => {
				if (req.url?.split("?")[0] !== "/metrics")
					return res
						.writeHead(404, { "Content-Type": "text/plain" })
						.end("Metrics are at /metrics.\n");
				try {
					const text = await registry.text();
					res
						.writeHead(200, { "Content-Type": registry.contentType })
						.end(text);
				} catch {
					res.writeHead(500).end();
				}
			});
			await new Promise<void>((resolve, reject) => {
				server.once("error", reject);
				server.listen(options.port, options.host ?? "127.0.0.1", resolve);
			});
			const { address, port, family } = server.address() as AddressInfo;
			const host = family === "IPv6" ? `[${address}]` : address;
			return {
				url: `http://${host}:${port}/metrics`,
				close: () =>
					new Promise((resolve) => {
						server.close(() => {
							registry.close();
							resolve();
						});
						server.closeAllConnections();
					}),
			};
		},
	};
};

/** Prometheus' client, with the metrics of names.ts and none beside them but Node's own. */
import {
	Counter,
	collectDefaultMetrics,
	Gauge,
	Histogram,
	Registry,
} from "prom-client";
import {
	CALLS,
	METRICS,
	type MetricName,
	type MetricRow,
	SECONDS,
} from "./names.ts";

export type Labels = Readonly<Record<string, string>>;

/** A metric that is read when it is asked for: labels and values. */
export type Reading = readonly (readonly [Labels, number])[];

export interface Registered {
	count(name: MetricName, labels?: Labels, by?: number): void;
	observe(name: MetricName, value: number, labels?: Labels): void;
	/** In Prometheus' text format, and its media type. */
	text(): Promise<string>;
	readonly contentType: string;
	close(): void;
}

/** `read` gives the metrics that rooms count themselves or that are as of now. */
export const createRegistry = (
	read: Partial<Record<MetricName, () => Reading>>,
): Registered => {
	const registry = new Registry();
	collectDefaultMetrics({ register: registry });
	const counters = new Map<string, Counter>();
	const histograms = new Map<string, Histogram>();
	for (const [name, row] of Object.entries<MetricRow>(METRICS)) {
		const common = {
			name,
			help: row.help,
			labelNames: row.labels,
			registers: [registry],
		};
		const reading = read[name as MetricName];
		if (row.kind === "histogram")
			histograms.set(
				name,
				new Histogram({
					...common,
					buckets: name.endsWith("_calls") ? CALLS : SECONDS,
				}),
			);
		else if (row.kind === "gauge")
			new Gauge({
				...common,
				collect() {
					this.reset();
					for (const [labels, value] of reading?.() ?? [])
						this.set(labels, value);
				},
			});
		else
			counters.set(
				name,
				new Counter({
					...common,
					...(reading && {
						collect() {
							this.reset();
							for (const [labels, value] of reading()) this.inc(labels, value);
						},
					}),
				}),
			);
	}
	return {
		count: (name, labels = {}, by = 1) => counters.get(name)?.inc(labels, by),
		observe: (name, value, labels = {}) =>
			histograms.get(name)?.observe(labels, value),
		text: () => registry.metrics(),
		contentType: registry.contentType,
		close: () => registry.clear(),
	};
};

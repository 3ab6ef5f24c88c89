/** The figures of one run under Zipf traffic, and what held it back. */
import type { CacheStats } from "../../src/cache/stats.ts";
import type { Tally } from "./crowd.ts";
import { KINDS, type Kind } from "./edits.ts";

export interface Call {
	readonly method: string;
	readonly path: string;
	readonly status: number;
	readonly at: number;
}

export interface Delivery {
	readonly state: string;
}

export interface Run {
	readonly tally: Tally;
	readonly connections: number;
	readonly seconds: number;
	/** Complete queries a second that are promised. */
	readonly atLeast: number;
	readonly gatewayCpuSeconds: number;
	readonly ownCpuSeconds: number;
	readonly queued: readonly number[];
	/** All that the sandbox got, before the clock ran and after. */
	readonly calls: readonly Call[];
	readonly began: number;
	readonly ended: number;
	readonly perSecondAllowed: number;
	/** Before and after. */
	readonly edits: readonly [Record<Kind, number>, Record<Kind, number>];
	readonly deliveries: readonly Delivery[];
	readonly stats: readonly [CacheStats, CacheStats];
}

// No query of a crowd this size takes so long by the gateway's work alone, or by one call that needs not wait for budget.
const WAITED_MS = 100;

export const report = (name: string, run: Run): void => {
	const { tally, seconds, gatewayCpuSeconds, edits } = run;
	const { complete } = tally;
	const perSecond = complete / seconds;
	const failed = [...tally.failed].map(([code, count]) => `${code} ${count}`);
	const refused = run.calls.filter(({ status }) => status === 429).length;
	const made = run.calls.filter(({ at }) => at >= run.began && at < run.ended);
	const edited = KINDS.map(
		(kind) => `${kind} ${edits[1][kind] - edits[0][kind]}`,
	);
	tally.latencies.sort((a, b) => a - b);
	const share = (part: number, of: number) =>
		`${((100 * part) / Math.max(of, 1)).toFixed(1)} %`;
	const line = (what: string, said: string) =>
		console.log(`  ${what.padEnd(18)}${said}`);

	console.log(name);
	line(
		"complete",
		`${perSecond.toFixed(0)} queries/s (at least ${run.atLeast}); by sixths of the run ${sixths(tally.bySecond, seconds)}`,
	);
	line(
		"gateway CPU",
		`${((1e6 * gatewayCpuSeconds) / complete).toFixed(0)} µs a query: ${(complete / gatewayCpuSeconds).toFixed(0)} queries per CPU second; ${share(gatewayCpuSeconds, seconds)} of a core was used (by those who ask: ${share(run.ownCpuSeconds, seconds)})`,
	);
	line(
		"answers",
		`${complete} complete, of which ${tally.markedStale} (${share(tally.markedStale, complete)}) marked stale; ${tally.incomplete} incomplete; failed: ${failed.join(", ") || "none"}`,
	);
	line("429 by the API", String(refused));
	line(
		"REST calls",
		`${(made.length / seconds).toFixed(1)}/s of ${run.perSecondAllowed} allowed: ${byOperation(made, seconds)}`,
	);
	line("waits", waits(run));
	line(
		"latency",
		`p50 ${ms(at(tally.latencies, 0.5))}, p99 ${ms(at(tally.latencies, 0.99))}, max ${ms(at(tally.latencies, 1))}`,
	);
	line("staleness", staleness(tally.staleness.any, complete));
	line(
		"  where unmarked",
		staleness(tally.staleness.unmarked, complete - tally.markedStale),
	);
	for (const kind of KINDS)
		line(`  of ${kind}s`, staleness(tally.staleness[kind], complete));
	line(
		"edits",
		`${edited.join(", ")}; webhooks ${run.deliveries.length}, delivered ${run.deliveries.filter(({ state }) => state === "delivered").length}`,
	);
	line("cache", cacheLine(run.stats));
	console.log();
};

/** How long what was shown had been superseded when the query began; 0 for all that was current. */
const staleness = (late: number[], complete: number): string => {
	late.sort((a, b) => a - b);
	const current = complete - late.length;
	const of = (part: number) => {
		const index = Math.ceil(part * complete) - 1 - current;
		return ms(index < 0 ? 0 : (late[index] ?? 0));
	};
	return `p50 ${of(0.5)}, p99 ${of(0.99)}, max ${of(1)}; not current: ${((100 * late.length) / Math.max(complete, 1)).toFixed(2)} % of the answers`;
};

const waits = ({ tally, connections, seconds, queued }: Run): string => {
	const quick = tally.latencies.filter((one) => one <= WAITED_MS);
	const quickSeconds = quick.reduce((all, one) => all + one, 0) / 1000;
	// Those that still wait at the end count with the time they waited.
	const waiting = 1 - quickSeconds / (connections * seconds);
	const part = 1 - quick.length / tally.latencies.length;
	const mean = queued.reduce((all, one) => all + one, 0) / queued.length;
	return `${(100 * part).toFixed(2)} % of the queries took over ${WAITED_MS} ms, and with them the connections spent ${(100 * waiting).toFixed(0)} % of their time; calls in line for budget: mean ${mean.toFixed(0)}, most ${Math.max(...queued)}`;
};

const sixths = (bySecond: readonly number[], seconds: number): string =>
	Array.from({ length: 6 }, (_, part) => {
		const [from, to] = [part, part + 1].map((one) =>
			Math.floor((one * seconds) / 6),
		) as [number, number];
		let sum = 0;
		for (let second = from; second < to; second++) sum += bySecond[second] ?? 0;
		return (sum / Math.max(1, to - from)).toFixed(0);
	}).join(", ");

const byOperation = (calls: readonly Call[], seconds: number): string => {
	const counts = new Map<string, number>();
	for (const { method, path } of calls) {
		const operation = `${method} ${(path.split("?")[0] as string).replace(/^\/contacts\/(?!search)[^/]+/, "/contacts/{id}").replace(/^\/locations\/[^/]+/, "/locations/{id}")}`;
		counts.set(operation, (counts.get(operation) ?? 0) + 1);
	}
	return [...counts]
		.sort(([, a], [, b]) => b - a)
		.map(([operation, count]) => `${operation} ${(count / seconds).toFixed(2)}`)
		.join(", ");
};

const cacheLine = ([before, after]: Run["stats"]): string => {
	const values = (key: keyof CacheStats["values"]) =>
		`${key} ${after.values[key] - before.values[key]}`;
	const answers = (key: keyof CacheStats["answers"]) =>
		`${key} ${after.answers[key] - before.answers[key]}`;
	return `answers: ${answers("hits")}, ${answers("misses")}; values: ${values("hits")}, ${values("misses")}, ${values("shared")}, ${values("stale")}, ${values("overtaken")}; names dropped ${after.invalidations - before.invalidations}; evictions ${after.evictions - before.evictions}; ${after.entries} entries, ${(after.bytes / 1024 ** 2).toFixed(1)} MiB`;
};

/** `values` in order. */
const at = (values: readonly number[], part: number): number =>
	values[Math.floor((values.length - 1) * part)] ?? Number.NaN;

const ms = (value: number): string =>
	value === 0
		? "0"
		: value >= 1000
			? `${(value / 1000).toFixed(1)} s`
			: `${value.toFixed(value < 10 ? 1 : 0)} ms`;

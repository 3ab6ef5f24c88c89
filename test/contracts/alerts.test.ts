/** What watches the gateway uses only what it offers, and every alert says what to do. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collectDefaultMetrics, Registry } from "prom-client";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { METRICS, type MetricRow } from "../../src/metrics/names.ts";
import { prometheusTest, promtool } from "../support/prometheus.ts";
import { usedBy } from "../support/promql.ts";

const ROOT = join(import.meta.dirname, "../..");
const PROMETHEUS = join(ROOT, "deploy/prometheus");
const read = (path: string): Promise<string> =>
	readFile(join(ROOT, path), "utf8");

interface Alert {
	readonly alert: string;
	readonly expr: string;
	readonly labels: { readonly severity: string };
	readonly annotations: { readonly summary: string; readonly runbook: string };
}

const alerts = async (): Promise<Alert[]> =>
	parse(await read("deploy/prometheus/alerts.yml")).groups.flatMap(
		({ rules }: { rules: Alert[] }) => rules,
	);

/** Every expression of the dashboard, by its panel, with Grafana's variables filled in. */
const pictures = async (): Promise<[title: string, expression: string][]> => {
	const { panels, annotations } = JSON.parse(
		await read("deploy/grafana/dashboards/contact-graph.json"),
	);
	return [...panels, { title: "annotations", targets: annotations.list }]
		.flatMap(({ title, targets }) =>
			targets.map(({ expr }: { expr: string }) => [title, expr]),
		)
		.map(([title, expr]) => [
			title,
			expr.replaceAll("$__rate_interval", "5m").replaceAll("$instance", ".*"),
		]);
};

const nodesOwn = (): string[] => {
	const register = new Registry();
	collectDefaultMetrics({ register });
	return register.getMetricsAsArray().map(({ name }) => name);
};

/** Which labels a series has; undefined where there is no such metric. */
const labelsOf = (metric: string): string[] | undefined => {
	const ofEvery = ["job", "instance"];
	if (metric === "up" || nodesOwn().includes(metric)) return ofEvery;
	const rows: Readonly<Record<string, MetricRow>> = METRICS;
	const whole = metric.replace(/_(bucket|sum|count)$/, "");
	if (rows[whole]?.kind === "histogram" && whole !== metric)
		return [
			...ofEvery,
			...rows[whole].labels,
			...(metric.endsWith("_bucket") ? ["le"] : []),
		];
	const row = rows[metric];
	return row && row.kind !== "histogram"
		? [...ofEvery, ...row.labels]
		: undefined;
};

const unknownIn = (expression: string): string[] => {
	const { selectors, grouped } = usedBy(expression);
	if (selectors.length === 0) return [`no metric in ${expression}`];
	const known = new Set(
		selectors.flatMap(({ metric }) => labelsOf(metric) ?? []),
	);
	return [
		...selectors.flatMap(({ metric, labels }) => {
			const has = labelsOf(metric);
			if (!has) return [metric];
			return labels
				.filter((label) => !has.includes(label))
				.map((label) => `${metric}{${label}}`);
		}),
		...grouped.filter((label) => !known.has(label)).map((name) => `by ${name}`),
	];
};

test("a metric or label that the gateway does not have is found in an expression", () => {
	const faults = (expression: string) => unknownIn(expression);
	expect(
		faults(
			'sum by (nobody, le) (rate(contact_graph_webhook_delay_seconds_bucket{le="1", who!~"a"}[5m])) > 0.5 or old_name offset 15m',
		),
	).toEqual([
		"contact_graph_webhook_delay_seconds_bucket{who}",
		"old_name",
		"by nobody",
	]);
	// A histogram has no series of its own name, and a gauge no buckets.
	expect(faults("contact_graph_webhook_delay_seconds")).toHaveLength(1);
	expect(faults("contact_graph_subscriptions_bucket")).toHaveLength(1);
});

test("alerts use only metrics and labels of the list", async () => {
	const all = await alerts();
	expect(all.length).toBeGreaterThan(10);
	for (const { alert, expr } of all)
		expect([alert, unknownIn(expr)]).toEqual([alert, []]);
});

test("the dashboard has the six pictures, of metrics and labels of the list", async () => {
	const all = await pictures();
	expect([...new Set(all.map(([title]) => title))]).toEqual([
		"Budget",
		"Price",
		"Staleness",
		"Queue",
		"Errors",
		"Events",
		"annotations",
	]);
	for (const [title, expression] of all)
		expect([title, expression, unknownIn(expression)]).toEqual([
			title,
			expression,
			[],
		]);
});

test("every alert has a section of the runbook with symptom, meaning and what to do, and every section an alert", async () => {
	const sections = (await read("docs/runbook.md")).split(/^## /m).slice(1);
	const all = await alerts();
	expect(sections.map((section) => section.split("\n")[0]).toSorted()).toEqual(
		all.map(({ alert }) => alert).toSorted(),
	);
	for (const section of sections)
		expect(section).toMatch(
			/\*\*Symptom\.\*\* \S[\s\S]*\*\*Means\.\*\* \S[\s\S]*\*\*Do\.\*\*\s+\S/,
		);
	for (const { alert, labels, annotations } of all) {
		expect(annotations.runbook).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
		expect(annotations.summary).toMatch(/\.$/);
		expect(["critical", "warning"]).toContain(labels.severity);
	}
});

test("every alert has a rule test in which it fires and then clears", async () => {
	const { tests } = parse(await read("deploy/prometheus/alerts.test.yml"));
	const outcomes = new Map<string, string[]>();
	for (const { promql_expr_test: checks } of tests)
		for (const { expr, exp_samples: samples } of checks) {
			const name = /alertname="(\w+)", alertstate="firing"/.exec(expr)?.[1];
			outcomes.set(name as string, [
				...(outcomes.get(name as string) ?? []),
				samples.length > 0 ? "fires" : "clears",
			]);
		}
	for (const { alert } of await alerts())
		expect([alert, outcomes.get(alert)?.slice(0, 2)]).toEqual([
			alert,
			["fires", "clears"],
		]);
});

test("Grafana finds the dashboard and Prometheus by the provisioning files", async () => {
	const provisioning = "deploy/grafana/provisioning";
	const { providers } = parse(
		await read(`${provisioning}/dashboards/contact-graph.yml`),
	);
	expect(providers).toMatchObject([
		{ type: "file", options: { path: expect.stringMatching(/^\//) } },
	]);
	const { datasources } = parse(
		await read(`${provisioning}/datasources/prometheus.yml`),
	);
	const { global } = parse(await read("deploy/prometheus/prometheus.yml"));
	expect(datasources).toMatchObject([
		{
			type: "prometheus",
			jsonData: { timeInterval: global.scrape_interval },
		},
	]);
});

prometheusTest("promtool accepts the configuration and the rules", () => {
	expect(
		promtool("check", "config", join(PROMETHEUS, "prometheus.yml")),
	).toContain("SUCCESS");
	expect(promtool("check", "rules", join(PROMETHEUS, "alerts.yml"))).toContain(
		"SUCCESS",
	);
});

prometheusTest(
	"every alert fires for its cause and clears after it, by promtool's virtual time",
	() => {
		expect(
			promtool("test", "rules", join(PROMETHEUS, "alerts.test.yml")),
		).toContain("SUCCESS");
	},
);

prometheusTest(
	"promtool can read every expression of the dashboard",
	async () => {
		const rules = (await pictures()).map(([, expr], index) => ({
			record: `picture:${index}`,
			expr,
		}));
		const dir = await mkdtemp(join(tmpdir(), "dashboard-"));
		try {
			const file = join(dir, "rules.yml");
			// JSON is YAML.
			await writeFile(
				file,
				JSON.stringify({ groups: [{ name: "dashboard", rules }] }),
			);
			expect(promtool("check", "rules", file)).toContain(
				`${rules.length} rules found`,
			);
		} finally {
			await rm(dir, { recursive: true });
		}
	},
);

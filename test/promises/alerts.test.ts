/** A real Prometheus sees the gateway, and the alerts for a fault of the Contacts API come and go with it. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { parse, stringify } from "yaml";
import { prometheusTest, startPrometheus } from "../support/prometheus.ts";
import { startWorld } from "../support/world.ts";

const DEPLOY = join(import.meta.dirname, "../../deploy/prometheus");

/** The rules as they are deployed, but with a second for every minute. */
const hastened = (rules: string): string =>
	rules.replace(/(\[|for: )(\d+)m/g, "$1$2s");

/** The configuration as it is deployed, but for one target, and often. */
const scraping = (config: string, target: string): string => {
	const deployed = parse(config);
	return stringify({
		...deployed,
		global: { scrape_interval: "250ms", evaluation_interval: "250ms" },
		scrape_configs: deployed.scrape_configs.map((job: object) => ({
			...job,
			static_configs: [{ targets: [target] }],
		})),
	});
};

const COLD = { headers: { "cache-control": "no-store" } };
const SOON = { timeout: 60_000, interval: 200 };
/** What the API answers to every call, and the alerts that tell of it. */
const FAULTS = [
	[
		{ status: 500 },
		[
			"ContactGraphBreakerOpen",
			"ContactGraphOperationsFailing",
			"ContactGraphUpstreamFailing",
		],
	],
	[
		{
			status: 401,
			body: { statusCode: 401, message: "Invalid Private Integration token" },
		},
		["ContactGraphConnectionFailing", "ContactGraphOperationsFailing"],
	],
] as const;

const among =
	(names: readonly string[]) =>
	(name: string): boolean =>
		names.includes(name);

prometheusTest(
	"Prometheus scrapes the gateway; while the API fails its alerts fire, and they clear when it works again",
	{ timeout: 300_000 },
	async () => {
		await using world = await startWorld({
			contacts: 1,
			gateway: { metrics: { port: 0 } },
			// Its pauses, too, are short beside the windows of the rules.
			contactsApi: { breaker: { openMs: 100, longestOpenMs: 200 } },
		});
		const target = new URL(world.gateway.metricsUrl as string).host;
		const read = (file: string) => readFile(join(DEPLOY, file), "utf8");
		await using prometheus = await startPrometheus({
			"prometheus.yml": scraping(await read("prometheus.yml"), target),
			"alerts.yml": hastened(await read("alerts.yml")),
		});
		const ask = () =>
			world.answer('{ contact(id: "c1") { contactId } }', {}, COLD);
		await expect
			.poll(() => prometheus.query('up{job="contact-graph"}'), SOON)
			.toMatchObject([{ labels: { instance: target }, value: 1 }]);

		const firing = async (): Promise<string[]> => {
			await ask();
			return prometheus.firing();
		};
		for (const [answer, alerts] of FAULTS) {
			world.upstream.next({ kind: "status", count: 1_000_000, ...answer });
			await expect
				.poll(firing, SOON)
				.toEqual(expect.arrayContaining([...alerts]));
			const cleared = await fetch(`${world.sandbox.url}/__sandbox/faults`, {
				method: "DELETE",
			});
			expect(cleared.ok).toBe(true);
			await expect
				.poll(async () => alerts.filter(among(await firing())), SOON)
				.toEqual([]);
		}
		const { data } = await ask();
		expect(data.contact).toEqual({ contactId: "c1" });
	},
);

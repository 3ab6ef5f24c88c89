/** What an operator sees of the gateway by Prometheus. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { METRICS, metricsTable } from "../../src/metrics/names.ts";
import { createSender, delivery, SENDER_KEYS } from "../support/deliveries.ts";
import { greeted } from "../support/raw-socket.ts";
import { startWorld, type World } from "../support/world.ts";

type Series = Readonly<Record<string, number>>;

const scrape = async ({ gateway }: World): Promise<Series> => {
	const answer = await fetch(gateway.metricsUrl as string);
	expect(answer.status).toBe(200);
	expect(answer.headers.get("content-type")).toContain("text/plain");
	const lines = (await answer.text()).split("\n");
	return Object.fromEntries(
		lines
			.filter((line) => line && !line.startsWith("#"))
			.map((line) => {
				const at = line.lastIndexOf(" ");
				return [line.slice(0, at), Number(line.slice(at + 1))];
			}),
	);
};

const startMeasured = (metrics: object = {}): Promise<World> =>
	startWorld({
		contacts: 2,
		gateway: { metrics: { port: 0, ...metrics } },
	});

const NAMED = "query Names { contacts(first: 2) { nodes { name } } }";

test("requests, operations, REST calls, cache and budget are counted as they happen", async () => {
	await using world = await startMeasured();
	for (let times = 0; times < 3; times++) await world.query(NAMED);
	await world.fails("query Broken { nothing }");
	const socket = await greeted(world.url, await world.token());
	socket.say({ id: "q", type: "subscribe", payload: { query: NAMED } });
	await socket.hear("complete", "q");
	await socket.close();
	await world.request({ method: "GET", path: "/etc/passwd" });
	const seen = await scrape(world);
	expect(seen).toMatchObject({
		'contact_graph_http_requests_total{route="/graphql",method="POST",status="200"}': 3,
		'contact_graph_http_requests_total{route="other",method="GET",status="404"}': 1,
		'contact_graph_http_request_duration_seconds_count{route="/graphql"}': 4,
		'contact_graph_operations_total{operation="query",name="Names",transport="http",code="OK"}': 3,
		'contact_graph_operations_total{operation="query",name="Names",transport="websocket",code="OK"}': 1,
		'contact_graph_operations_total{operation="none",name="",transport="http",code="GRAPHQL_VALIDATION_FAILED"}': 1,
		'contact_graph_operation_calls_total{operation="query",name="Names"}': 1,
		'contact_graph_upstream_calls_total{route="POST /contacts/search",status="200"}': 1,
		'contact_graph_upstream_queue_wait_seconds_count{lane="query"}': 1,
		'contact_graph_budget_limit_calls{location="sandbox-location-1"}': 1_000_000,
		'contact_graph_cache_lookups_total{kind="response",result="hit"}':
			expect.any(Number),
		'contact_graph_connections{state="connected"}': 2,
		contact_graph_upstream_breakers_open: 0,
		contact_graph_subscriptions: 0,
		contact_graph_journal_lag_changes: 0,
	});
	expect(
		seen[
			'contact_graph_budget_day_remaining_calls{location="sandbox-location-1"}'
		],
	).toBeGreaterThan(0);
	expect(seen.contact_graph_cache_bytes).toBeGreaterThan(0);
	expect(seen.nodejs_eventloop_lag_p99_seconds).toBeDefined();
});

test("an operation that the API or the budget leaves without its data counts with the code of its error", async () => {
	await using world = await startWorld({
		contacts: 1,
		gateway: { metrics: { port: 0 } },
	});
	const contact = 'query Contact { contact(id: "c1") { contactId } }';
	const cold = { headers: { "cache-control": "no-store" } };
	world.upstream.next({ kind: "status", status: 500, count: 2 });
	await world.fails(contact, {}, cold);
	const socket = await greeted(world.url, await world.token());
	socket.say({ id: "q", type: "subscribe", payload: { query: contact } });
	await socket.hear("complete", "q");
	await socket.close();
	world.upstream.next({
		kind: "status",
		status: 429,
		count: 10,
		headers: { "retry-after": "60" },
	});
	await world.fails(
		contact,
		{},
		{
			headers: { ...cold.headers, "x-deadline-ms": "500" },
		},
	);
	const counted = Object.entries(await scrape(world)).filter(([series]) =>
		series.startsWith("contact_graph_operations_total"),
	);
	expect(Object.fromEntries(counted)).toEqual({
		'contact_graph_operations_total{operation="query",name="Contact",transport="http",code="UPSTREAM_UNAVAILABLE"}': 1,
		'contact_graph_operations_total{operation="query",name="Contact",transport="websocket",code="UPSTREAM_UNAVAILABLE"}': 1,
		'contact_graph_operations_total{operation="query",name="Contact",transport="http",code="RATE_LIMITED"}': 1,
	});
});

test("names and locations beyond the bounds share one series", async () => {
	await using world = await startMeasured({ operations: 2, locations: 0 });
	for (const name of ["A", "B", "C", "D"])
		await world.query(`query ${name} { __typename }`);
	await world.query(NAMED);
	const seen = await scrape(world);
	const names = Object.keys(seen)
		.filter((series) => series.startsWith("contact_graph_operations_total"))
		.map((series) => /name="([^"]*)"/.exec(series)?.[1]);
	expect(names.toSorted()).toEqual(["A", "B", "other"]);
	expect(
		Object.keys(seen).filter((series) => series.includes("sandbox-location")),
	).toEqual([]);
	expect(seen['contact_graph_budget_limit_calls{location="other"}']).toBe(
		1_000_000,
	);
});

test("a webhook that comes twice is accepted and then a duplicate, and one without signature is refused", async () => {
	await using world = await startWorld({
		contacts: 1,
		gateway: { metrics: { port: 0 }, webhooks: { keys: SENDER_KEYS } },
	});
	const sender = createSender(world.url);
	const body = delivery("ContactUpdate", { id: "c1" });
	await sender.send(body);
	await sender.send(body);
	await sender.send(body, { raw: `${JSON.stringify(body)} ` });
	await sender.close();
	const seen = await scrape(world);
	expect(seen).toMatchObject({
		'contact_graph_webhook_deliveries_total{outcome="accepted"}': 1,
		'contact_graph_webhook_deliveries_total{outcome="duplicate"}': 1,
		'contact_graph_webhook_deliveries_total{outcome="refused"}': 1,
		contact_graph_webhook_delay_seconds_count: 1,
	});
});

test("the metrics served, the list in the code and the docs are the same", async () => {
	await using world = await startMeasured();
	const answer = await fetch(world.gateway.metricsUrl as string);
	const served = [
		...(await answer.text()).matchAll(/^# TYPE (contact_graph_\w+) (\w+)$/gm),
	];
	expect(
		Object.fromEntries(served.map(([, name, kind]) => [name, kind])),
	).toEqual(
		Object.fromEntries(
			Object.entries(METRICS).map(([name, { kind }]) => [name, kind]),
		),
	);
	const docs = await readFile(
		join(import.meta.dirname, "../../docs/metrics.md"),
		"utf8",
	);
	expect(docs).toContain(metricsTable());
});

test("names follow Prometheus' conventions", () => {
	for (const [name, { kind, help }] of Object.entries(METRICS)) {
		expect(name).toMatch(/^contact_graph_[a-z_]+$/);
		expect(name.endsWith("_total")).toBe(kind === "counter");
		if (kind === "histogram") expect(name).toMatch(/_(seconds|calls)$/);
		expect(help).toMatch(/\.$/);
	}
});

test("a gateway that is not told to measure opens no port for it", async () => {
	await using world = await startWorld();
	expect(world.gateway.metricsUrl).toBeUndefined();
});

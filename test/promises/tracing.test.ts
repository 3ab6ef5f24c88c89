/** What OpenTelemetry's SDK sees of the gateway, where somebody has registered one. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import {
	InMemorySpanExporter,
	type ReadableSpan,
	SimpleSpanProcessor,
	TracerProvider,
} from "@opentelemetry/sdk-trace";
import { afterAll, beforeEach, expect, test } from "vitest";
import { greeted } from "../support/raw-socket.ts";
import { startWorld } from "../support/world.ts";

const exporter = new InMemorySpanExporter();
trace.setGlobalTracerProvider(
	new TracerProvider({
		spanProcessors: [new SimpleSpanProcessor({ exporter })],
	}),
);
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());

beforeEach(() => exporter.reset());
afterAll(() => {
	trace.disable();
	context.disable();
	propagation.disable();
});

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const CALLER = "b7ad6b7169203331";
const QUERY =
	"query Names { contacts(first: 2) { nodes { notes { nodes { body } } } } }";

const spansNamed = (name: string): ReadableSpan[] =>
	exporter.getFinishedSpans().filter((span) => span.name === name);

test("a query is one span below its caller's, with its loads and REST calls below it, and carries the trace on", async () => {
	await using world = await startWorld({ contacts: 2 });
	const sent: string[] = [];
	const hear = (message: unknown) =>
		sent.push((message as { headers: string }).headers);
	subscribe("undici:client:sendHeaders", hear);
	exporter.reset();
	await world.query(QUERY, undefined, {
		headers: { traceparent: `00-${TRACE}-${CALLER}-01` },
	});
	await expect.poll(() => spansNamed("query")).toHaveLength(1);
	unsubscribe("undici:client:sendHeaders", hear);
	const [query] = spansNamed("query");
	expect(query?.spanContext().traceId).toBe(TRACE);
	expect(query?.parentSpanContext?.spanId).toBe(CALLER);
	expect(query?.attributes).toMatchObject({
		"graphql.operation.type": "query",
		"graphql.operation.name": "Names",
		"contact_graph.calls": 3,
	});
	const all = exporter.getFinishedSpans();
	expect(new Set(all.map((span) => span.spanContext().traceId))).toEqual(
		new Set([TRACE]),
	);
	expect(all.map(({ name }) => name).toSorted()).toEqual([
		"GET /contacts/{contactId}/notes",
		"GET /contacts/{contactId}/notes",
		"POST /contacts/search",
		"load contactsPage",
		"load notesByContact",
		"query",
	]);
	const [load] = spansNamed("load notesByContact");
	expect(load?.attributes).toEqual({ "contact_graph.keys": 2 });
	expect(
		spansNamed("GET /contacts/{contactId}/notes").map(
			(span) => span.parentSpanContext?.spanId,
		),
	).toEqual([load?.spanContext().spanId, load?.spanContext().spanId]);
	const [search] = spansNamed("POST /contacts/search");
	expect(search?.attributes).toMatchObject({
		"http.request.method": "POST",
		"url.template": "/contacts/search",
		"http.response.status_code": 200,
		"contact_graph.upstream_trace_id": expect.any(String),
	});
	const call = sent.find((head) => head.startsWith("POST /contacts/search"));
	expect(call).toContain(
		`traceparent: 00-${TRACE}-${search?.spanContext().spanId}-01`,
	);
	expect(world.log.find(({ msg }) => msg === "request")).toMatchObject({
		traceId: TRACE,
	});
});

test("an operation of a WebSocket and a cached response are spans as well", async () => {
	await using world = await startWorld({ contacts: 1 });
	const socket = await greeted(world.url, await world.token());
	socket.say({ id: "q", type: "subscribe", payload: { query: QUERY } });
	await socket.hear("complete", "q");
	await socket.close();
	for (let times = 0; times < 2; times++) await world.query(QUERY);
	await expect.poll(() => spansNamed("query")).toHaveLength(3);
	expect(
		spansNamed("query").map(
			({ attributes }) => attributes["contact_graph.calls"],
		),
	).toEqual([2, 0, 0]);
});

test("whoever joins a read that is under way is linked to it", async () => {
	await using world = await startWorld({ contacts: 1 });
	world.upstream.next({ kind: "slow", delayMs: 500 });
	exporter.reset();
	const one = world.query('{ contact(id: "c1") { email } }');
	await expect.poll(() => world.calls.length).toBe(1);
	const other = world.query('{ contact(id: "c1") { email phone } }');
	await Promise.all([one, other]);
	await expect.poll(() => spansNamed("query")).toHaveLength(2);
	const [load] = spansNamed("load contactById");
	expect(
		spansNamed("query").flatMap(({ links }) =>
			links.map((link) => link.context.spanId),
		),
	).toEqual([load?.spanContext().spanId]);
});

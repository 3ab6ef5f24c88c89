/** Pages in a browser may call: from which origins, with which headers, and what they see of an answer. */

import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";
import { EventSource } from "undici";
import { expect, test } from "vitest";
import { createSender, SENDER_KEYS } from "../support/deliveries.ts";
import { rawAnswer } from "../support/raw-answer.ts";
import { startWorld, type World } from "../support/world.ts";

const preflight = (
	world: World,
	origin: string,
	headers = "authorization,content-type",
) =>
	world.request({
		method: "OPTIONS",
		headers: {
			origin,
			"access-control-request-method": "POST",
			"access-control-request-headers": headers,
		},
	});

const local = { gateway: { cors: { origins: [], localPages: true } } };

test("pages of this machine may call where local pages may, from any port, and no others", async () => {
	await using world = await startWorld(local);
	const allowed = async (origin: string) =>
		(await preflight(world, origin)).headers["access-control-allow-origin"];
	for (const origin of [
		"http://localhost:5173",
		"http://localhost",
		"https://localhost:8443",
		"http://127.0.0.1:3000",
		"http://[::1]:3000",
	])
		expect(await allowed(origin)).toBe(origin);
	for (const origin of [
		"http://localhost.evil.example",
		"http://evil.example",
		"http://localhost:3000.evil.example",
		"http://127.0.0.2",
		"file://localhost",
		"null",
	])
		expect(await allowed(origin)).toBeUndefined();
});

test.each([
	[
		"Apollo's clients",
		"accept,apollographql-client-name,apollographql-client-version,apollo-require-preflight,x-apollo-operation-name,x-apollo-operation-id",
	],
	["Sentry", "sentry-trace,baggage"],
	["OpenTelemetry", "traceparent,tracestate,baggage,b3,x-b3-traceid"],
	[
		"Datadog",
		"x-datadog-trace-id,x-datadog-parent-id,x-datadog-sampling-priority,x-datadog-origin,x-datadog-tags,traceparent",
	],
	[
		"the gateway's own documentation",
		"x-location-id,x-deadline-ms,x-request-id,cache-control,if-none-match,last-event-id,content-encoding",
	],
])("a page may send the headers of %s", async (_, headers) => {
	await using world = await startWorld(local);
	const answer = await preflight(world, "http://localhost:5173", headers);
	const listed = String(answer.headers["access-control-allow-headers"])
		.toLowerCase()
		.split(", ");
	expect(listed).toEqual(expect.arrayContaining(headers.split(",")));
});

test("a page sees when to come back, how old an answer is, its entity tag and its request id, also of a refusal", async () => {
	await using world = await startWorld(local);
	const asked = (token: string | undefined) =>
		world.request({
			path: "/graphql?query=%7B__typename%7D",
			headers: {
				origin: "http://localhost:5173",
				...(token && { authorization: `Bearer ${token}` }),
			},
		});
	for (const token of [await world.token(), undefined]) {
		const { headers } = await asked(token);
		expect(headers["access-control-allow-origin"]).toBe(
			"http://localhost:5173",
		);
		expect(
			String(headers["access-control-expose-headers"]).split(", ").sort(),
		).toEqual(["Age", "ETag", "Retry-After", "X-Request-Id"]);
	}
});

test("what a page may send is told to its preflight alone, not with every answer", async () => {
	await using world = await startWorld(local);
	const names = (headers: object) =>
		Object.keys(headers)
			.filter((name) => name.startsWith("access-control-"))
			.sort();
	expect(
		names((await preflight(world, "http://localhost:5173")).headers),
	).toEqual([
		"access-control-allow-headers",
		"access-control-allow-methods",
		"access-control-allow-origin",
		"access-control-max-age",
	]);
	const headers = {
		origin: "http://localhost:5173",
		authorization: `Bearer ${await world.token()}`,
	};
	for (const accept of ["application/json", "text/event-stream", "image/png"]) {
		const answer = await world.request({
			path: "/graphql?query=%7BrateLimit%7Blimit%7D%7D",
			headers: { ...headers, accept },
		});
		expect(names(answer.headers), accept).toEqual([
			"access-control-allow-origin",
			"access-control-expose-headers",
		]);
	}
});

const CHANGES =
	"subscription ($after: String) { changes(after: $after) { cursor contactId } }";

/** As a page gets one: with a header, and before it opens a stream, which has none. */
const ticketOf = async (world: World, token?: string) => {
	const { status, headers, json } = await world.request({
		method: "POST",
		path: "/graphql/ticket",
		headers: {
			origin: "http://localhost:5173",
			authorization: `Bearer ${token ?? (await world.token())}`,
		},
	});
	expect([status, headers["access-control-allow-origin"]]).toEqual([
		200,
		"http://localhost:5173",
	]);
	return json() as { ticket: string; expiresInSeconds: number };
};

const streamPath = (ticket: string) =>
	`/graphql?${new URLSearchParams({ query: CHANGES, ticket })}`;

const events = {
	gateway: {
		...local.gateway,
		webhooks: { keys: SENDER_KEYS },
		streams: { keepAliveMs: 100 },
	},
};

/** A way to the gateway that can be cut. */
const startWire = async (url: string) => {
	const { hostname, port } = new URL(url);
	const open = new Set<Socket>();
	const server = createServer((near) => {
		const far = connect(Number(port), hostname);
		for (const socket of [near, far]) {
			open.add(socket);
			socket.on("error", () => {});
			socket.on("close", () => {
				open.delete(socket);
				near.destroy();
				far.destroy();
			});
		}
		near.pipe(far).pipe(near);
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		cut() {
			for (const socket of open) socket.destroy();
		},
		close: () => server.close(),
	};
};

test("a plain EventSource with a ticket loses no change when it is cut off, also before its first one", async () => {
	await using world = await startWorld(events);
	const sender = createSender(world.url);
	const wire = await startWire(world.url);
	const { ticket } = await ticketOf(world);
	const source = new EventSource(wire.url + streamPath(ticket));
	const seen: string[] = [];
	let opened = 0;
	source.addEventListener("open", () => opened++);
	source.addEventListener("next", (event) => {
		const { data } = JSON.parse((event as MessageEvent<string>).data);
		if (data) seen.push(data.changes.contactId);
	});
	await expect.poll(() => opened).toBe(1);
	// Where it begins comes with the first bytes; those of another stream, asked later, are here when its own are.
	const { changeCursor } = await world.query("{ changeCursor }");
	expect(await idOf(world)).toBe(changeCursor);
	wire.cut();
	for (const id of ["c1", "c2"]) await sender.tell("ContactUpdate", { id });
	await expect.poll(() => seen, { timeout: 15_000 }).toEqual(["c1", "c2"]);
	await sender.tell("ContactUpdate", { id: "c3" });
	await expect.poll(() => seen).toEqual(["c1", "c2", "c3"]);
	wire.cut();
	for (const id of ["c4", "c5"]) await sender.tell("ContactUpdate", { id });
	await expect
		.poll(() => seen, { timeout: 15_000 })
		.toEqual(["c1", "c2", "c3", "c4", "c5"]);
	expect(opened).toBe(3);
	source.close();
	wire.close();
	await sender.close();
	expect(
		world.log.filter((line) => JSON.stringify(line).includes(ticket)),
	).toEqual([]);
}, 60_000);

/** Of a stream that has just begun. */
const idOf = async (world: World): Promise<string | undefined> => {
	const { body } = await fetch(`${world.url}/graphql`, {
		method: "POST",
		headers: {
			"content-type": "application/json",
			authorization: `Bearer ${await world.token()}`,
			accept: "text/event-stream",
		},
		body: JSON.stringify({ query: CHANGES }),
	});
	let text = "";
	for await (const bytes of body ?? []) {
		text += new TextDecoder().decode(bytes);
		const id = /^id: (.*)$/m.exec(text)?.[1];
		if (id !== undefined) return id;
	}
	return undefined;
};

test("a ticket opens event streams alone, for seconds, and only while its token is good", async () => {
	const clock = { ms: Date.now() };
	const auth = {
		secret: "a-key-for-tests-of-at-least-32-bytes",
		issuer: "contact-graph-tests",
		audience: "contact-graph",
		now: () => clock.ms,
	};
	await using world = await startWorld({
		...events,
		gateway: { ...events.gateway, auth },
	});
	const opens = async (
		path: string,
		headers: Record<string, string> = { accept: "text/event-stream" },
	): Promise<number> => {
		const leaving = new AbortController();
		const { status } = await fetch(world.url + path, {
			headers,
			signal: leaving.signal,
		});
		leaving.abort();
		return status;
	};
	const { ticket, expiresInSeconds } = await ticketOf(world);
	expect(expiresInSeconds).toBeLessThanOrEqual(60);
	expect(await opens(streamPath(ticket))).toBe(200);
	// Not a query, not a mutation, not a header, not another ticket.
	expect(await opens(streamPath(ticket), { accept: "application/json" })).toBe(
		401,
	);
	expect(
		await opens("/graphql?query=%7B__typename%7D", {
			authorization: `Bearer ${ticket}`,
		}),
	).toBe(401);
	expect(await opens(streamPath(`${ticket.slice(0, -2)}xx`))).toBe(401);
	expect(await opens(streamPath(await world.token()))).toBe(401);
	const refused = await world.request({
		method: "POST",
		path: "/graphql/ticket",
	});
	expect([refused.status, refused.headers["www-authenticate"]]).toEqual([
		401,
		'Bearer realm="contact-graph"',
	]);
	expect(
		(await rawAnswer(world.url, { path: "/graphql/ticket", headers: {} }))
			.status,
	).toBe(405);
	clock.ms += (expiresInSeconds + 1) * 1000;
	expect(await opens(streamPath(ticket))).toBe(401);
});

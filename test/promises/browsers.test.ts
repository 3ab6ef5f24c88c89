/** Pages in a browser may call: from which origins, with which headers, and what they see of an answer. */
import { expect, test } from "vitest";
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
		"apollographql-client-name,apollographql-client-version,apollo-require-preflight,x-apollo-operation-name,x-apollo-operation-id",
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

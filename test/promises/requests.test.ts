/** Requests are read as clients send them: their targets, the keys they leave empty, and errors where they look for them. */
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { greeted } from "../support/raw-socket.ts";
import { startWorld, type World } from "../support/world.ts";

const NAME = '{ contact(id: "c1") { contactId } }';
const CONTACT = { contact: { contactId: "c1" } };

const json = async (world: World) => ({
	"content-type": "application/json",
	authorization: `Bearer ${await world.token()}`,
});

/** With a request target that other clients would not let through. */
const sent = async (
	world: World,
	path: string,
	method: string,
	headers: Record<string, string>,
	body = "",
) => {
	const { hostname, port } = new URL(world.url);
	const req = request({ hostname, port, path, method, headers });
	req.end(body);
	const [res] = (await once(req, "response")) as [IncomingMessage];
	return { status: res.statusCode, body: JSON.parse(await text(res)) };
};

test("a target with a slash at its end, or with the whole address, is the one without", async () => {
	await using world = await startWorld({ contacts: 1 });
	const headers = await json(world);
	const body = JSON.stringify({ query: NAME });
	const search = `?query=${encodeURIComponent(NAME)}`;
	for (const base of [
		"",
		world.url,
		"http://proxied.example",
		"HTTP://proxied.example:80",
	]) {
		for (const path of ["/graphql", "/graphql/"]) {
			const posted = await sent(world, base + path, "POST", headers, body);
			expect(posted).toMatchObject({ status: 200, body: { data: CONTACT } });
			const got = await sent(world, base + path + search, "GET", headers);
			expect(got).toMatchObject({ status: 200, body: { data: CONTACT } });
		}
		const live = await sent(world, `${base}/nowhere/`, "GET", headers);
		expect(live.status).toBe(404);
	}
	const socket = await greeted(`${world.url}/graphql/?`, await world.token());
	await socket.close();
});

test("an empty operationName is none, and unknown keys that are null are not there", async () => {
	await using world = await startWorld({ contacts: 1 });
	const headers = await json(world);
	const payload = {
		query: NAME,
		operationName: "",
		id: null,
		doc_id: null,
		documentId: null,
		extensions: null,
	};
	const answer = await world.request({
		method: "POST",
		headers,
		body: JSON.stringify(payload),
	});
	expect([answer.status, answer.json().data]).toEqual([200, CONTACT]);
	const socket = await greeted(world.url, await world.token());
	socket.say({ id: "1", type: "subscribe", payload });
	expect((await socket.hear("next", "1")).payload.data).toEqual(CONTACT);
	await socket.close();
});

test("what is wrong with the operation of an event stream comes as `next`, what is wrong with the request as a status", async () => {
	await using world = await startWorld({ contacts: 1 });
	const headers = { ...(await json(world)), accept: "text/event-stream" };
	const ask = (body: string, more: object = {}) =>
		world.request({ method: "POST", headers: { ...headers, ...more }, body });
	const refusals: [string, string, object?][] = [
		["{ nope }", "GRAPHQL_VALIDATION_FAILED"],
		["{ nope", "GRAPHQL_PARSE_FAILED"],
		["subscription { nope }", "GRAPHQL_VALIDATION_FAILED"],
		['subscription { changes(after: "x") { cursor } }', "BAD_USER_INPUT"],
		["query ($id: ID!) { contact(id: $id) { id } }", "BAD_USER_INPUT"],
		["", "BAD_REQUEST"],
		[
			"subscription { changes { cursor } }",
			"FORBIDDEN",
			{ authorization: `Bearer ${await world.token({ scopes: [] })}` },
		],
	];
	for (const [query, code, more] of refusals) {
		const { status, headers, text } = await ask(
			JSON.stringify({ query }),
			more,
		);
		expect([status, headers["content-type"]]).toEqual([
			200,
			"text/event-stream; charset=utf-8",
		]);
		const [, data = "", end] =
			/^event: next\ndata: (.*)\n\n(event: complete\ndata:\n\n)$/.exec(text) ??
			[];
		expect(end).toBeDefined();
		expect(JSON.parse(data)).toEqual({
			errors: [expect.objectContaining({ message: expect.any(String) })],
		});
		expect(JSON.parse(data).errors[0].extensions.code).toBe(code);
	}
	expect((await ask("{")).status).toBe(400);
	expect((await ask("{}", { authorization: "Bearer x" })).status).toBe(401);
	expect((await ask("{}", { "content-type": "text/plain" })).status).toBe(415);
	expect(world.calls).toBeExactly();
});

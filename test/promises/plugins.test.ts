/** Yoga and Envelop plugins that others wrote work here as they are. */
import { useDisableIntrospection } from "@envelop/disable-introspection";
import { usePersistedOperations } from "@graphql-yoga/plugin-persisted-operations";
import type { Plugin } from "graphql-yoga";
import { expect, test } from "vitest";
import type { YogaPlugin } from "../../src/server/yoga.ts";
import { askInParts, EVENTS } from "../support/in-parts.ts";
import { greeted } from "../support/raw-socket.ts";
import { startWorld, type World } from "../support/world.ts";

const INTROSPECTION = "{ __schema { queryType { name } } }";
const NAME = '{ contact(id: "c1") { contactId } }';
const CONTACT = { contact: { contactId: "c1" } };

const startWith = (...plugins: YogaPlugin[]): Promise<World> =>
	startWorld({ contacts: 1, gateway: { plugins } });

const post = async (world: World, body: object, headers: object = {}) => {
	const raw = await world.request({
		method: "POST",
		headers: {
			"content-type": "application/json",
			authorization: `Bearer ${await world.token()}`,
			...headers,
		},
		body: JSON.stringify(body),
	});
	return { status: raw.status, headers: raw.headers, ...raw.json() };
};

test("a rule that an Envelop plugin adds refuses over HTTP, event streams and WebSocket, and lets the rest pass", async () => {
	await using world = await startWith(useDisableIntrospection());
	const refusal = [
		{
			message:
				'GraphQL introspection has been disabled, but the requested query contained the field "__schema".',
			locations: [{ line: 1, column: 3 }],
			extensions: {
				code: "GRAPHQL_VALIDATION_FAILED",
				retryable: false,
				requestId: expect.any(String),
			},
		},
	];
	const refused = await post(world, { query: INTROSPECTION });
	expect([refused.status, refused.errors[0]]).toEqual([
		400,
		expect.objectContaining(refusal[0] as object),
	]);
	const stream = await askInParts({
		url: world.url,
		token: await world.token(),
		query: INTROSPECTION,
		accept: EVENTS,
	});
	const [told, ...more] = await stream.rest();
	expect(told.errors[0]).toMatchObject(refusal[0] as object);
	expect(more).toEqual([]);
	const socket = await greeted(world.url, await world.token());
	socket.say({ id: "i", type: "subscribe", payload: { query: INTROSPECTION } });
	expect((await socket.hear("error", "i")).payload[0]).toMatchObject(
		refusal[0] as object,
	);
	socket.say({ id: "q", type: "subscribe", payload: { query: NAME } });
	expect((await socket.hear("next", "q")).payload.data).toEqual(CONTACT);
	await socket.close();
	expect(await world.query(NAME)).toEqual(CONTACT);
	expect(world.calls).toBeExactly("GET /contacts/c1");
});

test("a Yoga plugin brings the query of a request that names it alone, also over WebSocket and where the answer is kept", async () => {
	await using world = await startWith(
		usePersistedOperations({
			getPersistedOperation: (hash: string) => (hash === "one" ? NAME : null),
		}),
	);
	const ask = (sha256Hash: string) =>
		post(world, { extensions: { persistedQuery: { version: 1, sha256Hash } } });
	for (const made of [1, 0, 0])
		expect(await ask("one")).toMatchObject({
			status: 200,
			data: CONTACT,
			extensions: { price: { made } },
		});
	expect(world.gateway.cacheStats().answers.hits).toBe(1);
	expect(await ask("two")).toMatchObject({
		status: 400,
		errors: [
			{
				message: "PersistedQueryNotFound",
				extensions: { code: "PERSISTED_QUERY_NOT_IN_LIST" },
			},
		],
	});
	expect(await post(world, { query: NAME })).toMatchObject({
		errors: [{ extensions: { code: "CANNOT_SEND_PQ_ID_AND_BODY" } }],
	});
	const socket = await greeted(world.url, await world.token());
	const say = (id: string, sha256Hash: string) =>
		socket.say({
			id,
			type: "subscribe",
			payload: {
				// The protocol wants one that is a string.
				query: "",
				extensions: { persistedQuery: { version: 1, sha256Hash } },
			},
		});
	say("known", "one");
	expect((await socket.hear("next", "known")).payload.data).toEqual(CONTACT);
	say("unknown", "two");
	expect((await socket.hear("error", "unknown")).payload).toEqual([
		{
			message: "PersistedQueryNotFound",
			extensions: {
				code: "PERSISTED_QUERY_NOT_IN_LIST",
				retryable: false,
				requestId: expect.any(String),
			},
		},
	]);
	await socket.close();
	expect(world.calls).toBeExactly("GET /contacts/c1");
});

test("what a plugin makes of results and responses is what callers get, kept answers included", async () => {
	let seen = 0;
	await using world = await startWith({
		onExecute: () => ({
			onExecuteDone({ result, setResult }) {
				seen++;
				if (Symbol.asyncIterator in result) return;
				setResult({ ...result, extensions: { ...result.extensions, seen } });
			},
		}),
		onResponse({ response }: { response: Response }) {
			response.headers.set("x-seen", "yes");
		},
	} satisfies Plugin);
	for (const time of [1, 2, 3, 4]) {
		const answer = await post(world, { query: NAME });
		expect(answer.headers["x-seen"]).toBe("yes");
		expect(answer).toMatchObject({
			data: CONTACT,
			extensions: { seen: time, price: { made: time === 1 ? 1 : 0 } },
		});
	}
	const socket = await greeted(world.url, await world.token());
	socket.say({ id: "q", type: "subscribe", payload: { query: NAME } });
	expect((await socket.hear("next", "q")).payload).toMatchObject({
		data: CONTACT,
		extensions: { seen: 5 },
	});
	await socket.close();
	expect(world.gateway.cacheStats().answers.hits).toBe(3);
});

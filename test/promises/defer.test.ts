/** What is put off with @defer comes when it is there, and nothing else waits for it; whoever takes no stream gets it all at once. */
import { isDeepStrictEqual } from "node:util";
import {
	GraphQLNonNull,
	GraphQLObjectType,
	GraphQLSchema,
	GraphQLString,
} from "graphql";
import { expect, test } from "vitest";
import { createLog } from "../../src/log.ts";
import { DIRECTIVES } from "../../src/operation/defer.ts";
import { schema } from "../../src/schema.ts";
import { globalId } from "../../src/schema-kit/global-id.ts";
import type { Data } from "../support/ask.ts";
import { createSender, LOCATION, SENDER_KEYS } from "../support/deliveries.ts";
import {
	askInParts,
	EVENTS,
	MULTIPART,
	mergedById,
	mergedByPath,
} from "../support/in-parts.ts";
import { operationsOf } from "../support/operations.ts";
import { callsWhenQuiet } from "../support/quiet.ts";
import { greeted, type RawSocket } from "../support/raw-socket.ts";
import { subscribe } from "../support/subscribers.ts";
import { startWorld, type World } from "../support/world.ts";

const LEGACY = `${MULTIPART};deferSpec=20220824`;
const QUERY =
	'{ contact(id: "c1") { contactId ...@defer(label: "Notes") { notes { nodes { noteId } } } } }';
const NOTES = { path: "/contacts/c1/notes" };
const FIRST = {
	data: { contact: { contactId: "c1" } },
	pending: [{ id: "0", path: ["contact"], label: "Notes" }],
	hasNext: true,
};
const LAST = {
	incremental: [{ id: "0", data: { notes: { nodes: [{ noteId: "n1" }] } } }],
	completed: [{ id: "0" }],
	hasNext: false,
	extensions: { price: { worst: 2, made: 2, saved: 0 } },
};

const ask = async (
	world: World,
	query: string,
	accept = MULTIPART,
	{
		headers = {},
		variables = {},
		token = undefined as string | undefined,
	} = {},
) =>
	askInParts({
		url: world.url,
		token: token ?? (await world.token()),
		query,
		variables,
		accept,
		headers,
	});

/** Asks over a socket, with the ways of an answer over HTTP. */
const askBySocket = async (world: World, query: string) => {
	const socket = await greeted(world.url, await world.token());
	socket.say({ id: "1", type: "subscribe", payload: { query } });
	const parts = () =>
		socket.seen
			.filter(({ type }) => type === "next")
			.map(({ payload }) => payload);
	let read = 0;
	return {
		socket,
		async next(): Promise<Data> {
			await expect
				.poll(() => parts().length, { interval: 5 })
				.toBeGreaterThan(read);
			return parts()[read++];
		},
		async rest(): Promise<Data[]> {
			await socket.hear("complete", "1");
			return parts().slice(read);
		},
	};
};

const WAYS: Readonly<
	Record<
		string,
		(
			world: World,
			query: string,
		) => Promise<{ next(): Promise<Data>; rest(): Promise<Data[]> }>
	>
> = {
	"multipart/mixed": (world, query) => ask(world, query, MULTIPART),
	"text/event-stream": (world, query) => ask(world, query, EVENTS),
	WebSocket: askBySocket,
};

test.each(Object.entries(WAYS))(
	"over %s the first part comes before the API has answered for what is deferred, and the price with the last",
	async (_, askThisWay) => {
		await using world = await startWorld();
		world.upstream.next({ kind: "hold", match: NOTES });
		const answer = await askThisWay(world, QUERY);
		expect(await answer.next()).toEqual(FIRST);
		await world.sandbox.held(1);
		expect(world.calls).toBeExactly(
			"GET /contacts/c1",
			"GET /contacts/c1/notes",
		);
		world.sandbox.release();
		expect(await answer.rest()).toEqual([LAST]);
		expect(world.calls).toHaveLength(2);
	},
);

test.each([
	[LEGACY, 'multipart/mixed; boundary="-"; deferSpec=20220824'],
	[`${EVENTS}; deferSpec=20220824`, "text/event-stream; charset=utf-8"],
])(
	"clients of the older format, %s, get parts with paths and labels",
	async (accept, type) => {
		await using world = await startWorld();
		const answer = await ask(world, QUERY, `${accept}, application/json`);
		expect(answer.headers.get("content-type")).toBe(type);
		const { data, hasNext } = FIRST;
		const { extensions, incremental } = LAST;
		expect(await answer.rest()).toEqual([
			{ data, hasNext },
			{
				incremental: [
					{ data: incremental[0]?.data, path: ["contact"], label: "Notes" },
				],
				hasNext: false,
				extensions,
			},
		]);
	},
);

test.each([
	["multipart/mixed;incrementalSpec=v0.2, application/json", MULTIPART],
	["multipart/mixed; deferSpec=20220824, application/json", MULTIPART],
	[
		"application/graphql-response+json, application/json, text/event-stream, multipart/mixed",
		EVENTS,
	],
	["application/json;q=0.9, multipart/mixed", MULTIPART],
	["text/event-stream, */*", EVENTS],
	["application/json, multipart/mixed;q=0.9", "application/json"],
	["application/json", "application/json"],
	["*/*", "application/json"],
	[
		"application/graphql-response+json, multipart/mixed;incrementalSpec=v9",
		"application/graphql-response+json",
	],
	["multipart/mixed;incrementalSpec=v9", MULTIPART],
])("Accept: %s is answered with %s", async (accept, type) => {
	await using world = await startWorld();
	const answer = await ask(world, QUERY, accept);
	expect(answer.status).toBe(200);
	expect(answer.headers.get("content-type")).toContain(type);
	const parts = await answer.rest();
	expect(parts.length).toBe(type.includes("json") ? 1 : 2);
	expect(JSON.stringify(parts)).toContain("n1");
	expect(answer.headers.get("cache-control")).toBe("no-store");
});

test("whoever takes no stream gets one whole answer, which is kept like any other, and given to those who do as well", async () => {
	await using world = await startWorld();
	const whole = {
		contact: { contactId: "c1", notes: { nodes: [{ noteId: "n1" }] } },
	};
	const cold = await world.answer(QUERY);
	expect(cold).toEqual({
		data: whole,
		extensions: { price: { worst: 2, made: 2, saved: 0 } },
	});
	await world.query(QUERY);
	world.upstream.clearCalls();
	expect(await world.query(QUERY)).toEqual(whole);
	const client = await ask(world, QUERY, `${LEGACY}, application/json`);
	expect(await client.rest()).toMatchObject([{ data: whole }]);
	const socket = await askBySocket(world, QUERY);
	expect(await socket.rest()).toMatchObject([{ data: whole }]);
	expect(world.gateway.cacheStats().answers.hits).toBe(3);
	expect(world.calls).toBeExactly();
});

test("what came in parts is not kept as an answer, but its values are", async () => {
	await using world = await startWorld();
	for (let time = 0; time < 3; time++) {
		const parts = await (await ask(world, QUERY, EVENTS)).rest();
		expect(parts).toHaveLength(2);
		expect(parts[1].extensions.price.made).toBe(time === 0 ? 2 : 0);
	}
	expect(world.calls).toHaveLength(2);
	expect(world.gateway.cacheStats().answers).toEqual({ hits: 0, misses: 0 });
});

test.each<[string, boolean, Record<string, unknown>?]>([
	['{ contact(id: "c1") { ...@defer(if: false) { name } } }', false],
	[
		'query ($d: Boolean!) { contact(id: "c1") { ...@defer(if: $d) { name } } }',
		false,
		{ d: false },
	],
	[
		'query ($d: Boolean! = false) { contact(id: "c1") { ...@defer(if: $d) { name } } }',
		false,
	],
	[
		'query ($d: Boolean! = false) { contact(id: "c1") { ...@defer(if: $d) { name } } }',
		true,
		{ d: true },
	],
	[
		'query { contact(id: "c1") { ...C @defer } } fragment C on Contact { name }',
		true,
	],
])("%s comes in parts: %s", async (query, isInParts, variables = {}) => {
	await using world = await startWorld();
	const answer = await ask(world, query, "multipart/mixed, application/json", {
		variables,
	});
	expect(await answer.rest()).toHaveLength(isInParts ? 2 : 1);
	expect(answer.headers.get("content-type")).toContain(
		isInParts ? MULTIPART : "application/json",
	);
});

test("what is deferred for many contacts at once is asked for at once, and comes in one part", async () => {
	await using world = await startWorld({ contacts: 5 });
	const answer = await ask(
		world,
		"{ contacts(first: 5) { nodes { contactId ...@defer { tasks { nodes { taskId } } } } } }",
	);
	const parts = await answer.rest();
	expect(parts.map(({ incremental }) => incremental?.length)).toEqual([
		undefined,
		5,
	]);
	expect(world.calls).toBeExactly(
		"POST /contacts/search",
		"POST /locations/sandbox-location-1/tasks/search",
	);
	expect(parts[1].extensions.price.made).toBe(2);
});

test("deferred fields are held to scopes, price and limits before any call", async () => {
	await using world = await startWorld({
		gateway: {
			priceCeiling: 10,
			limits: {
				bodyBytes: 100_000,
				depth: 6,
				aliases: 5,
				rootFields: 5,
				directives: 3,
				tokens: 500,
				pageSize: 50,
			},
		},
	});
	const code = async (query: string, scopes = ["contacts.readonly"]) => {
		const answer = await ask(world, query, MULTIPART, {
			token: await world.token({ scopes }),
		});
		return [answer.status, (await answer.next()).errors[0].extensions.code];
	};
	expect(await code(QUERY, [])).toEqual([403, "FORBIDDEN"]);
	expect(
		await code(
			"{ contacts(first: 20) { nodes { ...@defer { notes { nodes { body } } } } } }",
		),
	).toEqual([400, "PRICE_TOO_HIGH"]);
	expect(
		await code("{ ...@defer { contacts(first: 51) { nodes { name } } } }"),
	).toEqual([400, "LIMIT_EXCEEDED"]);
	expect(
		await code(
			'{ contact(id: "c1") { ...@defer { name } ...@defer { id } ...@defer { city } ...@defer { state } } }',
		),
	).toEqual([400, "LIMIT_EXCEEDED"]);
	expect(world.calls).toBeExactly();
});

test.each([
	[
		"a label that is used twice",
		'{ contact(id: "c1") { ...@defer(label: "a") { id } ...@defer(label: "a") { name } } }',
		"must be unique",
	],
	[
		"what a mutation does",
		'mutation { ...@defer { createTag(input: { name: "x" }) { userErrors { message } } } }',
		"cannot be used on root mutation type",
	],
	[
		"changes",
		"subscription { changes { ...@defer { cursor } } }",
		"not supported on subscription operations",
	],
	[
		"@stream, which there is not",
		"{ contacts { nodes @stream { name } } }",
		'Unknown directive "@stream"',
	],
])("%s is refused as invalid", async (_, query, words) => {
	await using world = await startWorld();
	const [error] = await world.fails(query);
	expect(error?.extensions?.code).toBe("GRAPHQL_VALIDATION_FAILED");
	expect(error?.message).toContain(words);
});

test("a deferred call that fails costs its field, with an error that says as much as elsewhere", async () => {
	await using world = await startWorld();
	for (const format of [MULTIPART, LEGACY]) {
		world.upstream.next({ kind: "status", status: 400, match: NOTES });
		const answer = await ask(world, QUERY, format, {
			headers: { "cache-control": "no-store" },
		});
		const parts = await answer.rest();
		expect(parts[0].errors).toBeUndefined();
		expect(parts[1].errors).toBeUndefined();
		const [{ data, errors }] = parts[1].incremental;
		expect(data).toEqual({ notes: null });
		expect(errors).toEqual([
			{
				message: expect.stringContaining("refused"),
				path: ["contact", "notes"],
				locations: [{ line: 1, column: 61 }],
				extensions: expect.objectContaining({
					code: "UPSTREAM_REJECTED",
					requestId: answer.headers.get("x-request-id"),
				}),
			},
		]);
	}
});

/** A graph with a bug behind fields that may be null and fields that may not. */
const BROKEN = new GraphQLSchema({
	directives: DIRECTIVES,
	query: new GraphQLObjectType({
		name: "Query",
		fields: {
			fine: { type: GraphQLString, resolve: () => "fine" },
			bug: { type: GraphQLString, resolve: bug },
			strict: { type: new GraphQLNonNull(GraphQLString), resolve: bug },
		},
	}),
});

function bug(): never {
	throw new TypeError("secret at /srv/db");
}

test.each([
	...Object.entries(WAYS),
	[
		"the older format",
		(world: World, query: string) => ask(world, query, LEGACY),
	],
] as const)(
	"a bug behind a deferred field is masked over %s, and fails its fragment alone",
	async (way, askThisWay) => {
		await using world = await startWorld({ gateway: { schema: BROKEN } });
		const answer = await askThisWay(
			world,
			"{ fine now: bug ...@defer { bug } ...@defer { strict } }",
		);
		const parts = await answer.rest();
		const merged = (way === "the older format" ? mergedByPath : mergedById)(
			parts,
		);
		expect(merged.data).toEqual({ fine: "fine", now: null, bug: null });
		expect(
			merged.errors.map(({ message, path, extensions }: Data) => [
				message,
				path,
				extensions.code,
			]),
		).toEqual([
			["Unexpected error.", ["now"], "INTERNAL_SERVER_ERROR"],
			["Unexpected error.", ["bug"], "INTERNAL_SERVER_ERROR"],
			["Unexpected error.", ["strict"], "INTERNAL_SERVER_ERROR"],
		]);
		expect(JSON.stringify(parts)).not.toContain("secret");
		expect(JSON.stringify(world.log)).toContain("secret at /srv/db");
	},
);

test.each(Object.entries(WAYS))(
	"what is deferred and not there by the deadline says so in its part, over %s",
	async (_, askThisWay) => {
		await using world = await startWorld({ gateway: { deadlineMs: 150 } });
		world.upstream.next({ kind: "hold", match: NOTES });
		const began = performance.now();
		const answer = await askThisWay(world, QUERY);
		const { data, errors } = mergedById(await answer.rest());
		expect(performance.now() - began).toBeLessThan(1500);
		expect(data).toEqual({ contact: { contactId: "c1", notes: null } });
		expect(errors).toMatchObject([
			{
				message: expect.stringContaining("150 ms"),
				path: ["contact", "notes"],
				extensions: { code: "DEADLINE_EXCEEDED", deadlineMs: 150 },
			},
		]);
	},
);

/** A world with one connection to the API: a call that is held and not cut off keeps everybody out. */
const startNarrow = () =>
	startWorld({ contactsApi: { connections: 1, timeoutMs: 10_000 } });

const expectConnection = async (world: World) =>
	expect(
		await world.query('{ contact(id: "c2") { contactId } }', undefined, {
			headers: { "x-deadline-ms": "2000" },
		}),
	).toEqual({ contact: { contactId: "c2" } });

test.each([MULTIPART, EVENTS])(
	"a caller who leaves behind the first part of %s cuts off the calls of the others",
	async (accept) => {
		await using world = await startNarrow();
		world.upstream.next({ kind: "hold", match: NOTES });
		const answer = await ask(world, QUERY, accept);
		expect(await answer.next()).toEqual(FIRST);
		await world.sandbox.held(1);
		answer.leave();
		await expectConnection(world);
		await world.until(
			() => world.log.some(({ callerLeft }) => callerLeft === true),
			"the gateway to know that its caller has left",
		);
	},
);

test.each<[string, (socket: RawSocket) => void]>([
	["completes the operation", ({ say }) => say({ id: "1", type: "complete" })],
	["closes the socket", ({ ws }) => ws.close()],
])(
	"a client that %s behind the first part cuts off the calls of the others",
	async (_, leave) => {
		await using world = await startNarrow();
		world.upstream.next({ kind: "hold", match: NOTES });
		const { socket, next } = await askBySocket(world, QUERY);
		expect(await next()).toEqual(FIRST);
		await world.sandbox.held(1);
		leave(socket);
		await expectConnection(world);
		world.sandbox.release();
		await socket.close();
		expect(socket.seen.filter(({ id }) => id === "1")).toHaveLength(1);
	},
);

test("calls that became of no use are counted all the same, and nothing is made behind the last part", async () => {
	await using world = await startWorld();
	world.upstream.next({ kind: "hold" });
	const asked = ask(
		world,
		'{ contact(id: "c1") { ...@defer { name } } changes(after: "none") { totalCount } }',
	);
	await world.sandbox.held(1);
	world.sandbox.release();
	const [part, ...more] = await (await asked).rest();
	expect(more).toEqual([]);
	expect(part.data).toBeNull();
	expect(part.errors[0].path).toEqual(["changes"]);
	expect(part.extensions.price.made).toBe(1);
});

test("the last part tells that there are values past their bound, while the API is down", async () => {
	let passed = 0;
	await using world = await startWorld({
		gateway: { cache: { now: () => Date.now() + passed } },
	});
	const before = mergedById(await (await ask(world, QUERY)).rest());
	passed = 301_000;
	world.upstream.next({ kind: "drop", count: 100 });
	const parts = await (await ask(world, QUERY)).rest();
	expect(mergedById(parts).data).toEqual(before.data);
	// Where they are only the compiled plans can tell.
	expect(parts.map(({ extensions }) => extensions?.stale)).toEqual([
		undefined,
		[[]],
	]);
});

test("what a mutation wrote can be read in parts", async () => {
	await using world = await startWorld();
	const answer = await ask(
		world,
		'mutation { updateContact(input: { contactId: "c1", firstName: "Ada" }) { userErrors { message } ...@defer { contact { firstName ...@defer { notes { nodes { noteId } } } } } } }',
	);
	const parts = await answer.rest();
	expect(parts[0].data).toEqual({ updateContact: { userErrors: [] } });
	expect(mergedById(parts)).toEqual({
		data: {
			updateContact: {
				userErrors: [],
				contact: { firstName: "Ada", notes: { nodes: [{ noteId: "n1" }] } },
			},
		},
		extensions: {
			price: expect.objectContaining({ made: world.calls.length }),
		},
	});
});

test("a change is told in one piece, also where its @defer hangs on a variable", async () => {
	await using world = await startWorld({
		gateway: { webhooks: { keys: SENDER_KEYS } },
	});
	const sender = createSender(world.url);
	const one = await subscribe({
		url: world.url,
		token: await world.token(),
		transport: "WebSocket",
		query:
			"subscription ($d: Boolean!) { changes { contactId ...@defer(if: $d) { contact { contactId } } } }",
		variables: { d: true },
	});
	await world.until(() => world.gateway.subscriptions === 1, "it to run");
	await sender.tell("ContactUpdate", { id: "c1" });
	expect(await one.next("a change")).toEqual({
		changes: { contactId: "c1", contact: { contactId: "c1" } },
	});
	await one.close();
	await sender.close();
});

test("a query without @defer is one part for those who take nothing but a stream", async () => {
	await using world = await startWorld();
	const query = '{ contact(id: "c1") { contactId } }';
	const whole = await world.answer(query);
	for (const accept of [MULTIPART, EVENTS]) {
		const answer = await ask(world, query, accept);
		expect(answer.headers.get("content-type")).toContain(accept);
		expect(await answer.rest()).toEqual([
			{
				data: whole.data,
				extensions: { price: { worst: 1, made: 0, saved: 1 } },
			},
		]);
	}
});

const RANDOM = 300;
const ALL_SCOPES = [
	"contacts.readonly",
	"contacts.write",
	"contacts.ssn.readonly",
	"calendars/events.write",
	"locations/tags.write",
	"operator",
];
const IDS = ["c1", "c2", "c3", "c4", "c5", "nope"];
const POOLS = {
	"contact.id": IDS,
	"appointment.id": ["a1", "a2", "nope"],
	"business.id": ["b1", "b2", "nope"],
	"node.id": IDS.map((id) => globalId("Contact", LOCATION, id)),
	ids: IDS.map((id) => globalId("Contact", LOCATION, id)),
	contactIds: IDS,
	first: [1, 2, 3, 4, 5, 6],
	last: [1, 2],
};

test(`${RANDOM} random queries say in parts what they say whole, for no more than their price`, {
	timeout: 120_000,
}, async () => {
	await using world = await startWorld({
		contacts: 5,
		gateway: {
			limits: {
				bodyBytes: 1_000_000,
				depth: 40,
				aliases: 500,
				rootFields: 50,
				directives: 500,
				tokens: 20_000,
				pageSize: 100,
			},
			priceCeiling: 1_000_000,
			log: createLog({ level: "silent" }),
		},
	});
	const token = await world.token({ scopes: ALL_SCOPES });
	const random = operationsOf(schema, POOLS, 3, "query", 0.35);
	const headers = { "cache-control": "no-store" };
	const wrong: string[] = [];
	const seen = { parts: 0, compared: 0 };
	for (let nth = 0; nth < RANDOM; nth++) {
		const { query, variables } = random();
		const whole = await world.answer(query, variables, {
			headers,
			token,
		});
		await callsWhenQuiet(world);
		world.upstream.clearCalls();
		const isOlder = nth % 2 === 1;
		const answer = await ask(world, query, isOlder ? LEGACY : EVENTS, {
			headers,
			variables,
			token,
		});
		const parts = await answer.rest();
		seen.parts += parts.length;
		const made = await callsWhenQuiet(world);
		const merged = (isOlder ? mergedByPath : mergedById)(parts);
		const { price } = merged.extensions;
		if (made > price.worst) wrong.push(`${made} > ${price.worst}: ${query}`);
		if (parts.length > 1 && made !== price.made)
			wrong.push(`${made} calls, told as ${price.made}: ${query}`);
		if (!whole.errors !== !merged.errors) wrong.push(`errors: ${query}`);
		// A null that must not be goes up to the fragment, and not beyond it.
		if (whole.errors || /rateLimit|changeCursor/.test(query)) continue;
		seen.compared++;
		if (!isDeepStrictEqual(merged.data, whole.data))
			wrong.push(`data: ${query} ${JSON.stringify(variables)}`);
	}
	expect(wrong.slice(0, 5)).toEqual([]);
	expect(seen.parts).toBeGreaterThan(RANDOM * 1.3);
	expect(seen.compared).toBeGreaterThan(RANDOM * 0.4);
});

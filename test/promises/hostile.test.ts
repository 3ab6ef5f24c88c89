/** Requests that are written to cost more than they pay for are refused, in words, over every transport. What they cost is for `npm run bench -- hostile`. */
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Data, RawRequest } from "../support/ask.ts";
import {
	HOSTILE_REQUESTS,
	type HostileRequest,
	type Parameters,
} from "../support/hostile-requests.ts";
import { greeted } from "../support/raw-socket.ts";
import { startWorld, type World } from "../support/world.ts";

const MOST_ERRORS = 100;
// A few of each level, one that says there are more, and the request's own.
const MOST_LINES = 12;
const MOST_LOGGED = 40_000;
const LONGEST_ADDRESS = 16_000;

let world: World;
let authorization: string;
beforeAll(async () => {
	world = await startWorld({
		contacts: 3,
		gateway: {
			// Those of a gateway whose operator sets none.
			limits: {
				bodyBytes: 262_144,
				depth: 15,
				aliases: 50,
				rootFields: 20,
				directives: 50,
				tokens: 2000,
				pageSize: 100,
			},
		},
	});
	authorization = `Bearer ${await world.token()}`;
});
afterAll(() => world[Symbol.asyncDispose]());

/** What came, as far as it is alike over all transports. */
interface Seen {
	readonly errors: readonly Data[];
	readonly characters: number;
	/** Of a socket that was closed for it. */
	readonly closed?: { readonly code: number; readonly reason: string };
}

let salt = 0;

const overHttp = async (request: RawRequest): Promise<Seen> => {
	const raw = await world.request({
		...request,
		headers: {
			authorization,
			"content-type": "application/json",
			accept: "application/graphql-response+json",
			...request.headers,
		},
	});
	const isStream = /event-stream|multipart/.test(
		String(raw.headers["content-type"]),
	);
	const parts = isStream ? eventsIn(raw.text) : [raw.json()];
	return {
		errors: parts.flatMap(({ errors }) => errors ?? []),
		characters: raw.text.length,
	};
};

const eventsIn = (text: string): Data[] =>
	[...text.matchAll(/^(?:data: )?(\{.*\})\r?$/gm)].map(([, data = ""]) =>
		JSON.parse(data),
	);

const overSocket = async (payload: string): Promise<Seen> => {
	const socket = await greeted(world.url, authorization.slice(7));
	socket.ws.send(`{"id":"1","type":"subscribe","payload":${payload}}`);
	const ended = once(socket.ws, "close").then(() => undefined);
	const answered = new Promise<Data>((resolve) =>
		socket.ws.on("message", (data) => {
			const message = JSON.parse(String(data));
			if (/^(error|complete)$/.test(message.type)) resolve(message);
		}),
	);
	const last = await Promise.race([ended, answered]);
	if (!last) return { errors: [], characters: 0, closed: await socket.closed };
	await socket.close();
	const errors = socket.seen.flatMap(({ type, payload: said }) =>
		type === "error" ? said : (said?.errors ?? []),
	);
	return { errors, characters: JSON.stringify(socket.seen).length };
};

const address = ({ query, variables, operationName, extensions }: Parameters) =>
	`/graphql?${new URLSearchParams({
		query,
		...(operationName !== undefined && { operationName }),
		...(variables !== undefined && { variables: JSON.stringify(variables) }),
		...(extensions !== undefined && { extensions: JSON.stringify(extensions) }),
	})}`;

type Ways = Readonly<Record<string, () => Promise<Seen>>>;

const waysOf = ({ parameters, body, headers }: HostileRequest): Ways => {
	const post = (text: string, more: Readonly<Record<string, string>> = {}) =>
		overHttp({ method: "POST", body: text, headers: more });
	if (headers)
		return {
			POST: () => post('{"query":"{ __typename }"}', headers(salt++)),
		};
	if (body)
		return {
			POST: () => post(body(salt++)),
			WebSocket: () => overSocket(body(salt++)),
		};
	if (!parameters) return {};
	const text = () => JSON.stringify(parameters(salt++));
	const isShort = address(parameters(0)).length < LONGEST_ADDRESS;
	return {
		POST: () => post(text()),
		SSE: () => post(text(), { accept: "text/event-stream" }),
		"in parts": () => post(text(), { accept: "multipart/mixed" }),
		WebSocket: () => overSocket(text()),
		...(isShort && {
			GET: () => overHttp({ path: address(parameters(salt++)) }),
		}),
	};
};

describe("what costs more than it pays for", () => {
	for (const one of HOSTILE_REQUESTS)
		test(one.name, async () => {
			for (const [way, send] of Object.entries(waysOf(one))) {
				world.upstream.clearCalls();
				const before = world.log.length;
				const seen = await send();
				const { errors, closed, characters } = seen;
				const code = errors[0]?.extensions?.code;
				const said = `${way}: ${JSON.stringify(closed ?? errors.slice(0, 2)).slice(0, 400)}`;
				// JSON that is refused before it is read belongs to no operation yet: the socket says why it closes.
				if (closed) expect(closed.code, said).toBe(4400);
				else expect(code, said).toBe(one.code);
				expect(errors.length, said).toBeLessThanOrEqual(MOST_ERRORS);
				expect(world.calls.length, said).toBeLessThanOrEqual(one.calls ?? 0);
				const lines = world.log.slice(before);
				expect(lines.length, said).toBeLessThanOrEqual(MOST_LINES);
				expect(JSON.stringify(lines).length, said).toBeLessThan(MOST_LOGGED);
				if (one.code !== undefined)
					expect(characters, said).toBeLessThan(MOST_LOGGED);
			}
		});
});

test("an outage in every row of an answer is a hundred errors and a few lines of log, over every transport", async () => {
	await using many = await startWorld({
		contacts: 80,
	});
	const failing = "notes { nodes { body } } appointments { nodes { title } }";
	const query = `{ contacts(first: 80) { nodes { id ${failing} } } }`;
	const token = await many.token();
	const ask = (accept: string) =>
		many.request({
			method: "POST",
			headers: {
				authorization: `Bearer ${token}`,
				"content-type": "application/json",
				accept,
			},
			body: JSON.stringify({ query }),
		});
	const overPost = async (accept: string) =>
		eventsIn((await ask(accept)).text).flatMap(({ errors }) => errors);
	const overSocket = async () => {
		const socket = await greeted(many.url, token);
		socket.say({ id: "1", type: "subscribe", payload: { query } });
		const { payload } = await socket.hear("next", "1");
		await socket.close();
		return payload.errors;
	};
	for (const answered of [
		() => overPost("application/json"),
		() => overPost("text/event-stream"),
		overSocket,
	]) {
		many.upstream.next({
			kind: "status",
			status: 400,
			count: 160,
			match: { method: "GET" },
		});
		const before = many.log.length;
		const errors = await answered();
		expect(errors).toHaveLength(MOST_ERRORS);
		expect(errors.at(-1).message).toBe(
			"61 more errors of this answer are left out.",
		);
		const lines = many.log.slice(before).filter(({ err }) => err);
		expect(lines.length).toBeLessThanOrEqual(MOST_LINES);
	}
});

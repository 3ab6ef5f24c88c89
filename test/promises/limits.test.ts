/** Whatever is sent, the answer is a 4xx with a GraphQL error: never a 5xx, never a dropped socket, never a call upstream. */
import { connect } from "node:net";
import {
	GraphQLInt,
	GraphQLObjectType,
	GraphQLSchema,
	getIntrospectionQuery,
} from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GatewayOptions } from "../../src/gateway-options.ts";
import type { Raw } from "../support/ask.ts";
import { startWorld, type World } from "../support/world.ts";

const LIMITS: GatewayOptions["limits"] = {
	bodyBytes: 20_000,
	depth: 6,
	aliases: 4,
	rootFields: 3,
	directives: 2,
	tokens: 600,
	pageSize: 10,
};

let world: World;
let authorization: string;
beforeAll(async () => {
	world = await startWorld({
		contacts: 1,
		gateway: {
			limits: LIMITS,
			timeouts: { headersMs: 300, requestMs: 600, checkMs: 50 },
		},
	});
	authorization = `Bearer ${await world.token()}`;
});
afterAll(() => world[Symbol.asyncDispose]());

const post = (body: string, headers: Record<string, string> = {}) =>
	world.request({
		method: "POST",
		headers: { authorization, "content-type": "application/json", ...headers },
		body,
	});

const ask = (query: string, variables?: object) =>
	post(JSON.stringify({ query, variables }));

const WORDS: Record<string, RegExp> = {
	depth: /levels of fields/,
	"depth in fragments": /levels of fields/,
	"aliases in fragments": / aliases /,
	"root fields in fragments": / root fields /,
	"page size": /^first of Query\.contacts /,
	"ids at once": /^ids of Query\.nodes /,
};

/** This many fields, few of one name, since pairs of those are limited as well. */
const fields = (count: number) =>
	times(count, (i) => ["id", "contactId", "name", "email"][i % 4] as string);

const times = (count: number, one: (index: number) => string) =>
	Array.from({ length: count }, (_, index) => one(index)).join(" ");

const nested = (levels: number) =>
	`{ contact(id: "c1") ${"{ tasks { nodes { contact ".repeat(levels)} { contactId } ${"} } }".repeat(levels)} }`;

/** Levels two to six, and further. */
const deep = (last: string) =>
	`fragment d on Contact { tasks { nodes { contact { business { ${last} } } } } }`;

/** A GraphQL error of this code, and nothing asked of the Contacts API. */
const expectRefusal = (raw: Raw, status: number, code: string) => {
	expect(raw.status).toBe(status);
	expect(raw.headers["content-type"]).toMatch(
		/^application\/(graphql-response\+)?json/,
	);
	const { errors, data } = raw.json();
	expect(errors[0].extensions).toMatchObject({
		code,
		requestId: raw.headers["x-request-id"],
	});
	expect(data).toBeUndefined();
	expect(world.calls).toBeExactly();
	return errors[0];
};

describe("each limit lets pass what it names and refuses one more", () => {
	const id = "fragment f on Contact { id }";
	const cases: Record<string, { inside: string; outside: string }> = {
		depth: {
			inside: nested(1).replace("contactId", "business { name }"),
			outside: nested(1).replace(
				"contactId",
				"business { contacts { totalCount } }",
			),
		},
		"depth in fragments": {
			inside: `{ contact(id: "c1") { ...d } } ${deep("name")}`,
			outside: `{ contact(id: "c1") { ...d } } ${deep("contacts { totalCount }")}`,
		},
		aliases: {
			inside: `{ contact(id: "c1") { ${times(4, (i) => `a${i}: id`)} } }`,
			outside: `{ contact(id: "c1") { ${times(5, (i) => `a${i}: id`)} } }`,
		},
		"aliases in fragments": {
			inside: `{ a: contact(id: "c1") { ...g } b: contact(id: "c1") { ...g } } fragment g on Contact { x: id }`,
			outside: `{ a: contact(id: "c1") { ...g } b: contact(id: "c1") { ...g } } fragment g on Contact { x: id y: id }`,
		},
		"root fields": {
			inside: `{ ${times(3, () => "__typename")} }`,
			outside: `{ ${times(4, () => "__typename")} }`,
		},
		"root fields in fragments": {
			inside:
				"{ ...r } fragment r on Query { __typename ...s } fragment s on Query { __typename }",
			outside:
				"{ ...r ...r } fragment r on Query { __typename ...s } fragment s on Query { __typename }",
		},
		directives: {
			inside: "{ __typename @skip(if: false) @include(if: true) }",
			outside:
				"{ __typename @skip(if: false) @include(if: true) ...f @skip(if: true) } fragment f on Query { __typename }",
		},
		tokens: {
			inside: `{ contact(id: "c1") { ${fields(590)} } }`,
			outside: `{ contact(id: "c1") { ${fields(591)} } }`,
		},
		"page size": {
			inside: "{ contacts(first: 10) { totalCount } }",
			outside: "{ contacts(first: 11) { totalCount } }",
		},
		"ids at once": {
			inside: `{ nodes(ids: [${times(10, () => '"x"')}]) { id } }`,
			outside: `{ nodes(ids: [${times(11, () => '"x"')}]) { id } }`,
		},
		"pairs of fields": {
			inside: `{ contact(id: "c1") { ${times(316, () => "id")} } }`,
			outside: `{ contact(id: "c1") { ${times(317, () => "id")} } }`,
		},
		"selections with fragments expanded": {
			inside: `{ contact(id: "c1") { ...f0 } } ${doubling(7)} ${id.replace(" f ", " f7 ")}`,
			outside: `{ contact(id: "c1") { ...f0 } } ${doubling(9)} ${id.replace(" f ", " f9 ")}`,
		},
	};
	for (const [name, { inside, outside }] of Object.entries(cases))
		test(name, async () => {
			const passed = await ask(inside);
			expect(passed.json().errors ?? []).not.toContainEqual(
				expect.objectContaining({
					extensions: expect.objectContaining({ code: "LIMIT_EXCEEDED" }),
				}),
			);
			expect(passed.status).toBe(200);
			world.upstream.clearCalls();
			const error = expectRefusal(await ask(outside), 400, "LIMIT_EXCEEDED");
			expect(error.extensions.limit).toBeTypeOf("number");
			expect(error.message).toContain(`${error.extensions.limit}`);
			expect(error.message).toMatch(WORDS[name] ?? new RegExp(` ${name} `));
		});

	test("page size in a variable, in its default, and in a fragment", async () => {
		const query =
			"query($n: Int = 11) { ...c } fragment c on Query { contacts(first: $n) { totalCount } }";
		expectRefusal(await ask(query), 400, "LIMIT_EXCEEDED");
		expectRefusal(await ask(query, { n: 12 }), 400, "LIMIT_EXCEEDED");
		expect((await ask(query, { n: 10 })).status).toBe(200);
		world.upstream.clearCalls();
	});

	test("body bytes, announced or not", async () => {
		const body = (bytes: number) => {
			const frame = JSON.stringify({ query: "{ __typename }#" });
			return frame.replace("#", `#${"x".repeat(bytes - frame.length)}`);
		};
		const inside = await post(body(LIMITS.bodyBytes));
		expect(inside.json()).toMatchObject({ data: { __typename: "Query" } });
		expectRefusal(
			await post(body(LIMITS.bodyBytes + 1)),
			413,
			"PAYLOAD_TOO_LARGE",
		);
		expectRefusal(await post(body(3_000_000)), 413, "PAYLOAD_TOO_LARGE");
		expect(await talk(head("Content-Length: 3000000"))).toMatch(
			/^HTTP\/1\.1 413 /,
		);
		const chunk = `186a0\r\n${"x".repeat(100_000)}\r\n`;
		const answer = await talk(
			`${head("Transfer-Encoding: chunked")}${chunk.repeat(10)}0\r\n\r\n`,
		);
		expect(answer).toMatch(/^HTTP\/1\.1 413 /);
		expect(answer).toContain("PAYLOAD_TOO_LARGE");
	});
});

describe("what overflows a stack or takes for ever elsewhere", () => {
	const big = { bodyBytes: 1_000_000, tokens: 100_000, aliases: 100_000 };
	const wide = { ...LIMITS, ...big, rootFields: 100_000, depth: 50 };
	let roomy: World;
	let token: string;
	beforeAll(async () => {
		roomy = await startWorld({ contacts: 1, gateway: { limits: wide } });
		token = await roomy.token();
	});
	afterAll(() => roomy[Symbol.asyncDispose]());

	const open = 'query($j: [ID!]!) { contact(id: "x") { ...f0 } }';
	const circle = (count: number) =>
		times(
			count,
			(i) => `fragment f${i} on Contact { ${times(count, (j) => `...f${j}`)} }`,
		);
	const OTHER_CODES: Record<string, string> = {
		"fragments in a circle": "GRAPHQL_VALIDATION_FAILED",
		"fragments that all spread one another": "GRAPHQL_VALIDATION_FAILED",
	};
	const bodies: Record<string, string> = {
		"20,000 selection sets": JSON.stringify({ query: "{a".repeat(20_000) }),
		"closed selection sets": JSON.stringify({
			query: `${"{a".repeat(20_000)}${"}".repeat(20_000)}`,
		}),
		"100,000 list literals": JSON.stringify({
			query: `{ contact(id: ${"[".repeat(100_000)}`,
		}),
		"100,000 object literals": JSON.stringify({
			query: `{ contact(id: ${"{a:".repeat(100_000)}`,
		}),
		"list types": JSON.stringify({
			query: `query($a: ${"[".repeat(50_000)}`,
		}),
		"brackets behind a comment and strings": JSON.stringify({
			query: `# }}}\n{ a(b: "}}\\"}", c: """ \\""" }} """) ${"{a".repeat(9000)}`,
		}),
		"lists in variables": `{"query":"{ __typename }","variables":{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}}`,
		"objects in variables": `{"query":"{ __typename }","variables":${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}}`,
		"objects in extensions": `{"query":"{ __typename }","extensions":${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}}`,
		"a body of brackets": "[".repeat(900_000),
		"fragments doubling": JSON.stringify({
			query: `${open} ${doubling(60)} fragment f60 on Contact { id }`,
		}),
		"fragments doubling with nothing in them": JSON.stringify({
			query: `${open} ${doubling(60)} fragment f60 on Contact { }`,
		}),
		"fragments doubling that nobody spreads": JSON.stringify({
			query: `{ __typename } ${doubling(60)} fragment f60 on Contact { id }`,
		}),
		"fragments in a circle": JSON.stringify({
			query: `${open} fragment f0 on Contact { ...f1 } fragment f1 on Contact { ...f0 }`,
		}),
		"fragments that all spread one another": JSON.stringify({
			query: `${open} ${circle(40)}`,
		}),
		"a long chain of fragments": JSON.stringify({
			query: `${open} ${times(9000, (i) => `fragment f${i} on Contact { ...f${i + 1} }`)} fragment f9000 on Contact { id }`,
		}),
		"one field 20,000 times": JSON.stringify({
			query: `{ contact(id: "x") { ${"id ".repeat(20_000)} } }`,
		}),
		"one field often in two fragments of one name": JSON.stringify({
			query: `{ ...f } fragment f on Query { ${"__typename ".repeat(9000)} } fragment f on Query { __typename }`,
		}),
		"an introspection of introspection": JSON.stringify({
			query: `{ __schema ${"{ types { fields { type ".repeat(5)} { name } ${"} } }".repeat(5)} }`,
		}),
	};
	for (const [name, body] of Object.entries(bodies))
		test(name, async () => {
			const startedAt = performance.now();
			const raw = await roomy.request({
				method: "POST",
				headers: {
					authorization: `Bearer ${token}`,
					"content-type": "application/json",
					accept: "application/graphql-response+json",
				},
				body,
			});
			expect(raw.status).toBe(400);
			expect(raw.json().errors[0].extensions.code).toBe(
				OTHER_CODES[name] ?? "LIMIT_EXCEEDED",
			);
			expect(performance.now() - startedAt).toBeLessThan(1000);
			expect(roomy.calls).toBeExactly();
		});

	test("the introspection of GraphiQL and of code generators still passes", async () => {
		const { errors, data } = await roomy.answer(
			getIntrospectionQuery({ inputValueDeprecation: true }),
		);
		expect(errors).toBeUndefined();
		expect(data.__schema.types.length).toBeGreaterThan(10);
	});

	test("where it is off, nothing of the schema is told, and all else works", async () => {
		await using world = await startWorld({
			contacts: 1,
			gateway: { introspection: false },
		});
		for (const query of [
			getIntrospectionQuery(),
			'{ contacts { totalCount } type: __type(name: "Contact") { name } }',
			"query { ...Hidden } fragment Hidden on Query { __schema { queryType { name } } }",
		])
			for (let times = 0; times < 2; times++) {
				const [error] = await world.fails(query);
				expect(error?.extensions?.code).toBe("GRAPHQL_VALIDATION_FAILED");
				expect(error?.message).toContain("introspection has been disabled");
			}
		expect(world.calls).toBeExactly();
		expect(
			await world.query("{ __typename contacts { totalCount __typename } }"),
		).toEqual({
			__typename: "Query",
			contacts: { totalCount: 1, __typename: "ContactConnection" },
		});
	});
});

describe("requests that are none", () => {
	const wrong: Record<string, string> = {
		"a batch": '[{"query":"{ __typename }"}]',
		"not JSON": "{ __typename }",
		nothing: "",
		null: "null",
		"a string": '"{ __typename }"',
		"an empty query": '{"query":"  "}',
		"a null query": '{"query":null}',
		"no query": "{}",
		"an unknown parameter": '{"query":"{ __typename }","id":1}',
		"a parameter twice": '{"query":"{ __typename }","query":"{ x }"}',
		"a parameter twice, once escaped":
			'{"query":"{ __typename }","qu\\u0065ry":"{ x }"}',
		"a variable twice": '{"query":"{ __typename }","variables":{"a":1,"a":2}}',
		"variables as a list": '{"query":"{ __typename }","variables":[]}',
		"an operation that is not there":
			'{"query":"query A { __typename }","operationName":"B"}',
		"several operations and no name":
			'{"query":"query A { __typename } query B { __typename }"}',
		"no operation":
			'{"query":"fragment f on Query { __typename }","operationName":"f"}',
	};
	for (const [name, body] of Object.entries(wrong))
		test(name, async () => {
			const raw = await post(body, {
				accept: "application/graphql-response+json",
			});
			expect(raw.status).toBe(400);
			const [{ message, extensions }] = raw.json().errors;
			expect(extensions.code).toMatch(
				/^(BAD_REQUEST|GRAPHQL_VALIDATION_FAILED)$/,
			);
			// By chance the last of two queries may be a wrong one.
			if (name.includes(" twice")) expect(message).toContain(" twice ");
			expect(world.calls).toBeExactly();
		});

	test("variables that do not fit are told apart, and cost nothing", async () => {
		const raw = await post(
			JSON.stringify({
				query: "query($id: ID!) { contact(id: $id) { id } }",
				variables: { id: { a: 1 } },
			}),
			{ accept: "application/graphql-response+json" },
		);
		expectRefusal(raw, 400, "BAD_USER_INPUT");
	});

	for (const type of [
		"application/x-www-form-urlencoded",
		"multipart/form-data; boundary=x",
		"text/plain",
		"application/graphql",
		"application/json; charset=utf-16",
		"",
	])
		test(`a body of ${type || "no type"}`, async () => {
			const raw = await post('{"query":"{ __typename }"}', {
				"content-type": type,
			});
			expectRefusal(raw, 415, "UNSUPPORTED_MEDIA_TYPE");
		});

	test("other methods, other answers, other paths", async () => {
		const headers = { authorization };
		for (const method of ["PUT", "DELETE", "HEAD", "OPTIONS"] as const) {
			const raw = await world.request({ method, headers });
			expect(raw.status).toBe(405);
			expect(raw.headers.allow).toBe("GET, POST");
		}
		expectRefusal(
			await post("{}", { accept: "image/png" }),
			406,
			"NOT_ACCEPTABLE",
		);
		for (const path of ["/", "/graphql/x", "//evil/graphql", "/health"])
			expectRefusal(await world.request({ path, headers }), 404, "NOT_FOUND");
	});

	test("a mutation by GET runs nothing", async () => {
		let ran = 0;
		const field = { type: GraphQLInt, resolve: () => ++ran };
		await using writing = await startWorld({
			contacts: 1,
			gateway: {
				schema: new GraphQLSchema({
					query: new GraphQLObjectType({
						name: "Query",
						fields: { ran: field },
					}),
					mutation: new GraphQLObjectType({
						name: "Mutation",
						fields: { run: field },
					}),
				}),
			},
		});
		const raw = await writing.request({
			path: "/graphql?query=mutation%7Brun%7D",
			headers: { authorization: `Bearer ${await writing.token()}` },
		});
		expect(raw.status).toBe(405);
		expect(raw.headers.allow).toBe("POST");
		expect(raw.json().errors[0].extensions.code).toBe("METHOD_NOT_ALLOWED");
		expect(ran).toBe(0);
		expect(await writing.query("mutation { run }")).toEqual({ run: 1 });
	});

	test.each([
		["*/*", 400],
		["application/graphql-response+json", 400],
		// The one case in which GraphQL over HTTP calls it a well-formed answer.
		["application/json", 200],
	])(
		"to Accept: %s a document that does not fit is answered %i",
		async (accept, status) => {
			for (const query of [
				"{",
				"{ nope }",
				"query ($id: ID!) { contact(id: $id) { name } }",
			]) {
				const raw = await world.request({
					method: "POST",
					headers: {
						authorization,
						accept,
						"content-type": "application/json",
					},
					body: JSON.stringify({ query }),
				});
				expect(raw.status).toBe(status);
				expect(raw.json().errors).toHaveLength(1);
			}
		},
	);

	test("a query by GET is answered, and kept by no cache but the caller's own, which asks each time", async () => {
		const raw = await world.request({
			path: "/graphql?query=query($x:Boolean!){__typename@skip(if:$x)}&variables=%7B%22x%22:false%7D",
			headers: { authorization },
		});
		expect(raw.json().data).toEqual({ __typename: "Query" });
		expect(raw.headers["cache-control"]).toBe("private, no-cache");
	});
});

describe("other origins", () => {
	test("none is let in when none is listed", async () => {
		const raw = await post('{"query":"{ __typename }"}', {
			origin: "https://app.example",
		});
		expect(allowed(raw)).toEqual([]);
	});

	test("a listed one is, exactly and without credentials", async () => {
		await using listed = await startWorld({
			contacts: 1,
			gateway: { cors: { origins: ["https://app.example"] } },
		});
		const preflight = (origin: string) =>
			listed.request({
				method: "OPTIONS",
				headers: {
					origin,
					"access-control-request-method": "POST",
					"access-control-request-headers": "authorization,content-type",
				},
			});
		const yes = await preflight("https://app.example");
		expect(yes.status).toBe(204);
		expect(yes.headers).toMatchObject({
			"access-control-allow-origin": "https://app.example",
			"access-control-allow-methods": "GET, POST",
			vary: "Origin",
		});
		expect(yes.headers["access-control-allow-headers"]).toMatch(
			/Authorization, Content-Type/,
		);
		expect(yes.headers["access-control-allow-credentials"]).toBeUndefined();
		for (const origin of [
			"https://app.example.evil",
			"http://app.example",
			"https://APP.example",
			"null",
		])
			expect(allowed(await preflight(origin))).toEqual([]);
		const refused = await listed.request({
			headers: { origin: "https://app.example" },
		});
		expect(refused.status).toBe(401);
		expect(refused.headers["access-control-allow-origin"]).toBe(
			"https://app.example",
		);
	});
});

describe("slow and broken callers", () => {
	test("headers that never end are answered with 408 and cut off", async () => {
		const answer = await talk("POST /graphql HTTP/1.1\r\nHost: x\r\nX-Slow: ");
		expect(answer).toMatch(/^HTTP\/1\.1 408 /);
	});

	test("a body that never ends is answered with 408 and cut off", async () => {
		const answer = await talk(`${head("Content-Length: 1000")}{"query"`);
		expect(answer).toMatch(/^HTTP\/1\.1 408 /);
	});

	test("headers beyond the limit are a 431, an address beyond it too", async () => {
		expect(
			await talk(
				`GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(40_000)}\r\n\r\n`,
			),
		).toMatch(/^HTTP\/1\.1 431 /);
		expect(
			await talk(`GET /${"x".repeat(40_000)} HTTP/1.1\r\nHost: x\r\n\r\n`),
		).toMatch(/^HTTP\/1\.1 431 /);
	});

	test("what is not HTTP is a 400 with a GraphQL error", async () => {
		const answer = await talk("hello\r\n\r\n");
		expect(answer).toMatch(/^HTTP\/1\.1 400 /);
		expect(answer).toContain('"code":"BAD_REQUEST"');
	});

	test("one who is refused and keeps on sending is cut off, with the answer", async () => {
		await using patient = await startWorld({ contacts: 1 });
		const socket = connect(Number(new URL(patient.url).port), "127.0.0.1");
		let said = "";
		socket.on("data", (chunk) => {
			said += chunk;
		});
		// Being cut off while sending is an error to the sender.
		socket.on("error", () => {});
		const closed = new Promise((resolve) => socket.once("close", resolve));
		const megabyte = `100000\r\n${"x".repeat(1_048_576)}\r\n`;
		const keepOn = () => {
			if (socket.writable) socket.write(megabyte, keepOn);
		};
		socket.write(
			"POST /graphql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
			keepOn,
		);
		await closed;
		expect(said).toMatch(/^HTTP\/1\.1 401 /);
	});

	test("one who leaves stops the calls made for them", async () => {
		await using left = await startWorld({ contacts: 1 });
		left.upstream.next({ kind: "slow", delayMs: 1500 });
		const socket = connect(Number(new URL(left.url).port), "127.0.0.1");
		const body = JSON.stringify({ query: "{ contacts { totalCount } }" });
		socket.write(
			`POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${await left.token()}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
		);
		await expect.poll(() => left.sandbox.calls().length).toBe(1);
		socket.destroy();
		// Known well before the slow answer could have come: the call itself was cut.
		const leftAt = performance.now();
		await expect
			.poll(() => left.log.find((line) => line.code === "DEADLINE_EXCEEDED"))
			.toBeDefined();
		expect(performance.now() - leftAt).toBeLessThan(1000);
		expect(left.log.find((line) => line.callerLeft)).toMatchObject({
			calls: 1,
			path: "/graphql",
		});
	});
});

function doubling(count: number): string {
	return times(
		count,
		(i) => `fragment f${i} on Contact { ...f${i + 1} ...f${i + 1} }`,
	);
}

const allowed = (raw: Raw) =>
	Object.keys(raw.headers).filter((name) => name.startsWith("access-control"));

const head = (more: string) =>
	`POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Type: application/json\r\n${more}\r\n\r\n`;

/** Everything the gateway says on a socket of its own until it closes it, or until a whole answer with a length is there. */
const talk = (text: string): Promise<string> =>
	new Promise((resolve, reject) => {
		const socket = connect(Number(new URL(world.url).port), "127.0.0.1");
		let said = "";
		const done = () => {
			socket.destroy();
			resolve(said);
		};
		socket.setTimeout(5000, () => reject(new Error(`nothing but ${said}`)));
		socket.on("data", (chunk) => {
			said += chunk;
			const [top, body] = said.split("\r\n\r\n");
			const length = Number(/content-length: (\d+)/i.exec(top ?? "")?.[1]);
			if (body && Buffer.byteLength(body) >= length) done();
		});
		socket.on("close", done);
		socket.on("error", reject);
		socket.write(text);
	});

/** What a caller learns of an error: everything meant for them, nothing else, and an id to ask with; the log has it whole. */
import {
	GraphQLError,
	type GraphQLFieldConfig,
	GraphQLInt,
	GraphQLNonNull,
	GraphQLObjectType,
	GraphQLSchema,
	GraphQLString,
} from "graphql";
import { describe, expect, test } from "vitest";
import { fail } from "../../src/errors.ts";
import type { Context } from "../../src/loading/context.ts";
import { startWorld } from "../support/world.ts";

type Field = GraphQLFieldConfig<unknown, Context>;
const throws = (error: () => unknown): Field => ({
	type: GraphQLString,
	resolve: () => {
		throw error();
	},
});

/** A graph whose fields go wrong in every way there is. */
const BROKEN = new GraphQLSchema({
	query: new GraphQLObjectType<unknown, Context>({
		name: "Query",
		fields: {
			fine: { type: GraphQLString, resolve: () => "fine" },
			bug: throws(
				() =>
					new TypeError("secret at /srv/db", {
						cause: new Error("secret root"),
					}),
			),
			thrownText: throws(() => "secret text"),
			rejected: {
				type: GraphQLString,
				resolve: () => Promise.reject(new Error("secret rejection")),
			},
			nullAgainstPromise: {
				type: new GraphQLNonNull(GraphQLString),
				resolve: () => null,
			},
			wrongType: { type: GraphQLInt, resolve: () => "secret number" },
			failure: throws(() =>
				fail("NOT_FOUND", "There is no such thing.", {
					cause: new Error("secret cause"),
					extensions: { thing: "t1" },
				}),
			),
			outage: throws(() =>
				fail("UPSTREAM_UNAVAILABLE", "Try later.", {
					cause: { body: "secret body" },
				}),
			),
			public: throws(
				() => new GraphQLError("Too early.", { extensions: { code: "EARLY" } }),
			),
			uncoded: throws(() => new GraphQLError("secret without a code")),
			wrapped: throws(
				() =>
					new GraphQLError("secret wrapper", {
						originalError: new Error("secret inside"),
					}),
			),
		},
	}),
});

const startBroken = (production = false) =>
	startWorld({ contacts: 1, gateway: { schema: BROKEN, production } });

describe("an error that is a bug", () => {
	for (const field of [
		"bug",
		"thrownText",
		"rejected",
		"wrongType",
		"uncoded",
		"wrapped",
	])
		test(`${field} is masked for the caller and logged whole`, async () => {
			await using world = await startBroken();
			const answer = await world.answer(`query Named { fine x: ${field} }`);
			expect(answer.data).toEqual({ fine: "fine", x: null });
			const [error] = answer.errors ?? [];
			expect(error).toEqual({
				message: "Unexpected error.",
				path: ["x"],
				locations: [{ line: 1, column: 20 }],
				extensions: {
					code: "INTERNAL_SERVER_ERROR",
					retryable: false,
					requestId: expect.any(String),
				},
			});
			expect(JSON.stringify(answer)).not.toContain("secret");
			const line = world.log.find(({ msg }) => msg === "unexpected error");
			expect(line).toMatchObject({
				level: "error",
				requestId: error?.extensions?.requestId,
				operationName: "Named",
				path: ["x"],
			});
			expect(JSON.stringify(line)).toContain("secret");
		});

	test("its stack and its causes are in the log", async () => {
		await using world = await startBroken();
		await world.fails("{ bug }");
		const line = world.log.find(({ msg }) => msg === "unexpected error");
		expect(line?.err).toMatchObject({
			type: "TypeError",
			stack: expect.stringContaining("errors.test.ts"),
			cause: { message: "secret root" },
		});
	});

	test("says, as every error, whether the same request may be sent again", async () => {
		await using world = await startBroken();
		const { errors } = await world.answer("{ bug outage }");
		expect(
			errors?.map(({ extensions }) => [
				extensions?.code,
				extensions?.retryable,
			]),
		).toEqual([
			["INTERNAL_SERVER_ERROR", false],
			["UPSTREAM_UNAVAILABLE", true],
		]);
	});

	test("in many fields of one answer writes a few lines, and each field is told", async () => {
		await using world = await startBroken();
		const all = (name: string) =>
			Array.from({ length: 25 }, (_, at) => `${name}${at}: ${name}`).join(" ");
		const { errors } = await world.answer(`{ ${all("bug")} ${all("outage")} }`);
		expect(errors).toHaveLength(50);
		const linesOf = (wanted: string) =>
			world.log
				.filter(({ level }) => level === wanted)
				.map(({ msg, path }) => [msg, ...((path as string[]) ?? [])]);
		const rest = ["more errors of this answer, which are not logged"];
		expect(linesOf("error")).toEqual([
			["unexpected error", "bug0"],
			["unexpected error", "bug1"],
			["unexpected error", "bug2"],
			rest,
		]);
		expect(linesOf("warn")).toEqual([
			["Try later.", "outage0"],
			["Try later.", "outage1"],
			["Try later.", "outage2"],
			rest,
		]);
	});

	test("null where the graph promises a value is one", async () => {
		await using world = await startBroken();
		const { data, errors } = await world.answer("{ fine nullAgainstPromise }");
		expect(data).toBeNull();
		expect(errors?.[0]?.extensions?.code).toBe("INTERNAL_SERVER_ERROR");
	});
});

describe("an error that is meant for the caller", () => {
	test("a failure passes with its code and facts, and keeps its cause", async () => {
		await using world = await startBroken(true);
		const answer = await world.answer("{ fine failure }");
		expect(answer.data).toEqual({ fine: "fine", failure: null });
		expect(answer.errors?.[0]).toMatchObject({
			message: "There is no such thing.",
			path: ["failure"],
			extensions: { code: "NOT_FOUND", thing: "t1" },
		});
		expect(JSON.stringify(answer)).not.toMatch(/secret|stack|originalError/);
	});

	test("an outage is a warning with its cause, a caller's mistake is not", async () => {
		await using world = await startBroken();
		await world.fails("{ outage }");
		await world.fails("{ failure }");
		const level = (code: string) =>
			world.log.find((line) => line.code === code && line.err)?.level;
		expect(level("UPSTREAM_UNAVAILABLE")).toBe("warn");
		expect(level("NOT_FOUND")).toBe("debug");
		const outage = world.log.find(({ level }) => level === "warn");
		expect(JSON.stringify(outage)).toContain("secret body");
	});

	test("an error of graphql's own kind keeps its code", async () => {
		await using world = await startBroken();
		const [error] = await world.fails("{ public }");
		expect(error).toMatchObject({
			message: "Too early.",
			extensions: { code: "EARLY" },
		});
	});

	test("a contact's failing part costs that part and says where", async () => {
		await using world = await startWorld({ contacts: 2 });
		world.upstream.next({
			kind: "status",
			status: 500,
			match: { path: "/contacts/c1/notes" },
		});
		const { data, errors } = await world.answer(
			"{ contacts { nodes { contactId notes { nodes { noteId } } } } }",
		);
		const of = (id: string) =>
			data.contacts.nodes.find(
				(one: { contactId: string }) => one.contactId === id,
			);
		expect(of("c1").notes).toBeNull();
		expect(of("c2").notes.nodes).toHaveLength(1);
		expect(errors).toHaveLength(1);
		expect(errors?.[0]?.extensions?.code).toBe("UPSTREAM_UNAVAILABLE");
		expect(errors?.[0]?.path?.slice(0, 2)).toEqual(["contacts", "nodes"]);
	});
});

test("the same fault in many places is one error with all of them", async () => {
	await using world = await startWorld({ contacts: 1 });
	const errors = await world.fails(
		`{ no_such_field ${"@aa ".repeat(10)} @bb }`,
	);
	expect(
		errors.map(({ message, locations }) => [message, locations?.length]),
	).toEqual([
		['Cannot query field "no_such_field" on type "Query".', 1],
		['Unknown directive "@aa".', 10],
		['Unknown directive "@bb".', 1],
	]);
});

describe("field suggestions", () => {
	for (const [production, expected] of [
		[true, false],
		[false, true],
	] as const)
		test(`${production ? "are left out in production" : "help in development"}`, async () => {
			await using world = await startBroken(production);
			const [error] = await world.fails("{ fien }");
			expect(error?.extensions?.code).toBe("GRAPHQL_VALIDATION_FAILED");
			expect(error?.message.includes("Did you mean")).toBe(expected);
		});

	test("neither do variables tell the names of fields in production", async () => {
		await using world = await startWorld({
			contacts: 1,
			gateway: { production: true },
		});
		const [error] = await world.fails(
			"query($f: ContactFilter) { contacts(filter: $f) { totalCount } }",
			{ f: { emial: {} } },
		);
		expect(error?.extensions?.code).toBe("BAD_USER_INPUT");
		expect(error?.message).not.toContain("Did you mean");
	});
});

describe("the request id", () => {
	test("is one and the same in header, error and log", async () => {
		await using world = await startBroken();
		const raw = await world.request({
			headers: { authorization: `Bearer ${await world.token()}` },
			path: "/graphql?query={bug}",
		});
		const id = raw.headers["x-request-id"];
		expect(raw.json().errors[0].extensions.requestId).toBe(id);
		expect(
			world.log
				.filter(({ requestId }) => requestId === id)
				.map(({ msg }) => msg),
		).toEqual(["unexpected error", "request"]);
	});

	test("is the caller's own when it is sane, and never when it is not", async () => {
		await using world = await startBroken();
		const idFor = async (given: string) => {
			const raw = await world.request({
				path: "/health/live",
				headers: { "x-request-id": given },
			});
			return raw.headers["x-request-id"];
		};
		expect(await idFor("trace-1.2:3_4")).toBe("trace-1.2:3_4");
		for (const given of ["", "a b", "a".repeat(129), '{"a":1}', "é"])
			expect(await idFor(given)).toMatch(/^[0-9a-f-]{36}$/);
	});
});

describe("the log", () => {
	test("has one line per request, with what it cost and whom it was for", async () => {
		await using world = await startWorld({ contacts: 2 });
		await world.query("query Totals { contacts { totalCount } }");
		const lines = world.log.filter(({ msg }) => msg === "request");
		expect(lines).toHaveLength(1);
		expect(lines[0]).toMatchObject({
			level: "info",
			method: "POST",
			path: "/graphql",
			status: 200,
			durationMs: expect.any(Number),
			operation: "query",
			operationName: "Totals",
			calls: 1,
			locationId: "sandbox-location-1",
			subject: "test",
		});
	});

	test("never holds a token, a query or a variable", async () => {
		await using world = await startWorld({ contacts: 1 });
		const token = await world.token();
		await world.answer(
			"query($e: String) { contacts(query: $e) { totalCount } }",
			{
				e: "ann@private.example",
			},
		);
		await world.answer("{ nonsense }");
		await world.answer("{ __typename }", {}, { token: `${token}x` });
		const text = JSON.stringify(world.log);
		expect(text).not.toContain(token);
		expect(text).not.toContain("ann@private.example");
		for (const pit of Object.values(world.sandbox.tokens))
			expect(text).not.toContain(pit);
	});
});

test("every answer that ran says what it cost, also when it cost nothing", async () => {
	await using world = await startWorld({ contacts: 2 });
	const made = async (query: string) =>
		(await world.answer(query)).extensions?.price.made;
	expect(await made("{ __typename }")).toBe(0);
	expect(
		await made("{ contacts { nodes { notes { nodes { body } } } } }"),
	).toBe(3);
	expect((await world.answer("{ nonsense }")).extensions).toBeUndefined();
});

/** Null where none may stand is refused before any call, in graphql's words, and never taken for true or false. */
import { describe, expect, test } from "vitest";
import { globalId } from "../../src/schema-kit/global-id.ts";
import type { Data, GraphError, Variables } from "../support/ask.ts";
import { type ByGraphql, byGraphql, toldOf } from "../support/by-graphql.ts";
import { LOCATION, SENDER_KEYS } from "../support/deliveries.ts";
import {
	askInParts,
	EVENTS,
	MULTIPART,
	mergedById,
} from "../support/in-parts.ts";
import { greeted } from "../support/raw-socket.ts";
import { startWorld, type World } from "../support/world.ts";

const NULL_IF = (directive: string) =>
	`Argument "@${directive}(if:)" has invalid value: Expected variable "$x" provided to non-null type "Boolean!" not to be null.`;

interface Body {
	readonly query: string;
	readonly variables?: Variables;
	readonly extensions?: Variables;
}

/** The whole answer to a POST. */
const post = async (
	world: World,
	body: Body,
	token: string,
	accept = "application/json",
): Promise<Data> => {
	const { json } = await world.request({
		method: "POST",
		headers: {
			"content-type": "application/json",
			authorization: `Bearer ${token}`,
			accept,
		},
		body: JSON.stringify(body),
	});
	return json();
};

const codesOf = (errors: readonly GraphError[] = []) => [
	...new Set(errors.map(({ extensions }) => extensions?.code)),
];

const errorLines = (world: World) =>
	world.log.filter(({ level }) => level === "error" || level === "warn");

const TYPES = [
	"Boolean = true",
	"Boolean = false",
	"Boolean! = true",
	"Boolean!",
];

// Validation refuses them where a condition must not be null.
const INVALID = ["Boolean", "Boolean = null"];

/** One way to say true, false, null or nothing, for a variable of this name. */
interface Way {
	readonly head: string;
	readonly value: string;
	readonly variables: Variables;
}

const GIVEN = [null, false, undefined, true];

const waysOf = (
	name: string,
	types: readonly string[],
	invalid: readonly string[] = [],
): Way[] => [
	...["true", "false"].map((value) => ({ head: "", value, variables: {} })),
	...[...types, ...invalid].flatMap((type) =>
		(invalid.includes(type) ? [null] : GIVEN).map((given) => ({
			head: `$${name}: ${type} `,
			value: `$${name}`,
			variables: given === undefined ? {} : { [name]: given },
		})),
	),
];

const headOf = (...ways: readonly Way[]): string => {
	const heads = ways.map(({ head }) => head).join("");
	return heads && `(${heads})`;
};

describe.each([
	["include", "true", false],
	["skip", "false", true],
])("a null in @%s", (directive, by, out) => {
	const query = `query U($x: Boolean = ${by}) { __typename contacts(first: 2) @${directive}(if: $x) { nodes { name } } }`;
	const refusal = {
		errors: [
			{
				message: NULL_IF(directive),
				locations: [{ line: 1, column: query.indexOf("$x)") + 1 }],
				extensions: {
					code: "BAD_USER_INPUT",
					retryable: false,
					requestId: expect.any(String),
				},
			},
		],
	};

	test("is refused, and opens the field to nobody afterwards", async () => {
		await using world = await startWorld();
		const full = await world.token();
		const bare = await world.token({ scopes: [] });
		for (const token of [full, bare, full, bare])
			expect(
				await post(world, { query, variables: { x: null } }, token),
			).toEqual(refusal);
		for (const token of [bare, full, bare, full, bare])
			expect(
				await post(world, { query, variables: { x: out } }, token),
			).toEqual({
				data: { __typename: "Query" },
				extensions: { price: { worst: 0, made: 0, saved: 0 } },
			});
		expect(world.calls).toBeExactly();
		const shown = await post(world, { query, variables: { x: !out } }, full);
		expect(shown.data.contacts.nodes).toHaveLength(2);
		const forbidden = await post(
			world,
			{ query, variables: { x: !out } },
			bare,
		);
		expect(codesOf(forbidden.errors)).toEqual(["FORBIDDEN"]);
		expect(await post(world, { query, variables: { x: null } }, full)).toEqual(
			refusal,
		);
		expect(world.calls).toBeExactly("POST /contacts/search");
		expect(errorLines(world)).toEqual([]);
	});

	test("is refused by GET, SSE, multipart and WebSocket alike", async () => {
		await using world = await startWorld();
		const token = await world.token();
		const variables = { x: null };
		const search = new URLSearchParams({
			query,
			variables: JSON.stringify(variables),
		});
		const got = await world.request({
			path: `/graphql?${search}`,
			headers: {
				authorization: `Bearer ${token}`,
				accept: "application/graphql-response+json",
			},
		});
		expect(got.status).toBe(400);
		expect(got.json()).toEqual(refusal);
		for (const accept of [EVENTS, MULTIPART]) {
			const asked = { url: world.url, token, query, variables, accept };
			const parts = await askInParts(asked);
			expect(await parts.rest()).toEqual([refusal]);
		}
		const socket = await greeted(world.url, token);
		socket.say({ id: "q", type: "subscribe", payload: { query, variables } });
		expect((await socket.hear("error", "q")).payload).toEqual(refusal.errors);
		socket.say({
			id: "r",
			type: "subscribe",
			payload: { query, variables: { x: out } },
		});
		expect((await socket.hear("next", "r")).payload.data).toEqual({
			__typename: "Query",
		});
		await socket.close();
		expect(world.calls).toBeExactly();
		expect(errorLines(world)).toEqual([]);
	});

	test("refuses a mutation before it writes", async () => {
		await using world = await startWorld();
		const errors = await world.fails(
			`mutation ($x: Boolean = ${by}) { deleteContact(input: { contactId: "c1" }) { userErrors { code } deletedId @${directive}(if: $x) } }`,
			{ x: null },
		);
		expect(errors.map(({ message }) => message)).toEqual([NULL_IF(directive)]);
		expect(codesOf(errors)).toEqual(["BAD_USER_INPUT"]);
		expect(world.calls).toBeExactly();
		expect(errorLines(world)).toEqual([]);
	});

	test("refuses a subscription before it starts", async () => {
		await using world = await startWorld({
			gateway: { webhooks: { keys: SENDER_KEYS } },
		});
		const token = await world.token();
		const payload = {
			query: `subscription ($x: Boolean = ${by}) { changes { cursor type @${directive}(if: $x) } }`,
			variables: { x: null },
		};
		const stream = await askInParts({
			url: world.url,
			token,
			...payload,
			accept: EVENTS,
		});
		const [{ errors }] = await stream.rest();
		const socket = await greeted(world.url, token);
		socket.say({ id: "s", type: "subscribe", payload });
		for (const told of [errors, (await socket.hear("error", "s")).payload]) {
			expect(toldOf(told)).toEqual([
				{
					message: NULL_IF(directive),
					locations: [{ line: 1, column: payload.query.indexOf("$x)") + 1 }],
				},
			]);
			expect(codesOf(told)).toEqual(["BAD_USER_INPUT"]);
		}
		await socket.close();
		expect(world.gateway.subscriptions).toBe(0);
		expect(errorLines(world)).toEqual([]);
	});
});

/** What a caller sees of it, by what graphql-js says. */
const refusalOf = ({ errors, isInvalid }: ByGraphql) =>
	errors && {
		codes: [isInvalid ? "GRAPHQL_VALIDATION_FAILED" : "BAD_USER_INPUT"],
		told: errors,
	};

const seenOf = ({ data, errors }: Data) =>
	errors ? { codes: codesOf(errors), told: toldOf(errors) } : data;

test("every @skip beside every @include answers, costs and wants what graphql-js reads", async () => {
	await using world = await startWorld({ contacts: 1 });
	const tokens = [await world.token(), await world.token({ scopes: [] })];
	const values = await world.query('{ contact(id: "c1") { name } }');
	world.upstream.clearCalls();
	const wrong: unknown[] = [];
	const seen = { refused: 0, shown: 0, hidden: 0 };
	for (const skip of waysOf("s", TYPES, INVALID))
		for (const include of waysOf("i", TYPES, INVALID)) {
			const conditions = [
				`@skip(if: ${skip.value})`,
				`@include(if: ${include.value})`,
			];
			const variables = { ...skip.variables, ...include.variables };
			const [there, back] = [conditions, conditions.toReversed()].map((all) =>
				all.join(" "),
			);
			const asked = 'contact(id: "c1")';
			for (const body of [
				`{ __typename ${asked} ${there} { name } }`,
				`{ __typename ... ${back} { ${asked} { name } } }`,
				`{ __typename ...F ${there} } fragment F on Query { ${asked} { name } }`,
			]) {
				const query = `query ${headOf(skip, include)} ${body}`;
				const reference = await byGraphql(query, variables, values);
				const isShown = reference.asked.length > 0;
				const refusal = refusalOf(reference);
				seen[refusal ? "refused" : isShown ? "shown" : "hidden"]++;
				const [full, bare] = await Promise.all(
					tokens.map((token) => post(world, { query, variables }, token)),
				);
				const { extensions: priced } = await post(
					world,
					{ query, variables, extensions: { priceOnly: true } },
					tokens[0] ?? "",
				);
				const got = {
					full: seenOf(full),
					bare: isShown && !refusal ? codesOf(bare.errors) : seenOf(bare),
					price: priced?.price.worst,
				};
				const want = {
					full: refusal ?? reference.data,
					bare: refusal ?? (isShown ? ["FORBIDDEN"] : reference.data),
					price: refusal ? undefined : isShown ? 1 : 0,
				};
				if (!same(got, want)) wrong.push({ query, variables, got, want });
			}
		}
	expect(wrong).toEqual([]);
	expect(Math.min(...Object.values(seen))).toBeGreaterThan(50);
	expect(world.calls).toBeExactly();
	expect(errorLines(world)).toEqual([]);
}, 120_000);

test("every @defer, beside conditions that hide it and do not, is read as graphql-js reads it", async () => {
	await using world = await startWorld({ contacts: 1 });
	const token = await world.token();
	const values = await world.query(
		'{ contact(id: "c1") { firstName lastName } }',
	);
	const wrong: unknown[] = [];
	const seen = { refused: 0, whole: 0, parts: 0 };
	const beside = ["", "@skip(if: true)", "@include(if: $y)"];
	for (const defer of waysOf("x", [...TYPES, ...INVALID, "Boolean! = false"]))
		for (const condition of beside)
			for (const isNamed of [true, false]) {
				const y = { head: "$y: Boolean = true ", value: "", variables: {} };
				const head = headOf(defer, ...(condition.includes("$y") ? [y] : []));
				const later = `@defer(if: ${defer.value}) ${condition}`;
				const query = isNamed
					? `query ${head} { contact(id: "c1") { firstName ...F ${later} } } fragment F on Contact { lastName }`
					: `query ${head} { contact(id: "c1") { firstName ... ${later} { lastName } } }`;
				const reference = await byGraphql(query, defer.variables, values);
				const want = refusalOf(reference) ?? reference.data;
				const { isInParts } = reference;
				seen[reference.errors ? "refused" : isInParts ? "parts" : "whole"]++;
				const whole = seenOf(
					await post(world, { query, variables: defer.variables }, token),
				);
				const parts = await (
					await askInParts({
						url: world.url,
						token,
						query,
						variables: defer.variables,
					})
				).rest();
				const got = seenOf(mergedById(parts));
				if (
					!same(whole, want) ||
					!same(got, want) ||
					parts.length > 1 !== isInParts
				)
					wrong.push({ query, variables: defer.variables, whole, got, want });
			}
	expect(wrong).toEqual([]);
	expect(Math.min(...Object.values(seen))).toBeGreaterThan(20);
	expect(errorLines(world)).toEqual([]);
}, 60_000);

const C1 = globalId("Contact", LOCATION, "c1");

/** A type with a value, and a place for it. */
const PLACES: readonly (readonly [
	type: string,
	value: unknown,
	body: string,
])[] = [
	['ID = "c1"', "c1", "{ contact(id: $x) { name } }"],
	[`ID = "${C1}"`, C1, "{ node(id: $x) { __typename } }"],
	[`ID = "${C1}"`, C1, `{ nodes(ids: [$x, "${C1}"]) { __typename } }`],
	[
		"ContactOrderField = DATE_ADDED",
		"DATE_ADDED",
		"{ contacts(first: 1, orderBy: [{ field: $x }]) { totalCount } }",
	],
	[
		"OrderDirection",
		"DESC",
		"{ contacts(first: 1, orderBy: [{ field: DATE_ADDED, direction: $x }]) { totalCount } }",
	],
	[
		"OrderDirection = DESC",
		"ASC",
		"{ contacts(first: 1, orderBy: { field: DATE_ADDED, direction: $x }) { totalCount } }",
	],
	[
		"ContactOrder = { field: DATE_ADDED }",
		{ field: "DATE_ADDED" },
		"{ contacts(first: 1, orderBy: [$x]) { totalCount } }",
	],
	[
		'String = "a@example.com"',
		"a@example.com",
		'{ contacts(first: 1, filter: { email: { in: ["b@example.com", $x] } }) { totalCount } }',
	],
	[
		'ID = "c1"',
		"c1",
		"{ contact(id: $x) { name } tasks(first: 1, contactIds: [$x]) { nodes { title } } }",
	],
	['String = "Contact"', "Contact", "{ __type(name: $x) { name } }"],
	[
		"Boolean",
		true,
		'{ __type(name: "Contact") { fields(includeDeprecated: $x) { name } } }',
	],
	[
		"Boolean = true",
		false,
		"{ __schema { types { fields(includeDeprecated: $x) { name } inputFields(includeDeprecated: $x) { name } } } }",
	],
	[
		'ID = "c1"',
		"c1",
		"{ __typename contact(id: $x) @skip(if: true) { name } ... @include(if: false) { two: contact(id: $x) { name } } }",
	],
	[
		'ID = "c1"',
		"c1",
		"{ __typename ...F ...F } fragment F on Query { contact(id: $x) { name } }",
	],
];

test.each(PLACES)(
	"a variable of type %s (such as %j) may be null in %s as far as graphql-js says so",
	async (type, value, body) => {
		await using world = await startWorld({ contacts: 1 });
		const query = `query ($x: ${type}) ${body}`;
		const isHidden = body.includes("@skip(if: true)");
		for (const variables of [{ x: null }, {}, { x: value }, { x: null }]) {
			const isNull = variables.x === null;
			const reference = await byGraphql(query, variables, {
				nodes: [],
			});
			expect(reference.errors !== undefined).toBe(isNull && !isHidden);
			world.upstream.clearCalls();
			const answer = await world.answer(query, variables);
			if (!reference.errors) {
				expect(answer.errors).toBeUndefined();
				continue;
			}
			expect(answer).toEqual({ errors: expect.any(Array) });
			expect(seenOf(answer)).toEqual(refusalOf(reference));
			expect(world.calls).toBeExactly();
		}
		expect(errorLines(world)).toEqual([]);
	},
);

test.each([
	["deleteContact(input: { contactId: $x })", 'ID = "c1"'],
	[
		'updateTagsOfContacts(input: { contactIds: ["c1", $x], action: ADD, tags: ["vip"] })',
		'ID = "c1"',
	],
	[
		'createTask(input: { contactId: "c1", title: $x, dueDate: "2026-12-01T10:00:00Z" })',
		'String = "Call"',
	],
])("null in %s is refused before any call", async (field, type) => {
	await using world = await startWorld();
	const query = `mutation ($x: ${type}) { ${field} { userErrors { code } } }`;
	const reference = await byGraphql(query, { x: null }, {});
	expect(reference.errors).toHaveLength(1);
	expect(seenOf(await world.answer(query, { x: null }))).toEqual(
		refusalOf(reference),
	);
	expect(world.calls).toBeExactly();
	expect(errorLines(world)).toEqual([]);
});

test("every null is told at once, at most twenty of them, and none is logged", async () => {
	await using world = await startWorld();
	const fields = Array.from(
		{ length: 30 },
		(_, at) =>
			`a${at}: __type(name: "Tag") { fields(includeDeprecated: $x) { name } }`,
	);
	const errors = await world.fails(
		`query ($x: Boolean = true) { ${fields.join("\n")} }`,
		{ x: null },
	);
	expect(errors).toHaveLength(20);
	expect(codesOf(errors)).toEqual(["BAD_USER_INPUT"]);
	expect(errorLines(world)).toEqual([]);
});

const same = (one: unknown, other: unknown): boolean =>
	JSON.stringify(one) === JSON.stringify(other);

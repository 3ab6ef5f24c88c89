/**
 * Requests that are written to cost more than they pay for, as data: the test says how each is refused, and
 * `npm run bench -- hostile` what it costs. `salt` makes two requests of one row two operations, so that nothing is
 * answered from what is remembered of the last.
 */

/** What a GraphQL client sends, whatever the transport. */
export interface Parameters {
	readonly query: string;
	readonly operationName?: string;
	readonly variables?: unknown;
	readonly extensions?: unknown;
}

export interface HostileRequest {
	readonly name: string;
	/** Code of the first error; undefined for one that is answered. */
	readonly code: string | undefined;
	/** Sent over POST, server-sent events and a socket, and by GET where the address has room for it. */
	readonly parameters?: (salt: number) => Parameters;
	/** A body as it is, for POST and as the payload of a socket's message. */
	readonly body?: (salt: number) => string;
	/** Sent with a small query. */
	readonly headers?: (salt: number) => Readonly<Record<string, string>>;
	/** Most REST calls that one may make. */
	readonly calls?: number;
}

const times = (count: number, one: (index: number) => string, by = " ") =>
	Array.from({ length: count }, (_, index) => one(index)).join(by);
const listOf = <T>(count: number, one: (index: number) => T): T[] =>
	Array.from({ length: count }, (_, index) => one(index));
const mapOf = (count: number, value: (index: number) => unknown) =>
	Object.fromEntries(listOf(count, (index) => [`v${index}`, value(index)]));
const nestedList = (levels: number) =>
	`${"[".repeat(levels)}${"]".repeat(levels)}`;
const long = (characters: number) => "x".repeat(characters);

const PLAIN = "{ __typename }";
const named = (salt: number, rest: string) => `query q${salt} ${rest}`;

const row = (
	name: string,
	code: string | undefined,
	parameters: (salt: number) => Parameters,
	calls = 0,
): HostileRequest => ({ name, code, parameters, calls });

const query = (
	name: string,
	code: string | undefined,
	text: (salt: number) => string,
	calls = 0,
) => row(name, code, (salt) => ({ query: text(salt) }), calls);

const variables = (
	name: string,
	code: string | undefined,
	declared: string,
	given: (salt: number) => unknown,
	calls = 0,
) =>
	row(
		name,
		code,
		(salt) => ({ query: named(salt, declared), variables: given(salt) }),
		calls,
	);

const BAD = "BAD_USER_INPUT";
const LIMIT = "LIMIT_EXCEEDED";
const INVALID = "GRAPHQL_VALIDATION_FAILED";
const REQUEST = "BAD_REQUEST";

const UNDECLARED: readonly HostileRequest[] = [
	...[1, 100, 2_000].map((count) =>
		variables(`${count} undeclared variables`, BAD, PLAIN, () =>
			mapOf(count, () => 1),
		),
	),
	variables("18,000 undeclared variables", LIMIT, PLAIN, () =>
		mapOf(18_000, () => 1),
	),
	variables("an undeclared variable of 250,000 characters", BAD, PLAIN, () => ({
		v: long(250_000),
	})),
	variables(
		"an undeclared variable with a name of 250,000",
		BAD,
		PLAIN,
		() => ({
			[long(250_000)]: 1,
		}),
	),
	variables(
		"undeclared beside declared",
		BAD,
		"($id: ID!) { contact(id: $id) { id } }",
		() => ({
			id: "x",
			...mapOf(1_000, (n) => [n]),
		}),
	),
	variables("__proto__ as a variable", BAD, PLAIN, () =>
		JSON.parse('{"__proto__":{"a":1},"constructor":1}'),
	),
	row("variables of another operation", BAD, (salt) => ({
		query: `query A${salt} { __typename } query B($v0: Int) { n: nodes(ids: []) { id } contacts(first: $v0) { totalCount } }`,
		operationName: `A${salt}`,
		variables: { v0: 1 },
	})),
];

const VALUES: readonly HostileRequest[] = [
	variables("80,000 empty objects", LIMIT, PLAIN, () => ({
		a: listOf(80_000, () => ({})),
	})),
	variables(
		"40,000 empty lists in a declared variable",
		LIMIT,
		"($ids: [ID!]!) { nodes(ids: $ids) { id } }",
		() => ({
			ids: listOf(40_000, () => []),
		}),
	),
	variables(
		"40,000 numbers",
		LIMIT,
		"($ids: [ID!]!) { nodes(ids: $ids) { id } }",
		() => ({
			ids: listOf(40_000, (n) => n),
		}),
	),
	variables(
		"4,000 ids",
		LIMIT,
		"($ids: [ID!]!) { nodes(ids: $ids) { id } }",
		() => ({
			ids: listOf(4_000, (n) => `${n}`),
		}),
	),
	variables(
		"2,000 objects where ids belong",
		BAD,
		"($ids: [ID!]!) { nodes(ids: $ids) { id } }",
		() => ({
			ids: listOf(2_000, (n) => ({ n })),
		}),
	),
	variables(
		"4,000 faults in a list of inputs",
		BAD,
		"($o: [ContactOrder!]) { contacts(orderBy: $o) { totalCount } }",
		() => ({
			o: listOf(1_900, (n) => ({ [`k${n}`]: n })),
		}),
	),
	variables(
		"one id of 250,000 characters",
		BAD,
		"($id: ID!) { contact(id: $id) { id } }",
		() => ({
			id: long(250_000),
		}),
	),
	variables(
		"one id of 250,000 characters that is base64",
		BAD,
		"($id: ID!) { node(id: $id) { id } }",
		() => ({
			id: Buffer.from(`Contact:sandbox-location-1/${long(180_000)}`).toString(
				"base64url",
			),
		}),
	),
	variables(
		"a cursor of 250,000 characters",
		BAD,
		"($after: String) { contacts(after: $after) { totalCount } }",
		() => ({
			after: long(250_000),
		}),
	),
	variables(
		"a cursor of changes of 250,000 characters",
		BAD,
		"($after: String) { changes(after: $after) { nodes { type } } }",
		() => ({
			after: long(250_000),
		}),
	),
	variables(
		"a time of 250,000 characters",
		BAD,
		"($at: DateTime!) { contacts(filter: { dateAdded: { gte: $at } }) { totalCount } }",
		() => ({
			at: `2026-01-01T00:00:00.${"1".repeat(250_000)}Z`,
		}),
	),
	variables(
		"a day of 250,000 characters",
		BAD,
		"($at: Date!) { contacts(filter: { dateOfBirth: { gte: $at } }) { totalCount } }",
		() => ({
			at: "2".repeat(250_000),
		}),
	),
	variables(
		"a number of 250,000 digits",
		BAD,
		"($n: Int) { contacts(first: $n) { totalCount } }",
		() => ({
			n: "9".repeat(250_000),
		}),
	),
	variables(
		"an enum of 250,000 characters",
		BAD,
		"($t: [ChangeType!]) { changes(types: $t) { nodes { type } } }",
		() => ({
			t: listOf(30, () => long(8_000)),
		}),
	),
	variables(
		"one string where a list of inputs belongs, 30 lists deep",
		BAD,
		"($f: ContactFilter) { contacts(filter: $f) { totalCount } }",
		() => ({
			f: { and: JSON.parse(nestedList(30)) },
		}),
	),
	variables(
		"filters inside filters, 60 deep",
		undefined,
		"($f: ContactFilter) { contacts(filter: $f) { totalCount } }",
		() => ({ f: JSON.parse(`${'{"and":['.repeat(60)}{}${"]}".repeat(60)}`) }),
		1,
	),
	variables(
		"900 filters side by side",
		undefined,
		"($f: ContactFilter) { contacts(filter: $f) { totalCount } }",
		(salt) => ({
			f: { and: listOf(900, (n) => ({ city: { eq: `${salt}-${n}` } })) },
		}),
		1,
	),
];

const JSON_TEXT: readonly HostileRequest[] = (
	[
		[
			"objects in a list, 80,000",
			LIMIT,
			`{"query":"${PLAIN}","extensions":{"a":[${times(80_000, () => "{}", ",")}]}}`,
		],
		[
			"objects 20,000 deep",
			LIMIT,
			`{"query":"${PLAIN}","variables":${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}}`,
		],
		[
			"lists 100,000 deep",
			LIMIT,
			`{"query":"${PLAIN}","variables":{"a":${nestedList(100_000)}}}`,
		],
		[
			"extensions with 20,000 keys",
			LIMIT,
			`{"query":"${PLAIN}","extensions":{${times(20_000, (n) => `"k${n}":0`, ",")}}}`,
		],
		[
			"a number of 200,000 digits",
			BAD,
			`{"query":"query($n: Int) { contacts(first: $n) { totalCount } }","variables":{"n":${"9".repeat(200_000)}}}`,
		],
		[
			"a fraction of 200,000 digits",
			undefined,
			`{"query":"query($n: Int) { contacts(first: $n) { totalCount } }","variables":{"n":0.${"9".repeat(200_000)}}}`,
		],
		[
			"an infinite number",
			BAD,
			`{"query":"query($n: Int) { contacts(first: $n) { totalCount } }","variables":{"n":1e999}}`,
		],
		[
			"250,000 backslashes",
			BAD,
			`{"query":"${PLAIN}","variables":{"a":"${"\\\\".repeat(120_000)}"}}`,
		],
		[
			"120,000 escaped quotes",
			BAD,
			`{"query":"${PLAIN}","variables":{"a":"${'\\"'.repeat(120_000)}"}}`,
		],
		[
			"40,000 escapes",
			BAD,
			`{"query":"${PLAIN}","variables":{"a":"${"\\u0041".repeat(40_000)}"}}`,
		],
		["250,000 spaces", undefined, `{"query":"${PLAIN}"${" ".repeat(250_000)}}`],
		[
			"a string that does not end",
			REQUEST,
			`{"query":"${PLAIN}${"\\\\".repeat(100_000)}`,
		],
		[
			"2,000 keys of one name",
			REQUEST,
			`{"query":"${PLAIN}","variables":{${times(2_000, () => '"a":1', ",")}}}`,
		],
		[
			"20,000 unknown parameters",
			LIMIT,
			`{${times(20_000, (n) => `"k${n}":0`, ",")}}`,
		],
		["closing brackets alone", REQUEST, "]".repeat(200_000)],
		["colons alone", REQUEST, ":".repeat(200_000)],
		[
			"a batch of 10,000",
			LIMIT,
			`[${times(10_000, () => '{"query":"{a}"}', ",")}]`,
		],
	] as const
).map(([name, code, body]) => ({
	name: `JSON: ${name}`,
	code,
	body: () => body,
	calls: 1,
}));

const TEXT: readonly HostileRequest[] = [
	query(
		"a comment of 250,000 characters",
		LIMIT,
		(salt) => `${named(salt, PLAIN)} #${long(250_000)}`,
	),
	query(
		"60,000 empty comments",
		LIMIT,
		(salt) => `${named(salt, PLAIN)}${"#\n".repeat(60_000)}`,
	),
	query(
		"250,000 commas",
		LIMIT,
		(salt) => `${named(salt, PLAIN)}${",".repeat(250_000)}`,
	),
	query(
		"250,000 spaces",
		LIMIT,
		(salt) => `${named(salt, PLAIN)}${" ".repeat(250_000)}`,
	),
	query("a string of 250,000 characters", LIMIT, (salt) =>
		named(salt, `{ contact(id: "${long(250_000)}") { id } }`),
	),
	query("a block string of 100,000 lines", LIMIT, (salt) =>
		named(salt, `{ contact(id: """${"\n  x".repeat(30_000)}""") { id } }`),
	),
	query("a name of 250,000 characters", LIMIT, (salt) =>
		named(salt, `{ ${long(250_000)} }`),
	),
	query(
		"a comment of 30,000 characters",
		undefined,
		(salt) => `${named(salt, PLAIN)} #${long(30_000)}`,
	),
	query("a block string of 8,000 lines", BAD, (salt) =>
		named(salt, `{ contact(id: """${"\n  x".repeat(8_000)}""") { id } }`),
	),
	query("a name of 30,000 characters", INVALID, (salt) =>
		named(salt, `{ ${long(30_000)} }`),
	),
	query("a number of 30,000 digits", INVALID, (salt) =>
		named(salt, `{ contacts(first: ${"9".repeat(30_000)}) { totalCount } }`),
	),
	query("30 names of 1,000 characters", INVALID, (salt) =>
		named(
			salt,
			`{ contact(id: "x") { ${times(30, (n) => `f${n}${long(1_000)}`)} } }`,
		),
	),
	query("one misspelt field 1,500 times", INVALID, (salt) =>
		named(
			salt,
			`{ contact(id: "x") { ${times(20, (n) => `firstNam${n} { ${times(60, (m) => `a${m}`)} }`)} } }`,
		),
	),
	query("braces that do not close", "GRAPHQL_PARSE_FAILED", () =>
		"{a".repeat(150),
	),
	query("100,000 braces", LIMIT, () => "{a".repeat(30_000)),
	query(
		"a bracket of 30,000 lists",
		LIMIT,
		() => `{ contact(id: ${"[".repeat(30_000)}`,
	),
	query("6,000 tokens", LIMIT, (salt) =>
		named(
			salt,
			`{ contact(id: "x") { ${times(6_000, (n) => ["id", "name"][n % 2] as string)} } }`,
		),
	),
	query("what cannot be read, 30,000 characters", "GRAPHQL_PARSE_FAILED", () =>
		"\u0000".repeat(30_000),
	),
];

const SHAPES: readonly HostileRequest[] = [
	query("51 aliases", LIMIT, (salt) =>
		named(salt, `{ contact(id: "x") { ${times(51, (n) => `a${n}: id`)} } }`),
	),
	query(
		"50 aliases of one contact",
		undefined,
		(salt) =>
			named(
				salt,
				`{ contact(id: "c${salt}") { ${times(50, (n) => `a${n}: id`)} } }`,
			),
		1,
	),
	query(
		"20 aliases of pages",
		undefined,
		(salt) =>
			named(
				salt,
				`{ ${times(15, (n) => `a${n}: contacts(first: 20, filter: { city: { eq: "${salt}x${n}" } }) { nodes { name email tags } }`)} }`,
			),
		15,
	),
	query("21 root fields", LIMIT, (salt) =>
		named(salt, `{ ${times(21, () => "__typename")} }`),
	),
	query("51 directives", LIMIT, (salt) =>
		named(
			salt,
			`{ ${times(17, () => "__typename @skip(if: false) @include(if: true) @skip(if: false)")} }`,
		),
	),
	query("@skip twice on 20 fields", INVALID, (salt) =>
		named(
			salt,
			`{ ${times(20, () => "__typename @skip(if: false) @skip(if: true)")} }`,
		),
	),
	query("50 unknown directives", INVALID, (salt) =>
		named(salt, `{ __typename ${times(50, (n) => `@d${n}`)} }`),
	),
	query("10 times one unknown directive", INVALID, (salt) =>
		named(salt, `{ __typename ${"@aa ".repeat(10)} }`),
	),
	query("400 fields of one name in one place", LIMIT, (salt) =>
		named(salt, `{ contact(id: "x") { ${"id ".repeat(400)} } }`),
	),
	query(
		"300 fields of one name in one place",
		undefined,
		(salt) =>
			named(salt, `{ contact(id: "c${salt}") { ${"id ".repeat(300)} } }`),
		1,
	),
	query("conflicting arguments, 60 times", INVALID, (salt) =>
		named(
			salt,
			`{ contact(id: "x") { ${times(60, (n) => `tasks(first: ${n}) { nodes { id } }`)} } }`,
		),
	),
	query(
		"fragments doubling 60 times",
		LIMIT,
		(salt) =>
			`${named(salt, `{ contact(id: "x") { ...f0 } }`)} ${times(60, (n) => `fragment f${n} on Contact { ...f${n + 1} ...f${n + 1} }`)} fragment f60 on Contact { id }`,
	),
	query(
		"300 fragments in a chain",
		LIMIT,
		(salt) =>
			`${named(salt, `{ contact(id: "x") { ...f0 } }`)} ${times(400, (n) => `fragment f${n} on Contact { ...f${n + 1} }`)} fragment f400 on Contact { id }`,
	),
	query(
		"150 fragments in a chain",
		undefined,
		(salt) =>
			`${named(salt, `{ contact(id: "c${salt}") { ...f0 } }`)} ${times(150, (n) => `fragment f${n} on Contact { ...f${n + 1} }`)} fragment f150 on Contact { id }`,
		1,
	),
	query(
		"25 fragments that all spread one another",
		INVALID,
		(salt) =>
			`${named(salt, `{ contact(id: "x") { ...f0 } }`)} ${times(25, (n) => `fragment f${n} on Contact { ${times(25, (m) => `...f${m}`)} }`)}`,
	),
	query(
		"250 fragments that nobody spreads",
		INVALID,
		(salt) =>
			`${named(salt, PLAIN)} ${times(250, (n) => `fragment f${n} on Contact { id }`)}`,
	),
	query("200 operations", REQUEST, (salt) =>
		times(300, (n) => named(salt * 1000 + n, PLAIN)),
	),
	row("100 operations that spread 150 fragments", LIMIT, (salt) => ({
		query: `${times(100, (n) => `query q${salt}x${n} { ...f0 }`)} ${times(100, (n) => `fragment f${n} on Query { ...f${n + 1} }`)} fragment f100 on Query { __typename }`,
		operationName: `q${salt}x0`,
	})),
	query("250 variables that nothing uses", INVALID, (salt) =>
		named(salt, `(${times(250, (n) => `$v${n}: ID`)}) ${PLAIN}`),
	),
	query("16 levels of fields", LIMIT, (salt) =>
		named(
			salt,
			`{ contact(id: "x") { ${"tasks { nodes { contact { ".repeat(5)} id ${"} } }".repeat(5)} } }`,
		),
	),
	query("node inside node for every type", BAD, (salt) =>
		named(
			salt,
			`{ node(id: "x") { ${times(12, (n) => `... on ${["Contact", "Task", "Note", "Appointment", "User", "Tag"][n % 6]} { id }`)} ${"... on Node { ".repeat(60)} id ${"}".repeat(60)} } }`,
		),
	),
	query("a literal list of 900 objects", INVALID, (salt) =>
		named(salt, `{ nodes(ids: [${"{} ".repeat(900)}]) { id } }`),
	),
	query(
		"a literal object 60 deep",
		undefined,
		(salt) =>
			named(
				salt,
				`{ contacts(filter: ${"{ and: [".repeat(60)} {} ${"] }".repeat(60)}) { totalCount } }`,
			),
		1,
	),
	query(
		"50 @defer",
		undefined,
		(salt) =>
			named(
				salt,
				`{ contact(id: "c${salt}") { ${times(48, (n) => `... @defer(label: "l${n}") { id }`)} } }`,
			),
		1,
	),
	query(
		"a subscription with many root fields",
		INVALID,
		(salt) =>
			`subscription s${salt} { ${times(15, (n) => `a${n}: changes { type }`)} }`,
	),
];

const INTROSPECTION: readonly HostileRequest[] = [
	query("20 aliases of __schema", LIMIT, (salt) =>
		named(
			salt,
			`{ ${times(20, (n) => `a${n}: __schema { types { name fields { name args { name type { name } } type { name ofType { name } } } } }`)} }`,
		),
	),
	row("20 aliases of __schema with a null", BAD, (salt) => ({
		query: named(
			salt,
			`($n: Boolean = true) { ${times(20, (n) => `a${n}: __schema { types { fields(includeDeprecated: $n) { name } } }`)} }`,
		),
		variables: { n: null },
	})),
	row("one __schema with a null", BAD, (salt) => ({
		query: named(
			salt,
			`($n: Boolean = true) { __schema { types { name fields(includeDeprecated: $n) { name } inputFields(includeDeprecated: $n) { name } enumValues(includeDeprecated: $n) { name } } } }`,
		),
		variables: { n: null },
	})),
	row("a null in a fragment on __Type", BAD, (salt) => ({
		query: `${named(salt, `($n: Boolean = true) { __schema { types { ...t } } }`)} fragment t on __Type { fields(includeDeprecated: $n) { args(includeDeprecated: $n) { name } } }`,
		variables: { n: null },
	})),
	query("types of fields of types of fields", LIMIT, (salt) =>
		named(
			salt,
			`{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }`,
		),
	),
	query("types of fields of types", undefined, (salt) =>
		named(
			salt,
			`{ __schema { types { fields { type { fields { name description } } } } } }`,
		),
	),
	query("possible types of every type and their fields", INVALID, (salt) =>
		named(
			salt,
			`{ __schema { types { possibleTypes { interfaces { possibleTypes { name fields { name } } } } } } }`,
		),
	),
	query("20 aliases of __type", INVALID, (salt) =>
		named(
			salt,
			`{ ${times(20, (n) => `a${n}: __type(name: "Contact") { fields { type { fields { args { type { inputFields { name } } } } } } }`)} }`,
		),
	),
	query("50 aliases of fields within __schema", LIMIT, (salt) =>
		named(
			salt,
			`{ __schema { types { ${times(50, (n) => `a${n}: fields { name description }`)} } } }`,
		),
	),
	query(
		"descriptions of everything in a fragment 18 times",
		LIMIT,
		(salt) =>
			`${named(salt, `{ ${times(18, (n) => `s${n}: __schema { ...s }`)} }`)} fragment s on __Schema { types { description fields { description args { description } } inputFields { description } } }`,
	),
	query("one __type", undefined, (salt) =>
		named(
			salt,
			`{ __type(name: "Contact") { name fields { name type { name kind } } } }`,
		),
	),
];

const HEADERS: readonly HostileRequest[] = [
	{
		name: "Accept with 10,000 types",
		code: undefined,
		headers: () => ({ accept: `application/json,${"a,".repeat(10_000)}b` }),
	},
	{
		name: "Accept with 8,000 parameters",
		code: undefined,
		headers: () => ({ accept: `application/json${";a=b".repeat(6_000)}` }),
	},
	{
		name: "Cache-Control with 10,000 directives",
		code: undefined,
		headers: () => ({ "cache-control": "a=1,".repeat(6_000) }),
	},
	{
		name: "a deadline of 20,000 digits",
		code: REQUEST,
		headers: () => ({ "x-deadline-ms": "9".repeat(20_000) }),
	},
	{
		name: "a location of 20,000 characters",
		code: "FORBIDDEN",
		headers: () => ({ "x-location-id": long(20_000) }),
	},
	{
		name: "a token of 20,000 characters",
		code: "UNAUTHENTICATED",
		headers: () => ({ authorization: `Bearer ${long(20_000)}` }),
	},
	{
		name: "a token of 20,000 dots",
		code: "UNAUTHENTICATED",
		headers: () => ({ authorization: `Bearer ${".".repeat(20_000)}` }),
	},
	{
		name: "a request id of 20,000 characters",
		code: undefined,
		headers: () => ({ "x-request-id": long(20_000) }),
	},
];

export const HOSTILE_REQUESTS: readonly HostileRequest[] = [
	...UNDECLARED,
	...VALUES,
	...JSON_TEXT,
	...TEXT,
	...SHAPES,
	...INTROSPECTION,
	...HEADERS,
];

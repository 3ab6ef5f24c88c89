/** Small bugs where they would hurt, and the test that must fail for each. An edit is an exact piece of today's source. */

export interface Plant {
	readonly place: string;
	/** Stands once in `place`. */
	readonly find: string;
	readonly plant: string;
	readonly harm: string;
	/** File, and name as far as it tells the test from others. */
	readonly test: readonly [file: string, name: string];
}

const plants = (
	place: string,
	file: string,
	rows: readonly (readonly [
		find: string,
		plant: string,
		harm: string,
		name: string,
	])[],
): Plant[] =>
	rows.map(([find, plant, harm, name]) => ({
		place,
		find,
		plant,
		harm,
		test: [file, name],
	}));

export const PLANTS: readonly Plant[] = [
	...plants("src/upstream/breaker.ts", "test/promises/breaker.test.ts", [
		[
			"wrong * 2 >= recent.length",
			"recent.length > 0",
			"a few failures among many good calls stop them all",
			"it opens at five failures of at least half the calls",
		],
		[
			"recent.filter(({ at }) => now - at < withinMs)",
			"recent.filter(({ at }) => now >= at)",
			"failures of an hour ago count",
			"failures that are long past do not count",
		],
		[
			"leftMs <= 0 && !probing",
			"leftMs <= 0",
			"a failing API is asked by everybody at once when a pause ends",
			"while it tries, one call goes out",
		],
		[
			"openMs * 2 ** opened",
			"openMs",
			"an API that stays away is asked every second",
			"each failed try doubles the pause",
		],
		[
			"Math.min(longestOpenMs, openMs * 2 ** opened)",
			"openMs * 2 ** opened",
			"an API that is back is not asked for minutes",
			"each failed try doubles the pause",
		],
		[
			'if (outcome === "bad") open(clock.now());',
			'if (outcome !== "good") open(clock.now());',
			"a caller who leaves counts as an outage",
			"a try that its caller gave up says nothing",
		],
		[
			"wrong >= failures",
			"wrong > failures",
			"one failure more than promised goes out",
			"five failures stop the calls of that family",
		],
	]),
	...plants("src/upstream/retry.ts", "test/promises/retries.test.ts", [
		[
			"const { attempts = 3 } = options",
			"const { attempts = 4 } = options",
			"calls beyond the price",
			"a read is tried three times",
		],
		[
			"if (clock.now() + waitMs >= deadlineAt) throw error;",
			"",
			"a caller waits longer than he said",
			"waits grow, with chance in them, and never pass the deadline",
		],
		[
			"isRateLimit(error) || isStale(error) ? 0",
			"isRateLimit(error) ? 0",
			"every idle connection that closed costs a pause",
			"after a stale connection a read does not wait",
		],
		[
			'signal?.addEventListener("abort", onAbort, { once: true });',
			"",
			"work goes on for callers who left",
			"a caller who leaves during a wait is not kept",
		],
		[
			"baseMs * 2 ** (made - 1)",
			"baseMs",
			"retries come as fast as ever at an API that is overloaded",
			"waits grow, with chance in them",
		],
	]),
	...plants("src/changes/verify.ts", "test/units/verify.test.ts", [
		[
			"for (const key of trusted)",
			"for (const key of trusted.slice(0, 1))",
			"deliveries are refused while the sender changes keys",
			"a signature by any trusted key counts",
		],
	]),
	...plants("src/changes/verify.ts", "test/promises/webhooks.test.ts", [
		[
			"resolve(error === null && good)",
			"resolve(error === null)",
			"anybody may say what changed",
			"and not kept",
		],
	]),
	...plants("src/changes/receive.ts", "test/promises/webhooks.test.ts", [
		[
			"!DATED.has(wordOf(type))",
			"true",
			"an old INSTALL, sent again, does what it did",
			"an undated delivery that only its header names is taken once",
		],
		[
			"if (deliveryId) ids.push(",
			"if (false) ids.push(",
			"a retry that has only its header's id is told twice",
			"a second delivery of the same webhook changes nothing",
		],
		[
			"if (webhookId) ids.push(",
			"if (false) ids.push(",
			"a retry under another header is told twice",
			"a second delivery of the same webhook changes nothing",
		],
		[
			"extensions: { retryAfterMs: RETRY_AFTER_MS }",
			"extensions: {}",
			"the sender does not know when to come back",
			"while the journal cannot be written a delivery is answered 429",
		],
	]),
	...plants("src/store/journal.ts", "test/units/journal.test.ts", [
		[
			"grow.run(bytes);",
			"",
			"the journal fills the disk",
			"retention takes the oldest by age and by size",
		],
		[
			"if (ids.some((id) => known.get(id))) return undefined;",
			"",
			"a delivery is not once but as often as it comes",
			"many appends at once are one commit",
		],
		[
			'begin.run("epoch", randomBytes(6).toString("base64url"));',
			'set.run("epoch", randomBytes(6).toString("base64url"));',
			"every restart makes every cursor worthless",
			"a file written by a newer program is refused",
		],
	]),
	...plants("src/store/journal-retention.ts", "test/units/journal.test.ts", [
		[
			" AND seq <= (SELECT value FROM journal_state WHERE key = 'applied')",
			"",
			"a change is thrown away before it is told",
			"retention takes the oldest by age and by size",
		],
		[
			"if (row.kind !== null)",
			"if (row.kind === null)",
			"a subscriber who comes back is not told of the gap",
			"retention takes the oldest by age and by size",
		],
		[
			"shrink.run(row.bytes as number);",
			"",
			"the journal takes out rows for ever once it was full",
			"retention takes the oldest by age and by size",
		],
		[
			"forget.run(now - seenMs)",
			"forget.run(now)",
			"a retry after an hour is told again",
			"retention takes the oldest by age and by size",
		],
	]),
	...plants("src/store/sqlite.ts", "test/units/journal.test.ts", [
		[
			"if (version > migrations.length)",
			"if (false)",
			"an older program writes to a newer program's file",
			"a file written by a newer program is refused",
		],
	]),
	...plants("src/store/seal.ts", "test/units/seal.test.ts", [
		[
			"\tivAt += IV_BYTES;\n\treturn ivs.subarray(ivAt - IV_BYTES, ivAt);",
			"\treturn ivs.subarray(0, IV_BYTES);",
			"a nonce used twice opens both secrets",
			"no two secrets are sealed with one nonce",
		],
		[
			"const decipher = createDecipheriv(",
			'place = "";\n\t\t\tconst decipher = createDecipheriv(',
			"nothing that is sealed opens",
			"what is sealed opens at its place and at no other",
		],
		[
			"isOld: (sealed) => !",
			"isOld: (sealed) => false && !",
			"what an old key sealed is never sealed anew",
			"what an older key sealed opens, and is known as old",
		],
	]),
	...plants(
		"src/cache/recent-changes.ts",
		"test/units/invalidation-log.test.ts",
		[
			[
				"changed.length > 0 && changed.every((tag) => shown.has(tag))",
				"changed.length > 0 && changed.some((tag) => shown.has(tag))",
				"a page that lacks a contact is kept",
				"a change of several at once is one by others unless all are shown",
			],
			[
				"changed.length > 0 && changed.every(",
				"changed.every(",
				"a change that names nobody is taken for one's own",
				"what concerns no contact by name, is one by others",
			],
			[
				"this.#forgottenAt = oldest.at;",
				"",
				"what was forgotten counts as never changed",
				"beyond what is remembered any change counts as one by others",
			],
			[
				"const TOGETHER_MS = 60_000;",
				"const TOGETHER_MS = 600_000;",
				"ten minutes of changes are held in memory",
				"a minute later it is forgotten",
			],
			[
				"change.tags.some((tag) => own.has(tag))",
				"true",
				"whatever changes empties every page",
				"what concerns another part is none",
			],
		],
	),
	...plants(
		"src/operation/document-limits.ts",
		"test/promises/limits.test.ts",
		[
			[
				'check("levels of fields", limits.depth, sum.depth, "Nest fewer levels.");',
				"",
				"a query as deep as its text is long",
				"depth in fragments",
			],
			[
				"sum.aliases += inner.aliases;\n\t\t\tsum.directives += inner.directives;\n\t\t\tsum.top += inner.top;",
				"sum.directives += inner.directives;\n\t\t\tsum.top += inner.top;",
				"fragments hide aliases",
				"aliases in fragments",
			],
			[
				"sum.top += inner.top;",
				"",
				"fragments hide root fields",
				"root fields in fragments",
			],
			[
				"sum.depth = Math.max(sum.depth, inner.depth);",
				"",
				"fragments hide depth",
				"depth in fragments",
			],
			[
				'"selections with fragments expanded",\n\t\tlimits.tokens,',
				'"selections with fragments expanded",\n\t\tNumber.POSITIVE_INFINITY,',
				"a kilobyte of fragments holds the process for minutes",
				"selections with fragments expanded",
			],
			[
				"found += field.count++;",
				"field.count++;",
				"validation compares millions of pairs",
				"pairs of fields",
			],
			[
				"if (open.has(name))",
				"if (false)",
				"fragments in a circle overflow the stack",
				"fragments in a circle",
			],
		],
	),
	...plants("src/operation/admission.ts", "test/promises/limits.test.ts", [
		[
			"if (value.kind === Kind.VARIABLE) return variables[value.name.value];",
			"",
			"a page as large as a variable says",
			"page size in a variable, in its default, and in a fragment",
		],
	]),
	...plants("src/operation/admission.ts", "test/promises/auth.test.ts", [
		[
			"if (!scopes.has(scope)) {",
			"if (scopes.size > 0 && !scopes.has(scope)) {",
			"a token without any scope may do everything",
			"a token without any scope reads nothing",
		],
	]),
	...plants("src/server/json-text.ts", "test/promises/limits.test.ts", [
		[
			'const key = quoted.includes("\\\\") ? unescaped(quoted) : quoted.slice(1, -1);',
			"const key = quoted;",
			"what stands before the gateway reads another query than it",
			"a parameter twice, once escaped",
		],
		[
			"if (keys.has(key))",
			"if (false)",
			"what stands before the gateway reads another variable than it",
			"a variable twice",
		],
		[
			"if (open.length > MAX_NESTING)",
			"if (false)",
			"JSON overflows the stack",
			"objects in variables",
		],
	]),
	...plants("src/server/json-text.ts", "test/promises/hostile.test.ts", [
		[
			"const MOST_VALUES = 5_000;",
			"const MOST_VALUES = 5_000_000;",
			"one request holds the loop for 70 ms",
			"80,000 empty objects",
		],
		[
			"case COMMA:\n\t\t\t\tvalues++;",
			"case COMMA:",
			"numbers and strings are not counted",
			"18,000 undeclared variables",
		],
	]),
	...plants(
		"src/operation/compiled-operation.ts",
		"test/promises/hostile.test.ts",
		[
			[
				"checkDeclared(operation, parameters.variables ?? {});",
				"",
				"variables that nobody declared are sorted and hashed",
				"100 undeclared variables",
			],
		],
	),
	...plants("src/operation/introspection.ts", "test/promises/hostile.test.ts", [
		[
			"if (got > most)",
			"if (got > 100 * most)",
			"the schema, twenty times in one answer",
			"20 aliases of __schema",
		],
	]),
	...plants("src/operation/document.ts", "test/promises/hostile.test.ts", [
		[
			"const MOST_CHARACTERS = 32_768;",
			"const MOST_CHARACTERS = 32_768_000;",
			"a comment costs more than a query",
			"a comment of 250,000 characters",
		],
	]),
	...plants("src/server/websocket.ts", "test/promises/hostile.test.ts", [
		[
			'checkJson(text, "message");',
			"",
			"a socket takes what a request may not send",
			"80,000 empty objects",
		],
	]),
	...plants("src/server/public-error.ts", "test/promises/hostile.test.ts", [
		[
			"if (errors.length <= MOST_ERRORS) return errors.map(mask);",
			"if (errors.length > 0) return errors.map(mask);",
			"an outage makes answers of megabytes",
			"an outage in every row of an answer",
		],
		[
			"const LONGEST_MESSAGE = 1_000;",
			"const LONGEST_MESSAGE = 1_000_000;",
			"twenty errors repeat twenty times what was sent",
			"an enum of 250,000 characters",
		],
		[
			"if (before < MOST_LINES)",
			"if (before >= 0)",
			"a fault in every row fills the disk with its log",
			"an outage in every row of an answer",
		],
	]),
	...plants("src/operation/operation-key.ts", "test/promises/caching.test.ts", [
		[
			".sort(([a], [b]) => (a < b ? -1 : 1))",
			"",
			"the same query is asked again for the order of its variables",
			"the same query with its variables in another order",
		],
	]),
	...plants("src/server/cached-responses.ts", "test/promises/caching.test.ts", [
		[
			'scopeKey = [...scopes].sort().join(" ");',
			'scopeKey = "";',
			"a caller reads what its token has no scope for",
			"callers with other scopes share values and never whole answers",
		],
	]),
	...plants("src/upstream/budget/window.ts", "test/units/budget.test.ts", [
		[
			"const LEFT_TO_CALLERS = 0.4;",
			"const LEFT_TO_CALLERS = 0;",
			"callers wait behind renewals",
			"renewals and background work leave two fifths",
		],
		[
			"const LEAST_LEARNT = 0.1;",
			"const LEAST_LEARNT = 0.001;",
			"other apps' calls shrink ours to nothing",
			"no less than a tenth of it is learnt",
		],
		[
			"const BELIEVED_MS = 600_000;",
			"const BELIEVED_MS = 600_000_000;",
			"one bad day makes a week slow",
			"a 429 that tells nothing teaches the limit",
		],
		[
			"limit - (theirs > 0 ? theirs + MARGIN_BESIDE_OTHERS : 0)",
			"limit",
			"other apps on the account get 429",
			"another app's calls are learnt from the headers",
		],
	]),
	...plants("src/auth/authenticator.ts", "test/promises/auth.test.ts", [
		[
			"if (known && now() < known.untilMs) {",
			"if (known) {",
			"a token that was seen once never ends",
			"a remembered token still ends when it expires",
		],
		[
			"now() < last.untilMs &&",
			"",
			"a token never ends on a connection that is kept",
			"a token ends on a connection that is kept, too",
		],
	]),
	...plants("src/auth/authenticator.ts", "test/promises/callers.test.ts", [
		[
			"unrevoked(last.claims);",
			"",
			"a revoked token works on for as long as its connection is kept",
			"a token that is revoked stops working",
		],
	]),
];

/** A security engineer's table: what is forged, stolen, foreign or smuggled is refused with the right code, and nobody upstream hears of it. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
	exportJWK,
	exportSPKI,
	generateKeyPair,
	type JWTHeaderParameters,
	type JWTPayload,
	SignJWT,
} from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { globalId } from "../../src/schema-kit/global-id.ts";
import type { Data } from "../support/ask.ts";
import { createBrowser } from "../support/browser.ts";
import { connect, consent, leave, signIn } from "../support/connect.ts";
import { subscribe } from "../support/subscribers.ts";
import { startWorld, type World } from "../support/world.ts";

const L1 = "sandbox-location-1";
const L2 = "sandbox-location-2";
const ISSUER = "https://id.example";
const AUDIENCE = "contact-graph";
const QUERY = "{ contacts(first: 1) { nodes { name } } }";
const NOW = () => Math.floor(Date.now() / 1000);

/** An identity provider with two keys, and a world that trusts it. */
const startProvider = async () => {
	const [first, second] = await Promise.all([
		generateKeyPair("RS256"),
		generateKeyPair("RS256"),
	]);
	const keys = await Promise.all(
		[first, second].map(async ({ publicKey }, index) => ({
			...(await exportJWK(publicKey)),
			kid: `k${index + 1}`,
			alg: "RS256",
			use: "sig",
		})),
	);
	const server = createServer((_, res) => {
		res.writeHead(200, { "content-type": "application/json" });
		res.end(JSON.stringify({ keys }));
	});
	await new Promise<void>((resolve) =>
		server.listen(0, "127.0.0.1", () => resolve()),
	);
	const sign = (
		claims: JWTPayload = {},
		header: Partial<JWTHeaderParameters> = {},
		key: CryptoKey | Uint8Array = first.privateKey,
	) =>
		new SignJWT({
			sub: "app",
			iss: ISSUER,
			aud: AUDIENCE,
			locations: [L1],
			scope: "contacts.readonly contacts.write",
			exp: NOW() + 600,
			...claims,
		})
			.setProtectedHeader({ alg: "RS256", kid: "k1", ...header })
			.sign(key);
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
		sign,
		publicKey: new TextEncoder().encode(await exportSPKI(first.publicKey)),
		close: () => {
			server.closeAllConnections();
			server.close();
		},
	};
};
type Provider = Awaited<ReturnType<typeof startProvider>>;

let provider: Provider;
let world: World;
beforeAll(async () => {
	provider = await startProvider();
	world = await startWorld({
		contacts: 2,
		gateway: {
			auth: {
				secret: new Uint8Array(32).fill(9),
				jwksUrl: provider.url,
				issuer: ISSUER,
				audience: AUDIENCE,
			},
		},
	});
});
afterAll(async () => {
	provider.close();
	await world[Symbol.asyncDispose]();
});

const part = (value: object) =>
	Buffer.from(JSON.stringify(value)).toString("base64url");
const bodyOf = (token: string) => token.split(".")[1];

type Forge = (provider: Provider) => string | Promise<string>;

const TOKENS: readonly [string, Forge, number, string][] = [
	[
		"signed with a key of one's own",
		async (p) => p.sign({}, {}, (await generateKeyPair("RS256")).privateKey),
		401,
		"UNAUTHENTICATED",
	],
	[
		"with claims changed after signing",
		async (p) => {
			const [head, , mac] = (await p.sign()).split(".");
			return `${head}.${bodyOf(await p.sign({ locations: [L1, L2] }))}.${mac}`;
		},
		401,
		"UNAUTHENTICATED",
	],
	[
		"that has expired",
		(p) => p.sign({ exp: NOW() - 61 }),
		401,
		"UNAUTHENTICATED",
	],
	["without an end", (p) => p.sign({ exp: undefined }), 401, "UNAUTHENTICATED"],
	[
		"that is not valid yet",
		(p) => p.sign({ nbf: NOW() + 120 }),
		401,
		"UNAUTHENTICATED",
	],
	[
		"with alg none",
		async (p) => `${part({ alg: "none" })}.${bodyOf(await p.sign())}.`,
		401,
		"UNAUTHENTICATED",
	],
	[
		"with alg None and a signature",
		async (p) =>
			`${part({ alg: "None", kid: "k1" })}.${bodyOf(await p.sign())}.AAAA`,
		401,
		"UNAUTHENTICATED",
	],
	[
		"keyed with the public key",
		(p) => p.sign({}, { alg: "HS256" }, p.publicKey),
		401,
		"UNAUTHENTICATED",
	],
	[
		"keyed with the gateway's own secret beside a provider",
		(p) => p.sign({}, { alg: "HS256" }, new Uint8Array(32).fill(9)),
		401,
		"UNAUTHENTICATED",
	],
	[
		"for another audience",
		(p) => p.sign({ aud: "billing" }),
		401,
		"UNAUTHENTICATED",
	],
	[
		"of another issuer",
		(p) => p.sign({ iss: "https://id.evil" }),
		401,
		"UNAUTHENTICATED",
	],
	[
		"under a swapped key id",
		(p) => p.sign({}, { kid: "k2" }),
		401,
		"UNAUTHENTICATED",
	],
	[
		"under an unknown key id",
		(p) => p.sign({}, { kid: "../k1" }),
		401,
		"UNAUTHENTICATED",
	],
	[
		"that brings its own key",
		async (p) => {
			const own = await generateKeyPair("RS256");
			return p.sign(
				{},
				{ jwk: (await exportJWK(own.publicKey)) as never },
				own.privateKey,
			);
		},
		401,
		"UNAUTHENTICATED",
	],
	[
		"that says where its key is",
		(p) => p.sign({}, { jku: "http://127.0.0.1:9/jwks", kid: "k9" }),
		401,
		"UNAUTHENTICATED",
	],
	[
		"with a critical header nobody knows",
		(p) =>
			p
				.sign({}, { crit: ["x"], x: 1 } as never)
				.catch(
					async () =>
						`${part({ alg: "RS256", kid: "k1", crit: ["x"], x: 1 })}.${bodyOf(await p.sign())}.AAAA`,
				),
		401,
		"UNAUTHENTICATED",
	],
	[
		"with locations that are no list",
		(p) => p.sign({ locations: { 0: L1 } }),
		401,
		"UNAUTHENTICATED",
	],
	["for no location", (p) => p.sign({ locations: [] }), 403, "FORBIDDEN"],
	[
		"for a location nobody serves",
		(p) => p.sign({ locations: ["elsewhere"] }),
		403,
		"FORBIDDEN",
	],
	[
		"without the scope",
		(p) => p.sign({ scope: "contacts.write" }),
		403,
		"FORBIDDEN",
	],
	[
		"with the scope in other letters",
		(p) => p.sign({ scope: "Contacts.Readonly" }),
		403,
		"FORBIDDEN",
	],
];

describe.each(TOKENS)("a token %s", (name, forge, status, code) => {
	test(`is refused over HTTP with ${status} ${code}`, async () => {
		world.upstream.clearCalls();
		const raw = await world.request({
			method: "POST",
			headers: {
				"content-type": "application/json",
				authorization: `Bearer ${await forge(provider)}`,
			},
			body: JSON.stringify({ query: QUERY }),
		});
		expect(raw.status).toBe(status);
		expect(raw.json().errors[0].extensions.code).toBe(code);
		expect(raw.json().data).toBeUndefined();
		expect(world.calls).toBeExactly();
	});
	test("is refused over WebSocket", async () => {
		world.upstream.clearCalls();
		const subscriber = await subscribe({
			url: world.url,
			token: await forge(provider),
			transport: "WebSocket",
			query: QUERY,
		});
		const answer: Data = await subscriber.answer("refusal").catch(() => null);
		expect(answer?.data).toBeUndefined();
		// A token that is good for nothing closes the socket; one that lacks a scope may still ask something else.
		expect(
			subscriber.closed?.code ?? answer?.errors?.[0]?.extensions?.code,
		).toBe(
			code === "UNAUTHENTICATED"
				? 4401
				: name.includes("scope")
					? "FORBIDDEN"
					: 4403,
		);
		await subscriber.close();
		expect(world.calls).toBeExactly();
	});
});

test("the provider's own token passes, so the table above is about what is wrong with the others", async () => {
	const data = await world.query(QUERY, undefined, {
		token: await provider.sign(),
	});
	expect(data.contacts.nodes).toHaveLength(1);
});

const foreign = (type: string, ...ids: string[]) => globalId(type, L2, ...ids);
const FOREIGN: readonly [string, string, Record<string, unknown>][] = [
	[
		"a contact by its id",
		"query($id: ID!) { contact(id: $id) { name } }",
		{ id: foreign("Contact", "l2c1") },
	],
	[
		"a contact as a node",
		"query($id: ID!) { node(id: $id) { id } }",
		{ id: foreign("Contact", "l2c1") },
	],
	[
		"a task as a node",
		"query($id: ID!) { node(id: $id) { id } }",
		{ id: foreign("Task", "l2c1", "l2t1") },
	],
	[
		"a note as a node",
		"query($id: ID!) { node(id: $id) { id } }",
		{ id: foreign("Note", "l2c1", "l2n1") },
	],
	[
		"an appointment by its id",
		"query($id: ID!) { appointment(id: $id) { title } }",
		{ id: foreign("Appointment", "l2a1") },
	],
	[
		"its location as a node",
		"query($id: ID!) { node(id: $id) { id } }",
		{ id: foreign("Location", L2) },
	],
	[
		"several as nodes",
		"query($ids: [ID!]!) { nodes(ids: $ids) { id } }",
		{ ids: [foreign("Contact", "l2c1")] },
	],
	[
		"a filter of tasks by contact",
		"query($ids: [ID!]) { tasks(contactIds: $ids) { nodes { title } } }",
		{ ids: [foreign("Contact", "l2c1")] },
	],
	[
		"a change of a contact",
		'mutation($id: ID!) { updateContact(input: { contactId: $id, city: "x" }) { contact { name } userErrors { message } } }',
		{ id: foreign("Contact", "l2c1") },
	],
	[
		"a task of a contact",
		'mutation($id: ID!) { createTask(input: { contactId: $id, title: "x", dueDate: "2030-01-01T00:00:00Z" }) { task { title } userErrors { message } } }',
		{ id: foreign("Contact", "l2c1") },
	],
	[
		"a note's deletion",
		"mutation($id: ID!) { deleteNote(input: { noteId: $id }) { userErrors { message } } }",
		{ id: foreign("Note", "l2c1", "l2n1") },
	],
	[
		"a cursor of contacts",
		"query($after: String!) { contacts(first: 1, after: $after) { nodes { name } } }",
		{
			after: Buffer.from(
				JSON.stringify([L2, "contacts", "", [1, "l2c1"]]),
			).toString("base64url"),
		},
	],
	[
		"a cursor of tasks",
		"query($after: String!) { tasks(first: 1, after: $after) { nodes { title } } }",
		{
			after: Buffer.from(JSON.stringify([L2, "tasks", "", 1])).toString(
				"base64url",
			),
		},
	],
];

test.each(FOREIGN)(
	"another location's: %s is refused without a call",
	async (_, query, variables) => {
		const token = await provider.sign();
		world.upstream.clearCalls();
		const { data, errors } = await world.answer(query, variables, { token });
		// A mutation says it as data, next to the field; everything else as an error.
		expect(JSON.stringify({ data, errors })).toContain("to another location");
		for (const error of errors ?? [])
			expect(error.extensions?.code).toBe("FORBIDDEN");
		expect(JSON.stringify(data ?? null)).not.toMatch(/"(name|title|id)":"/);
		expect(world.calls).toBeExactly();
	},
);

test.each([
	["a token without scopes", ""],
	["a token to write with", "contacts.write"],
	["an operator's token", "operator"],
])("%s reads nothing by an id in hand either", async (_, scope) => {
	world.upstream.clearCalls();
	for (const field of ["node(id: $id) { id }", "nodes(ids: [$id]) { id }"]) {
		const [error] = await world.fails(
			`query($id: ID!) { ${field} }`,
			{ id: globalId("Contact", L1, "c1") },
			{ token: await provider.sign({ scope }) },
		);
		expect(error?.extensions?.code).toBe("FORBIDDEN");
	}
	expect(world.calls).toBeExactly();
});

test("a token to write with reads nothing behind what it wrote", async () => {
	const token = await provider.sign({ scope: "contacts.write" });
	const write = (fields: string) =>
		world.answer(
			`mutation { updateContact(input: { contactId: "c1", city: "Rome" }) { ${fields} userErrors { message } } }`,
			undefined,
			{ token },
		);
	world.upstream.clearCalls();
	for (const fields of [
		"contact { tasks { nodes { title } } }",
		"contact { notes { nodes { body } } }",
		"contact { appointments { nodes { title } } }",
		"contact { business { contacts { nodes { name } } } }",
	]) {
		const { errors } = await write(fields);
		expect(errors?.[0]?.extensions).toMatchObject({
			code: "FORBIDDEN",
			scopes: ["contacts.readonly"],
		});
	}
	expect(world.calls).toBeExactly();
	expect((await write("")).data).toEqual({ updateContact: { userErrors: [] } });
});

test("another location's cursor of changes is refused without a call", async () => {
	const { changeCursor } = await world.query("{ changeCursor }", undefined, {
		token: await provider.sign({ locations: [L2] }),
	});
	world.upstream.clearCalls();
	const [error] = await world.fails(
		"query($after: String!) { changes(after: $after) { nodes { cursor } } }",
		{ after: changeCursor },
		{ token: await provider.sign() },
	);
	expect(error?.extensions?.code).toBe("FORBIDDEN");
	expect(world.calls).toBeExactly();
});

// HighLevel's own ids name no location, so the gateway cannot tell whose one is before it asks; the global ids of the
// graph do, and are refused without a call above.
test("another location's own ids are asked for with the caller's token only, and HighLevel knows none of them there", async () => {
	const token = await provider.sign();
	world.upstream.clearCalls();
	const answer = await world.answer(
		'{ contact(id: "l2c1") { name tasks { nodes { title } } } appointment(id: "l2a1") { title } }',
		undefined,
		{ token },
	);
	expect(answer.data).toEqual({ contact: null, appointment: null });
	expect(world.calls.every((call) => (call as Data).locationId === L1)).toBe(
		true,
	);
});

test("another location in X-Location-Id is refused without a call", async () => {
	world.upstream.clearCalls();
	for (const id of [L2, "elsewhere", `${L1},${L2}`, `${L1}, ${L1}`, ""]) {
		const answer = await world.answer(QUERY, undefined, {
			token: await provider.sign(),
			headers: { "x-location-id": id },
		});
		expect(answer.errors?.[0]?.extensions?.code).toBe("FORBIDDEN");
	}
	expect(world.calls).toBeExactly();
});

describe("the way to a connection", () => {
	const tokenCalls = (at: World) =>
		at.calls.filter(({ path }) => path.startsWith("/oauth/token"));

	test("a state is worth nothing a second time, in another browser, or made up", async () => {
		await using at = await startWorld({ oauth: {} });
		await using browser = createBrowser();
		await using thief = createBrowser();
		await connect(at, browser, L1);
		await signIn(at, browser);
		const back = await consent(at, browser, await leave(at, browser), L2);
		const before = tokenCalls(at).length;
		expect((await thief.visit(back)).status).toBe(400);
		expect((await browser.visit(back)).status).toBe(400);
		const made = new URL(back);
		made.searchParams.set("state", Buffer.alloc(32).toString("base64url"));
		expect((await browser.visit(made)).status).toBe(400);
		made.searchParams.delete("state");
		expect((await browser.visit(made)).status).toBe(400);
		expect(tokenCalls(at)).toHaveLength(before);
	});

	test("a code cannot be put into somebody else's session", async () => {
		await using at = await startWorld({ oauth: {} });
		await using victim = createBrowser();
		await using attacker = createBrowser();
		await signIn(at, attacker);
		await signIn(at, victim);
		const planted = await consent(at, attacker, await leave(at, attacker), L1);
		await leave(at, victim);
		expect((await victim.visit(planted)).status).toBe(400);
		expect(tokenCalls(at)).toHaveLength(0);
	});

	test("no parameter and no Host leads the browser elsewhere", async () => {
		await using at = await startWorld({ oauth: {} });
		await using browser = createBrowser();
		await signIn(at, browser);
		const evil = "https://evil.example/x";
		for (const [path, headers] of [
			[
				`/oauth/connect?redirect_uri=${evil}&return_to=${evil}&next=${evil}`,
				{},
			],
			["/oauth/connect", { host: "evil.example" }],
			["/oauth/connect", { "x-forwarded-host": "evil.example" }],
			["//evil.example/oauth/connect", {}],
		] as const) {
			const sent = await browser.visit(at.url + path, headers);
			if (sent.location === undefined) {
				expect(sent.status).toBe(404);
				continue;
			}
			expect(sent.location.origin).toBe(at.sandbox.url);
			expect(sent.location.searchParams.get("redirect_uri")).toBe(
				`${at.url}/oauth/callback`,
			);
		}
		const signed = await browser.submit(
			`${at.url}/operator/session?to=${evil}`,
			{
				token: await at.token({ locations: [], scopes: ["operator"] }),
				to: evil,
			},
		);
		expect(signed.location?.href).toBe(`${at.url}/operator`);
		const back = await browser.visit(
			`${at.url}/oauth/callback?state=x&return_to=${evil}`,
		);
		expect(back.location).toBeUndefined();
	});

	test.each([
		["with OAuth, where it is set up", { oauth: {} }, true],
		[
			"in production",
			{ oauth: {}, gateway: { production: true } } as const,
			false,
		],
		["without OAuth", {}, false],
	])(
		"whether a wrong path names the operators' doors: %s",
		async (_, at, named) => {
			await using tried = await startWorld({ contacts: 1, ...at });
			const { status, text } = await tried.request({ path: "/nowhere" });
			expect(status).toBe(404);
			expect(text).toContain("/graphql");
			expect(/operator|oauth/.test(text)).toBe(named);
		},
	);

	test("nothing of a request ends up in headers, or in a page as markup", async () => {
		await using at = await startWorld({ oauth: {} });
		await using browser = createBrowser();
		const smuggled = encodeURIComponent(
			'\r\nSet-Cookie: a=b\r\n\r\n<script>alert("x")</script>',
		);
		for (const path of [
			`/oauth/callback?state=${smuggled}&code=${smuggled}&error=${smuggled}&error_description=${smuggled}`,
			`/oauth/connect?x=${smuggled}`,
			`/operator?${smuggled}`,
			`/${smuggled}`,
		]) {
			const page = await browser.visit(at.url + path);
			expect(page.status).toBeGreaterThanOrEqual(400);
			expect(page.headers["set-cookie"]).toBeUndefined();
			expect(page.text).not.toContain("<script>");
		}
		const refused = await browser.submit(`${at.url}/operator/session`, {
			token: '"><script>alert(1)</script>\r\nSet-Cookie: a=b',
		});
		expect(refused.status).toBe(401);
		expect(refused.text).not.toContain("<script>");
		expect(refused.headers["set-cookie"]).toBeUndefined();
	});

	test("a location whose name is markup is shown as text", async () => {
		const name = "<img src=x onerror=alert(1)>";
		await using at = await startWorld({ oauth: {} });
		await at.gateway.oauthChanges.install({
			locationId: name,
			companyId: "sandbox-company",
		});
		await using browser = createBrowser();
		await connect(at, browser, "sandbox-company");
		const page = await browser.visit(`${at.url}/operator`);
		expect(page.text).toContain("&lt;img src=x");
		expect(page.text).not.toContain("<img");
		expect(page.headers["content-security-policy"]).toContain(
			"default-src 'none'",
		);
	});

	test("a form on another site signs nobody in or out", async () => {
		await using at = await startWorld({ oauth: {} });
		await using browser = createBrowser();
		const token = await at.token({ locations: [], scopes: ["operator"] });
		for (const headers of [
			{ "sec-fetch-site": "cross-site" },
			{ "sec-fetch-site": "same-site" },
			{ origin: "https://evil.example" },
			{ origin: "null" },
		] as Record<string, string>[]) {
			const planted = await browser.submit(
				`${at.url}/operator/session`,
				{ token },
				headers,
			);
			expect(planted.status).toBe(403);
			const out = await browser.submit(
				`${at.url}/operator/sign-out`,
				{},
				headers,
			);
			expect(out.status).toBe(403);
		}
		expect((await browser.visit(`${at.url}/operator`)).status).toBe(401);
	});

	test("an operator's cookie is out of reach of scripts and other sites, and over TLS of neighbours", async () => {
		await using at = await startWorld({ oauth: {} });
		await using browser = createBrowser();
		expect(String((await signIn(at, browser)).headers["set-cookie"])).toMatch(
			/^contact_graph_operator=[^;]+; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/,
		);
		await using tls = await startWorld({
			oauth: {},
			gateway: { publicUrl: "https://graph.example" },
		});
		expect(String((await signIn(tls, browser)).headers["set-cookie"])).toMatch(
			/^__Host-contact_graph_operator=[^;]+; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
		);
	});

	test("a HEAD, such as a link preview's, spends neither state nor code", async () => {
		await using at = await startWorld({ oauth: {} });
		await using browser = createBrowser();
		await signIn(at, browser);
		const back = await consent(at, browser, await leave(at, browser), L1);
		const preview = await at.request({
			method: "HEAD",
			path: back.pathname + back.search,
		});
		expect(preview.status).toBe(405);
		expect((await browser.visit(back)).status).toBe(200);
	});

	test("an operator's scope opens no contact, and a contact's scope no operator's page", async () => {
		await using at = await startWorld({ oauth: {} });
		const operator = await at.token({ locations: [L1], scopes: ["operator"] });
		const none = await at.token({
			locations: [],
			scopes: ["operator", "contacts.readonly"],
		});
		for (const token of [operator, none]) {
			const [error] = await at.fails(QUERY, undefined, { token });
			expect(error?.extensions?.code).toBe("FORBIDDEN");
		}
		const page = await at.request({
			path: "/operator",
			headers: { authorization: `Bearer ${await at.token()}` },
		});
		expect(page.status).toBe(403);
		expect(at.calls).toBeExactly();
	});
});

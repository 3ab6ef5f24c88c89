/** Who may call: a token of ours or of the operator's provider, for a location it names, with the scopes its fields need. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
	type CryptoKey,
	exportJWK,
	generateKeyPair,
	type JWTPayload,
	SignJWT,
	UnsecuredJWT,
} from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
	createAuthenticator,
	mintToken,
} from "../../src/auth/authenticator.ts";
import { startWorld, type World } from "../support/world.ts";

const SECRET = new TextEncoder().encode("a-key-for-tests-of-at-least-32-bytes");
const AUTH = { secret: SECRET, issuer: "us", audience: "graph" };
const L1 = "sandbox-location-1";
const L2 = "sandbox-location-2";
const NOW = () => Math.floor(Date.now() / 1000);
const CLAIMS = {
	sub: "ann",
	iss: "us",
	aud: "graph",
	locations: [L1],
	scope: "contacts.readonly",
};

const sign = (
	claims: JWTPayload = {},
	{ alg = "HS256", key = SECRET }: { alg?: string; key?: Uint8Array } = {},
) =>
	new SignJWT({ ...CLAIMS, exp: NOW() + 600, ...claims })
		.setProtectedHeader({ alg })
		.sign(key);

let world: World;
beforeAll(async () => {
	world = await startWorld({ contacts: 1, gateway: { auth: AUTH } });
});
afterAll(() => world[Symbol.asyncDispose]());

const call = (
	token: string | undefined,
	headers: Record<string, string> = {},
	query = "{ contacts { totalCount } }",
	at: World = world,
) =>
	at.request({
		method: "POST",
		headers: {
			"content-type": "application/json",
			...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
			...headers,
		},
		body: JSON.stringify({ query }),
	});

const flipped = async () => {
	const [head, claims, signature = ""] = (await sign()).split(".");
	const other = signature[0] === "A" ? "B" : "A";
	return `${head}.${claims}.${other}${signature.slice(1)}`;
};

describe("a token that is refused costs no call upstream", () => {
	type Row = [
		name: string,
		token: () => string | undefined | Promise<string>,
		status: number,
		code: string,
		says: RegExp,
		headers?: Record<string, string>,
	];
	const NO = "UNAUTHENTICATED";
	const rows: Row[] = [
		["none", () => undefined, 401, NO, /needs a token/],
		["garbage", () => "garbage", 401, NO, /not a signed JWT/],
		["three words of garbage", () => "a.b.c", 401, NO, /not a signed JWT/],
		["far too long", () => "a".repeat(9000), 401, NO, /at most 8192/],
		["expired", () => sign({ exp: NOW() - 61 }), 401, NO, /expired/],
		["no expiry", () => sign({ exp: undefined }), 401, NO, /`exp` is missing/],
		[
			"not yet valid",
			() => sign({ nbf: NOW() + 90 }),
			401,
			NO,
			/not valid yet/,
		],
		[
			"signed by nobody",
			() => new UnsecuredJWT({ ...CLAIMS }).setExpirationTime("10m").encode(),
			401,
			NO,
			/not a signed JWT|algorithm/,
		],
		[
			"another algorithm of the same key",
			() => sign({}, { alg: "HS512", key: new Uint8Array(64).fill(97) }),
			401,
			NO,
			/algorithm/,
		],
		[
			"another key",
			() => sign({}, { key: new Uint8Array(32) }),
			401,
			NO,
			/signature/,
		],
		["changed on its way", flipped, 401, NO, /signature/],
		["another issuer", () => sign({ iss: "them" }), 401, NO, /`iss`/],
		["another audience", () => sign({ aud: "mail" }), 401, NO, /`aud`/],
		["no subject", () => sign({ sub: undefined }), 401, NO, /`sub` is missing/],
		["an empty subject", () => sign({ sub: "" }), 401, NO, /`sub` must be/],
		[
			"a subject as a number",
			() => sign({ sub: 7 as never }),
			401,
			NO,
			/`sub` must be a string/,
		],
		[
			"an expiry as text",
			() => sign({ exp: `${NOW() + 600}` as never }),
			401,
			NO,
			/`exp` is not/,
		],
		[
			"an expiry after all time",
			() => sign({ exp: 1e300 }),
			401,
			NO,
			/`exp` must be a time in seconds/,
		],
		[
			"an expiry in milliseconds",
			() => sign({ exp: Date.now() + 600_000 }),
			401,
			NO,
			/`exp` must be a time in seconds/,
		],
		[
			"a beginning as text",
			() => sign({ nbf: "0" as never }),
			401,
			NO,
			/`nbf`/,
		],
		[
			"a beginning before all time",
			() => sign({ nbf: -1e300 }),
			401,
			NO,
			/`nbf` must be a time in seconds/,
		],
		["scopes as a list", () => sign({ scope: ["a"] }), 401, NO, /one string/],
		["locations as a number", () => sign({ locations: 1 }), 401, NO, /a list/],
		["no location", () => sign({ locations: [] }), 403, "FORBIDDEN", /no loc/],
		[
			"a location not served here",
			() => sign({ locations: ["elsewhere"] }),
			403,
			"FORBIDDEN",
			/no location that/,
		],
		[
			"a location of someone else picked",
			() => sign(),
			403,
			"FORBIDDEN",
			/does not cover/,
			{ "x-location-id": L2 },
		],
		[
			"a location picked that is not served here",
			() => sign({ locations: [L1, "elsewhere"] }),
			403,
			"FORBIDDEN",
			/does not serve/,
			{ "x-location-id": "elsewhere" },
		],
		[
			"several locations and none picked",
			() => sign({ locations: [L1, L2] }),
			400,
			"BAD_REQUEST",
			/X-Location-Id/,
		],
		["no scope", () => sign({ scope: "" }), 403, "FORBIDDEN", /contacts\.read/],
	];
	for (const [name, token, status, code, says, headers] of rows)
		test(name, async () => {
			const raw = await call(await token(), headers);
			expect(raw.status).toBe(status);
			const [error] = raw.json().errors;
			expect(error.extensions.code).toBe(code);
			expect(error.message).toMatch(says);
			expect(raw.headers["www-authenticate"]).toBe(
				status === 401 ? 'Bearer realm="contact-graph"' : undefined,
			);
			expect(world.calls).toBeExactly();
		});

	test("a header that is not Bearer", async () => {
		const raw = await call(undefined, { authorization: "Basic YTpi" });
		expect(raw.status).toBe(401);
		expect(raw.json().errors[0].message).toContain("Bearer <token>");
	});

	test("introspection without a token", async () => {
		const raw = await call(undefined, {}, "{ __schema { types { name } } }");
		expect(raw.status).toBe(401);
		expect(raw.json().data).toBeUndefined();
	});
});

describe("a token that is taken", () => {
	const totals = async (token: string, headers?: Record<string, string>) => {
		const raw = await call(token, headers);
		world.upstream.clearCalls();
		return raw.json().data.contacts.totalCount;
	};

	test("one location needs no header, one of several is picked by it", async () => {
		expect(await totals(await sign())).toBe(1);
		expect(
			await totals(await sign({ locations: undefined, location: L1 })),
		).toBe(1);
		const both = await sign({ locations: [L1, L2] });
		for (const [location, name] of [
			[L1, "c1"],
			[L2, "l2c1"],
		] as const) {
			const raw = await call(
				both,
				{ "x-location-id": location },
				"{ contacts(first: 1) { nodes { contactId } } }",
			);
			expect(raw.json().data.contacts.nodes[0].contactId).toBe(name);
		}
		world.upstream.clearCalls();
	});

	test("clocks may differ by a minute", async () => {
		expect(await totals(await sign({ exp: NOW() - 50 }))).toBe(1);
		expect(await totals(await sign({ nbf: NOW() + 50 }))).toBe(1);
	});

	test("what mintToken makes is taken", async () => {
		const token = await mintToken({
			...AUTH,
			locations: [L1],
			scopes: ["contacts.readonly"],
			ttlSeconds: 60,
		});
		expect(await totals(token)).toBe(1);
	});

	test("a remembered token still ends when it expires", async () => {
		let now = Date.now();
		const authenticator = createAuthenticator({
			...AUTH,
			locations: [L1],
			clockSkewSeconds: 0,
			now: () => now,
		});
		const header = `Bearer ${await sign()}`;
		await authenticator.authenticate(header, undefined);
		now += 599_000;
		await authenticator.authenticate(header, undefined);
		now += 2000;
		await expect(
			authenticator.authenticate(header, undefined),
		).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
	});

	test("a token ends on a connection that is kept, too", async () => {
		let now = Date.now();
		const authenticator = createAuthenticator({
			...AUTH,
			locations: [L1],
			clockSkewSeconds: 0,
			now: () => now,
		});
		const connection = {};
		const header = `Bearer ${await sign()}`;
		await authenticator.authenticate(header, undefined, connection);
		now += 599_000;
		await authenticator.authenticate(header, undefined, connection);
		now += 2000;
		await expect(
			(async () => authenticator.authenticate(header, undefined, connection))(),
		).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
	});

	test("a key shorter than its hash is refused at start", () => {
		expect(() =>
			createAuthenticator({ ...AUTH, secret: "short", locations: [L1] }),
		).toThrow("at least 32 bytes");
	});
});

describe("scopes", () => {
	const forbidden = async (query: string, variables?: object) => {
		const raw = await world.request({
			method: "POST",
			headers: {
				"content-type": "application/json",
				authorization: `Bearer ${await sign({ scope: "other" })}`,
			},
			body: JSON.stringify({ query, variables }),
		});
		expect(world.calls).toBeExactly();
		return { status: raw.status, error: raw.json().errors?.[0] };
	};

	test.each([undefined, "", " "])(
		"a token without any scope reads nothing: scope is %j",
		async (scope) => {
			const raw = await world.request({
				method: "POST",
				headers: {
					"content-type": "application/json",
					authorization: `Bearer ${await sign({ scope })}`,
				},
				body: JSON.stringify({ query: "{ contacts { totalCount } }" }),
			});
			expect(raw.status).toBe(403);
			expect(raw.json().errors[0].extensions).toMatchObject({
				code: "FORBIDDEN",
				scopes: ["contacts.readonly"],
			});
			expect(world.calls).toBeExactly();
		},
	);

	test("what is missing is named, with the fields that need it", async () => {
		const { status, error } = await forbidden(
			'{ contact(id: "c1") { id } contacts { totalCount } }',
		);
		expect(status).toBe(403);
		expect(error.extensions).toMatchObject({
			code: "FORBIDDEN",
			scopes: ["contacts.readonly"],
			fields: ["Query.contact", "Query.contacts"],
		});
	});

	test("a field is found through fragments, and behind conditions that hold", async () => {
		const query = `query($yes: Boolean = true) { ...f @include(if: $yes) }
			fragment f on Query { ... on Query { x: contacts { totalCount } } }`;
		expect((await forbidden(query)).status).toBe(403);
		expect((await forbidden(query, { yes: true })).status).toBe(403);
	});

	test("a field that is left out needs nothing", async () => {
		for (const query of [
			"query($no: Boolean = false) { __typename contacts @include(if: $no) { totalCount } }",
			"{ __typename ... @skip(if: true) { contacts { totalCount } } }",
		])
			expect(await forbidden(query)).toEqual({ status: 200, error: undefined });
	});
});

describe("tokens of the operator's identity provider", () => {
	test("its keys are taken, its rotated key too, and others are not", async () => {
		await using provider = await startProvider();
		await using operated = await startWorld({
			contacts: 1,
			gateway: {
				auth: {
					...AUTH,
					jwksUrl: provider.url,
					jwksCooldownMs: 0,
				},
			},
		});
		const status = async (token: string) => {
			const raw = await call(token, {}, "{ __typename }", operated);
			return raw.status;
		};
		const first = await provider.rotate();
		expect(await status(await first())).toBe(200);
		const fetched = provider.fetches();
		expect(await status(await first())).toBe(200);
		expect(provider.fetches()).toBe(fetched);

		const second = await provider.rotate();
		expect(await status(await second())).toBe(200);
		expect(await status(await first({ jti: "unseen" }))).toBe(401);
		expect(await status(await sign())).toBe(401);
		expect(operated.calls).toBeExactly();
	});

	test("a token seen before is not checked again for five minutes, then it is", async () => {
		await using provider = await startProvider();
		let now = Date.now();
		const authenticator = createAuthenticator({
			...AUTH,
			locations: [L1],
			jwksUrl: provider.url,
			jwksCooldownMs: 0,
			now: () => now,
		});
		const header = `Bearer ${await (await provider.rotate())()}`;
		await authenticator.authenticate(header, undefined);
		const second = await provider.rotate();
		await authenticator.authenticate(`Bearer ${await second()}`, undefined);
		now += 299_000;
		await authenticator.authenticate(header, undefined);
		now += 2000;
		await expect(
			authenticator.authenticate(header, undefined),
		).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
	});

	test("a provider that is down is an outage, not the caller's fault", async () => {
		await using provider = await startProvider();
		const token = await (await provider.rotate())();
		provider.breakDown();
		await using operated = await startWorld({
			contacts: 1,
			gateway: { auth: { ...AUTH, jwksUrl: provider.url } },
		});
		const raw = await call(token, {}, "{ __typename }", operated);
		expect(raw.status).toBe(503);
		expect(raw.json().errors[0].extensions.code).toBe("UPSTREAM_UNAVAILABLE");
	});
});

/** A JWKS address that shows one key at a time. */
const startProvider = async () => {
	let keys: object[] = [];
	let fetches = 0;
	let broken = false;
	const server = createServer((_, res) => {
		fetches++;
		res.writeHead(broken ? 500 : 200, { "content-type": "application/json" });
		res.end(JSON.stringify({ keys }));
	});
	await new Promise<void>((resolve) =>
		server.listen(0, "127.0.0.1", () => resolve()),
	);
	let count = 0;
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
		fetches: () => fetches,
		breakDown: () => {
			broken = true;
		},
		/** Shows a new key instead of the last and gives what signs with it. */
		async rotate() {
			const kid = `key-${++count}`;
			const alg = count % 2 ? "RS256" : "ES256";
			const pair = await generateKeyPair(alg);
			keys = [{ ...(await exportJWK(pair.publicKey)), kid, alg, use: "sig" }];
			const key: CryptoKey = pair.privateKey;
			return (claims: JWTPayload = {}) =>
				new SignJWT({ ...CLAIMS, exp: NOW() + 600, ...claims })
					.setProtectedHeader({ alg, kid })
					.sign(key);
		},
		async [Symbol.asyncDispose]() {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
};

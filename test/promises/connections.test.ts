/** Reading and writing hold over TLS, whichever version of HTTP the API offers and however its connections end. */
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { expect, test } from "vitest";
import { mintToken } from "../../src/auth/authenticator.ts";
import { createEndpoint } from "../../src/oauth/endpoint.ts";
import { type Fault, startSandbox } from "../../src/sandbox/sandbox.ts";
import { createAsker } from "../support/ask.ts";
import { times } from "../support/calls.ts";
import { gatewayProcess } from "../support/gateway-process.ts";
import { mutate, tryMutate } from "../support/mutate.ts";
import { trust } from "../support/trust.ts";
import { startWorld, type World } from "../support/world.ts";

const LOCATION = "sandbox-location-1";
const SECRET = "a-secret-of-the-tests-with-32-characters";
const COLD = { headers: { "cache-control": "no-store" } };
const NESTED = `{
	contacts(first: 20) {
		nodes {
			contactId
			tasks { nodes { taskId } }
			notes { nodes { noteId } }
			appointments { nodes { appointmentId } }
		}
	}
}`;
const NESTED_CALLS = [
	"POST /contacts/search",
	"POST /locations/sandbox-location-1/tasks/search",
	...times(20, "GET /contacts/*/notes"),
	...times(20, "GET /contacts/*/appointments"),
];

/** What the API offers, and what the gateway speaks with it. */
const OFFERS = [
	{ tls: false, offered: "1.1", spoken: "1.1" },
	{ tls: true, offered: "1.1", spoken: "1.1" },
	{ tls: true, offered: "both", spoken: "1.1" },
	{ tls: true, offered: "2", spoken: "2" },
] as const;
type Offer = (typeof OFFERS)[number];

const behind = (
	{ tls, offered }: Offer,
	options: Parameters<typeof startWorld>[0] = {},
): Promise<World> =>
	startWorld({
		contacts: 20,
		...options,
		sandbox: { tls, httpVersions: offered, ...options.sandbox },
	});

const spokenIn = ({ calls }: World) => [
	...new Set(calls.map(({ http }) => http)),
];

test.each(OFFERS)(
	"with TLS $tls and HTTP $offered on offer, a nested query makes exactly its calls, over HTTP $spoken",
	async (offer) => {
		await using world = await behind(offer);
		const { contacts } = await world.query(NESTED);
		expect(contacts.nodes).toHaveLength(20);
		expect(world.calls).toBeExactly(...NESTED_CALLS);
		expect(spokenIn(world)).toEqual([offer.spoken]);
	},
);

test.each(OFFERS)(
	"with TLS $tls and HTTP $offered on offer, there are as many connections as may be, each with one call",
	async (offer) => {
		await using world = await behind(offer, {
			contactsApi: { connections: 5 },
		});
		world.upstream.next({
			kind: "hold",
			match: { pattern: "/(notes|appointments)" },
			count: 40,
		});
		const answer = world.query(NESTED);
		for (let answered = 0; answered < 40; answered += 5) {
			await world.sandbox.held(5);
			expect(world.sandbox.connections()).toBe(5);
			expect(world.calls).toHaveLength(2 + answered + 5);
			world.sandbox.release();
		}
		await answer;
		expect(world.calls).toBeExactly(...NESTED_CALLS);
	},
);

const DROPS: readonly Fault[] = [
	{ kind: "lostAnswer", every: 60 },
	{ kind: "drop", every: 60 },
	{ kind: "goaway", every: 60 },
];
const ROUNDS = 15;

test.each(
	OFFERS.flatMap((offer) => DROPS.map((drop) => ({ ...offer, ...drop, drop }))),
)(
	"with TLS $tls, HTTP $offered on offer and $kind for every 60th call, no query fails, no mutation is refused and none is doubled",
	async ({ drop, ...offer }) => {
		const clock = { now: Date.now() };
		await using world = await behind(offer, {
			gateway: {
				writes: {
					readBackAfterMs: [0],
					settleMs: 1000,
					now: () => clock.now,
				},
			},
		});
		world.upstream.next({ ...drop });
		const bodies: string[] = [];
		/** Repeats what nobody can tell the end of, as its message says; anything else is an error. */
		const write = async (body: string) => {
			bodies.push(body);
			const input = { contactId: "c1", body, idempotencyKey: body };
			for (;;) {
				const { data, errors } = await tryMutate(world, "createNote", input);
				if (errors?.[0]?.extensions?.code !== "OUTCOME_UNKNOWN") {
					expect(errors).toBeUndefined();
					expect(data.createNote).toMatchObject({ note: { body } });
					return;
				}
				clock.now += 1001;
			}
		};
		for (let round = 0; round < ROUNDS; round++)
			await Promise.all([
				world.query(NESTED, {}, COLD),
				...[0, 1, 2, 3].map((at) => write(`note ${round}.${at}`)),
			]);
		const written = await world.query(
			'{ contact(id: "c1") { notes(first: 100) { nodes { body } } } }',
			{},
			COLD,
		);
		const ours = written.contact.notes.nodes
			.map(({ body }: { body: string }) => body)
			.filter((body: string) => bodies.includes(body));
		expect(ours.sort()).toEqual(bodies.sort());
		// The faults did happen: a call was cut for each 60, or a connection replaced.
		const cut = world.calls.filter(({ status }) => status === 0).length;
		if (drop.kind !== "goaway")
			expect(cut).toBe(Math.floor(world.calls.length / 60));
		expect(spokenIn(world)).toEqual([offer.spoken]);
	},
	60_000,
);

test.each(OFFERS)(
	"with TLS $tls and HTTP $offered on offer, connections that were closed while idle cost their calls again and are no fault of the API",
	async (offer) => {
		await using world = await behind(offer);
		await world.query(NESTED, {}, COLD);
		world.sandbox.clearCalls();
		// All of them, as when the front is changed for another.
		world.upstream.next({ kind: "idleClosed", count: 1000 });
		await world.query(NESTED, {}, COLD);
		const closed = world.calls.filter(({ status }) => status === 0);
		expect(closed.length).toBeGreaterThanOrEqual(20);
		expect(world.calls.filter(({ status }) => status !== 0)).toBeExactly(
			...NESTED_CALLS,
		);
		await fetch(`${world.sandbox.url}/__sandbox/faults`, { method: "DELETE" });
		world.sandbox.clearCalls();
		await world.query(NESTED, {}, COLD);
		await mutate(world, "createNote", { contactId: "c2", body: "next" });
		expect(world.calls).toBeExactly(...NESTED_CALLS, "POST /contacts/c2/notes");
	},
);

test.each(OFFERS)(
	"with TLS $tls and HTTP $offered on offer, connections that the other side has closed are replaced and no call is made twice",
	async (offer) => {
		await using world = await behind(offer, { sandbox: { idleMs: 20 } });
		for (let at = 0; at < 3; at++) {
			world.sandbox.clearCalls();
			await world.query(NESTED, {}, COLD);
			expect(world.calls).toBeExactly(...NESTED_CALLS);
			await world.until(
				() => world.sandbox.connections() === 0,
				"the idle connections to close",
			);
		}
	},
);

test.each(OFFERS)(
	"with TLS $tls and HTTP $offered on offer, however many connections went stale, a call meets one of them",
	async (offer) => {
		await using world = await behind(offer);
		await world.query(NESTED, {}, COLD);
		expect(world.sandbox.connections()).toBeGreaterThan(10);
		world.sandbox.clearCalls();
		world.upstream.next({ kind: "idleClosed", count: 1000 });
		await world.query('{ contact(id: "c1") { contactId } }', {}, COLD);
		expect(world.calls.map(({ status }) => status)).toEqual([0, 200]);
	},
);

test("forty connections that end together, each with a call, hold nothing against the API that answers on new ones", async () => {
	await using world = await behind(OFFERS[2]);
	await world.query(NESTED, {}, COLD);
	world.sandbox.clearCalls();
	world.upstream.next({
		kind: "lostAnswer",
		match: { pattern: "/(notes|appointments)" },
		count: 30,
	});
	await world.query(NESTED, {}, COLD);
	expect(world.calls.filter(({ status }) => status === 0)).toHaveLength(30);
	world.sandbox.clearCalls();
	await world.query(NESTED, {}, COLD);
	await mutate(world, "createNote", { contactId: "c2", body: "next" });
	expect(world.calls).toBeExactly(...NESTED_CALLS, "POST /contacts/c2/notes");
});

test("an API that ends new connections, too, is left alone for a moment", async () => {
	await using world = await behind(OFFERS[2]);
	world.upstream.next({ kind: "drop", count: 1000 });
	const refused = async () => {
		const [error] = await world.fails(
			'{ contact(id: "c1") { name } }',
			{},
			COLD,
		);
		return error?.message.includes("has been failing");
	};
	let asked = 0;
	while (!(await refused())) expect(++asked).toBeLessThan(5);
	const made = world.calls.length;
	expect(await refused()).toBe(true);
	expect(world.calls).toHaveLength(made);
});

test("a write whose connection broke before TLS stood is sent again: nothing had happened", async () => {
	await using api = await startSandbox({
		tls: true,
		ids: "readable",
		contacts: 1,
		idleMs: 20,
	});
	let refusals = 0;
	const front = createServer((socket) => {
		if (refusals-- > 0) return socket.resetAndDestroy();
		const to = connect(Number(new URL(api.url).port), "127.0.0.1");
		pipeline(socket, to, socket, () => {});
	}).listen(0, "127.0.0.1");
	await once(front, "listening");
	const { port } = front.address() as AddressInfo;
	using _ = trust(api.certificate);
	await using world = await startWorld({
		contactsApi: { url: `https://127.0.0.1:${port}` },
	});
	// What the gateway read as it started went over connections that stood.
	await world.until(() => api.connections() === 0, "them to close");
	api.clearCalls();
	refusals = 2;
	const { note } = await mutate(world, "createNote", {
		contactId: "c1",
		body: "once",
	});
	expect(note.body).toBe("once");
	expect(refusals).toBeLessThan(0);
	expect(api.calls()).toBeExactly("POST /contacts/c1/notes");
	front.close();
});

test("a gateway of its own process trusts the certificate by NODE_EXTRA_CA_CERTS, and without it reaches nobody", async () => {
	await using api = await startSandbox({
		tls: true,
		ids: "readable",
		contacts: 1,
	});
	const settings = {
		CONTACTS_API_URL: api.url,
		CONTACTS_API_TOKEN: api.tokens[LOCATION] ?? "",
		LOCATION_ID: LOCATION,
		DATA_DIR: await mkdtemp(join(tmpdir(), "contact-graph-tls-")),
		AUTH_SECRET: SECRET,
	};
	const token = await mintToken({
		secret: Buffer.from(SECRET),
		issuer: "contact-graph",
		audience: "contact-graph",
		subject: "test",
		locations: [LOCATION],
		scopes: ["contacts.readonly"],
		ttlSeconds: 60,
	});
	const ask = async (extra: Record<string, string>) => {
		await using gateway = await gatewayProcess({ ...settings, ...extra });
		await gateway.start();
		const asker = createAsker(gateway.url, token, () => "");
		const answer = await asker.answer('{ contact(id: "c1") { contactId } }');
		await asker.close();
		return answer;
	};
	const trusting = { NODE_EXTRA_CA_CERTS: api.certificate?.file ?? "" };
	expect((await ask(trusting)).data).toEqual({ contact: { contactId: "c1" } });
	expect((await ask({})).errors?.[0]?.extensions?.code).toBe(
		"UPSTREAM_UNAVAILABLE",
	);
}, 60_000);

test("tokens are refreshed on connections of their own, too: one that ends takes one refresh along", async () => {
	await using api = await startSandbox({ tls: true, locations: 3 });
	using _ = trust(api.certificate);
	const endpoint = createEndpoint({
		url: api.url,
		clientId: api.oauth.clientId,
		clientSecret: api.oauth.clientSecret,
		redirectUri: () => "http://127.0.0.1/oauth/callback",
	});
	api.next({ kind: "hold", match: { path: "/oauth/token" }, count: 3 });
	const refreshed = Promise.all(
		api.locations.map((id) =>
			endpoint.refresh(
				{ kind: "location", id },
				api.oauth.issue(id).refreshToken,
			),
		),
	);
	await api.held(3);
	expect(new Set(api.calls().map(({ connection }) => connection)).size).toBe(3);
	api.release();
	expect((await refreshed).map(({ id }) => id)).toEqual(api.locations);
	await endpoint.close();
});

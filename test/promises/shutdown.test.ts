/** How the gateway begins and ends: ready when it knows its locations, gone when everyone has their answer. */
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { createGateway } from "../../src/gateway.ts";
import type { GatewayOptions } from "../../src/gateway-options.ts";
import { createLog } from "../../src/log.ts";
import { startWorld, type World } from "../support/world.ts";

/** Sends a query whose one REST call takes `delayMs`, and returns once that call is on its way. */
const startSlow = async (world: World, delayMs: number) => {
	world.upstream.next({ kind: "slow", delayMs });
	const answer = world.request({
		method: "POST",
		headers: {
			authorization: `Bearer ${await world.token()}`,
			"content-type": "application/json",
		},
		body: '{"query":"{ contacts { totalCount } }"}',
	});
	answer.catch(() => {});
	await expect.poll(() => world.calls.length).toBe(1);
	return { answer };
};

const open = async (url: string): Promise<Socket> => {
	const socket = connect(Number(new URL(url).port), "127.0.0.1");
	await new Promise((resolve, reject) => {
		socket.once("connect", resolve);
		socket.once("error", reject);
	});
	return socket;
};

const reasons = async (url: string) => {
	const answered = await fetch(`${url}/health/ready`);
	const body = (await answered.json()) as { reasons: string[] };
	return { status: answered.status, reasons: body.reasons };
};

test("health says which version runs, and no other address is taken for it", async () => {
	await using world = await startWorld({ contacts: 1 });
	const asked = async (path: string) => {
		const answer = await fetch(`${world.url}${path}`);
		return { status: answer.status, body: await answer.json() };
	};
	const { version } = packageJson;
	expect(await asked("/health/live")).toEqual({
		status: 200,
		body: { status: "alive", version },
	});
	expect(await asked("/health/ready")).toEqual({
		status: 200,
		body: { status: "ready", version, reasons: [], store: "sqlite" },
	});
	// Yoga takes every address that ends like its health check for that.
	for (const end of ["/health", "/health/live", "/health/ready"])
		expect(
			await asked(`/graphql?query={__typename}&operationName=${end}`),
		).toMatchObject({
			status: 401,
			body: { errors: [{ extensions: { code: "UNAUTHENTICATED" } }] },
		});
});

describe("closing", () => {
	test("a running request gets its answer, and its socket ends with it", async () => {
		await using world = await startWorld({ contacts: 2 });
		const { answer } = await startSlow(world, 300);
		const closed = world.gateway.close();
		const raw = await answer;
		expect(raw.json().data).toEqual({ contacts: { totalCount: 2 } });
		expect(raw.headers.connection).toBe("close");
		await closed;
	});

	test("nobody new is let in while it drains", async () => {
		await using world = await startWorld({ contacts: 1 });
		const { answer } = await startSlow(world, 300);
		const closed = world.gateway.close();
		await expect(open(world.url)).rejects.toMatchObject({
			code: "ECONNREFUSED",
		});
		await answer;
		await closed;
	});

	test("a connection that only waits for its next request does not hold it up", async () => {
		await using world = await startWorld({ contacts: 1 });
		const idle = await open(world.url);
		idle.write("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
		await new Promise((resolve) => idle.once("data", resolve));
		const ended = new Promise((resolve) => idle.once("close", resolve));
		const startedAt = performance.now();
		await world.gateway.close();
		await ended;
		expect(performance.now() - startedAt).toBeLessThan(1000);
	});

	test("what takes longer than the drain is cut off, upstream calls with it", async () => {
		await using world = await startWorld({
			contacts: 1,
			gateway: { drainMs: 100 },
		});
		const { answer } = await startSlow(world, 1500);
		const startedAt = performance.now();
		await world.gateway.close();
		expect(performance.now() - startedAt).toBeLessThan(1000);
		await expect(answer).rejects.toThrow();
	});

	test("closing twice is closing once", async () => {
		await using world = await startWorld({ contacts: 1 });
		await Promise.all([world.gateway.close(), world.gateway.close()]);
	});
});

describe("starting", () => {
	test("it stands ready with one call per location made, and no stray one later", async () => {
		await using world = await startWorld({ contacts: 1 });
		expect(await reasons(world.url)).toEqual({ status: 200, reasons: [] });
		await world.query(
			"{ contacts { nodes { appointments { nodes { startTime } } } } }",
		);
		expect(world.calls).toBeExactly(
			"POST /contacts/search",
			"GET /contacts/c1/appointments",
		);
	});

	test("a location that does not answer delays it two seconds and is named as the reason", async () => {
		await using silent = await startSilent();
		const startedAt = performance.now();
		await using gateway = await createGateway(optionsFor(silent.url));
		const tookMs = performance.now() - startedAt;
		expect(tookMs).toBeGreaterThan(1500);
		expect(tookMs).toBeLessThan(3000);
		const { status, reasons: against } = await reasons(gateway.url);
		expect(status).toBe(503);
		expect(against).toEqual(["learning about location L"]);
		expect((await fetch(`${gateway.url}/health/live`)).status).toBe(200);
		await expect
			.poll(() => reasons(gateway.url), { timeout: 5000 })
			.toEqual({ status: 200, reasons: [] });
	});

	test("a port that is taken is told as such", async () => {
		await using world = await startWorld({ contacts: 1 });
		const port = Number(new URL(world.url).port);
		await expect(
			createGateway({ ...optionsFor(world.sandbox.url), port }),
		).rejects.toMatchObject({ code: "EADDRINUSE" });
	});
});

/** An upstream that takes every call and answers none. */
const startSilent = async () => {
	const server = createServer(() => {});
	await new Promise<void>((resolve) =>
		server.listen(0, "127.0.0.1", () => resolve()),
	);
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		async [Symbol.asyncDispose]() {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
};

const optionsFor = (url: string): GatewayOptions => ({
	port: 0,
	contactsApi: { url, connections: 1, timeoutMs: 3000, token: () => "pit" },
	locations: ["L"],
	auth: {
		secret: "a-key-for-tests-of-at-least-32-bytes",
		issuer: "us",
		audience: "graph",
	},
	limits: {
		bodyBytes: 1000,
		depth: 5,
		aliases: 5,
		rootFields: 5,
		directives: 5,
		tokens: 100,
		pageSize: 10,
	},
	cors: { origins: [] },
	production: false,
	log: createLog({ level: "silent" }),
});

// TLS with both versions of HTTP, and connections that end.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Agent, Client, type Dispatcher, request } from "undici";
import { expect, test } from "vitest";
import type { SandboxOptions } from "../../src/sandbox/sandbox.ts";
import { startCaller } from "./caller.ts";

/** A caller on one connection, that takes HTTP/2 where it is offered. */
const onOne = async (options: SandboxOptions) => {
	const api = await startCaller({ tls: true, ...options });
	const client = new Client(api.sandbox.url, {
		connect: { ca: api.sandbox.certificate?.pem ?? "" },
	});
	const get = async (path: string) => {
		const { statusCode, headers, body } = await client.request({
			method: "GET",
			path,
			headers: {
				authorization: `Bearer ${api.sandbox.tokens["sandbox-location-1"]}`,
				version: "2021-07-28",
			},
		});
		return { status: statusCode, headers, body: await body.json() };
	};
	return {
		api: api.sandbox,
		get,
		async [Symbol.asyncDispose]() {
			await client.destroy();
			await api[Symbol.asyncDispose]();
		},
	};
};

test.each([
	["1.1", "1.1"],
	["both", "2"],
	["2", "2"],
] as const)(
	"with HTTP %s on offer, a caller that takes both speaks %s",
	async (httpVersions, spoken) => {
		await using one = await onOne({ httpVersions });
		expect(one.api.url).toMatch(/^https:/);
		expect((await one.get("/contacts/c1")).body).toMatchObject({
			contact: { id: "c1" },
		});
		await one.get("/contacts/c2");
		expect(one.api.calls()).toMatchObject([
			{ http: spoken, connection: 1 },
			{ http: spoken, connection: 1 },
		]);
	},
);

test("a caller that only knows the other version is refused by TLS", async () => {
	await using one = await onOne({ httpVersions: "2" });
	const old = new Client(one.api.url, {
		allowH2: false,
		connect: { ca: one.api.certificate?.pem ?? "" },
	});
	await expect(
		old.request({ method: "GET", path: "/contacts/c1" }),
	).rejects.toThrow(/no application protocol/);
	await old.destroy();
});

test("the certificate is trusted by nobody who was not told", async () => {
	await using one = await onOne({});
	await expect(request(`${one.api.url}/contacts/c1`)).rejects.toThrow(
		/self-signed certificate/,
	);
});

test.each(["drop", "lostAnswer", "cut"] as const)(
	"%s takes every call of the session along",
	async (kind) => {
		await using one = await onOne({});
		await one.get("/contacts/c1");
		one.api.next({ kind: "hold", match: { path: "/contacts/c2" }, count: 3 });
		const held = Promise.allSettled(
			[1, 2, 3].map(() => one.get("/contacts/c2")),
		);
		await one.api.held(3);
		one.api.next({ kind });
		await expect(one.get("/contacts/c1")).rejects.toThrow();
		for (const { status } of await held) expect(status).toBe("rejected");
		expect((await one.get("/contacts/c1")).status).toBe(200);
		expect(
			new Set(one.api.calls().map(({ connection }) => connection)),
		).toEqual(new Set([1, 2]));
	},
);

test("goaway lets the calls of a session end, and takes no new one on it", async () => {
	await using one = await onOne({});
	await one.get("/contacts/c1");
	one.api.next({ kind: "hold", match: { path: "/contacts/c2" } });
	const held = one.get("/contacts/c2");
	await one.api.held(1);
	one.api.next({ kind: "goaway" });
	expect((await one.get("/contacts/c1")).status).toBe(200);
	one.api.release();
	expect((await held).status).toBe(200);
	expect((await one.get("/contacts/c3")).status).toBe(200);
	expect(one.api.calls().map(({ connection }) => connection)).toEqual([
		1, 1, 1, 2,
	]);
});

test("over HTTP/1.1 goaway is the header that says so", async () => {
	await using one = await onOne({ httpVersions: "1.1" });
	one.api.next({ kind: "goaway" });
	const { status, headers } = await one.get("/contacts/c1");
	expect([status, headers.connection]).toEqual([200, "close"]);
	await one.get("/contacts/c1");
	expect(one.api.calls().map(({ connection }) => connection)).toEqual([1, 2]);
});

test.each(["1.1", "2"] as const)(
	"over HTTP %s idleClosed spares a new connection and ends one that had been idle",
	async (httpVersions) => {
		await using one = await onOne({ httpVersions });
		one.api.next({ kind: "idleClosed" });
		expect((await one.get("/contacts/c1")).status).toBe(200);
		await expect(one.get("/contacts/c1")).rejects.toThrow();
		expect((await one.get("/contacts/c1")).status).toBe(200);
		expect(one.api.calls().map(({ status }) => status)).toEqual([200, 0, 200]);
	},
);

test("every takes each Nth call that matches, without an end", async () => {
	await using api = await startCaller();
	api.sandbox.next({
		kind: "status",
		status: 503,
		every: 3,
		match: { path: "/contacts/c1" },
	});
	const seen: number[] = [];
	for (let at = 0; at < 9; at++) {
		await api.get("/contacts/c2");
		seen.push((await api.get("/contacts/c1")).status);
	}
	expect(seen).toEqual([200, 200, 503, 200, 200, 503, 200, 200, 503]);
	expect((await api.get("/__sandbox/faults")).body).toEqual([
		expect.objectContaining({ kind: "status", every: 3 }),
	]);
	expect(() => api.sandbox.next({ kind: "drop", every: 0 })).toThrow(
		'"every" must be a whole number from 1.',
	);
});

test.each(["1.1", "2"] as const)(
	"over HTTP %s a connection without calls is closed after idleMs, and not while one is under way",
	async (httpVersions) => {
		await using one = await onOne({ httpVersions, idleMs: 20, latencyMs: 60 });
		const { headers } = await one.get("/contacts/c1");
		expect(headers["keep-alive"]).toBeUndefined();
		await expect.poll(() => one.api.connections()).toBe(0);
		await one.get("/contacts/c1");
		expect(one.api.calls().map(({ connection }) => connection)).toEqual([1, 2]);
	},
);

test("`npm run sandbox -- --tls` prints where its certificate lies, and takes it away when it ends", async () => {
	const child = spawn(
		process.execPath,
		[
			join(import.meta.dirname, "../../src/sandbox/main.ts"),
			..."--tls --port 0 --contacts 1 --ids readable".split(" "),
		],
		{ stdio: ["ignore", "pipe", "inherit"] },
	);
	let written = "";
	for await (const chunk of child.stdout) {
		written += chunk;
		if (written.includes("Control:")) break;
	}
	const [, url = ""] = /API: (https:\S+)/.exec(written) ?? [];
	const [, file = ""] = /^Certificate: (\S+)$/m.exec(written) ?? [];
	expect(written).toContain(`NODE_EXTRA_CA_CERTS=${file}`);
	const dispatcher: Dispatcher = new Agent({
		connect: { ca: await readFile(file, "utf8") },
	});
	const { statusCode, body } = await request(`${url}/__sandbox/calls`, {
		dispatcher,
	});
	expect([statusCode, await body.json()]).toEqual([200, []]);
	await dispatcher.close();
	child.kill("SIGTERM");
	await once(child, "exit");
	expect(existsSync(file)).toBe(false);
});

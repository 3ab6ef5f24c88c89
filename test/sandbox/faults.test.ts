// Faults on demand, through the programmatic door and through the control room.
import { type IncomingMessage, get as rawGet } from "node:http";
import { performance } from "node:perf_hooks";
import { describe, expect, test } from "vitest";
import { type Caller, FIRST, startCaller } from "./caller.ts";

describe("kinds", () => {
	test("a bare number is the status of the next call only", async () => {
		await using api = await startCaller();
		api.sandbox.next(429);
		const first = await api.get("/contacts/c1");
		expect([first.status, first.body]).toEqual([
			429,
			{ statusCode: 429, message: "Too Many Requests" },
		]);
		expect((await api.get("/contacts/c1")).status).toBe(200);
	});

	test("a status may bring its own body and headers", async () => {
		await using api = await startCaller();
		api.sandbox.next({
			kind: "status",
			status: 503,
			body: { oops: true },
			headers: { "Retry-After": "7" },
		});
		const { status, body, headers } = await api.get("/contacts/c1");
		expect([status, body, headers.get("retry-after")]).toEqual([
			503,
			{ oops: true },
			"7",
		]);
	});

	test("a 502 comes as the HTML of a proxy", async () => {
		await using api = await startCaller();
		api.sandbox.next(502);
		expect((await api.get("/contacts/c1")).body).toMatch(/^<html>/);
	});

	test("drop ends the connection before any answer", async () => {
		await using api = await startCaller();
		api.sandbox.next({ kind: "drop" });
		await expect(api.get("/contacts/c1")).rejects.toThrow("fetch failed");
		expect(api.sandbox.calls()).toMatchObject([{ status: 0 }]);
		expect((await api.get("/contacts/c1")).status).toBe(200);
	});

	test("cut sends the headers and half of the body", async () => {
		await using api = await startCaller();
		api.sandbox.next({ kind: "cut" });
		const { headers, received, complete } = await readRaw(api, "/contacts/c1");
		const promised = Number(headers["content-length"]);
		expect(complete).toBe(false);
		expect(received).toBe(Math.floor(promised / 2));
	});

	test("slow makes the answer wait", async () => {
		await using api = await startCaller();
		api.sandbox.next({ kind: "slow", delayMs: 80 });
		const start = performance.now();
		expect((await api.get("/contacts/c1")).body.contact.id).toBe("c1");
		expect(performance.now() - start).toBeGreaterThanOrEqual(79);
	});

	test("malformed is 200 with JSON that does not parse", async () => {
		await using api = await startCaller();
		api.sandbox.next({ kind: "malformed" });
		const { status, body } = await api.get("/contacts/c1");
		expect(status).toBe(200);
		expect(body).toEqual(expect.any(String));
	});

	test("wrongShape answers something else, or the answer without some keys", async () => {
		await using api = await startCaller();
		api.sandbox.next({ kind: "wrongShape", body: { contact: 7 } });
		expect((await api.get("/contacts/c1")).body).toEqual({ contact: 7 });
		api.sandbox.next({
			kind: "wrongShape",
			remove: ["contacts.*.id", "total"],
		});
		const { body } = await api.search({});
		expect(body.contacts).toHaveLength(20);
		expect(body.contacts[3]).not.toHaveProperty("id");
		expect(body).not.toHaveProperty("total");
	});
});

describe("aim", () => {
	test("a fault waits for the call it is meant for", async () => {
		await using api = await startCaller();
		api.sandbox.next({
			kind: "status",
			status: 500,
			match: { method: "GET", path: "/contacts/c2" },
		});
		api.sandbox.next({
			kind: "status",
			status: 503,
			match: { pattern: "^/contacts/c\\d+/notes$" },
		});
		expect((await api.get("/contacts/c1")).status).toBe(200);
		expect((await api.get("/contacts/c7/notes")).status).toBe(503);
		expect((await api.get("/contacts/c2")).status).toBe(500);
	});

	test("count and afterCalls say how many and when", async () => {
		await using api = await startCaller();
		api.sandbox.next({ kind: "status", status: 500, count: 2, afterCalls: 1 });
		const statuses = [];
		for (let i = 0; i < 4; i++)
			statuses.push((await api.get("/contacts/c1")).status);
		expect(statuses).toEqual([200, 500, 500, 200]);
	});
});

describe("control room", () => {
	test("faults are queued, listed and cleared; none of it is an API call", async () => {
		await using api = await startCaller();
		const path = "/__sandbox/faults";
		expect((await api.send("POST", path, { next: 429 })).status).toBe(201);
		expect((await api.get(path)).body).toMatchObject([
			{ kind: "status", status: 429 },
		]);
		await api.send("DELETE", path);
		expect((await api.get("/contacts/c1")).status).toBe(200);
		expect((await api.get("/__sandbox/calls")).body).toMatchObject([
			{ method: "GET", path: "/contacts/c1", status: 200 },
		]);
		await api.send("DELETE", "/__sandbox/calls");
		expect((await api.get("/__sandbox/calls")).body).toEqual([]);
	});

	test.each([
		[{}, "Unknown kind"],
		[{ kind: "status", status: 99 }, '"status" must be'],
		[{ kind: "slow" }, '"delayMs" must be'],
		[{ kind: "wrongShape" }, '"wrongShape" needs'],
		[{ next: 429, count: 0 }, '"count" must be'],
		[{ kind: "drop", match: { verb: "GET" } }, 'knows no "verb"'],
		[{ kind: "drop", match: { pattern: "(" } }, "not a regular expression"],
		["no json", "JSON"],
	])(
		"%j is refused and the answer says what is expected",
		async (body, text) => {
			await using api = await startCaller();
			const answer = await api.send("POST", "/__sandbox/faults", body);
			expect(answer.status).toBe(400);
			expect(answer.body.error).toContain(text);
		},
	);
});

describe("record of calls", () => {
	test("it keeps path with query, body and location, in order of arrival", async () => {
		await using api = await startCaller();
		await api.get(`/users/?locationId=${FIRST}`);
		await api.search({ pageLimit: 1 });
		expect(api.sandbox.calls()).toMatchObject([
			{ method: "GET", path: `/users/?locationId=${FIRST}`, status: 200 },
			{
				method: "POST",
				path: "/contacts/search",
				status: 200,
				locationId: FIRST,
				body: { locationId: FIRST, pageLimit: 1 },
			},
		]);
		api.sandbox.clearCalls();
		expect(api.sandbox.calls()).toEqual([]);
	});

	test("latency holds back every answer", async () => {
		await using api = await startCaller({ latencyMs: 60 });
		const start = performance.now();
		await Promise.all([api.get("/contacts/c1"), api.get("/contacts/nobody")]);
		expect(performance.now() - start).toBeGreaterThanOrEqual(59);
	});
});

function readRaw(
	api: Caller,
	path: string,
): Promise<{
	headers: IncomingMessage["headers"];
	received: number;
	complete: boolean;
}> {
	return new Promise((done, failed) => {
		const headers = {
			authorization: `Bearer ${api.sandbox.tokens[FIRST]}`,
			version: "2021-07-28",
		};
		rawGet(api.sandbox.url + path, { headers, agent: false }, (answer) => {
			let received = 0;
			const finish = () =>
				done({
					headers: answer.headers,
					received,
					complete: answer.complete,
				});
			answer.on("data", (chunk: Buffer) => {
				received += chunk.length;
			});
			answer.on("error", finish);
			answer.on("end", finish);
		}).on("error", failed);
	});
}

// The budget: an exact sliding window, a daily count, six headers on every answer.
import { expect, test } from "vitest";
import { FIRST, SECOND, startCaller } from "./caller.ts";

const limits = (headers: Headers) =>
	[
		"X-RateLimit-Max",
		"X-RateLimit-Remaining",
		"X-RateLimit-Interval-Milliseconds",
		"X-RateLimit-Limit-Daily",
		"X-RateLimit-Daily-Remaining",
		"X-RateLimit-Daily-Reset",
	].map((name) => Number(headers.get(name) ?? Number.NaN));

test("every answer says what is left, errors too", async () => {
	await using api = await startCaller({
		rateLimit: { burst: 100, intervalMs: 10_000, daily: 200_000 },
	});
	const halfADay = 12 * 3_600_000;
	const first = await api.get("/contacts/c1");
	expect(limits(first.headers)).toEqual([
		100,
		99,
		10_000,
		200_000,
		199_999,
		halfADay,
	]);
	const second = await api.get("/contacts/nobody");
	expect(limits(second.headers)).toEqual([
		100,
		98,
		10_000,
		200_000,
		199_998,
		halfADay,
	]);
});

test("calls beyond the burst are 429 until the oldest has left the window", async () => {
	await using api = await startCaller({
		rateLimit: { burst: 3, intervalMs: 10_000, daily: 1_000 },
	});
	const status = async () => (await api.get("/contacts/c1")).status;
	expect(await status()).toBe(200);
	api.clock.now += 4_000;
	expect([await status(), await status(), await status()]).toEqual([
		200, 200, 429,
	]);
	api.clock.now += 5_999;
	expect(await status()).toBe(429);
	api.clock.now += 1;
	expect([await status(), await status()]).toEqual([200, 429]);
});

test("the refusal has the upstream's plain body", async () => {
	await using api = await startCaller({
		rateLimit: { burst: 1, intervalMs: 10_000, daily: 10 },
	});
	await api.get("/contacts/c1");
	const { status, body } = await api.get("/contacts/c1");
	expect([status, body]).toEqual([
		429,
		{ statusCode: 429, message: "Too Many Requests" },
	]);
});

test("the daily count is full for a day from its first call", async () => {
	await using api = await startCaller({
		rateLimit: { burst: 100, intervalMs: 1_000, daily: 2 },
	});
	const status = async () => (await api.get("/contacts/c1")).status;
	expect([await status(), await status(), await status()]).toEqual([
		200, 200, 429,
	]);
	api.clock.now += 24 * 3_600_000 - 1;
	expect(await status()).toBe(429);
	api.clock.now += 1;
	expect(await status()).toBe(200);
});

test("each location has its own budget", async () => {
	await using api = await startCaller({
		rateLimit: { burst: 1, intervalMs: 10_000, daily: 10 },
	});
	const token = api.sandbox.tokens[SECOND] ?? "";
	expect((await api.get("/contacts/c1")).status).toBe(200);
	expect((await api.get("/contacts/l2c1", { token })).status).toBe(200);
	expect((await api.get("/contacts/c1")).status).toBe(429);
});

test("another app's calls eat from the budget without being recorded", async () => {
	await using api = await startCaller({
		rateLimit: { burst: 5, intervalMs: 10_000, daily: 100 },
	});
	const eaten = await api.send("POST", "/__sandbox/foreign", {
		locationId: FIRST,
		count: 4,
	});
	expect([eaten.status, eaten.body]).toEqual([201, { taken: 4 }]);
	const { headers } = await api.get("/contacts/c1");
	expect(headers.get("X-RateLimit-Remaining")).toBe("0");
	expect(api.sandbox.calls()).toHaveLength(1);
	const wrong = await api.send("POST", "/__sandbox/foreign", { count: 4 });
	expect(wrong.status).toBe(400);
});

test("the limit can be changed while it runs, and begins anew", async () => {
	await using api = await startCaller({ rateLimit: "off" });
	const status = async () => (await api.get("/contacts/c1")).status;
	const change = (limit: unknown) =>
		api.send("PUT", "/__sandbox/rate-limit", limit);
	expect([await status(), await status(), await status()]).toEqual([
		200, 200, 200,
	]);
	const two = { burst: 2, intervalMs: 10_000, daily: 1_000 };
	const changed = await change(two);
	expect([changed.status, changed.body]).toEqual([200, two]);
	expect([await status(), await status(), await status()]).toEqual([
		200, 200, 429,
	]);
	await change('"off"');
	expect(await status()).toBe(200);
	for (const wrong of ["null", '"on"', { ...two, burst: 0 }])
		expect((await change(wrong)).status).toBe(400);
	expect(await status()).toBe(200);
});

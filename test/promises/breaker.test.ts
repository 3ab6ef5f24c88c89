/** What does not answer is left alone for a moment, tried again by one call, and used again when it answers. */
import { expect, test } from "vitest";
import { createBreaker } from "../../src/upstream/breaker.ts";
import { testClock } from "../support/clock.ts";
import { startWorld } from "../support/world.ts";

const ONE = '{ contact(id: "c1") { contactId } }';
const COLD = { headers: { "cache-control": "no-store" } };

test("five failures stop the calls of that family, others go on, and one good call brings it back", async () => {
	await using world = await startWorld({
		contacts: 1,
		gateway: {},
	});
	world.upstream.next({
		kind: "status",
		status: 500,
		count: 5,
		match: { path: "/contacts/c1" },
	});
	for (let at = 0; at < 5; at++) await world.fails(ONE, {}, COLD);
	const made = world.calls.length;
	const [error] = await world.fails(ONE, {}, COLD);
	expect(error?.extensions).toMatchObject({
		code: "UPSTREAM_UNAVAILABLE",
		retryAfterMs: expect.any(Number),
	});
	expect(error?.message).toContain("/contacts");
	expect(world.calls).toHaveLength(made);
	// Another family is asked as before.
	await world.query("{ location { users { name } } }", {}, COLD);
	await expect
		.poll(async () => (await world.answer(ONE, {}, COLD)).data.contact, {
			timeout: 5000,
			interval: 50,
		})
		.toEqual({ contactId: "c1" });
});

test("another location's calls go on", async () => {
	await using world = await startWorld({ contacts: 1 });
	world.upstream.next({ kind: "status", status: 500, count: 5 });
	for (let at = 0; at < 5; at++) await world.fails(ONE, {}, COLD);
	await world.fails(ONE, {}, COLD);
	const token = await world.token({ locations: ["sandbox-location-2"] });
	const { errors } = await world.answer(
		"{ contacts(first: 1) { nodes { contactId } } }",
		{},
		{ ...COLD, token },
	);
	expect(errors).toBeUndefined();
});

const broken = () => {
	const clock = testClock();
	const breaker = createBreaker("/contacts", clock, { openMs: 1000 });
	for (let at = 0; at < 5; at++) breaker.begin()("bad");
	return { clock, breaker };
};

test("it opens at five failures of at least half the calls, and not before", async () => {
	const clock = testClock();
	const breaker = createBreaker("/contacts", clock);
	for (let at = 0; at < 4; at++) breaker.begin()("bad");
	for (let at = 0; at < 6; at++) breaker.begin()("good");
	breaker.begin()("bad");
	expect(breaker.refusal()).toBeUndefined();
	breaker.begin()("bad");
	expect(breaker.refusal()?.code).toBe("UPSTREAM_UNAVAILABLE");
});

test("failures that are long past do not count", async () => {
	const clock = testClock();
	const breaker = createBreaker("/contacts", clock);
	for (let at = 0; at < 4; at++) breaker.begin()("bad");
	await clock.advance(10_001);
	breaker.begin()("bad");
	expect(breaker.refusal()).toBeUndefined();
});

test("while it tries, one call goes out and the others are refused", async () => {
	const { clock, breaker } = broken();
	await clock.advance(1000);
	const tell = breaker.begin();
	expect(() => breaker.begin()).toThrow("has been failing");
	tell("good");
	expect(breaker.refusal()).toBeUndefined();
});

test("each failed try doubles the pause, up to ten seconds", async () => {
	const { clock, breaker } = broken();
	for (const pauseMs of [1000, 2000, 4000, 8000, 10_000, 10_000]) {
		await clock.advance(pauseMs - 1);
		expect(breaker.refusal()).toBeDefined();
		await clock.advance(1);
		expect(breaker.refusal()).toBeUndefined();
		breaker.begin()("bad");
	}
});

test("a try that its caller gave up says nothing, and the next one may try", async () => {
	const { clock, breaker } = broken();
	await clock.advance(1000);
	breaker.begin()("unknown");
	expect(breaker.refusal()).toBeUndefined();
	breaker.begin()("bad");
	expect(breaker.refusal()).toBeDefined();
});

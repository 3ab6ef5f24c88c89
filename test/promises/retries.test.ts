/** A read survives a fault that passes; a write is repeated only when it is certain that nothing happened. */

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { fail } from "../../src/errors.ts";
import { neverSent } from "../../src/upstream/certainty.ts";
import { StaleConnection } from "../../src/upstream/connections.ts";
import { Refusal } from "../../src/upstream/refusal.ts";
import { withRetries } from "../../src/upstream/retry.ts";
import { testClock } from "../support/clock.ts";
import { startWorld } from "../support/world.ts";

const ONE = '{ contact(id: "c1") { contactId } }';

test.each([
	[{ kind: "status", status: 502 }],
	[{ kind: "status", status: 503 }],
	[{ kind: "status", status: 504 }],
	[{ kind: "drop" }],
	[{ kind: "cut" }],
] as const)("a read that meets %j once is made again", async (fault) => {
	await using world = await startWorld({ contacts: 1 });
	world.upstream.next({ ...fault });
	expect(await world.query(ONE)).toEqual({ contact: { contactId: "c1" } });
	expect(world.calls).toBeExactly("GET /contacts/c1", "GET /contacts/c1");
});

test.each([
	[{ kind: "status", status: 500 }],
	[{ kind: "status", status: 400, body: { message: "no" } }],
	[{ kind: "malformed" }],
	[{ kind: "wrongShape", body: {} }],
] as const)("a read that meets %j is not made again", async (fault) => {
	await using world = await startWorld({ contacts: 1 });
	world.upstream.next({ ...structuredClone(fault) } as never);
	await world.fails(ONE);
	expect(world.calls).toBeExactly("GET /contacts/c1");
});

test("a read is tried three times, each call counted in the price", async () => {
	await using world = await startWorld({ contacts: 1 });
	world.upstream.next({ kind: "drop", count: 5 });
	const { errors, extensions } = await world.answer(ONE);
	expect(errors?.[0]?.extensions?.code).toBe("UPSTREAM_UNAVAILABLE");
	expect(extensions.price.made).toBe(3);
	expect(world.calls).toHaveLength(3);
});

test("while nothing listens, the answer says that the API cannot be reached", async () => {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, "close");
	await using world = await startWorld({
		contacts: 1,
		gateway: {
			contactsApi: {
				url: `http://127.0.0.1:${port}`,
				connections: 10,
				timeoutMs: 500,
				token: () => "any",
			},
		},
	});
	const [error] = await world.fails(ONE);
	expect(error?.extensions?.code).toBe("UPSTREAM_UNAVAILABLE");
});

const unavailable = (upstreamStatus?: number, cause?: unknown) =>
	fail("UPSTREAM_UNAVAILABLE", "no", {
		cause,
		extensions: upstreamStatus ? { upstreamStatus } : {},
	});
const reset = Object.assign(new Error(), { code: "ECONNRESET" });
const stale = new StaleConnection(reset);

const attempt = async (
	error: unknown,
	safe: boolean,
	deadlineAt = Number.POSITIVE_INFINITY,
) => {
	const clock = testClock();
	const at: number[] = [];
	const done = withRetries(
		async () => {
			at.push(clock.now());
			throw error;
		},
		{ safe, clock, deadlineAt, signal: undefined },
		{ random: () => 0.5 },
	).catch(() => at);
	await clock.advance(60_000);
	return done;
};

test("waits grow, with chance in them, and never pass the deadline", async () => {
	expect(await attempt(unavailable(503), true)).toEqual([0, 150, 450]);
	expect(await attempt(unavailable(503), true, 200)).toEqual([0, 150]);
	expect(await attempt(unavailable(503), true, 100)).toEqual([0]);
});

test.each([
	["429", new Refusal("POST /contacts/", 429, "{}"), 3],
	["a call that never left", neverSent(unavailable()), 3],
	["a stale connection", unavailable(undefined, stale), 1],
	["a connection that broke", unavailable(undefined, reset), 1],
	["503", unavailable(503), 1],
	["a timeout", fail("UPSTREAM_TIMEOUT", "late"), 1],
	["a bug of ours", new TypeError("oops"), 1],
])("a write that meets %s is made %#", async (_, error, times) => {
	expect(await attempt(error, false)).toHaveLength(times);
});

test("after a stale connection a read does not wait", async () => {
	expect(await attempt(unavailable(undefined, stale), true)).toEqual([0, 0, 0]);
});

test("a caller who leaves during a wait is not kept", async () => {
	const clock = testClock();
	const leave = new AbortController();
	let made = 0;
	const done = withRetries(
		async () => {
			made++;
			throw unavailable(503);
		},
		{
			safe: true,
			clock,
			deadlineAt: Number.POSITIVE_INFINITY,
			signal: leave.signal,
		},
	);
	const outcome = done.catch((reason) => reason);
	await clock.advance(1);
	leave.abort("left");
	expect(await outcome).toBe("left");
	await clock.advance(10_000);
	expect([made, clock.waiting]).toEqual([1, 0]);
});

/** What connections that stay are subject to, without the connections: expiry, withdrawal, the drain and its pace. */
import { expect, test, vi } from "vitest";
import { fail } from "../../src/errors.ts";
import {
	createLongLived,
	type LongLivedConnection,
} from "../../src/server/long-lived-connections.ts";

const viewer = {
	subject: "test",
	locationId: "L",
	locations: ["L"],
	scopes: new Set<string>(),
	expiresAtMs: Date.now() + 3_600_000,
};

interface Connection extends LongLivedConnection {
	readonly ended: { at: number; code: number }[];
	leave(): void;
}

/** Goes as soon as it is told, unless it is stubborn. */
const connection = (stubborn = false): Connection => {
	const one: Connection = {
		subscriptions: [],
		ended: [],
		idle: () => Promise.resolve(),
		close(code) {
			one.ended.push({ at: Date.now(), code });
			if (!stubborn) one.leave();
		},
		destroy() {
			one.ended.push({ at: Date.now(), code: 0 });
			one.leave();
		},
		leave() {},
	};
	return one;
};

const registryOf = (connections: readonly Connection[]) => {
	const registry = createLongLived({ most: 1000, recheckMs: 1000 });
	for (const one of connections) one.leave = registry.add(one);
	return registry;
};

test("a drain ends connections one after the other, so that they do not all come back at once", async () => {
	vi.useFakeTimers();
	const all = Array.from({ length: 100 }, () => connection());
	const registry = registryOf(all);
	const began = Date.now();
	const drained = registry.drain(10_000);
	await vi.advanceTimersByTimeAsync(10_000);
	await drained;
	const times = all.map(({ ended }) => (ended[0]?.at ?? 0) - began);
	expect(all.map(({ ended }) => ended[0]?.code)).toEqual(all.map(() => 1001));
	expect(new Set(times).size).toBe(100);
	expect(Math.max(...times)).toBeGreaterThanOrEqual(490);
	expect(() => registry.admit()).toThrow(/going away/);
	expect(registry.size).toBe(0);
	vi.useRealTimers();
});

test("however many there are, all are told within half of the drain, and who will not go is cut off at its end", async () => {
	vi.useFakeTimers();
	const all = Array.from({ length: 100 }, (_, index) =>
		connection(index === 7),
	);
	const registry = registryOf(all);
	const began = Date.now();
	const drained = registry.drain(100);
	await vi.advanceTimersByTimeAsync(100);
	await drained;
	for (const { ended } of all)
		expect((ended[0]?.at ?? 0) - began).toBeLessThanOrEqual(50);
	expect(all[7]?.ended.map(({ code }) => code)).toEqual([1001, 0]);
	vi.useRealTimers();
});

test("a connection ends when its token is withdrawn, and stays when it cannot be checked", async () => {
	vi.useFakeTimers();
	const [withdrawn, unsure] = [connection(), connection()];
	const registry = registryOf([withdrawn, unsure]);
	registry.watch(withdrawn, viewer, () =>
		Promise.reject(fail("UNAUTHENTICATED", "revoked")),
	);
	registry.watch(unsure, viewer, () =>
		Promise.reject(fail("UPSTREAM_UNAVAILABLE", "no keys")),
	);
	await vi.advanceTimersByTimeAsync(1500);
	expect(withdrawn.ended.map(({ code }) => code)).toEqual([4403]);
	expect(unsure.ended).toEqual([]);
	unsure.leave();
	expect(registry.size).toBe(0);
	vi.useRealTimers();
});

/** Nobody waits longer than they said, and nothing is done for those who no longer wait: down to the socket. */
import { request } from "undici";
import { expect, test } from "vitest";
import { startWorld } from "../support/world.ts";

const ONE = '{ contact(id: "c1") { name } }';

test("an answer that is not complete by its deadline says so, and its calls are cut off", async () => {
	await using world = await startWorld({ contacts: 1 });
	world.upstream.next({ kind: "slow", delayMs: 1500 });
	const started = performance.now();
	const { data, errors } = await world.answer(
		ONE,
		{},
		{
			headers: { "x-deadline-ms": "150" },
		},
	);
	expect(performance.now() - started).toBeLessThan(1000);
	expect(data).toEqual({ contact: null });
	expect(errors?.[0]?.extensions?.code).toBe("DEADLINE_EXCEEDED");
	expect(errors?.[0]?.message).toContain("150 ms");
	// Once: a call that was cut off by us is not made again.
	expect(world.calls).toHaveLength(1);
});

test("what was complete by the deadline is in the answer beside what was not", async () => {
	await using world = await startWorld({ contacts: 1 });
	world.upstream.next({
		kind: "slow",
		delayMs: 1500,
		match: { path: "/contacts/c1/notes" },
	});
	const { data, errors } = await world.answer(
		"{ contacts(first: 1) { nodes { contactId notes { nodes { body } } } } }",
		{},
		{ headers: { "x-deadline-ms": "200" } },
	);
	expect(data).toEqual({
		contacts: { nodes: [{ contactId: "c1", notes: null }] },
	});
	expect(errors?.map(({ path }) => path)).toEqual([
		["contacts", "nodes", 0, "notes"],
	]);
});

test.each(["0", "-5", "soon", "1.5", ""])(
	"a deadline of %j is refused, and no call is made",
	async (header) => {
		await using world = await startWorld({ contacts: 1 });
		const [error] = await world.fails(
			ONE,
			{},
			{
				headers: { "x-deadline-ms": header },
			},
		);
		expect(error?.extensions?.code).toBe("BAD_REQUEST");
		expect(error?.message).toContain("X-Deadline-Ms");
		expect(world.calls).toBeExactly();
	},
);

test("a caller may shorten the gateway's deadline and not lengthen it", async () => {
	await using world = await startWorld({
		contacts: 1,
		gateway: { deadlineMs: 150 },
	});
	world.upstream.next({ kind: "slow", delayMs: 1500 });
	const { errors } = await world.answer(
		ONE,
		{},
		{
			headers: { "x-deadline-ms": "60000" },
		},
	);
	expect(errors?.[0]?.message).toContain("150 ms");
});

test("who shares another's running call waits no longer than he said, and the other still gets it", async () => {
	await using world = await startWorld({ contacts: 1 });
	world.upstream.next({ kind: "slow", delayMs: 700 });
	const patient = world.answer(ONE);
	await expect.poll(() => world.calls.length, { interval: 5 }).toBe(1);
	const started = performance.now();
	const { errors } = await world.answer(
		ONE,
		{},
		{ headers: { "x-deadline-ms": "150" } },
	);
	expect(performance.now() - started).toBeLessThan(600);
	expect(errors?.[0]?.extensions?.code).toBe("DEADLINE_EXCEEDED");
	expect((await patient).errors).toBeUndefined();
	expect(world.calls).toHaveLength(1);
});

test("when the caller leaves, running calls are cut off and waiting ones never sent", async () => {
	await using world = await startWorld({
		contacts: 20,
		sandbox: {
			rateLimit: { burst: 8, intervalMs: 10_000, daily: 10_000 },
			latencyMs: 40,
		},
	});
	const leave = new AbortController();
	const asked = request(`${world.url}/graphql`, {
		method: "POST",
		headers: {
			"content-type": "application/json",
			authorization: `Bearer ${await world.token()}`,
			"x-deadline-ms": "30000",
		},
		body: JSON.stringify({
			query:
				"{ contacts(first: 5) { nodes { notes { nodes { body } } timezone appointments { nodes { title } } } } }",
		}),
		signal: leave.signal,
	}).catch((error: Error) => error.name);
	const queued = async () =>
		(await world.query("{ rateLimit { queued } }")).rateLimit.queued;
	// The first eight calls are sent, the other eight wait for the next window.
	await expect.poll(queued, { timeout: 5000 }).toBeGreaterThan(0);
	leave.abort();
	await asked;
	await expect.poll(queued, { timeout: 5000 }).toBe(0);
	expect(world.calls.length).toBeLessThanOrEqual(8);
});

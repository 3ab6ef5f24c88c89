/** The API never has to answer 429: calls wait for their turn, and what cannot have one in time is refused with the time to wait. */
import { expect, test } from "vitest";
import type { Answer } from "../support/ask.ts";
import { testClock } from "../support/clock.ts";
import { mutate } from "../support/mutate.ts";
import { startWorld, type World } from "../support/world.ts";

const NOTES = (first: number) =>
	`{ contacts(first: ${first}) { nodes { notes { nodes { body } } } } }`;
const COLD = { "cache-control": "no-store" };

/** A location that may make 20 calls in half a second. */
const limited = (contacts = 12) =>
	startWorld({
		contacts,
		sandbox: {
			rateLimit: { burst: 20, intervalMs: 500, daily: 10_000 },
			latencyMs: 5,
		},
	});

const post = async (
	world: World,
	query: string,
	headers: Record<string, string> = {},
) =>
	world.request({
		method: "POST",
		headers: {
			"content-type": "application/json",
			authorization: `Bearer ${await world.token()}`,
			...COLD,
			...headers,
		},
		body: JSON.stringify({ query }),
	});

test("ten queries of nine calls each are all answered, at the pace of the limit, and none is a 429", async () => {
	await using world = await limited();
	const started = performance.now();
	const answers = await Promise.all(
		Array.from({ length: 10 }, () =>
			world.answer(NOTES(8), {}, { headers: COLD }),
		),
	);
	for (const answer of answers) {
		expect(answer.errors).toBeUndefined();
		expect(answer.data.contacts.nodes).toHaveLength(8);
	}
	expect(world.calls.filter(({ status }) => status === 429)).toEqual([]);
	const windows = world.calls.length / 20;
	expect(performance.now() - started).toBeGreaterThan((windows - 2) * 500);
});

test("a request that cannot be served before its deadline is answered 429 with Retry-After, and makes no call", async () => {
	await using world = await limited(30);
	await world.answer(NOTES(19), {}, { headers: COLD });
	const before = world.calls.length;
	const refused = await post(world, NOTES(19), { "x-deadline-ms": "100" });
	expect(refused.status).toBe(429);
	expect(Number(refused.headers["retry-after"])).toBeGreaterThanOrEqual(1);
	const { errors, data } = refused.json();
	expect(data).toBeUndefined();
	expect(errors).toHaveLength(1);
	expect(errors[0].extensions).toMatchObject({
		code: "RATE_LIMITED",
		retryAfterMs: expect.any(Number),
	});
	expect(errors[0].message).toContain("up to 20 calls");
	expect(world.calls).toHaveLength(before);
});

test("what the cache holds is answered although nothing of the budget is left", async () => {
	await using world = await limited(30);
	await world.query(NOTES(5));
	await world.answer(NOTES(13), {}, { headers: COLD });
	const answer = await world.answer(
		"{ contacts(first: 5) { nodes { name notes { nodes { title } } } } }",
		{},
		{ headers: { "x-deadline-ms": "100" } },
	);
	expect(answer.errors).toBeUndefined();
	expect(answer.extensions.price).toMatchObject({ worst: 6, made: 0 });
});

test("queries that lack little of what they show wait for it, although the worst of each would be too much", async () => {
	await using world = await limited(60);
	const query =
		"query ($after: String) { contacts(first: 6, after: $after) { nodes { notes { nodes { body } } appointments { nodes { title } } } pageInfo { endCursor hasNextPage } } }";
	const cursors: (string | null)[] = [];
	let after: string | null = null;
	do {
		cursors.push(after);
		const { contacts } = await world.query(query, { after });
		after = contacts.pageInfo.hasNextPage ? contacts.pageInfo.endCursor : null;
	} while (after !== null);
	expect(cursors).toHaveLength(10);
	const askAll = async (headers = {}) => {
		// Somebody came: every page is to be read again, and nothing of those it shows.
		await mutate(world, "createContact", { firstName: "New" });
		return Promise.all(
			cursors.map((after) => world.answer(query, { after }, { headers })),
		);
	};
	for (let time = 0; time < 3; time++) await askAll();
	// The worst of ten is more than 130 calls, and there are 80 before the deadline.
	for (const { errors, extensions } of await askAll({
		"x-deadline-ms": "2000",
	})) {
		expect(errors).toBeUndefined();
		expect(extensions.price.worst).toBeGreaterThanOrEqual(13);
		expect(extensions.price.made).toBeLessThan(8);
	}
	expect(world.calls.filter(({ status }) => status === 429)).toEqual([]);
});

test("the budget can be asked for, at no call", async () => {
	await using world = await limited();
	await world.query(NOTES(8));
	const { rateLimit } = await world.query(
		"{ rateLimit { limit remaining resetsAt dailyLimit dailyRemaining queued } }",
	);
	expect(rateLimit).toMatchObject({
		limit: 20,
		dailyLimit: 10_000,
		queued: 0,
	});
	expect(rateLimit.remaining).toBeLessThanOrEqual(11);
	expect(rateLimit.dailyRemaining).toBeLessThanOrEqual(9_991);
	expect(Date.parse(rateLimit.resetsAt)).toBeGreaterThan(Date.now() - 100);
	expect(world.calls).toHaveLength(9);
});

test("the second bucket that a writing POST tells of is not taken for the first", async () => {
	await using world = await limited();
	for (let at = 0; at < 3; at++)
		await world.query(
			'mutation { createNote(input: { contactId: "c1", body: "x" }) { userErrors { message } } }',
		);
	const { rateLimit } = await world.query(
		"{ rateLimit { limit remaining dailyLimit dailyRemaining } }",
	);
	expect(rateLimit.limit).toBe(20);
	expect(rateLimit.remaining).toBeLessThanOrEqual(20);
	// Counted all the same: no header of the day came with them, only with the read before.
	expect([rateLimit.dailyLimit, rateLimit.dailyRemaining]).toEqual([
		10_000, 9996,
	]);
	expect(world.calls).toBeExactly(
		"POST /contacts/c1/notes",
		"POST /contacts/c1/notes",
		"POST /contacts/c1/notes",
	);
});

test("when the API answers 429 all the same, its interval is waited for and the call made again", async () => {
	await using world = await startWorld({
		contacts: 1,
		sandbox: { rateLimit: { burst: 20, intervalMs: 300, daily: 10_000 } },
	});
	world.upstream.next({
		kind: "status",
		status: 429,
		headers: { "X-RateLimit-Interval-Milliseconds": "300" },
	});
	const started = performance.now();
	expect(await world.query('{ contact(id: "c1") { contactId } }')).toEqual({
		contact: { contactId: "c1" },
	});
	expect(performance.now() - started).toBeGreaterThan(150);
	expect(world.calls).toBeExactly("GET /contacts/c1", "GET /contacts/c1");
});

test("callers share the budget fairly, however much each asks for", async () => {
	await using world = await startWorld({
		contacts: 12,
		sandbox: { rateLimit: { burst: 10, intervalMs: 250, daily: 10_000 } },
		gateway: { deadlineMs: 4000 },
	});
	const over = new AbortController();
	const served = new Map<string, number>();
	const caller = async (subject: string, query: string) => {
		const token = await world.token({ subject });
		while (!over.signal.aborted) {
			const { extensions } = await world.answer(
				query,
				{},
				{
					token,
					headers: COLD,
				},
			);
			const made = extensions?.price.made ?? 0;
			served.set(subject, (served.get(subject) ?? 0) + made);
		}
	};
	const greedy = Array.from({ length: 8 }, () => caller("greedy", NOTES(10)));
	const modest = ["ann", "bob"].flatMap((name) => [
		caller(name, NOTES(3)),
		caller(name, NOTES(2)),
		caller(name, NOTES(1)),
	]);
	await expect
		.poll(() => world.calls.length, { timeout: 12_000, interval: 50 })
		.toBeGreaterThan(150);
	over.abort();
	await Promise.all([...greedy, ...modest]);
	expect(world.calls.filter(({ status }) => status === 429)).toEqual([]);
	const all = [...served.values()];
	const fair = all.reduce((sum, calls) => sum + calls, 0) / 3;
	for (const calls of all) expect(calls).toBeLessThan(2 * fair);
});

test("across the end of the daily limit the API is not asked into a 429", async () => {
	await using world = await startWorld({
		contacts: 12,
		sandbox: { rateLimit: { burst: 100, intervalMs: 200, daily: 60 } },
	});
	let last: Awaited<ReturnType<typeof post>> | undefined;
	for (let at = 0; at < 12; at++)
		last = await post(world, NOTES(9), { "x-deadline-ms": "2000" });
	expect(last?.status).toBe(429);
	// Until the day turns, not until the burst window does.
	expect(Number(last?.headers["retry-after"])).toBeGreaterThan(0);
	expect(world.calls.filter(({ status }) => status === 429)).toEqual([]);
	expect(world.calls.length).toBeGreaterThanOrEqual(50);
	expect(world.calls.length).toBeLessThanOrEqual(60);
});

test("an API that tells nothing of its limit is asked at the pace that its first 429 showed", async () => {
	const clock = testClock(Date.now());
	await using world = await startWorld({
		contacts: 100,
		sandbox: {
			now: clock.epoch,
			rateLimit: {
				burst: 25,
				intervalMs: 10_000,
				daily: 10_000,
				silent: true,
			},
		},
		gateway: { clock, deadlineMs: 120_000 },
	});
	const read = async () => {
		let left = 60;
		const all = Promise.all(
			Array.from({ length: 60 }, (_, i) =>
				world
					.answer(
						`{ contact(id: "c${i + 1}") { notes { nodes { noteId } } } }`,
						{},
						{
							headers: {
								"cache-control": "no-cache",
								"x-deadline-ms": "120000",
							},
						},
					)
					.finally(() => left--),
			),
		);
		while (left > 0) {
			await clock.advance(500);
			await world.request({ path: "/health/live" });
		}
		return (await all).filter(({ errors }) => errors).length;
	};
	const refused = () =>
		world.calls.filter(({ status }) => status === 429).length;
	await read();
	const taught = refused();
	expect(taught).toBeGreaterThan(0);
	await clock.advance(10_000);
	expect(await read()).toBe(0);
	expect(refused()).toBe(taught);
});

test("with one call left of the day one of five writes is made, and the others are refused", async () => {
	await using world = await startWorld({
		contacts: 8,
		sandbox: { rateLimit: { burst: 100, intervalMs: 200, daily: 20 } },
	});
	const left = async () =>
		(await world.query("{ rateLimit { dailyRemaining } }")).rateLimit
			.dailyRemaining;
	for (let at = 1; (await left()) > 1; at++)
		await world.query(`{ contact(id: "c${at}") { notes { nodes { body } } } }`);
	world.upstream.clearCalls();
	const answers: Answer[] = [];
	for (let at = 1; at <= 5; at++)
		answers.push(
			await world.answer(
				`mutation { updateContact(input: { contactId: "c${at}", city: "Rome" }) { contact { city notes { nodes { body } } } userErrors { message } } }`,
				undefined,
				{ headers: { "x-deadline-ms": "2000" } },
			),
		);
	expect(world.calls).toBeExactly("PUT /contacts/c1");
	const codes = answers.map(({ errors }) => errors?.[0]?.extensions?.code);
	expect(codes.slice(1)).toEqual(Array(4).fill("RATE_LIMITED"));
	// It was made; what was asked for behind it was not to be had any more.
	expect(answers[0]?.data?.updateContact).not.toBeNull();
});

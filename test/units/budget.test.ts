/** The budget of one location by itself, on a clock the test moves: windows, lanes, fairness, the day, deadlines. */
import { expect, test } from "vitest";
import {
	type Budget,
	type BudgetSessionOptions,
	createBudget,
	type Permit,
} from "../../src/upstream/budget/budget.ts";
import { LANES } from "../../src/upstream/budget/fair-queue.ts";
import { testClock } from "../support/clock.ts";
import { randomOf } from "../support/operations.ts";

const NOTHING_TOLD = { burst: undefined, day: undefined };

const errandOf = (
	budget: Budget,
	options: Partial<BudgetSessionOptions> = {},
) =>
	budget.session({
		lane: "query",
		subject: "ann",
		maxCost: 0,
		deadlineAt: Number.POSITIVE_INFINITY,
		...options,
	});

/** A budget whose upstream has just said that all of it is free, so that nothing is held back for others. */
const knownBudget = async (
	clock: ReturnType<typeof testClock>,
	limit: number,
	intervalMs: number,
): Promise<Budget> => {
	const budget = createBudget({ clock, limit, intervalMs });
	const leave = await errandOf(budget).acquire();
	leave.answered({
		burst: { limit, remaining: limit - 1, intervalMs },
		day: undefined,
	});
	await clock.advance(intervalMs * 2 - 500);
	const again = await errandOf(budget).acquire();
	again.answered({
		burst: { limit, remaining: limit - 1, intervalMs },
		day: undefined,
	});
	return budget;
};

/** What the upstream would say that has its own count of the window. */
const upstreamOf = (limit: number, intervalMs: number) => {
	const counted: number[] = [];
	return {
		counted,
		take(now: number) {
			while (counted.length && (counted[0] as number) <= now - intervalMs)
				counted.shift();
			if (counted.length >= limit) return undefined;
			counted.push(now);
			return {
				burst: { limit, remaining: limit - counted.length, intervalMs },
				day: undefined,
			};
		},
	};
};

test("no window of the upstream ever holds more than the limit, whatever the calls take", async () => {
	const clock = testClock();
	const budget = createBudget({ clock, limit: 20, intervalMs: 1000 });
	const random = randomOf(1);
	const arrivals: number[] = [];
	const call = async () => {
		const leave = await errandOf(budget).acquire();
		// Counted somewhere between sending and answering.
		clock.after(random() * 150, () => {
			arrivals.push(clock.now());
			clock.after(random() * 150, () => leave.answered(NOTHING_TOLD));
		});
	};
	for (let at = 0; at < 400; at++) void call();
	await clock.advance(30_000);
	expect(arrivals).toHaveLength(400);
	const sorted = arrivals.toSorted((a, b) => a - b);
	for (const [index, at] of sorted.entries()) {
		const twentyLater = sorted[index + 20];
		if (twentyLater !== undefined)
			expect(twentyLater - at).toBeGreaterThan(1000);
	}
	// And it does not idle: twenty windows' worth in little more than twenty windows.
	expect(sorted.at(-1)).toBeLessThan(20 * 1000 * 1.25);
});

test("calls leave in the order of their lanes", async () => {
	const clock = testClock();
	const budget = createBudget({ clock, limit: 1, intervalMs: 100 });
	const order: string[] = [];
	const call = async (lane: BudgetSessionOptions["lane"]) => {
		const leave = await errandOf(budget, { lane }).acquire();
		order.push(lane);
		leave.answered(NOTHING_TOLD);
	};
	void call("query");
	for (const lane of [...LANES].reverse()) void call(lane);
	await clock.advance(10_000);
	expect(order).toEqual([
		"query",
		"mutation",
		"query",
		"subscription",
		"refresh",
		"background",
	]);
});

test("renewals and background work leave two fifths of the burst to callers", async () => {
	const clock = testClock();
	const budget = createBudget({ clock, limit: 10, intervalMs: 1000 });
	const sent: string[] = [];
	const call = async (lane: BudgetSessionOptions["lane"]) => {
		const leave = await errandOf(budget, { lane }).acquire();
		sent.push(lane);
		leave.answered({
			burst: { limit: 10, remaining: 10 - sent.length, intervalMs: 1000 },
			day: undefined,
		});
	};
	await call("query");
	for (let n = 0; n < 8; n++) void call(n % 2 ? "refresh" : "background");
	await clock.advance(0);
	expect(sent).toHaveLength(6);
	expect(budget.hasRoom()).toBe(false);
	for (let n = 0; n < 4; n++) void call("query");
	await clock.advance(0);
	expect(sent.filter((lane) => lane === "query")).toHaveLength(5);
});

test("a renewal that callers keep out goes first once a second, and background work does not", async () => {
	const clock = testClock();
	const budget = createBudget({ clock, limit: 4, intervalMs: 1000 });
	const sent: string[] = [];
	const call = async (lane: BudgetSessionOptions["lane"]) => {
		const leave = await errandOf(budget, { lane }).acquire();
		sent.push(lane);
		leave.answered(NOTHING_TOLD);
		if (lane === "query") void call(lane);
	};
	for (let n = 0; n < 20; n++) void call("query");
	for (let n = 0; n < 10; n++) void call("refresh");
	void call("background");
	await clock.advance(8_000);
	const renewals = sent.filter((lane) => lane === "refresh").length;
	expect(renewals).toBeGreaterThanOrEqual(4);
	expect(renewals).toBeLessThanOrEqual(7);
	expect(sent).not.toContain("background");
});

test("a caller with many operations waits behind one with few", async () => {
	const clock = testClock();
	const budget = createBudget({ clock, limit: 10, intervalMs: 1000 });
	const served = new Map<string, number>();
	const operation = async (subject: string) => {
		const errand = errandOf(budget, { subject, maxCost: 5 });
		for (let at = 0; at < 5; at++) {
			const leave = await errand.acquire();
			served.set(subject, (served.get(subject) ?? 0) + 1);
			leave.answered(NOTHING_TOLD);
		}
		errand.end();
	};
	for (let at = 0; at < 40; at++) void operation("greedy");
	for (let at = 0; at < 6; at++) {
		void operation("ann");
		void operation("bob");
	}
	await clock.advance(6500);
	const shares = ["greedy", "ann", "bob"].map((one) => served.get(one) ?? 0);
	const fair = shares.reduce((sum, one) => sum + one, 0) / 3;
	for (const share of shares) expect(share).toBeLessThanOrEqual(fair * 1.5);
	expect(Math.min(...shares)).toBeGreaterThan(fair * 0.5);
});

test("what cannot be served before its deadline is refused at once, with the time after which it could", async () => {
	const clock = testClock();
	const budget = await knownBudget(clock, 10, 1000);
	const first = errandOf(budget, { maxCost: 9 });
	for (let at = 0; at < 9; at++) void first.acquire();
	const deadlineAt = clock.now() + 2000;
	const late = errandOf(budget, { maxCost: 25, deadlineAt });
	expect(() => late.acquire()).toThrow(
		expect.objectContaining({
			code: "RATE_LIMITED",
			extensions: { retryAfterMs: expect.any(Number) },
		}),
	);
	// And stays refused, so that no part of it is sent.
	expect(() => late.acquire()).toThrow("up to 25 calls");
	expect(budget.state().queued).toBe(0);
	// Twenty-five are kept for it, so the same of another has to wait behind them.
	expect(() =>
		errandOf(budget, { maxCost: 25, deadlineAt: deadlineAt + 2000 }).acquire(),
	).toThrow("call budget");
	expect(() =>
		errandOf(budget, { maxCost: 25, deadlineAt: deadlineAt + 5000 }).acquire(),
	).not.toThrow();
});

/** What becomes of its first call. */
const outcomeOf = (errand: ReturnType<typeof errandOf>) =>
	(async () => errand.acquire())().then(
		(permit) => ({ code: "sent", permit, retryAfterMs: 0 }),
		({ code, extensions }) => ({ code, permit: undefined, ...extensions }),
	);

test("whoever comes back when he was told is served, however many have come meanwhile", async () => {
	const clock = testClock();
	const budget = await knownBudget(clock, 10, 1000);
	const ask = (asks: string) =>
		errandOf(budget, {
			subject: asks,
			maxCost: 10,
			asks: () => asks,
			deadlineAt: clock.now() + 3000,
		});
	const run = async (errand: ReturnType<typeof errandOf>) => {
		for (let call = 0; call < 10; call++)
			(await errand.acquire()).answered(NOTHING_TOLD);
		errand.end();
	};
	const first = Array.from({ length: 6 }, (_, n) => ask(`early ${n}`));
	const codes: string[] = [];
	const returned: Promise<string>[] = [];
	const told: number[] = [];
	for (const [n, errand] of first.entries())
		run(errand).then(
			() => codes.push("done"),
			({ code, extensions: { retryAfterMs } }) => {
				codes.push(code);
				told.push(retryAfterMs);
				clock.after(retryAfterMs, () =>
					returned.push(
						run(ask(`early ${n}`)).then(
							() => "done",
							(error) => error.code,
						),
					),
				);
			},
		);
	await clock.advance(0);
	expect(told.length).toBeGreaterThan(1);
	// No two are told the same.
	expect(new Set(told).size).toBe(told.length);
	for (let round = 0; round < 40; round++) {
		run(ask(`late ${round}`)).catch(() => {});
		await clock.advance(250);
	}
	await clock.advance(10_000);
	expect(await Promise.all(returned)).toEqual(told.map(() => "done"));
});

test("what is begun is finished first, and then goes what most have asked for", async () => {
	const clock = testClock();
	const budget = await knownBudget(clock, 4, 1000);
	const order: string[] = [];
	const run = async (asks: string) => {
		const errand = errandOf(budget, { maxCost: 3, asks: () => asks });
		for (let call = 0; call < 3; call++) {
			const permit = await errand.acquire();
			order.push(asks);
			clock.after(10, () => permit.answered(NOTHING_TOLD));
			await new Promise<void>((done) => clock.after(20, done));
		}
		errand.end();
	};
	for (const asks of ["first", "rare", "popular", "rare too", "popular"])
		void run(asks);
	await clock.advance(20_000);
	expect(order.slice(0, 9)).toEqual([
		...["first", "first", "first"],
		...["popular", "popular", "popular"],
		...["popular", "popular", "popular"],
	]);
	expect(order.slice(9).sort()).toEqual([
		...["rare", "rare", "rare"],
		...["rare too", "rare too", "rare too"],
	]);
});

test("what could not be finished before its deadline is not begun", async () => {
	const clock = testClock();
	const budget = await knownBudget(clock, 10, 1000);
	const write = errandOf(budget, { lane: "mutation", maxCost: 9 });
	for (let call = 0; call < 9; call++) void write.acquire();
	const query = outcomeOf(
		errandOf(budget, { maxCost: 10, deadlineAt: clock.now() + 2200 }),
	);
	// Writes that nobody reckoned with, one by one.
	for (let call = 0; call < 10; call++) {
		await clock.advance(110);
		void errandOf(budget, { lane: "mutation", subject: "bob" }).acquire();
	}
	await clock.advance(5000);
	expect(await query).toMatchObject({ code: "RATE_LIMITED" });
});

test("beside a caller who wants all there is, one who wants little is served within a second, and nothing is left unused", async () => {
	const clock = testClock();
	const [limit, intervalMs] = [100, 10_000];
	const budget = createBudget({ clock, limit, intervalMs });
	const upstream = upstreamOf(limit, intervalMs);
	let refused = 0;
	const call = async (errand: ReturnType<typeof errandOf>) => {
		const permit = await errand.acquire();
		await new Promise<void>((sent) => clock.after(15, sent));
		const report = upstream.take(clock.now());
		await new Promise<void>((answered) => clock.after(15, answered));
		if (report) permit.answered(report);
		else {
			refused++;
			permit.lost();
		}
	};
	const greedy = async (subject: string) => {
		for (;;) {
			const errand = errandOf(budget, { subject, maxCost: 203 });
			await Promise.all(Array.from({ length: 203 }, () => call(errand)));
			errand.end();
		}
	};
	for (let lane = 0; lane < 8; lane++) void greedy(`greedy ${lane % 4}`);
	await clock.advance(intervalMs);
	const waits: number[] = [];
	let calls = 0;
	const modest = async () => {
		const errand = errandOf(budget, { subject: "modest", maxCost: 2 });
		const began = clock.now();
		await call(errand);
		await call(errand);
		errand.end();
		waits.push(clock.now() - began);
	};
	const count = () => upstream.counted.length;
	for (let second = 0; second < 60; second++) {
		void modest();
		await clock.advance(1000);
		if (second >= 20) calls += count();
	}
	await clock.advance(2000);
	expect(refused).toBe(0);
	expect(waits).toHaveLength(60);
	waits.sort((a, b) => a - b);
	expect(waits[57]).toBeLessThanOrEqual(1000);
	expect(calls / 40).toBeGreaterThan(0.95 * limit);
});

test("only what is likely is reckoned with, and what comes beyond is refused by itself where it comes too late", async () => {
	const clock = testClock();
	const budget = await knownBudget(clock, 10, 1000);
	for (let at = 0; at < 9; at++) void errandOf(budget).acquire();
	// Until then ten calls may go: all of the next window.
	const deadlineAt = clock.now() + 2000;
	const all = Array.from({ length: 5 }, (_, at) =>
		errandOf(budget, {
			subject: `${at}`,
			maxCost: 25,
			expectedCost: 1,
			deadlineAt,
		}),
	);
	for (const one of all) void one.acquire();
	expect(budget.state().queued).toBe(5);
	const [, last] = all;
	for (let at = 0; at < 5; at++) void last?.acquire();
	expect(() => last?.acquire()).toThrow(
		expect.objectContaining({ code: "RATE_LIMITED" }),
	);
	// The others keep their turns.
	expect(budget.state().queued).toBe(10);
});

test("who is pushed back behind a fairer caller and cannot make it any more hears it at once", async () => {
	const clock = testClock();
	const budget = await knownBudget(clock, 10, 1000);
	for (let at = 0; at < 9; at++) void errandOf(budget).acquire();
	const deadlineAt = clock.now() + 3200;
	const greedy = Array.from({ length: 3 }, () =>
		errandOf(budget, { subject: "greedy", maxCost: 10, deadlineAt }),
	);
	const outcomes = greedy.map((one) =>
		Promise.resolve(one.acquire()).then(
			() => "served",
			({ code }) => code,
		),
	);
	void errandOf(budget, {
		subject: "bob",
		maxCost: 10,
	}).acquire();
	await clock.advance(0);
	expect(await outcomes[2]).toBe("RATE_LIMITED");
	expect(budget.state().queued).toBe(3);
});

test("who is pushed back by calls that nobody reckoned with hears it at once, too", async () => {
	const clock = testClock();
	const budget = await knownBudget(clock, 10, 1000);
	for (let at = 0; at < 9; at++) void errandOf(budget).acquire();
	const greedy = errandOf(budget, {
		subject: "greedy",
		maxCost: 40,
		expectedCost: 1,
	});
	void greedy.acquire();
	const bob = Promise.resolve(
		errandOf(budget, {
			subject: "bob",
			maxCost: 9,
			deadlineAt: clock.now() + 2000,
		}).acquire(),
	).then(
		() => "served",
		({ code }) => code,
	);
	await clock.advance(0);
	expect(budget.state().queued).toBe(2);
	for (let at = 0; at < 20; at++) void greedy.acquire();
	await clock.advance(0);
	expect(await bob).toBe("RATE_LIMITED");
});

test("who leaves takes its waiting calls along and gives back what it had not sent", async () => {
	const clock = testClock();
	const budget = createBudget({ clock, limit: 1, intervalMs: 1000 });
	const [leave] = [errandOf(budget).acquire() as Permit];
	const gone = new AbortController();
	const waiting = errandOf(budget, { signal: gone.signal, maxCost: 50 });
	const refused = [waiting.acquire(), waiting.acquire()].map((one) =>
		Promise.resolve(one).catch((reason) => reason),
	);
	expect(budget.state().queued).toBe(2);
	gone.abort("left");
	expect(await Promise.all(refused)).toEqual(["left", "left"]);
	waiting.end();
	expect(budget.state().queued).toBe(0);
	leave.unused();
	expect(budget.state().remaining).toBe(1);
	// Nothing is left of the fifty that were reckoned with.
	expect(() => errandOf(budget, { deadlineAt: 1 }).acquire()).not.toThrow();
});

test("another app's calls are learnt from the headers and left to it", async () => {
	const clock = testClock();
	const [limit, intervalMs] = [100, 10_000];
	const budget = createBudget({ clock, limit, intervalMs });
	const upstream = upstreamOf(limit, intervalMs);
	const random = randomOf(3);
	let refusals = 0;
	let ours = 0;
	let theirs = 0;
	const call = async (): Promise<void> => {
		const leave = await errandOf(budget).acquire();
		clock.after(random() * 20, () => {
			const report = upstream.take(clock.now());
			if (!report) refusals++;
			else ours++;
			clock.after(random() * 20, () => {
				if (report) leave.answered(report);
				else leave.lost();
				void call();
			});
		});
	};
	// Forty in ten seconds, evenly; and always more of ours than there is budget for.
	const foreign = () => {
		if (upstream.take(clock.now())) theirs++;
		clock.after(250, foreign);
	};
	foreign();
	await clock.advance(10_000);
	for (let at = 0; at < 150; at++) void call();
	await clock.advance(30_000);
	[ours, theirs, refusals] = [0, 0, 0];
	await clock.advance(100_000);
	expect(refusals).toBe(0);
	expect(theirs).toBeGreaterThanOrEqual(395);
	expect((ours + theirs) / 1000).toBeGreaterThan(0.95);
});

test("a limit told by the headers counts from then on", async () => {
	const clock = testClock();
	const budget = createBudget({ clock });
	const leave = await errandOf(budget).acquire();
	leave.answered({
		burst: { limit: 7, remaining: 2, intervalMs: 4000 },
		day: { limit: 500, remaining: 90, resetsInMs: 60_000 },
	});
	expect(budget.state()).toMatchObject({
		limit: 7,
		dailyLimit: 500,
		dailyRemaining: 90,
	});
	expect(budget.state().remaining).toBeLessThanOrEqual(2);
});

test("the last calls of a day are kept for those who go before, until the day turns", async () => {
	const clock = testClock();
	const budget = createBudget({ clock });
	const leave = await errandOf(budget).acquire();
	const report = (remaining: number, resetsInMs: number) => ({
		burst: { limit: 100, remaining: 99, intervalMs: 10_000 },
		day: { limit: 1000, remaining, resetsInMs },
	});
	leave.answered(report(9, 3_600_000));
	const soon = { deadlineAt: 30_000 };
	expect(() => errandOf(budget, soon).acquire()).toThrow("call budget");
	const write = await errandOf(budget, { ...soon, lane: "mutation" }).acquire();
	write.answered(report(0, 3_599_000));
	expect(() =>
		errandOf(budget, { ...soon, lane: "mutation" }).acquire(),
	).toThrow(expect.objectContaining({ code: "RATE_LIMITED" }));
	const patient = errandOf(budget).acquire();
	await clock.advance(3_600_000);
	await expect(patient).resolves.toBeDefined();
});

test("the last call of a day carries a write that is reckoned with two, and what comes behind it is refused at once", async () => {
	const clock = testClock();
	const budget = createBudget({ clock });
	const report = (remaining: number) => ({
		burst: { limit: 100, remaining: 99, intervalMs: 10_000 },
		day: { limit: 1000, remaining, resetsInMs: 3_600_000 },
	});
	(await errandOf(budget).acquire()).answered(report(1));
	const write = { lane: "mutation", worst: 2, deadlineAt: 30_000 } as const;
	const first = errandOf(budget, write);
	(await first.acquire()).answered(report(0));
	const tooLate = expect.objectContaining({
		code: "RATE_LIMITED",
		extensions: { retryAfterMs: expect.closeTo(3_570_000, -4) },
	});
	expect(() => first.acquire()).toThrow(tooLate);
	expect(() => errandOf(budget, write).acquire()).toThrow(tooLate);
});

test("background work keeps to the straight line of the day", async () => {
	const clock = testClock(Date.UTC(2026, 0, 1, 1));
	const budget = createBudget({ clock });
	const leave = await errandOf(budget).acquire();
	const day = { limit: 1000, resetsInMs: 12 * 3_600_000 };
	// Half of the day is left, but only a third of its calls.
	leave.answered({ burst: undefined, day: { ...day, remaining: 333 } });
	const idle = errandOf(budget, { lane: "background", deadlineAt: 1000 });
	expect(() => idle.acquire()).toThrow("call budget");
	expect(() => errandOf(budget).acquire()).not.toThrow();
});

test("a day of the budget begins with its first call, whatever the hour", async () => {
	// Half an hour before midnight UTC.
	const clock = testClock(Date.UTC(2026, 0, 1, 23, 30));
	const budget = createBudget({ clock, dailyLimit: 2 });
	await clock.advance(7_200_000);
	for (let calls = 0; calls < 2; calls++)
		(await errandOf(budget, { lane: "mutation" }).acquire()).answered(
			NOTHING_TOLD,
		);
	await clock.advance(24 * 3_600_000 - 60_000);
	// Asked again, as it is now and then, and it is still used up; when it ends is not told.
	budget.refused(10_000, {
		burst: undefined,
		day: { limit: 2, remaining: 0, resetsInMs: undefined },
	});
	const soon = { lane: "mutation", deadlineAt: clock.now() + 1000 } as const;
	const [refused] = await Promise.allSettled([
		(async () => errandOf(budget, soon).acquire())(),
	]);
	expect(refused).toMatchObject({
		reason: { extensions: { retryAfterMs: 59_000 } },
	});
	await clock.advance(60_000);
	expect(budget.state()).toMatchObject({ dailyLimit: 2, dailyRemaining: 2 });
});

/** Calls of ours, all wanted at once, to an upstream that tells nothing; how many it refused. */
const storm = async (
	clock: ReturnType<typeof testClock>,
	budget: Budget,
	upstream: ReturnType<typeof upstreamOf>,
	calls: number,
) => {
	let refused = 0;
	for (let at = 0; at < calls; at++)
		void (async () => {
			const leave = await errandOf(budget).acquire();
			clock.after(10, () => {
				if (upstream.take(clock.now())) return leave.answered(NOTHING_TOLD);
				refused++;
				leave.lost();
				budget.refused(10_000, NOTHING_TOLD);
			});
		})();
	await clock.advance(10_100);
	return refused;
};

test("a 429 that tells nothing teaches the limit, which is forgotten after ten minutes", async () => {
	const clock = testClock();
	const budget = createBudget({ clock });
	const upstream = upstreamOf(25, 10_000);
	expect(await storm(clock, budget, upstream, 100)).toBeGreaterThan(0);
	expect(budget.state().limit).toBe(25);
	for (let round = 0; round < 3; round++)
		expect(await storm(clock, budget, upstream, 0)).toBe(0);
	await clock.advance(600_000);
	expect(budget.state().limit).toBe(100);
});

test("where others have used up the limit, no less than a tenth of it is learnt of a 429", async () => {
	const clock = testClock();
	const budget = createBudget({ clock });
	budget.refused(10_000, NOTHING_TOLD);
	expect(budget.state().limit).toBe(10);
});

test("a larger limit that is not told any more is forgotten after ten minutes, a smaller one is kept", async () => {
	const clock = testClock();
	const told = async (limit: number) => {
		const budget = createBudget({ clock });
		const leave = await errandOf(budget).acquire();
		leave.answered({
			burst: { limit, remaining: limit - 1, intervalMs: 10_000 },
			day: undefined,
		});
		await clock.advance(599_000);
		const before = budget.state().limit;
		(await errandOf(budget).acquire()).answered(NOTHING_TOLD);
		await clock.advance(1001);
		return [before, budget.state().limit];
	};
	expect(await told(400)).toEqual([400, 100]);
	expect(await told(25)).toEqual([25, 25]);
});

test.each<[string, number, number | undefined]>([
	["raised", 5000, 3_000_000],
	["reset before its time", 1000, undefined],
	["reset before its time, with a new end", 1000, 86_000_000],
])(
	"a day whose limit is used up and %s is noticed within five minutes",
	async (_, limit, resetsInMs) => {
		const clock = testClock();
		const budget = createBudget({ clock });
		const soon = { deadlineAt: 400_000 };
		(await errandOf(budget).acquire()).answered({
			burst: undefined,
			day: { limit: 1000, remaining: 0, resetsInMs: 3_600_000 },
		});
		expect(() => errandOf(budget, soon).acquire()).toThrow("call budget");
		await clock.advance(299_999);
		expect(() => errandOf(budget, soon).acquire()).toThrow("call budget");
		await clock.advance(1);
		(await errandOf(budget, soon).acquire()).answered({
			burst: undefined,
			day: { limit, remaining: limit - 1, resetsInMs },
		});
		expect(budget.state()).toMatchObject({
			dailyLimit: limit,
			dailyRemaining: limit - 1,
		});
		expect(() => errandOf(budget, soon).acquire()).not.toThrow();
	},
);

test("a day that is still used up is asked about with a few calls every five minutes", async () => {
	const clock = testClock();
	const budget = createBudget({ clock });
	const used = { limit: 1000, remaining: 0, resetsInMs: undefined };
	(await errandOf(budget).acquire()).answered({ burst: undefined, day: used });
	let asked = 0;
	for (let second = 0; second < 3600; second++) {
		await clock.advance(1000);
		try {
			const leave = errandOf(budget, {
				deadlineAt: clock.now() + 100,
			}).acquire();
			asked++;
			(await leave).lost();
			budget.refused(10_000, { burst: undefined, day: used });
		} catch (error) {
			expect(error).toMatchObject({ code: "RATE_LIMITED" });
		}
	}
	expect(asked).toBe(12);
});

test("answers that overtake one another give nothing of the day back", async () => {
	const clock = testClock();
	const budget = createBudget({ clock });
	const [one, two] = [
		await errandOf(budget).acquire(),
		await errandOf(budget).acquire(),
	];
	const day = (remaining: number) => ({
		burst: undefined,
		day: { limit: 1000, remaining, resetsInMs: undefined },
	});
	two.answered(day(500));
	one.answered(day(501));
	expect(budget.state().dailyRemaining).toBe(500);
});

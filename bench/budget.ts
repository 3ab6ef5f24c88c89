/**
 * Whether the budget is spent to the last call without the API ever answering 429: one greedy caller and four
 * interactive ones offer five times what the location may call, alone, beside another app, and across a daily limit. And
 * how long a caller with little to ask waits beside greedy lanes.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { Pool } from "undici";
import { mintToken } from "../src/auth/authenticator.ts";
import type { RateLimit } from "../src/sandbox/sandbox.ts";
import { type Greed, measureBesideGreedy } from "./budget/beside-greedy.ts";
import { startChild } from "./child.ts";
import type { Scenario } from "./main.ts";

const LOCATION = { token: "sandbox-pit-1", locationId: "sandbox-location-1" };
const BURST = { burst: 100, intervalMs: 10_000 };
const FULL_SECONDS = 120;
const SHORT_SECONDS = 30;

/** Each query starts behind another contact, so that no two share their calls. */
const QUERY =
	"query ($first: Int, $after: String) { contacts(first: $first, after: $after) { nodes { name notes { nodes { body } } } } }";

/** Calls a second offered: 25 by one caller in large queries, 25 by four in small ones, 1 by one who stays below her share; the budget is 10. */
const CALLERS = [
	{ name: "greedy", first: 40, everyMs: 41_000 / 25 },
	...["ann", "bob", "eve", "kim"].map((name) => ({
		name,
		first: 4,
		everyMs: 5_000 / 6.25,
	})),
	{ name: "modest", first: 4, everyMs: 5_000 },
];

const GREED: readonly Greed[] = [
	{ lanes: 1, callers: 1 },
	{ lanes: 80, callers: 1 },
	{ lanes: 80, callers: 80 },
];

export const budget: Scenario = {
	measures: `calls used, 429s, waits and shares at 5 × the budget (--full: ${FULL_SECONDS} s each)`,
	async run({ full }) {
		for (const greed of GREED) await measureBesideGreedy(greed);
		const seconds = full ? FULL_SECONDS : SHORT_SECONDS;
		console.log(`each case runs ${seconds} s\n`);
		await measure("alone", seconds, { ...BURST, daily: 200_000 }, 0);
		await measure(
			"another app takes 40 %",
			seconds,
			{ ...BURST, daily: 200_000 },
			4,
		);
		await measure(
			"across a daily limit",
			seconds,
			{ ...BURST, daily: seconds * 6 },
			0,
		);
	},
};

interface Outcome {
	readonly caller: string;
	readonly ms: number;
	/** Calls made, or the code of the refusal. */
	readonly calls: number;
	readonly code: string | undefined;
}

const measure = async (
	name: string,
	seconds: number,
	rateLimit: RateLimit,
	foreignPerSecond: number,
): Promise<void> => {
	const secret = randomBytes(32).toString("hex");
	await using sandbox = await startChild("budget/sandbox.ts", { rateLimit });
	await using gateway = await startChild("gateway.ts", {
		url: sandbox.url,
		...LOCATION,
		secret,
	});
	const door = new Pool(gateway.url, { connections: 200 });
	const control = new Pool(sandbox.url, { connections: 4 });
	const outcomes: Outcome[] = [];
	let foreign = 0;
	const running: Promise<void>[] = [];
	const over = new AbortController();
	const tokenOf = (subject: string) =>
		mintToken({
			secret,
			issuer: "contact-graph",
			audience: "contact-graph",
			subject,
			locations: [LOCATION.locationId],
			scopes: ["contacts.readonly"],
			ttlSeconds: 3600,
		});
	// The other app was there before: its share of the window is full when the load begins.
	if (foreignPerSecond) {
		running.push(
			every(1000 / foreignPerSecond, over.signal, async () => {
				foreign += await takeForeign(control);
			}),
		);
		await wait(rateLimit.intervalMs);
	}
	const cursors = await cursorsOf(door, await tokenOf("bench"));
	let turn = 0;

	for (const { name, first, everyMs } of CALLERS) {
		const token = await tokenOf(name);
		running.push(
			every(everyMs, over.signal, async () => {
				turn = (turn + 41) % (cursors.length - 41);
				const variables = { first, after: cursors[turn] };
				outcomes.push({
					caller: name,
					...(await ask(door, token, variables)),
				});
			}),
		);
	}
	foreign = 0;
	const started = Date.now();
	await wait(seconds * 1000);
	const ended = Date.now();
	const calls = await callsOf(control);
	over.abort();
	await Promise.all(running);
	await door.close();
	await control.close();
	report(name, { calls, outcomes, foreign, started, ended, rateLimit });
};

/** Starts `work` at a steady pace without waiting for it, until the signal; then waits for what runs. */
const every = async (
	ms: number,
	signal: AbortSignal,
	work: () => Promise<void>,
): Promise<void> => {
	const running: Promise<void>[] = [];
	let next = Date.now();
	while (!signal.aborted) {
		running.push(work());
		next += ms;
		await wait(Math.max(0, next - Date.now()), undefined, { signal }).catch(
			() => {},
		);
	}
	await Promise.all(running);
};

const post = async (
	door: Pool,
	token: string,
	query: string,
	variables: object,
) => {
	const { body } = await door.request({
		method: "POST",
		path: "/graphql",
		headers: {
			"content-type": "application/json",
			authorization: `Bearer ${token}`,
			// Every query shall cost its calls.
			"cache-control": "no-store",
		},
		body: JSON.stringify({ query, variables }),
	});
	return (await body.json()) as {
		data?: { contacts: { edges: { cursor: string }[] } };
		errors?: { extensions: { code: string } }[];
		extensions?: { price: { made: number } };
	};
};

const ask = async (
	door: Pool,
	token: string,
	variables: object,
): Promise<Omit<Outcome, "caller">> => {
	const started = performance.now();
	const { errors, extensions } = await post(door, token, QUERY, variables);
	return {
		ms: performance.now() - started,
		calls: extensions?.price.made ?? 0,
		code: errors?.[0]?.extensions.code,
	};
};

/** Where every contact stands, in ten calls. */
const cursorsOf = async (door: Pool, token: string): Promise<string[]> => {
	const cursors: string[] = [];
	for (let page = 0; page < 10; page++) {
		const { data } = await post(
			door,
			token,
			"query ($after: String) { contacts(first: 100, after: $after) { edges { cursor } } }",
			{ after: cursors.at(-1) },
		);
		cursors.push(...(data?.contacts.edges ?? []).map(({ cursor }) => cursor));
	}
	return cursors;
};

const takeForeign = async (control: Pool): Promise<number> => {
	const { body } = await control.request({
		method: "POST",
		path: "/__sandbox/foreign",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ locationId: LOCATION.locationId, count: 1 }),
	});
	return ((await body.json()) as { taken: number }).taken;
};

interface Call {
	readonly status: number;
	readonly at: number;
}

const callsOf = async (control: Pool): Promise<Call[]> => {
	const { body } = await control.request({
		method: "GET",
		path: "/__sandbox/calls",
	});
	return (await body.json()) as Call[];
};

const report = (
	name: string,
	{
		calls,
		outcomes,
		foreign,
		started,
		ended,
		rateLimit,
	}: {
		calls: readonly Call[];
		outcomes: readonly Outcome[];
		foreign: number;
		started: number;
		ended: number;
		rateLimit: RateLimit;
	},
): void => {
	const refused = calls.filter(({ status }) => status === 429).length;
	const taken = calls.filter(
		({ status, at }) => status !== 429 && at >= started && at < ended,
	).length;
	// A window that begins with the run holds one burst more than time alone would allow.
	const windows = Math.round((ended - started) / rateLimit.intervalMs);
	const allowed = Math.min(windows * rateLimit.burst, rateLimit.daily);
	const good = outcomes.filter(({ code }) => code === undefined);
	const waits = (modest: boolean) => {
		const all = good
			.filter(({ caller }) => (caller === "modest") === modest)
			.map(({ ms }) => ms)
			.sort((a, b) => a - b);
		const at = (share: number) =>
			Math.round(all[Math.floor(all.length * share)] ?? Number.NaN);
		return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
	};
	const codes = new Map<string, number>();
	for (const { code } of outcomes)
		if (code) codes.set(code, (codes.get(code) ?? 0) + 1);
	const shares = CALLERS.map((caller) => ({
		name: caller.name,
		calls: outcomes
			.filter(({ caller: name }) => name === caller.name)
			.reduce((sum, { calls }) => sum + calls, 0),
	}));
	const fair =
		shares.reduce((sum, { calls }) => sum + calls, 0) / shares.length;
	console.log(`${name}
  answers of 429 by the API   ${refused}
  calls                       ${taken} of ours${foreign ? ` and ${foreign} of the other app` : ""}, of ${allowed} allowed: ${(((taken + foreign) / allowed) * 100).toFixed(1)} %
  queries                     ${good.length} answered, ${outcomes.length - good.length} refused or cut${codes.size ? ` (${[...codes].map(([code, count]) => `${code} ${count}`).join(", ")})` : ""}
  waits below one's share     ${waits(true)}
  waits above one's share     ${waits(false)} (deadline 30,000)
  share of calls              ${shares.map(({ name, calls }) => `${name} ${(calls / fair).toFixed(2)}`).join(", ")} (1.00 is fair)
`);
};

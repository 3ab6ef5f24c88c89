/**
 * More demand than budget: how many queries are answered whole where each page of twenty costs 42 calls and ten a second
 * are granted, beside a queue in order of arrival and an oracle; and whether those who come back when they were told are
 * answered. Time runs faster in all processes, so a minute takes seconds.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { Pool } from "undici";
import { mintToken } from "../src/auth/authenticator.ts";
import { seeded, shuffled, zipfRanks } from "./cache/draw.ts";
import { tell } from "./cache/sandbox-control.ts";
import { type Child, startChild } from "./child.ts";
import type { FastTime } from "./fast-clock.ts";
import type { GatewaySettings } from "./gateway.ts";
import type { Scenario } from "./main.ts";
import { fifo, oracle, type Query } from "./overload/model.ts";
import type { OverloadSandbox } from "./overload/sandbox.ts";

const LOCATION = { token: "sandbox-pit-1", locationId: "sandbox-location-1" };
const LIMIT = { burst: 100, intervalMs: 10_000, daily: 200_000 };
const PAGES = 500;
const CONTACTS_EACH = 20;
const CALLS_EACH = 42;
const QUERIES = 300;
const RUN_MS = 60_000;
const SPEED = 5;
const SEED = 20_261_127;
const QUERY = `query ($after: String) { contacts(first: ${CONTACTS_EACH}, after: $after) { nodes { contactId tasks { nodes { title } } notes { nodes { body } } appointments { nodes { title } } } } }`;

export const overload: Scenario = {
	measures:
		"queries answered whole at twenty times the budget, beside FIFO and an oracle; whether obedient returns succeed",
	async run({ rounds }) {
		const runs = Math.min(rounds, 3);
		for (let round = 0; round < runs; round++)
			for (const callers of [1, 20]) await zipfRun(SEED + round, callers);
		await obedientRun();
	},
};

interface Told {
	readonly data?: { readonly contacts: { readonly nodes: unknown[] } | null };
	readonly errors?: readonly {
		readonly extensions: {
			readonly code: string;
			readonly retryAfterMs?: number;
		};
	}[];
	readonly extensions?: { readonly price: { readonly made: number } };
}

interface Venue extends AsyncDisposable {
	readonly control: Pool;
	readonly cursors: readonly (string | null)[];
	ask(caller: string, page: number): Promise<Told>;
	/** Virtual milliseconds. */
	sleep(ms: number): Promise<void>;
	now(): number;
}

const startVenue = async (): Promise<Venue> => {
	const secret = randomBytes(32).toString("hex");
	const time: FastTime = { start: Date.now(), speed: SPEED };
	const sandbox = await startChild("overload/sandbox.ts", {
		contacts: PAGES * CONTACTS_EACH,
		rateLimit: "off",
		time,
	} satisfies OverloadSandbox);
	const control = new Pool(sandbox.url, { connections: 2 });
	const settings: GatewaySettings = {
		url: sandbox.url,
		...LOCATION,
		secret,
		time,
	};
	const tokenOf = (subject: string) =>
		mintToken({
			secret,
			issuer: "contact-graph",
			audience: "contact-graph",
			subject,
			locations: [LOCATION.locationId],
			scopes: ["contacts.readonly"],
			ttlSeconds: 7200,
		});
	const cursors = await learnCursors(settings, await tokenOf("learner"));
	await tell(control, "PUT", "rate-limit", LIMIT);
	const gateway: Child = await startChild("gateway.ts", settings);
	const door = new Pool(gateway.url, { connections: 400 });
	const tokens = new Map<string, Promise<string>>();
	return {
		control,
		cursors,
		async ask(caller, page) {
			const token = tokens.get(caller) ?? tokenOf(caller);
			tokens.set(caller, token);
			return (await post(door, await token, {
				query: QUERY,
				variables: { after: cursors[page] },
			})) as Told;
		},
		sleep: (ms) => wait(Math.max(0, ms / SPEED)),
		now: () => (performance.timeOrigin + performance.now()) * SPEED,
		async [Symbol.asyncDispose]() {
			await door.destroy();
			await control.destroy();
			await gateway[Symbol.asyncDispose]();
			await sandbox[Symbol.asyncDispose]();
		},
	};
};

const post = async (
	door: Pool,
	token: string,
	body: object,
): Promise<unknown> => {
	const answered = await door.request({
		method: "POST",
		path: "/graphql",
		headers: {
			"content-type": "application/json",
			authorization: `Bearer ${token}`,
		},
		body: JSON.stringify(body),
	});
	return answered.body.json();
};

/** By a gateway of its own, so that the one that is measured knows nothing. */
const learnCursors = async (
	settings: GatewaySettings,
	token: string,
): Promise<(string | null)[]> => {
	await using gateway = await startChild("gateway.ts", settings);
	const door = new Pool(gateway.url, { connections: 1 });
	const cursors: (string | null)[] = [null];
	while (cursors.length < PAGES) {
		const { data } = (await post(door, token, {
			query:
				"query ($after: String) { contacts(first: 100, after: $after) { edges { cursor } } }",
			variables: { after: cursors.at(-1) },
		})) as { data: { contacts: { edges: { cursor: string }[] } } };
		for (const [index, { cursor }] of data.contacts.edges.entries())
			if (index % CONTACTS_EACH === CONTACTS_EACH - 1) cursors.push(cursor);
	}
	await door.close();
	return cursors.slice(0, PAGES);
};

const isWhole = ({ data, errors }: Told): boolean =>
	!errors && data?.contacts?.nodes.length === CONTACTS_EACH;

interface Call {
	readonly status: number;
}

const callsOf = async (control: Pool): Promise<readonly Call[]> =>
	(await tell(control, "GET", "calls")) as readonly Call[];

const zipfRun = async (seed: number, callers: number): Promise<void> => {
	const chance = seeded(seed);
	const byRank = shuffled(
		Array.from({ length: PAGES }, (_, page) => page),
		chance,
	);
	const rank = zipfRanks(PAGES, chance);
	const queries: Query[] = Array.from({ length: QUERIES }, (_, index) => ({
		page: byRank[rank()] as number,
		at: (index * RUN_MS) / QUERIES,
	}));
	await using venue = await startVenue();
	const before = (await callsOf(venue.control)).length;
	const began = venue.now();
	let whole = 0;
	let wholeInTime = 0;
	let spent = 0;
	let wasted = 0;
	const codes = new Map<string, number>();
	let index = 0;
	const running: Promise<void>[] = [];
	for (const { page, at } of queries) {
		await venue.sleep(began + at - venue.now());
		running.push(
			(async () => {
				const told = await venue.ask(`caller-${index++ % callers}`, page);
				const made = told.extensions?.price.made ?? 0;
				spent += made;
				if (isWhole(told)) {
					whole++;
					if (venue.now() - began <= RUN_MS) wholeInTime++;
				} else wasted += made;
				for (const { extensions } of told.errors?.slice(0, 1) ?? [])
					codes.set(extensions.code, (codes.get(extensions.code) ?? 0) + 1);
			})(),
		);
	}
	await venue.sleep(began + RUN_MS - venue.now());
	const made = (await callsOf(venue.control)).slice(before);
	await Promise.all(running);
	const all = (await callsOf(venue.control)).slice(before);
	const terms = { ...LIMIT, callsEach: CALLS_EACH, runMs: RUN_MS };
	const model = (deadlineMs: number) =>
		`FIFO ${fifo(queries, { ...terms, deadlineMs })}, oracle ${oracle(queries, { ...terms, deadlineMs })}`;
	console.log(`${QUERIES} queries in ${RUN_MS / 1000} s, Zipf over ${PAGES} pages of ${CONTACTS_EACH}, by ${callers} callers (seed ${seed})
  answered whole       ${whole}, of which ${wholeInTime} within the ${RUN_MS / 1000} s
  by counting calls    with a deadline of 30 s ${model(30_000)}; of 0 s ${model(0)}
  calls                ${made.length} in ${RUN_MS / 1000} s, ${all.length} until the last answer; 429 by the API ${all.filter(({ status }) => status === 429).length}
  for nobody's answer  ${wasted} of ${spent} calls: ${((100 * wasted) / Math.max(1, spent)).toFixed(1)} %
  refused              ${[...codes].map(([code, count]) => `${code} ${count}`).join(", ") || "none"}
`);
};

/** Clients who ask for page after page and do as they are told. */
const obedientRun = async (): Promise<void> => {
	const clients = 40;
	const runMs = 240_000;
	await using venue = await startVenue();
	const chance = seeded(SEED);
	const rank = zipfRanks(PAGES, chance);
	const began = venue.now();
	const over = () => venue.now() - began > runMs;
	const returns: number[] = [];
	let first = 0;
	let whole = 0;
	let spent = 0;
	let wasted = 0;
	const client = async (name: string) => {
		while (!over()) {
			const page = rank();
			for (let tries = 0; !over(); tries++) {
				const told = await venue.ask(name, page);
				const made = told.extensions?.price.made ?? 0;
				spent += made;
				if (isWhole(told)) {
					whole++;
					if (tries > 0) returns.push(tries);
					break;
				}
				wasted += made;
				if (tries === 1) first++;
				const ms = told.errors?.[0]?.extensions.retryAfterMs ?? 1000;
				if (venue.now() + ms - began > runMs) return;
				await venue.sleep(ms);
			}
			await venue.sleep(1000);
		}
	};
	await Promise.all(
		Array.from({ length: clients }, (_, index) => client(`client-${index}`)),
	);
	const good = returns.filter((tries) => tries === 1).length;
	console.log(`${clients} obedient clients for ${runMs / 1000} s
  answered whole       ${whole}
  first returns        ${good} of ${good + first} succeeded: ${((100 * good) / Math.max(1, good + first)).toFixed(1)} %
  for nobody's answer  ${wasted} of ${spent} calls: ${((100 * wasted) / Math.max(1, spent)).toFixed(1)} %
`);
};

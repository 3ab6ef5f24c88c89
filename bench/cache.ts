/**
 * What a query costs the gateway in CPU with all, some or nothing at hand, as ratios to the least that node:http could do
 * for the same answer. Each server is a process of its own; all are measured in turn within each round.
 */
import { randomBytes } from "node:crypto";
import { Pool } from "undici";
import { mintToken } from "../src/auth/authenticator.ts";
import type { SandboxOptions } from "../src/sandbox/sandbox.ts";
import { zipf } from "./cache/zipf.ts";
import { type Child, startChild } from "./child.ts";
import type { GatewaySettings, Upstream } from "./gateway.ts";
import type { Scenario } from "./main.ts";

const CONTACTS = 20;
const FIELDS = `nodes { contactId name email tasks { nodes { taskId title status } } notes { nodes { noteId body } } appointments { nodes { appointmentId title startTime } } }`;
const QUERY = `query { contacts(first: ${CONTACTS}) { ${FIELDS} } }`;
const PAGE = `query ($after: String) { contacts(first: ${CONTACTS}, after: $after) { ${FIELDS} } }`;
const LOCATION = { token: "sandbox-pit-1", locationId: "sandbox-location-1" };
const WARM_UPS = 2;
const CONNECTIONS = 8;

type Ask = (n: number) => {
	body: string;
	headers?: Record<string, string>;
	/** The REST calls the gateway must report, at least, or the figure compares with nothing. */
	made?: number;
};
const CALLS = 2 + 2 * CONTACTS;

/** The same request every time: its whole answer is kept. */
const again: Ask = () => ({ body: JSON.stringify({ query: QUERY }), made: 0 });
/** Never the same request: each must be executed, from values that are kept. */
const another: Ask = (n) => ({
	body: JSON.stringify({ query: QUERY, extensions: { n } }),
	made: 0,
});
const cold: Ask = () => ({
	body: JSON.stringify({ query: QUERY }),
	headers: { "cache-control": "no-cache" },
	made: CALLS,
});
const plain: Ask = () => ({ body: JSON.stringify({ query: QUERY }) });

export const cache: Scenario = {
	measures:
		"gateway CPU for answers from the cache, from values, from calls and from what was never asked for, against plain Node; then `zipf`",

	async run(settings) {
		await ratios(settings.rounds, settings.queries);
		console.log();
		await zipf.run(settings);
	},
};

const ratios = async (rounds: number, queries: number): Promise<void> => {
	const secret = randomBytes(32).toString("hex");
	const pages = (rounds + WARM_UPS) * queries;
	await using sandbox = await startChild("nested/sandbox.ts", {
		contacts: (pages + 1) * CONTACTS,
	} satisfies SandboxOptions);
	const upstream = { url: sandbox.url, ...LOCATION };
	const settings: GatewaySettings = { ...upstream, secret };
	await using gateway = await startChild("gateway.ts", settings);
	const token = await mintToken({
		secret,
		issuer: "contact-graph",
		audience: "contact-graph",
		locations: [LOCATION.locationId],
		scopes: ["contacts.readonly"],
		ttlSeconds: 3600,
	});
	const answer = await askOnce(gateway, token);
	await using lookup = await startChild("cache/lookup.ts", {
		body: again(0).body,
		answer,
	});
	await using stringify = await startChild("nested/stringify.ts", {
		answer: JSON.parse(answer),
	});
	await using fanOut = await startChild("nested/fan-out.ts", {
		...upstream,
		timeZone: "America/Chicago",
		contacts: CONTACTS,
	});

	const cursors = await cursorsOf(upstream);
	// Each server walks the pages once, so that each page is asked for once.
	const walk = (body: (cursor: readonly unknown[]) => object): Ask => {
		let next = 0;
		return () => ({
			body: JSON.stringify(body(cursors[next++] as readonly unknown[])),
			made: CALLS,
		});
	};
	const neverAsked = walk((searchAfter) => ({
		query: PAGE,
		variables: { after: cursorOf(LOCATION.locationId, searchAfter) },
	}));
	const sameByHand = walk((searchAfter) => ({ searchAfter }));

	const pairs: Pair[] = [
		{
			name: "whole answer kept",
			ask: again,
			floor: lookup,
			of: "prebuilt bytes",
			limit: 2,
			by: 20,
			at: CONNECTIONS,
		},
		{
			name: "values kept, answer not",
			ask: another,
			floor: stringify,
			of: "JSON.stringify",
			limit: 3,
			by: 10,
			at: CONNECTIONS,
		},
		{
			name: "nothing used, 42 calls",
			ask: cold,
			floor: fanOut,
			of: "undici by hand",
			limit: 1.3,
			by: 1,
			at: 1,
		},
		{
			name: "never asked, 42 calls",
			ask: neverAsked,
			floor: fanOut,
			askFloor: sameByHand,
			of: "undici by hand",
			limit: 1.3,
			by: 1,
			at: 1,
		},
	];
	console.log(
		`${CONTACTS} contacts with tasks, notes and appointments, ${answer.length} bytes; ${rounds} rounds; CPU of one query in its server's process\n`,
	);
	for (const pair of pairs) {
		const { name, ask, floor, askFloor = plain, of, limit, by, at } = pair;
		const ours: number[] = [];
		const floors: number[] = [];
		for (let round = -WARM_UPS; round < rounds; round++) {
			const cost = await cpuPerQuery(gateway, token, ask, queries * by, at);
			const least = await cpuPerQuery(floor, token, askFloor, queries * by, at);
			if (round < 0) continue;
			ours.push(cost);
			floors.push(least);
		}
		const ratio = ours.map((cost, round) => cost / (floors[round] ?? 1));
		console.log(
			`  ${name.padEnd(24)} ${micros(ours)} / ${of} ${micros(floors)} = ${median(ratio).toFixed(2)} × (${Math.min(...ratio).toFixed(2)} to ${Math.max(...ratio).toFixed(2)}; at most ${limit})`,
		);
	}
};

interface Pair {
	readonly name: string;
	readonly ask: Ask;
	readonly floor: Child;
	/** What the floor is asked, where it must be told. */
	readonly askFloor?: Ask;
	readonly of: string;
	readonly limit: number;
	/** Queries of a round, as a multiple of what was asked for. */
	readonly by: number;
	readonly at: number;
}

/** Where each page but the first begins, as the search gives it. */
const cursorsOf = async ({ url, token, locationId }: Upstream) => {
	const pool = new Pool(url);
	const cursors: (readonly unknown[])[] = [];
	const pageLimit = 25 * CONTACTS;
	for (;;) {
		const searchAfter = cursors.at(-1);
		const { body } = await pool.request({
			method: "POST",
			path: "/contacts/search",
			headers: {
				"content-type": "application/json",
				authorization: `Bearer ${token}`,
				version: "2021-07-28",
			},
			body: JSON.stringify({
				locationId,
				pageLimit,
				...(searchAfter && { searchAfter }),
			}),
		});
		const { contacts } = (await body.json()) as {
			contacts: { searchAfter: unknown[] }[];
		};
		for (let last = CONTACTS - 1; last < contacts.length; last += CONTACTS)
			cursors.push((contacts[last] as (typeof contacts)[number]).searchAfter);
		if (contacts.length === pageLimit) continue;
		await pool.close();
		return cursors;
	}
};

/** As the gateway gives it (entities/contact/search.ts). */
const cursorOf = (locationId: string, searchAfter: readonly unknown[]) =>
	Buffer.from(
		JSON.stringify([locationId, "contacts", "", searchAfter]),
	).toString("base64url");

let asked = 0;

const cpuPerQuery = async (
	server: Child,
	token: string,
	ask: Ask,
	count: number,
	connections: number,
): Promise<number> => {
	const pool = new Pool(server.url, { connections, pipelining: 1 });
	const before = await server.cpuMicros();
	let left = count;
	const worker = async () => {
		while (left-- > 0) await send(pool, token, ask(asked++));
	};
	await Promise.all(Array.from({ length: connections }, worker));
	const after = await server.cpuMicros();
	await pool.close();
	return (after - before) / count;
};

const send = async (
	pool: Pool,
	token: string,
	{ body, headers, made }: ReturnType<Ask>,
): Promise<string> => {
	const answered = await pool.request({
		path: "/graphql",
		method: "POST",
		headers: {
			"content-type": "application/json",
			authorization: `Bearer ${token}`,
			...headers,
		},
		body,
	});
	const text = await answered.body.text();
	if (answered.statusCode !== 200)
		throw new Error(`answered ${answered.statusCode}: ${text.slice(0, 300)}`);
	const [, cost] = /"made":(\d+)/.exec(text.slice(-200)) ?? [];
	// A full page of tasks may be followed by one more call.
	const isAsMany = made === 0 ? cost === "0" : Number(cost) >= Number(made);
	if (made !== undefined && cost !== undefined && !isAsMany)
		throw new Error(`wanted ${made} REST calls, but it made ${cost}`);
	return text;
};

const askOnce = async ({ url }: Child, token: string): Promise<string> => {
	const pool = new Pool(url);
	try {
		return await send(pool, token, cold(0));
	} finally {
		await pool.close();
	}
};

const median = (values: readonly number[]): number =>
	[...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ??
	Number.NaN;

const micros = (values: readonly number[]): string =>
	`${median(values).toFixed(0)} µs`;

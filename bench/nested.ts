/**
 * What a nested query costs the gateway in CPU, as ratios to (a) node:http with JSON.stringify of the same answer and
 * (b) the same 42 calls written by hand without GraphQL. Each server is a process of its own; all are measured in turn
 * within each round, so that what the machine does meanwhile falls on all of them.
 */
import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { Pool } from "undici";
import { mintToken } from "../src/auth/authenticator.ts";
import { type Child, startChild } from "./child.ts";
import type { GatewaySettings, Upstream } from "./gateway.ts";
import type { Scenario } from "./main.ts";

const CONTACTS = 20;
const QUERY = `query { contacts(first: ${CONTACTS}) { nodes { contactId name email tasks { nodes { taskId title status } } notes { nodes { noteId body } } appointments { nodes { appointmentId title startTime } } } } }`;
// The sandbox's first location, its token and its time zone.
const LOCATION = {
	token: "sandbox-pit-1",
	locationId: "sandbox-location-1",
};
const TIME_ZONE = "America/Chicago";
/** One search, one search of tasks, and notes and appointments of each contact. */
const CALLS = 2 + 2 * CONTACTS;
// One at a time: queries in flight together share their calls, and then there is nothing to compare.
const CONCURRENT = 1;
const WARM_UPS = 2;

export const nested: Scenario = {
	measures: `gateway CPU for ${CONTACTS} contacts with tasks, notes and appointments, against plain Node`,

	async run({ rounds, queries }) {
		const secret = randomBytes(32).toString("hex");
		await using sandbox = await startChild("nested/sandbox.ts", {});
		const upstream: Upstream = { url: sandbox.url, ...LOCATION };
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
		await using fanOut = await startChild("nested/fan-out.ts", {
			...upstream,
			timeZone: TIME_ZONE,
			contacts: CONTACTS,
		});
		await using stringify = await startChild("nested/stringify.ts", { answer });
		const byHand = await askOnce(fanOut, token);
		if (!isDeepStrictEqual(byHand.data, answer.data))
			throw new Error(
				"the fan-out by hand and the gateway answered differently, so their costs cannot be compared",
			);

		const servers = { gateway, stringify, fanOut };
		const micros: Record<keyof typeof servers, number[]> = {
			gateway: [],
			stringify: [],
			fanOut: [],
		};
		for (let round = -WARM_UPS; round < rounds; round++)
			for (const name of ["gateway", "stringify", "fanOut"] as const) {
				// The floor is so low that few queries would drown in the clock's grain.
				const count = name === "stringify" ? queries * 10 : queries;
				const cost = await cpuPerQuery(servers[name], token, count);
				if (round >= 0) micros[name].push(cost);
			}
		const size = JSON.stringify(answer).length;
		report(micros, size, answer.extensions?.price?.made, rounds, queries);
	},
};

interface Answer {
	readonly data?: unknown;
	readonly errors?: unknown;
	readonly extensions?: { readonly price?: { readonly made?: number } };
}

const REQUEST = { query: QUERY };

const send = async (pool: Pool, token: string): Promise<string> => {
	const { statusCode, body } = await pool.request({
		path: "/graphql",
		method: "POST",
		headers: {
			"content-type": "application/json",
			authorization: `Bearer ${token}`,
			// Every query makes its 42 calls: what the cache saves is another scenario's figure.
			"cache-control": "no-cache",
		},
		body: JSON.stringify(REQUEST),
	});
	const text = await body.text();
	const [, made] = /"made":(\d+)/.exec(text) ?? [];
	if (made !== undefined && Number(made) !== CALLS)
		throw new Error(
			`the query was to make ${CALLS} REST calls and made ${made}, so its cost compares with nothing`,
		);
	if (statusCode === 200) return text;
	throw new Error(`a server answered ${statusCode}: ${text.slice(0, 500)}`);
};

const askOnce = async ({ url }: Child, token: string): Promise<Answer> => {
	const pool = new Pool(url);
	try {
		const answer = JSON.parse(await send(pool, token)) as Answer;
		if (!answer.errors) return answer;
		throw new Error(`the query failed: ${JSON.stringify(answer.errors)}`);
	} finally {
		await pool.close();
	}
};

const cpuPerQuery = async (
	server: Child,
	token: string,
	count: number,
): Promise<number> => {
	const pool = new Pool(server.url, { connections: CONCURRENT, pipelining: 1 });
	const before = await server.cpuMicros();
	let left = count;
	const worker = async () => {
		while (left-- > 0) await send(pool, token);
	};
	await Promise.all(Array.from({ length: CONCURRENT }, worker));
	const after = await server.cpuMicros();
	await pool.close();
	return (after - before) / count;
};

const report = (
	micros: Record<"gateway" | "stringify" | "fanOut", number[]>,
	bytes: number,
	made: number | undefined,
	rounds: number,
	queries: number,
): void => {
	const ratios = (to: "stringify" | "fanOut") =>
		micros.gateway.map(
			(cost, round) => cost / (micros[to][round] ?? Number.NaN),
		);
	const row = (text: string, values: readonly number[], unit: string) =>
		console.log(`  ${text.padEnd(52)} ${spread(values, unit)}`);
	console.log(
		`${CONTACTS} contacts, ${made} REST calls, ${bytes} bytes; ${rounds} rounds of ${queries} queries, ${CONCURRENT} at a time\n`,
	);
	console.log("CPU of one query, in its server's process");
	row("gateway", micros.gateway, " ms");
	row("(a) node:http + JSON.stringify", micros.stringify, " ms");
	row("(b) 42 calls by hand with undici, no GraphQL", micros.fanOut, " ms");
	console.log("\nRatios, each of one round");
	row("gateway / (a)", ratios("stringify"), "×");
	row("gateway / (b)", ratios("fanOut"), "×");
};

/** Median, and the least and the greatest value. */
const spread = (values: readonly number[], unit: string): string => {
	const scale = unit === "×" ? 1 : 1 / 1000;
	const sorted = values.map((value) => value * scale).sort((a, b) => a - b);
	const text = (value: number | undefined) =>
		(value ?? Number.NaN).toPrecision(3);
	const median = sorted[Math.floor(sorted.length / 2)];
	return `${text(median)}${unit}  (${text(sorted[0])} to ${text(sorted.at(-1))})`;
};

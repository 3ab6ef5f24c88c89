/**
 * How long a cold nested query takes, as a ratio to its critical path: the list, then its slowest child, each asked
 * alone on a warm connection in the same round. The same calls made by hand show what of the rest is the machine's.
 */
import { randomBytes } from "node:crypto";
import { Pool } from "undici";
import { mintToken } from "../src/auth/authenticator.ts";
import { startChild } from "./child.ts";
import type { Upstream } from "./gateway.ts";
import type { Scenario } from "./main.ts";

const CONTACTS = 20;
const QUERY = `{ contacts(first: ${CONTACTS}) { nodes { name tasks { nodes { title } } notes { nodes { body } } appointments { nodes { title startTime } } } } }`;
const LOCATION = { token: "sandbox-pit-1", locationId: "sandbox-location-1" };
const TIME_ZONE = "America/Chicago";
const UPSTREAM_MS = 50;
/** What issue 2 promises of a query that finds nothing in the cache. */
const PROMISED = 1.25;
const WARM_UPS = 3;

export const latency: Scenario = {
	measures: `time of the same query, cold, at ${UPSTREAM_MS} ms a call, against its critical path`,

	async run({ rounds }) {
		const secret = randomBytes(32).toString("hex");
		await using sandbox = await startChild("nested/sandbox.ts", {
			latencyMs: UPSTREAM_MS,
		});
		const upstream: Upstream = { url: sandbox.url, ...LOCATION };
		await using gateway = await startChild("gateway.ts", {
			...upstream,
			secret,
		});
		await using fanOut = await startChild("nested/fan-out.ts", {
			...upstream,
			timeZone: TIME_ZONE,
			contacts: CONTACTS,
		});
		const token = await mintToken({
			secret,
			issuer: "contact-graph",
			audience: "contact-graph",
			locations: [LOCATION.locationId],
			scopes: ["contacts.readonly"],
			ttlSeconds: 3600,
		});
		const pools = {
			gateway: new Pool(gateway.url),
			byHand: new Pool(fanOut.url),
			upstream: new Pool(sandbox.url),
		};
		const times: Record<"gateway" | "byHand" | "path", number[]> = {
			gateway: [],
			byHand: [],
			path: [],
		};
		const first = await query(pools.gateway, token);
		for (let round = -WARM_UPS; round < rounds; round++) {
			const taken = {
				gateway: await query(pools.gateway, token),
				byHand: await query(pools.byHand, token),
				path: await criticalPath(pools.upstream),
			};
			if (round < 0) continue;
			for (const name of ["gateway", "byHand", "path"] as const)
				times[name].push(taken[name]);
		}
		await Promise.all(Object.values(pools).map((pool) => pool.close()));
		report(times, first, rounds);
	},
};

interface Taken {
	readonly ms: number;
	readonly text: string;
}

/** Milliseconds until the last byte. */
const timed = async (
	pool: Pool,
	method: "GET" | "POST",
	path: string,
	headers: Readonly<Record<string, string>>,
	body?: unknown,
): Promise<Taken> => {
	const began = performance.now();
	const answer = await pool.request({
		path,
		method,
		headers: { "content-type": "application/json", ...headers },
		body: body ? JSON.stringify(body) : null,
	});
	const text = await answer.body.text();
	const ms = performance.now() - began;
	if (answer.statusCode < 300) return { ms, text };
	throw new Error(
		`${path} answered ${answer.statusCode}: ${text.slice(0, 500)}`,
	);
};

const query = async (pool: Pool, token: string): Promise<number> => {
	const headers = {
		authorization: `Bearer ${token}`,
		"cache-control": "no-cache",
	};
	const { ms, text } = await timed(pool, "POST", "/graphql", headers, {
		query: QUERY,
	});
	if (!text.includes('"errors"')) return ms;
	throw new Error(`the query failed: ${text.slice(0, 500)}`);
};

/** The list, and the slowest of a search of tasks, the notes and the appointments of one contact, each alone. */
const criticalPath = async (pool: Pool): Promise<number> => {
	const { token, locationId } = LOCATION;
	const headers = { authorization: `Bearer ${token}`, version: "2021-07-28" };
	const list = await timed(pool, "POST", "/contacts/search", headers, {
		locationId,
		pageLimit: CONTACTS,
	});
	const { contacts } = JSON.parse(list.text) as { contacts: { id: string }[] };
	const ids = contacts.map(({ id }) => id);
	const tasks = await timed(
		pool,
		"POST",
		`/locations/${locationId}/tasks/search`,
		headers,
		{ contactId: ids, limit: 500 },
	);
	const notes = await timed(pool, "GET", `/contacts/${ids[0]}/notes`, headers);
	const appointments = await timed(
		pool,
		"GET",
		`/contacts/${ids[0]}/appointments`,
		headers,
	);
	return list.ms + Math.max(tasks.ms, notes.ms, appointments.ms);
};

const report = (
	times: Readonly<Record<"gateway" | "byHand" | "path", readonly number[]>>,
	first: number,
	rounds: number,
): void => {
	const over = (name: "gateway" | "byHand") =>
		times[name].map((ms, round) => ms / (times.path[round] ?? Number.NaN));
	const row = (text: string, values: readonly number[], unit: string) =>
		console.log(`  ${text.padEnd(44)} ${spread(values, unit)}`);
	console.log(
		`${CONTACTS} contacts, nothing cached, ${UPSTREAM_MS} ms a call; ${rounds} rounds, one query each\n`,
	);
	row("critical path: the list, the slowest child", times.path, " ms");
	row("gateway", times.gateway, " ms");
	row("the same calls by hand, no GraphQL", times.byHand, " ms");
	row("gateway, the first query of the process", [first], " ms");
	console.log("\nRatios, each of one round");
	row(`gateway / critical path (promised: ${PROMISED})`, over("gateway"), "×");
	row("by hand / critical path", over("byHand"), "×");
};

/** Median, and the least and the greatest value. */
const spread = (values: readonly number[], unit: string): string => {
	const sorted = values.toSorted((a, b) => a - b);
	const text = (value: number | undefined) =>
		(value ?? Number.NaN).toPrecision(3);
	const median = sorted[Math.floor(sorted.length / 2)];
	return `${text(median)}${unit}  (${text(sorted[0])} to ${text(sorted.at(-1))})`;
};

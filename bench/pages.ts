/**
 * Pages of nested contacts that fit the cache, asked for again and again: how long an answer takes, and what the process
 * holds above its cache, beside plain Yoga with its response cache.
 */
import { randomBytes } from "node:crypto";
import { Pool } from "undici";
import { mintToken } from "../src/auth/authenticator.ts";
import type { CacheStats } from "../src/cache/stats.ts";
import type { SandboxOptions } from "../src/sandbox/sandbox.ts";
import { seeded } from "./cache/draw.ts";
import { type Child, startChild } from "./child.ts";
import type { GatewaySettings } from "./gateway.ts";
import type { Scenario } from "./main.ts";
import type { YogaSettings } from "./nested/yoga.ts";

const LOCATION = { token: "sandbox-pit-1", locationId: "sandbox-location-1" };
const PAGES = 500;
const ON_A_PAGE = 20;
const WARM = 12_000;
const AT_ONCE = 32;
const CEILING_MIB = 256;
const ABOVE_MIB = 200;
const MIB = 1024 ** 2;
const QUERY = `query ($after: String) { contacts(first: ${ON_A_PAGE}, after: $after) { nodes { contactId name email tasks { nodes { taskId title status } } notes { nodes { noteId body } } appointments { nodes { appointmentId title startTime } } } pageInfo { endCursor } } }`;

export const pages: Scenario = {
	measures: `${WARM.toLocaleString("en")} warm queries over ${PAGES} pages under a ceiling of ${CEILING_MIB} MiB: memory and p99, beside Yoga's response cache`,
	async run() {
		const secret = randomBytes(32).toString("hex");
		await using sandbox = await startChild("nested/sandbox.ts", {
			contacts: PAGES * ON_A_PAGE,
			rateLimit: "off",
		} satisfies SandboxOptions);
		const upstream = { url: sandbox.url, ...LOCATION };
		const token = await mintToken({
			secret,
			issuer: "contact-graph",
			audience: "contact-graph",
			locations: [LOCATION.locationId],
			scopes: ["contacts.readonly"],
			ttlSeconds: 7200,
		});
		const servers = {
			gateway: () =>
				startChild("gateway.ts", {
					...upstream,
					secret,
					environment: {
						CACHE_MAX_BYTES: String(CEILING_MIB * MIB),
						CACHE_UNCOVERED_SECONDS: "3600",
						CACHE_TASK_SECONDS: "3600",
					},
				} satisfies GatewaySettings),
			"Yoga, response cache": () =>
				startChild("nested/yoga.ts", {
					...upstream,
					timeZone: "America/Chicago",
					batched: false,
					cached: true,
				} satisfies YogaSettings),
		};
		for (const [name, start] of Object.entries(servers)) {
			await using server = await start();
			const { p50, p99, longest } = await ask(server, token);
			const { rss, heapUsed, external } = await server.memory();
			const stats = (await server.report()) as CacheStats | undefined;
			const ours = name === "gateway";
			console.log(
				`  ${name.padEnd(22)} p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, longest ${longest.toFixed(0)} ms; RSS ${(rss / MIB).toFixed(0)} MiB${ours ? ` (at most ${CEILING_MIB + ABOVE_MIB})` : ""}, heap and external ${((heapUsed + external) / MIB).toFixed(0)} MiB, counted ${((stats?.bytes ?? 0) / MIB).toFixed(0)} MiB`,
			);
		}
	},
};

/** Walks the pages once, then asks for them at random. */
const ask = async (
	{ url }: Child,
	token: string,
): Promise<{ p50: number; p99: number; longest: number }> => {
	const pool = new Pool(url, { connections: AT_ONCE, pipelining: 1 });
	const post = async (after: string | null): Promise<string> => {
		const answer = await pool.request({
			path: "/graphql",
			method: "POST",
			headers: {
				"content-type": "application/json",
				authorization: `Bearer ${token}`,
			},
			body: JSON.stringify({ query: QUERY, variables: { after } }),
		});
		const text = await answer.body.text();
		if (answer.statusCode !== 200 || text.startsWith('{"errors"'))
			throw new Error(`a query failed: ${text.slice(0, 500)}`);
		return text;
	};
	const cursors: (string | null)[] = [null];
	for (;;) {
		const { data } = JSON.parse(await post(cursors.at(-1) ?? null)) as {
			data: { contacts: { pageInfo: { endCursor: string } } };
		};
		if (cursors.length === PAGES) break;
		cursors.push(data.contacts.pageInfo.endCursor);
	}
	const chance = seeded(1);
	const times: number[] = [];
	let left = WARM;
	const one = async () => {
		while (left-- > 0) {
			const began = performance.now();
			await post(cursors[Math.floor(chance() * PAGES)] ?? null);
			times.push(performance.now() - began);
		}
	};
	await Promise.all(Array.from({ length: AT_ONCE }, one));
	await pool.close();
	times.sort((a, b) => a - b);
	const at = (share: number) =>
		times[Math.ceil(times.length * share) - 1] as number;
	return { p50: at(0.5), p99: at(0.99), longest: at(1) };
};

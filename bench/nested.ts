/**
 * What nested queries cost the gateway in CPU, memory and time to start, as ratios to what users would write instead:
 * (a) node:http with JSON.stringify of the same answer, (b) the same calls by hand with undici, (c) plain Yoga with
 * DataLoader and undici, (d) the same with tasks read in one search; with `--against DIR` also to the gateway of another
 * checkout. Each server is a process of its own; all are measured in turn within each round, so that what the machine
 * does meanwhile falls on all of them.
 */
import { randomBytes } from "node:crypto";
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { mintToken } from "../src/auth/authenticator.ts";
import { type Child, startChild } from "./child.ts";
import type { GatewaySettings, Upstream } from "./gateway.ts";
import type { Scenario } from "./main.ts";
import { askOnce, cpuPerQuery, type Query } from "./nested/ask.ts";
import { table } from "./nested/table.ts";
import type { YogaSettings } from "./nested/yoga.ts";

const CONTACTS = 20;
const FIELDS =
	"contactId name email tasks { nodes { taskId title status } } notes { nodes { noteId body } } appointments { nodes { appointmentId title startTime } }";
const TWENTY = `query { contacts(first: ${CONTACTS}) { nodes { ${FIELDS} } } }`;
const ONE = `query ($id: ID!) { contact(id: $id) { ${FIELDS} } }`;
const IDS = `query { contacts(first: 100) { nodes { contactId } } }`;
// The sandbox's first location, its token and its time zone.
const LOCATION = {
	token: "sandbox-pit-1",
	locationId: "sandbox-location-1",
};
const TIME_ZONE = "America/Chicago";
const WARM_UPS = 2;
const LOAD = 2000;
const LOAD_AT_ONCE = 32;

export const nested: Scenario = {
	measures: `gateway CPU, start and memory for nested queries, against plain Node, plain Yoga and DataLoader, and (--against DIR) another checkout`,

	async run({ rounds, queries, against }) {
		const secret = randomBytes(32).toString("hex");
		await using sandbox = await startChild("nested/sandbox.ts", {});
		const upstream: Upstream = { url: sandbox.url, ...LOCATION };
		const settings: GatewaySettings = {
			...upstream,
			secret,
			// Nothing that is kept expires while others are measured.
			environment: {
				CACHE_UNCOVERED_SECONDS: "3600",
				CACHE_TASK_SECONDS: "3600",
			},
		};
		const yoga: YogaSettings = {
			...upstream,
			timeZone: TIME_ZONE,
			batched: false,
		};
		const token = await mintToken({
			secret,
			issuer: "contact-graph",
			audience: "contact-graph",
			locations: [LOCATION.locationId],
			scopes: ["contacts.readonly"],
			ttlSeconds: 3600,
		});
		await starts(
			{
				gateway: () => startChild("gateway.ts", settings),
				...(against !== undefined && {
					against: () => startChild(gatewayOf(against), settings),
				}),
				yoga: () => startChild("nested/yoga.ts", yoga),
			},
			token,
			rounds,
		);

		await using gateway = await startChild("gateway.ts", settings);
		await using other =
			against === undefined
				? undefined
				: await startChild(gatewayOf(against), settings);
		await using plain = await startChild("nested/yoga.ts", yoga);
		await using batched = await startChild("nested/yoga.ts", {
			...yoga,
			batched: true,
		});
		await using fanOut = await startChild("nested/fan-out.ts", {
			...upstream,
			timeZone: TIME_ZONE,
			contacts: CONTACTS,
		});
		const answer = await askOnce(gateway, token, { query: TWENTY });
		await using stringify = await startChild("nested/stringify.ts", { answer });
		for (const [name, server] of Object.entries({ plain, batched, fanOut })) {
			const same = await askOnce(server, token, { query: TWENTY });
			if (!isDeepStrictEqual(inOrder(same.data), inOrder(answer.data)))
				throw new Error(
					`${name} and the gateway answered differently, so their costs cannot be compared`,
				);
		}
		const { data } = await askOnce(gateway, token, { query: IDS });
		const ids = (
			data as { contacts: { nodes: { contactId: string }[] } }
		).contacts.nodes.map(({ contactId }) => contactId);
		const everyone = {
			gateway,
			...(other && { against: other }),
			"(c) Yoga, DataLoader": plain,
			"(d) the same, batched": batched,
		};
		for (const { name, query, atOnce, by, others } of rowsOf(ids)) {
			for (const server of [gateway, other])
				if (server) await askOnce(server, token, { query: TWENTY });
			const servers: Record<string, Child> = {
				...everyone,
				...(others === "all" && {
					"(a) JSON.stringify": stringify,
					"(b) undici by hand": fanOut,
				}),
			};
			const micros = new Map<string, number[]>();
			for (let round = -WARM_UPS; round < rounds; round++)
				for (const [server, child] of Object.entries(servers)) {
					const cost = await cpuPerQuery(
						child,
						token,
						query,
						Math.ceil(queries * by),
						atOnce,
					);
					if (round < 0) continue;
					micros.set(server, [...(micros.get(server) ?? []), cost]);
				}
			table(`CPU of ${name}`, micros, "gateway", { unit: " ms", scale: 1e-3 });
		}
		await memories(
			{ gateway, ...(other && { against: other }), yoga: plain },
			token,
			ids,
		);
	},
};

/** A contact's own list and the search give its tasks in different orders, and the gateway has its own of notes. */
const inOrder = (data: unknown): unknown => {
	const { contacts } = structuredClone(data) as {
		contacts: { nodes: Record<string, unknown>[] };
	};
	for (const contact of contacts.nodes)
		for (const list of ["tasks", "notes", "appointments"]) {
			const { nodes } = contact[list] as { nodes: object[] };
			nodes.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
		}
	return contacts;
};

interface Row {
	readonly name: string;
	readonly query: (n: number) => Query;
	readonly atOnce: number;
	/** Queries of a round, as a multiple of what was asked for. */
	readonly by: number;
	readonly others?: "all";
}

// Queries in flight together share their calls, and then there is nothing to compare: crowds ask for different contacts.
const rowsOf = (ids: readonly string[]): readonly Row[] => [
	{
		name: "one contact cold, one at a time",
		query: (n) => ({
			query: ONE,
			variables: { id: ids[n % ids.length] },
			cacheControl: "no-cache",
			calls: 4,
		}),
		atOnce: 1,
		by: 4,
	},
	{
		name: "one contact cold, 32 at once",
		query: (n) => ({
			query: ONE,
			variables: { id: ids[n % ids.length] },
			cacheControl: "no-cache",
			calls: 4,
		}),
		atOnce: 32,
		by: 4,
	},
	{
		name: "twenty contacts cold (no-cache)",
		query: () => ({ query: TWENTY, cacheControl: "no-cache", calls: 42 }),
		atOnce: 1,
		by: 1,
		others: "all",
	},
	{
		name: "twenty contacts cold (no-store)",
		query: () => ({ query: TWENTY, cacheControl: "no-store", calls: 42 }),
		atOnce: 1,
		by: 1,
	},
	{
		name: "twenty contacts, values kept",
		query: (n) => ({ query: TWENTY, extensions: { n }, calls: 0 }),
		atOnce: 8,
		by: 4,
	},
	{
		name: "twenty contacts, answer kept",
		query: () => ({ query: TWENTY, calls: 0 }),
		atOnce: 8,
		by: 10,
	},
];

const gatewayOf = (checkout: string): string =>
	join(resolve(checkout), "bench/gateway.ts");

/** From the fork to the first whole answer, wall time; and memory right behind it. */
const starts = async (
	servers: Readonly<Record<string, () => Promise<Child>>>,
	token: string,
	rounds: number,
): Promise<void> => {
	const ms = new Map<string, number[]>();
	const rss = new Map<string, number[]>();
	for (let round = 0; round < Math.min(rounds, 5); round++)
		for (const [name, start] of Object.entries(servers)) {
			const began = performance.now();
			await using server = await start();
			await askOnce(server, token, { query: TWENTY });
			ms.set(name, [...(ms.get(name) ?? []), performance.now() - began]);
			const memory = await server.memory();
			rss.set(name, [...(rss.get(name) ?? []), memory.rss]);
		}
	table("start to first answer", ms, "gateway", { unit: " ms", scale: 1 });
	table("RSS after the first answer", rss, "gateway", {
		unit: " MiB",
		scale: 1 / 1024 ** 2,
	});
};

const memories = async (
	servers: Readonly<Record<string, Child>>,
	token: string,
	ids: readonly string[],
): Promise<void> => {
	const rss = new Map<string, number[]>();
	for (const [name, server] of Object.entries(servers)) {
		await cpuPerQuery(
			server,
			token,
			(n) => ({
				query: ONE,
				variables: { id: ids[n % ids.length] },
				cacheControl: "no-cache",
			}),
			LOAD,
			LOAD_AT_ONCE,
		);
		rss.set(name, [(await server.memory()).rss]);
	}
	table(`RSS after all that and ${LOAD} cold queries`, rss, "gateway", {
		unit: " MiB",
		scale: 1 / 1024 ** 2,
	});
};

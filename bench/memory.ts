/**
 * Whether the gateway's memory stays flat while everything in it changes all the time: several times the contacts that
 * fit its cache, asked for by hundreds of callers in ever new words, and edited meanwhile.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { Pool } from "undici";
import { mintToken } from "../src/auth/authenticator.ts";
import type { CacheStats } from "../src/cache/stats.ts";
import type { SandboxOptions } from "../src/sandbox/sandbox.ts";
import { post } from "./cache/crowd.ts";
import { seeded } from "./cache/draw.ts";
import { tell } from "./cache/sandbox-control.ts";
import { type Child, startChild } from "./child.ts";
import type { GatewaySettings } from "./gateway.ts";
import type { Scenario } from "./main.ts";

const LOCATION = { token: "sandbox-pit-1", locationId: "sandbox-location-1" };
const CONTACTS = 20_000;
const CEILING_MIB = 48;
// Without a limit V8 lets garbage pile up to several times of what is alive, the more so the more memory a machine has:
// that would hide what grows.
const HEAP_MIB = 320;
const ASKING = 16;
const EDITS_PER_SECOND = 100;
const CALLERS = 500;
// Of the queries so many are asked in words never used before, so that documents and their plans come and go, too.
const NEW_WORDS = 0.1;
// Asked before the clock runs, in long new words: what is remembered of queries, up to a bound, is then at that bound.
const FILLING = 5000;
const PADDING = "x".repeat(3000);
const SAMPLE_MS = 2000;
const SHORT_S = 60;
const FULL_S = 600;
const MIB = 1024 ** 2;

const FIELDS =
	"contactId name email city tags tasks { nodes { taskId title status } } notes { nodes { noteId body } } appointments { nodes { appointmentId title startTime } }";

export const memory: Scenario = {
	measures: `memory of the gateway while ${CONTACTS.toLocaleString("en")} contacts churn through ${CEILING_MIB} MiB of cache (--full: ${FULL_S} s)`,
	async run({ full, seconds = full ? FULL_S : SHORT_S }) {
		const secret = randomBytes(32).toString("hex");
		await using sandbox = await startChild("nested/sandbox.ts", {
			contacts: CONTACTS,
			rateLimit: "off",
			searchLagMs: 10_000,
		} satisfies SandboxOptions);
		const control = new Pool(sandbox.url, { connections: 2 });
		const { keys } = (await tell(control, "GET", "webhooks")) as {
			keys: GatewaySettings["keys"];
		};
		await using gateway = await startChild(
			"gateway.ts",
			{
				url: sandbox.url,
				...LOCATION,
				secret,
				keys,
				environment: { CACHE_MAX_BYTES: String(CEILING_MIB * MIB) },
			} satisfies GatewaySettings,
			["--expose-gc", `--max-old-space-size=${HEAP_MIB}`],
		);
		await tell(control, "PUT", "webhooks", {
			url: `${gateway.url}/webhooks/contacts`,
		});
		const tokens = await Promise.all(
			Array.from({ length: CALLERS }, (_, n) =>
				mintToken({
					secret,
					issuer: "contact-graph",
					audience: "contact-graph",
					subject: `caller-${n}`,
					locations: [LOCATION.locationId],
					scopes: ["contacts.readonly"],
					ttlSeconds: 7200,
				}),
			),
		);
		const door = new Pool(gateway.url, { connections: ASKING, pipelining: 1 });
		const ids = await allIds(door, tokens[0] as string);
		await tell(control, "PUT", "edits", { perSecond: EDITS_PER_SECOND });
		const churn = startChurn(door, tokens, ids);
		const began = performance.now();
		await untilFull(gateway, churn);
		const filled = (performance.now() - began) / 1000;
		console.log(
			`${ids.length} contacts, ceiling ${CEILING_MIB} MiB, heap limited to ${HEAP_MIB} MiB, ${ASKING} ask without a pause as ${CALLERS} callers, ${EDITS_PER_SECOND} edits/s; everything was at its bounds after ${filled.toFixed(0)} s; then ${seconds} s`,
		);
		const before = (await gateway.report()) as CacheStats;
		const askedBefore = churn.asked;
		const samples = await sample(gateway, seconds, churn);
		const after = (await gateway.report()) as CacheStats;
		const asked = churn.asked - askedBefore;
		await tell(control, "PUT", "edits", { perSecond: 0 });
		await churn.stop();
		const held = (await gateway.heldBytes()) / MIB;
		const { rss } = await gateway.memory();
		await door.destroy();
		await control.close();
		console.log(
			`  churn        ${(asked / seconds).toFixed(0)} queries/s, ${((after.evictions - before.evictions) / seconds).toFixed(0)} evictions/s, ${((after.drops - before.drops) / seconds).toFixed(0)} names dropped/s; counted ${(after.bytes / MIB).toFixed(1)} MiB in ${after.entries} entries`,
		);
		report("RSS", samples, ({ rss }) => rss);
		report("heap used", samples, ({ heapUsed }) => heapUsed);
		report("heap total", samples, ({ heapTotal }) => heapTotal);
		report("external", samples, ({ external }) => external);
		console.log(
			`  at the end, garbage collected: heap and external ${held.toFixed(0)} MiB, RSS ${(rss / MIB).toFixed(0)} MiB`,
		);
	},
};

/** Resolves when the cache gives things up, and enough was asked for all else that is bounded to be at its bound. */
const untilFull = async (gateway: Child, churn: Churn): Promise<void> => {
	for (;;) {
		churn.check();
		const { evictions } = (await gateway.report()) as CacheStats;
		if (evictions > 0 && churn.asked >= FILLING) return;
		await wait(500);
	}
};

interface Sample {
	readonly atMs: number;
	readonly memory: NodeJS.MemoryUsage;
}

const sample = async (
	gateway: Child,
	seconds: number,
	churn: Churn,
): Promise<Sample[]> => {
	const samples: Sample[] = [];
	const began = performance.now();
	for (let next = 0; next <= seconds * 1000; next += SAMPLE_MS) {
		await wait(Math.max(0, began + next - performance.now()));
		churn.check();
		samples.push({
			atMs: performance.now() - began,
			memory: await gateway.memory(),
		});
	}
	return samples;
};

interface Churn {
	readonly asked: number;
	/** @throws what ended it. */
	check(): void;
	stop(): Promise<void>;
}

const startChurn = (
	door: Pool,
	tokens: readonly string[],
	ids: readonly string[],
): Churn => {
	const chance = seeded(1);
	const oneOf = <T>(all: readonly T[]) =>
		all[Math.floor(chance() * all.length)] as T;
	let asked = 0;
	let over = false;
	let fault: unknown;
	const member = async (): Promise<void> => {
		while (!over) {
			const isFilling = asked < FILLING;
			const name = isFilling || chance() < NEW_WORDS ? ` Q${asked}` : "";
			const text = await post(
				door,
				oneOf(tokens),
				JSON.stringify({
					query: `query${name} ($id: ID!) { contact(id: $id) { ${FIELDS} } }`,
					variables: { id: oneOf(ids) },
					...(isFilling && { extensions: { PADDING } }),
				}),
			);
			if (text.startsWith('{"errors"'))
				throw new Error(`a query failed: ${text.slice(0, 500)}`);
			asked++;
		}
	};
	const all = Promise.all(Array.from({ length: ASKING }, member)).catch(
		(error) => {
			over = true;
			fault = error;
		},
	);
	return {
		get asked() {
			return asked;
		},
		check() {
			if (fault) throw fault;
		},
		async stop() {
			over = true;
			await all;
			this.check();
		},
	};
};

const allIds = async (door: Pool, token: string): Promise<string[]> => {
	const ids: string[] = [];
	let after: string | null = null;
	for (;;) {
		const text: string = await post(
			door,
			token,
			JSON.stringify({
				query:
					"query ($after: String) { contacts(first: 100, after: $after) { nodes { contactId } pageInfo { endCursor hasNextPage } } }",
				variables: { after },
			}),
		);
		const { contacts } = (
			JSON.parse(text) as {
				data: {
					contacts: {
						nodes: { contactId: string }[];
						pageInfo: { endCursor: string; hasNextPage: boolean };
					};
				};
			}
		).data;
		ids.push(...contacts.nodes.map(({ contactId }) => contactId));
		if (!contacts.pageInfo.hasNextPage) return ids;
		after = contacts.pageInfo.endCursor;
	}
};

const report = (
	name: string,
	samples: readonly Sample[],
	of: (memory: NodeJS.MemoryUsage) => number,
): void => {
	const sizes = samples.map(({ memory }) => of(memory) / MIB);
	const sixth = Math.max(1, Math.floor(sizes.length / 6));
	const parts = Array.from({ length: 6 }, (_, part) =>
		median(sizes.slice(part * sixth, (part + 1) * sixth)).toFixed(0),
	);
	const half = samples.slice(Math.floor(samples.length / 2));
	console.log(
		`  ${name.padEnd(12)} median by sixths of the run ${parts.join(", ")} MiB; most ${Math.max(...sizes).toFixed(0)}; second half ${slope(half, of).toFixed(2)} MiB a minute`,
	);
};

/** By least squares. */
const slope = (
	samples: readonly Sample[],
	of: (memory: NodeJS.MemoryUsage) => number,
): number => {
	const minutes = samples.map(({ atMs }) => atMs / 60_000);
	const sizes = samples.map(({ memory }) => of(memory) / MIB);
	const meanMinute = mean(minutes);
	const meanSize = mean(sizes);
	let above = 0;
	let below = 0;
	for (const [index, minute] of minutes.entries()) {
		above += (minute - meanMinute) * ((sizes[index] as number) - meanSize);
		below += (minute - meanMinute) ** 2;
	}
	return above / below;
};

const mean = (values: readonly number[]): number =>
	values.reduce((sum, one) => sum + one, 0) / values.length;

const median = (values: readonly number[]): number =>
	[...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ??
	Number.NaN;

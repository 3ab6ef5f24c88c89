/**
 * How many nested queries a second the cache makes of ten calls a second, and how old what it answers with is: traffic
 * by Zipf's law over a thousand contacts while people edit them behind the gateway's back.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { Pool } from "undici";
import { mintToken } from "../../src/auth/authenticator.ts";
import type { CacheStats } from "../../src/cache/stats.ts";
import type { SandboxOptions } from "../../src/sandbox/sandbox.ts";
import { type Child, startChild } from "../child.ts";
import type { GatewaySettings } from "../gateway.ts";
import type { Scenario } from "../main.ts";
import { type Question, startCrowd } from "./crowd.ts";
import { seeded, shuffled, zipfRanks } from "./draw.ts";
import { createTruth, type Records, startEditor } from "./edits.ts";
import {
	type Asker,
	ask,
	contactQuestions,
	learn,
	pageQuestions,
} from "./questions.ts";
import { tell } from "./sandbox-control.ts";
import { type Call, type Delivery, report } from "./zipf-report.ts";

const LOCATION = { token: "sandbox-pit-1", locationId: "sandbox-location-1" };
const LIMIT = { burst: 100, intervalMs: 10_000, daily: 200_000 };
const CONTACTS = 1000;
const LATENCY_MS = 25;
const EDITS_PER_SECOND = 5;
// Longer than tasks are kept: after it none is left that was read without a limit.
const SETTLING_S = 45;
const SHORT_S = 60;
const FULL_S = 600;
const LEAST_PER_SECOND = 2000;
const SEED = 20_261_101;

export const zipf: Scenario = {
	measures: `queries a second, staleness and calls under Zipf traffic with edits, at 100 calls per 10 s (--full: ${FULL_S} s each)`,
	async run({ full, connections, seconds = full ? FULL_S : SHORT_S }) {
		console.log(
			`Zipf (exponent 1) over ${CONTACTS} contacts, ${connections} connections that ask without a pause, ${EDITS_PER_SECOND} edits a second, ${LIMIT.burst} calls per ${LIMIT.intervalMs / 1000} s.
All is read twice without a limit; then ${SETTLING_S} s under the limit that do not count, then ${seconds} s that do.
`,
		);
		await measure("one contact a query", "contacts", connections, seconds);
		await measure("20 contacts a query", "pages", connections, seconds);
	},
};

const measure = async (
	name: string,
	workload: "contacts" | "pages",
	connections: number,
	seconds: number,
): Promise<void> => {
	const secret = randomBytes(32).toString("hex");
	await using sandbox = await startChild("nested/sandbox.ts", {
		contacts: CONTACTS,
		rateLimit: "off",
		latencyMs: LATENCY_MS,
		searchLagMs: 10_000,
	} satisfies SandboxOptions);
	const control = new Pool(sandbox.url, { connections: 2 });
	const { keys } = (await tell(control, "GET", "webhooks")) as {
		keys: GatewaySettings["keys"];
	};
	await using gateway = await startChild("gateway.ts", {
		url: sandbox.url,
		...LOCATION,
		secret,
		keys,
	} satisfies GatewaySettings);
	await tell(control, "PUT", "webhooks", {
		url: `${gateway.url}/webhooks/contacts`,
	});
	const token = await mintToken({
		secret,
		issuer: "contact-graph",
		audience: "contact-graph",
		locations: [LOCATION.locationId],
		scopes: ["contacts.readonly"],
		ttlSeconds: 7200,
	});
	const door = new Pool(gateway.url, { connections, pipelining: 1 });
	const asker = { door, token };

	const { known, cursors } = await learn(asker);
	const chance = seeded(SEED);
	// Who is popular does not stand side by side in a list.
	const popular: readonly Records[] = shuffled([...known.values()], chance);
	const questions =
		workload === "contacts"
			? contactQuestions(
					new Map(popular.map((one) => [one.contact[0] as string, one])),
				)
			: pageQuestions(known, cursors);
	for (let time = 0; time < 2; time++) await askEach(asker, questions);
	await limit(control, asker, popular[0]?.contact[0] as string);

	const truth = createTruth();
	const contactRank = zipfRanks(popular.length, seeded(SEED + 1));
	const editor = startEditor({
		control,
		truth,
		perSecond: EDITS_PER_SECOND,
		chance,
		draw: () => popular[contactRank()] as Records,
	});
	const rank = zipfRanks(questions.length, seeded(SEED + 2));
	const crowd = startCrowd({
		url: gateway.url,
		token,
		connections,
		truth,
		draw: () => questions[rank()] as Question,
	});
	await wait(SETTLING_S * 1000);

	const before = await figuresOf(gateway);
	crowd.take();
	const editsBefore = { ...editor.made };
	const began = Date.now();
	const queued = await queueLengths(asker, seconds);
	const tally = crowd.take();
	const ended = Date.now();
	const after = await figuresOf(gateway);
	const editsAfter = { ...editor.made };
	await editor.stop();
	await crowd.stop();
	const calls = (await tell(control, "GET", "calls")) as readonly Call[];
	const { deliveries } = (await tell(control, "GET", "webhooks")) as {
		deliveries: readonly Delivery[];
	};
	await door.destroy();
	await control.close();
	report(name, {
		tally,
		connections,
		seconds: (ended - began) / 1000,
		atLeast: LEAST_PER_SECOND,
		gatewayCpuSeconds: (after.gatewayMicros - before.gatewayMicros) / 1e6,
		ownCpuSeconds: (after.ownMicros - before.ownMicros) / 1e6,
		queued,
		calls,
		began,
		ended,
		perSecondAllowed: (LIMIT.burst / LIMIT.intervalMs) * 1000,
		edits: [editsBefore, editsAfter],
		deliveries,
		stats: [before.stats, after.stats],
	});
};

const askEach = async (
	{ door, token }: Asker,
	questions: readonly Question[],
): Promise<void> => {
	const left = [...questions];
	const worker = async () => {
		for (let one = left.pop(); one; one = left.pop()) {
			const said = await ask({ door, token }, JSON.parse(one.body));
			if (!one.contacts(said))
				throw new Error(
					`not complete before the clock runs: ${JSON.stringify(said).slice(0, 500)}`,
				);
		}
	};
	await Promise.all(Array.from({ length: 16 }, worker));
};

/** Sets the limit, and has the gateway hear of it before it could spend more: it believes what the last answer said. */
const limit = async (
	control: Pool,
	asker: Asker,
	contactId: string,
): Promise<void> => {
	await tell(control, "PUT", "rate-limit", LIMIT);
	await ask(
		asker,
		{
			query: "query ($id: ID!) { contact(id: $id) { name } }",
			variables: { id: contactId },
		},
		{ "cache-control": "no-cache" },
	);
};

const figuresOf = async (
	gateway: Child,
): Promise<{ gatewayMicros: number; ownMicros: number; stats: CacheStats }> => {
	const { user, system } = process.cpuUsage();
	return {
		gatewayMicros: await gateway.cpuMicros(),
		ownMicros: user + system,
		stats: (await gateway.report()) as CacheStats,
	};
};

/** How many calls wait for budget, each second for so many seconds. */
const queueLengths = async (
	asker: Asker,
	seconds: number,
): Promise<number[]> => {
	const lengths: number[] = [];
	const end = performance.now() + seconds * 1000;
	for (let next = performance.now(); next < end; next += 1000) {
		await wait(Math.max(0, next - performance.now()));
		const { data } = await ask(asker, { query: "{ rateLimit { queued } }" });
		lengths.push((data?.rateLimit as { queued: number } | null)?.queued ?? 0);
	}
	await wait(Math.max(0, end - performance.now()));
	return lengths;
};

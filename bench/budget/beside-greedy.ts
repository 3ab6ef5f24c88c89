/** How long a caller with little to ask waits beside callers who want all there is. Time runs faster in all processes. */
import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { Pool } from "undici";
import { mintToken } from "../../src/auth/authenticator.ts";
import { tell } from "../cache/sandbox-control.ts";
import { startChild } from "../child.ts";
import type { FastTime } from "../fast-clock.ts";
import type { GatewaySettings } from "../gateway.ts";
import type { OverloadSandbox } from "../overload/sandbox.ts";

const LOCATION = { token: "sandbox-pit-1", locationId: "sandbox-location-1" };
const LIMIT = { burst: 100, intervalMs: 10_000, daily: 200_000 };
const SPEED = 3;
// The first of it does not count: there is a whole window then that nobody has used.
const SETTLING_MS = 20_000;
const MEASURED_MS = 60_000;
const MODEST_EVERY_MS = 1000;
/** 203 calls at the most, and two. */
const GREEDY =
	"{ contacts(first: 100) { nodes { tasks { nodes { title } } notes { nodes { body } } appointments { nodes { title } } } } }";
const MODEST = "{ contacts(first: 1) { nodes { notes { nodes { body } } } } }";

export interface Greed {
	readonly lanes: number;
	readonly callers: number;
}

/** Lanes ask again as soon as they are answered, or when they were told to come back. */
export const measureBesideGreedy = async ({
	lanes,
	callers,
}: Greed): Promise<void> => {
	const secret = randomBytes(32).toString("hex");
	const time: FastTime = { start: Date.now(), speed: SPEED };
	await using sandbox = await startChild("overload/sandbox.ts", {
		contacts: 200,
		rateLimit: LIMIT,
		time,
	} satisfies OverloadSandbox);
	await using gateway = await startChild("gateway.ts", {
		url: sandbox.url,
		...LOCATION,
		secret,
		time,
	} satisfies GatewaySettings);
	const control = new Pool(sandbox.url, { connections: 1 });
	const door = new Pool(gateway.url, { connections: lanes + 20 });
	const sleep = (ms: number) => wait(Math.max(0, ms / SPEED));
	const now = () => (performance.timeOrigin + performance.now()) * SPEED;
	const asking = async (subject: string, query: string) => {
		const token = await mintToken({
			secret,
			issuer: "contact-graph",
			audience: "contact-graph",
			subject,
			locations: [LOCATION.locationId],
			scopes: ["contacts.readonly"],
			ttlSeconds: 3600,
		});
		/** Resolves to the time to wait where it was refused. */
		return async (): Promise<number | undefined> => {
			const { body } = await door.request({
				method: "POST",
				path: "/graphql",
				headers: {
					"content-type": "application/json",
					authorization: `Bearer ${token}`,
					"cache-control": "no-store",
				},
				body: JSON.stringify({ query }),
			});
			const { errors } = (await body.json()) as {
				errors?: { extensions: { retryAfterMs?: number } }[];
			};
			return errors && (errors[0]?.extensions.retryAfterMs ?? 1000);
		};
	};
	let over = false;
	const began = now();
	// Those that are cut off at the end have said enough.
	const run = (work: Promise<void>) => void work.catch(() => {});
	for (let lane = 0; lane < lanes; lane++) {
		const ask = await asking(`greedy-${lane % callers}`, GREEDY);
		run(
			(async () => {
				while (!over) await sleep((await ask()) ?? 0);
			})(),
		);
	}
	await sleep(SETTLING_MS);
	const modest = await asking("modest", MODEST);
	const waits: number[] = [];
	let refused = 0;
	const from = Date.now();
	for (let at = now(); now() - began < SETTLING_MS + MEASURED_MS; ) {
		const asked = now();
		run(
			(async () => {
				if (await modest()) refused++;
				else waits.push(now() - asked);
			})(),
		);
		at += MODEST_EVERY_MS;
		await sleep(at - now());
	}
	const until = Date.now();
	const calls = (await tell(control, "GET", "calls")) as readonly {
		readonly status: number;
		readonly at: number;
	}[];
	over = true;
	await door.destroy();
	await control.close();
	waits.sort((a, b) => a - b);
	const part = (share: number) =>
		Math.round(waits[Math.floor(waits.length * share)] ?? Number.NaN);
	const measured = (until - from) * SPEED;
	// The sandbox's own clock, which runs faster, too.
	const ends = time.start + (until - time.start) * SPEED;
	const made = calls.filter(({ at }) => at > ends - measured && at <= ends);
	const allowed = (LIMIT.burst * measured) / LIMIT.intervalMs;
	console.log(`beside ${lanes} greedy lane${lanes > 1 ? "s" : ""} of ${callers} caller${callers > 1 ? "s" : ""} with queries of 203 calls
  answers of 429 by the API   ${calls.filter(({ status }) => status === 429).length}
  calls                       ${made.length} of ${Math.round(allowed)} allowed: ${((100 * made.length) / allowed).toFixed(1)} %
  waits of the modest         p50 ${part(0.5)} ms, p95 ${part(0.95)} ms, p99 ${part(0.99)} ms for ${waits.length} queries of 2 calls; ${refused} refused
`);
};

/** What each fault of the API looks like to a caller, how many calls it costs, and how soon all is well again. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { Pool } from "undici";
import { mintToken } from "../src/auth/authenticator.ts";
import type { Fault } from "../src/sandbox/sandbox.ts";
import { startChild } from "./child.ts";
import type { Scenario } from "./main.ts";

const LOCATION = { token: "sandbox-pit-1", locationId: "sandbox-location-1" };
const RATE_LIMIT = { burst: 100, intervalMs: 10_000, daily: 200_000 };
const QUERY = "{ contacts(first: 1) { nodes { name } } }";
const EVERY_MS = 250;
const DEADLINE_MS = 15_000;

const FAULTS: readonly { name: string; fault: Fault | "down" }[] = [
	{ name: "latency 10 s", fault: { kind: "slow", delayMs: 10_000 } },
	{ name: "5xx storm (503)", fault: { kind: "status", status: 503 } },
	{ name: "connection resets", fault: { kind: "drop" } },
	{ name: "malformed JSON", fault: { kind: "malformed" } },
	{ name: "closed mid-body", fault: { kind: "cut" } },
	{ name: "sandbox down", fault: "down" },
];

export const faults: Scenario = {
	measures:
		"what faults of the API cost and show, 10 s each (--full: down for 60 s)",
	async run({ full }) {
		console.log(
			"| fault | lasts | callers see (median wait) | REST calls meanwhile | good again after |\n| --- | --- | --- | --- | --- |",
		);
		for (const { name, fault } of FAULTS)
			await measure(name, fault, secondsOf(fault, full));
	},
};

const secondsOf = (fault: Fault | "down", full: boolean): number => {
	if (fault === "down") return full ? 60 : 10;
	// Long enough for the answers that come after the latency to be seen.
	return fault.kind === "slow" ? 25 : 10;
};

interface Seen {
	readonly what: string;
	readonly ms: number;
}

const measure = async (
	name: string,
	fault: Fault | "down",
	seconds: number,
): Promise<void> => {
	const secret = randomBytes(32).toString("hex");
	const port = await freePort();
	const start = () =>
		startChild("budget/sandbox.ts", { rateLimit: RATE_LIMIT, port });
	let sandbox = await start();
	await using gateway = await startChild("gateway.ts", {
		url: sandbox.url,
		...LOCATION,
		secret,
	});
	const token = await mintToken({
		secret,
		issuer: "contact-graph",
		audience: "contact-graph",
		locations: [LOCATION.locationId],
		scopes: ["contacts.readonly"],
		ttlSeconds: 3600,
	});
	const door = new Pool(gateway.url, { connections: 100 });
	let seen: Seen[] = [];
	let goodAt: number | undefined;
	const asking: Promise<void>[] = [];
	const ask = async () => {
		const started = performance.now();
		const what = await outcomeOf(door, token);
		seen.push({ what, ms: performance.now() - started });
		if (what === "data") goodAt ??= performance.now();
	};
	const over = new AbortController();
	const pace = (async () => {
		while (!over.signal.aborted) {
			asking.push(ask());
			await wait(EVERY_MS);
		}
	})();

	await wait(1000);
	seen = [];
	if (fault === "down") await sandbox[Symbol.asyncDispose]();
	else
		await control(sandbox.url, "POST", "faults", {
			...fault,
			count: 1_000_000,
		});
	const before = fault === "down" ? 0 : await callsOf(sandbox.url);
	await wait(seconds * 1000);
	const calls =
		fault === "down" ? "none arrive" : (await callsOf(sandbox.url)) - before;
	const during = seen;
	seen = [];
	goodAt = undefined;
	if (fault === "down") sandbox = await start();
	else await control(sandbox.url, "DELETE", "faults");
	const cleared = performance.now();
	while (goodAt === undefined && performance.now() - cleared < 30_000)
		await wait(20);
	over.abort();
	await pace;
	await Promise.all(asking);
	await door.close();
	await sandbox[Symbol.asyncDispose]();
	const again =
		goodAt === undefined
			? "not within 30 s"
			: `${((goodAt - cleared) / 1000).toFixed(1)} s`;
	console.log(
		`| ${name} | ${seconds} s | ${told(during)} | ${calls} | ${again} |`,
	);
};

/** `CODE × count (median wait)` for each, most frequent first. */
const told = (seen: readonly Seen[]): string => {
	const by = Map.groupBy(seen, ({ what }) => what);
	if (by.size === 0) return "nothing yet: all wait";
	return [...by]
		.sort(([, a], [, b]) => b.length - a.length)
		.map(([what, all]) => {
			const waits = all.map(({ ms }) => ms).sort((a, b) => a - b);
			return `${what} × ${all.length} (${Math.round(waits[Math.floor(waits.length / 2)] ?? 0)} ms)`;
		})
		.join(", ");
};

const outcomeOf = async (door: Pool, token: string): Promise<string> => {
	const { body } = await door.request({
		method: "POST",
		path: "/graphql",
		headers: {
			"content-type": "application/json",
			authorization: `Bearer ${token}`,
			"cache-control": "no-store",
			"x-deadline-ms": String(DEADLINE_MS),
		},
		body: JSON.stringify({ query: QUERY }),
	});
	const { errors } = (await body.json()) as {
		errors?: { extensions: { code: string } }[];
	};
	return errors?.[0]?.extensions.code ?? "data";
};

const control = async (
	url: string,
	method: "GET" | "POST" | "DELETE",
	what: string,
	body?: unknown,
): Promise<unknown> => {
	const answered = await fetch(`${url}/__sandbox/${what}`, {
		method,
		headers: { "content-type": "application/json" },
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	});
	const text = await answered.text();
	return text ? JSON.parse(text) : undefined;
};

const callsOf = async (url: string): Promise<number> =>
	((await control(url, "GET", "calls")) as unknown[]).length;

/** A port to come back to after having been down. */
const freePort = async (): Promise<number> => {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, "close");
	return port;
};

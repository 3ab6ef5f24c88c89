/**
 * What hostile requests cost the gateway: CPU for each of the corpus over each transport, and how long the event loop is
 * held, and others wait, beside four who send nothing else.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { Pool } from "undici";
import { WebSocket } from "ws";
import { mintToken } from "../src/auth/authenticator.ts";
import {
	HOSTILE_REQUESTS,
	type HostileRequest,
} from "../test/support/hostile-requests.ts";
import { type Child, startChild } from "./child.ts";
import type { Scenario } from "./main.ts";

const LOCATION = { token: "sandbox-pit-1", locationId: "sandbox-location-1" };
const PROMISED_MS = 10;
const ATTACKERS = 4;
const SECONDS = 6;
const SHOWN = 32;
const POLITE = "{ contacts(first: 20) { nodes { name email } } }";

export const hostile: Scenario = {
	measures: `CPU of each request of a hostile corpus (aim: ${PROMISED_MS} ms, or what its calls paid for), and loop delay beside ${ATTACKERS} attackers`,

	async run({ rounds, seconds = SECONDS }) {
		const secret = randomBytes(32).toString("hex");
		await using sandbox = await startChild("nested/sandbox.ts", {});
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
		await using caller = await callerOf(gateway, token);
		for (let count = 0; count < 400; count++) await caller.polite(count);
		// What attackers send they send often: code that never ran before is no part of the figure.
		for (const one of HOSTILE_REQUESTS)
			for (const [, send] of caller.transports(one)) await send(next++);
		await cpuOfEach(gateway, caller, Math.min(rounds, 5));
		await beside(gateway, token, seconds * 1000);
	},
};

type Send = (salt: number) => Promise<number>;

/** Each gives how many REST calls were made, as far as the answer says. */
const callerOf = async (gateway: Child, token: string) => {
	const pool = new Pool(gateway.url);
	const ws = new WebSocket(
		`${gateway.url.replace("http", "ws")}/graphql`,
		"graphql-transport-ws",
	);
	await once(ws, "open");
	ws.send(
		JSON.stringify({
			type: "connection_init",
			payload: { authorization: `Bearer ${token}` },
		}),
	);
	await once(ws, "message");
	const waiting = new Map<string, (text: string) => void>();
	ws.on("message", (data) => {
		const text = String(data);
		const { id, type } = JSON.parse(text);
		if (type === "next" || type === "error") waiting.get(id)?.(text);
	});
	const http = async (
		method: "GET" | "POST",
		path: string,
		headers: Readonly<Record<string, string>>,
		body: string | null,
	): Promise<number> => {
		const answer = await pool.request({
			method,
			path,
			headers: {
				authorization: `Bearer ${token}`,
				"content-type": "application/json",
				...headers,
			},
			body,
		});
		return callsIn(await answer.body.text());
	};
	const post = (body: string, headers = {}) =>
		http("POST", "/graphql", headers, body);
	let next = 0;
	const transports = (
		one: HostileRequest,
	): readonly (readonly [string, Send])[] => {
		const { parameters, body, headers } = one;
		if (headers)
			return [["POST", (salt) => post(politeBody(salt), headers(salt))]];
		if (body) return [["POST", (salt) => post(body(salt))]];
		if (!parameters) return [];
		const text = (salt: number) => JSON.stringify(parameters(salt));
		return [
			["POST", (salt) => post(text(salt))],
			["SSE", (salt) => post(text(salt), { accept: "text/event-stream" })],
			[
				"WebSocket",
				(salt) =>
					new Promise((resolve) => {
						const id = `${next++}`;
						const settle = (answer: string) => {
							waiting.delete(id);
							ws.off("close", closed);
							resolve(callsIn(answer));
						};
						const closed = () => settle("");
						if (ws.readyState !== ws.OPEN) return resolve(0);
						ws.once("close", closed);
						waiting.set(id, settle);
						ws.send(
							`{"id":"${id}","type":"subscribe","payload":${text(salt)}}`,
						);
					}),
			],
		];
	};
	return {
		transports,
		polite: (salt: number) => post(politeBody(salt)),
		async [Symbol.asyncDispose]() {
			ws.terminate();
			await pool.close();
		},
	};
};

type Caller = Awaited<ReturnType<typeof callerOf>>;

const politeBody = (salt: number) =>
	JSON.stringify({ query: `query polite${salt % 50} ${POLITE}` });

const callsIn = (text: string): number =>
	Number(/"made":(\d+)/.exec(text)?.[1] ?? 0);

const cpuOfEach = async (
	gateway: Child,
	caller: Caller,
	rounds: number,
): Promise<void> => {
	const found: { name: string; ms: number; calls: number }[] = [];
	for (const one of HOSTILE_REQUESTS)
		for (const [transport, send] of caller.transports(one)) {
			const taken: number[] = [];
			let calls = 0;
			for (let round = 0; round < rounds; round++) {
				const before = await gateway.cpuMicros();
				calls = Math.max(calls, await send(next++));
				taken.push((await gateway.cpuMicros()) - before);
			}
			taken.sort((a, b) => a - b);
			const ms = (taken[Math.floor(rounds / 2)] as number) / 1000;
			found.push({ name: `${one.name} over ${transport}`, ms, calls });
		}
	found.sort((a, b) => b.ms - a.ms);
	const dear = found.filter(({ ms, calls }) => ms > PROMISED_MS && !calls);
	console.log(
		`corpus      ${HOSTILE_REQUESTS.length} requests, ${found.length} with their transports; median of ${rounds} each: ${dear.length} without a call of over ${PROMISED_MS} ms of CPU. The dearest:`,
	);
	for (const { name, ms, calls } of found.slice(0, SHOWN))
		console.log(
			`            ${ms.toFixed(1).padStart(6)} ms  ${name}${calls ? ` (${calls} calls)` : ""}`,
		);
};

let next = 1;

/** The same polite caller alone and beside the attackers, in one run: the machine is the same for both. */
const beside = async (
	gateway: Child,
	token: string,
	ms: number,
): Promise<void> => {
	const quiet = await held(gateway, token, ms / 2);
	let isOver = false;
	let sent = 0;
	const attacker = async (offset: number): Promise<void> => {
		let caller = await callerOf(gateway, token);
		for (let at = offset; !isOver; at++) {
			const one = HOSTILE_REQUESTS[
				(at * 37) % HOSTILE_REQUESTS.length
			] as HostileRequest;
			const all = caller.transports(one);
			const send = all[at % all.length]?.[1];
			await send?.(next++).catch(() => 0);
			sent++;
			// What closes a socket is answered by another.
			if (at % 20 === 0) {
				await caller[Symbol.asyncDispose]();
				caller = await callerOf(gateway, token);
			}
		}
		await caller[Symbol.asyncDispose]();
	};
	const attack = Promise.all(
		Array.from({ length: ATTACKERS }, (_, index) => attacker(index * 29)),
	);
	const loud = await held(gateway, token, ms);
	isOver = true;
	await attack;
	const line = ({ p99, answered, waits }: typeof quiet) =>
		`loop delay p99 ${p99.toFixed(1)} ms, ${answered} polite answers, p50 ${at(waits, 0.5)} and p99 ${at(waits, 0.99)} ms`;
	console.log(`alone       ${line(quiet)}`);
	console.log(
		`attacked    ${line(loud)}; ${sent} hostile requests; ${(loud.p99 / quiet.p99).toFixed(1)} times the loop delay`,
	);
};

const at = (sorted: readonly number[], share: number) =>
	(sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN).toFixed(1);

/** For so long, with one polite caller who asks 50 times a second. */
const held = async (gateway: Child, token: string, ms: number) => {
	await using caller = await callerOf(gateway, token);
	await gateway.loopDelayMs();
	const waits: number[] = [];
	const until = performance.now() + ms;
	for (let salt = 0; performance.now() < until; salt++) {
		const began = performance.now();
		await caller.polite(salt);
		waits.push(performance.now() - began);
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
	const p99 = await gateway.loopDelayMs();
	return { p99, answered: waits.length, waits: waits.sort((a, b) => a - b) };
};

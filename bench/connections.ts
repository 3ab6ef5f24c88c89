/** Ways to hold connections to the API over TLS: what a first burst costs, what further ones do, and what a dropped connection takes along. */
import { Pool } from "undici";
import { startChild } from "./child.ts";
import type { Scenario } from "./main.ts";

const WAYS: Readonly<Record<string, Pool.Options>> = {
	"HTTP/1.1, 100 sockets": { connections: 100, allowH2: false },
	"HTTP/2, 1 session": { connections: 1 },
	"HTTP/2, 4 sessions of 25": sessions(4, 25),
	"HTTP/2, 10 sessions of 10": sessions(10, 10),
	"HTTP/2, 100 sessions of 1": sessions(100, 1),
};

function sessions(connections: number, each: number): Pool.Options {
	return { connections, h2Options: { maxConcurrentStreams: each } };
}

const BURST = 100;
const WARMING = 10;
const BURSTS = 30;
const DROPPING = 12;
const DROP_EVERY = 60;

export const connections: Scenario = {
	measures: "ways to hold connections to the API over TLS (`--rounds 5`)",
	async run({ rounds }) {
		await using sandbox = await startChild("connections/sandbox.ts", {});
		const ca = String(await sandbox.report());
		const results: Record<string, Result[]> = {};
		// In turn, so that a slow moment of the machine is everybody's.
		for (let round = 0; round < rounds; round++)
			for (const [way, options] of Object.entries(WAYS)) {
				results[way] ??= [];
				results[way].push(await measure(sandbox.url, ca, options));
			}
		console.log(
			`Medians of ${rounds} rounds; bursts of ${BURST} calls, each answered after 30 ms.\n\n| way | first burst | its CPU here | further bursts | CPU per call | calls cut by ${(DROPPING * BURST) / DROP_EVERY} drops |\n| --- | --- | --- | --- | --- | --- |`,
		);
		for (const [way, all] of Object.entries(results)) {
			const of = (key: keyof Result) => median(all.map((one) => one[key]));
			console.log(
				`| ${way} | ${of("firstMs").toFixed(0)} ms | ${of("firstCpuMs").toFixed(0)} ms | ${of("furtherMs").toFixed(0)} ms | ${of("cpuMicros").toFixed(0)} µs | ${of("cut")} |`,
			);
		}
	},
};

interface Result {
	readonly firstMs: number;
	readonly firstCpuMs: number;
	readonly furtherMs: number;
	readonly cpuMicros: number;
	readonly cut: number;
}

const measure = async (
	url: string,
	ca: string,
	options: Pool.Options,
): Promise<Result> => {
	const pool = new Pool(url, { pipelining: 1, ...options, connect: { ca } });
	/** Rejects when its connection is cut; fails the bench on any other answer than a contact. */
	const call = async (at: number): Promise<void> => {
		const { statusCode, body } = await pool.request({
			method: "GET",
			path: `/contacts/c${1 + (at % 50)}`,
			headers: {
				authorization: "Bearer sandbox-pit-1",
				version: "2021-07-28",
			},
		});
		await body.text();
		if (statusCode !== 200) throw new Error(`expected 200, got ${statusCode}`);
	};
	const burst = async () => {
		const cpu = process.cpuUsage();
		const start = performance.now();
		const ends = await Promise.allSettled(
			Array.from({ length: BURST }, (_, at) => call(at)),
		);
		const { user, system } = process.cpuUsage(cpu);
		return {
			ms: performance.now() - start,
			cpuMs: (user + system) / 1000,
			cut: ends.filter(({ status }) => status === "rejected").length,
		};
	};
	const control = async (method: "POST" | "DELETE", body?: object) => {
		const answer = await pool.request({
			method,
			path: "/__sandbox/faults",
			...(body && { body: JSON.stringify(body) }),
		});
		await answer.body.dump();
	};
	const first = await burst();
	for (let at = 0; at < WARMING; at++) await burst();
	const further = [];
	for (let at = 0; at < BURSTS; at++) further.push(await burst());
	await control("POST", { kind: "lostAnswer", every: DROP_EVERY });
	let cut = 0;
	for (let at = 0; at < DROPPING; at++) cut += (await burst()).cut;
	await control("DELETE");
	await pool.destroy();
	return {
		firstMs: first.ms,
		firstCpuMs: first.cpuMs,
		furtherMs: median(further.map(({ ms }) => ms)),
		cpuMicros: (median(further.map(({ cpuMs }) => cpuMs)) * 1000) / BURST,
		cut,
	};
};

const median = (all: readonly number[]): number =>
	[...all].sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;

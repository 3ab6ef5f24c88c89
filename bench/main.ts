/** `npm run bench -- nested`: one scenario a file, each named after the promise it measures; lists them when none is named. */
import { parseArgs } from "node:util";

export interface Scenario {
	readonly measures: string;
	run(settings: {
		rounds: number;
		queries: number;
		full: boolean;
		/** How many ask at the same time, where a scenario has a crowd. */
		connections: number;
		/** How long each part runs, where that is not what `full` says. */
		seconds: number | undefined;
		/** Another checkout of this repository, to compare with. */
		against?: string | undefined;
	}): Promise<void>;
}

const SCENARIOS: Readonly<Record<string, () => Promise<Scenario>>> = {
	events: async () => (await import("./events.ts")).events,
	cache: async () => (await import("./cache.ts")).cache,
	zipf: async () => (await import("./cache/zipf.ts")).zipf,
	latency: async () => (await import("./latency.ts")).latency,
	memory: async () => (await import("./memory.ts")).memory,
	pages: async () => (await import("./pages.ts")).pages,
	executor: async () => (await import("./executor.ts")).executor,
	nested: async () => (await import("./nested.ts")).nested,
	budget: async () => (await import("./budget.ts")).budget,
	overload: async () => (await import("./overload.ts")).overload,
	faults: async () => (await import("./faults.ts")).faults,
	hostile: async () => (await import("./hostile.ts")).hostile,
	footprint: async () => (await import("./footprint.ts")).footprint,
	connections: async () => (await import("./connections.ts")).connections,
	wire: async () => (await import("./wire.ts")).wire,
	pricing: async () => (await import("./pricing.ts")).pricing,
};

const wholeOf = (flag: string, text: string, most: number): number => {
	const count = Number(text);
	if (/^\d+$/.test(text) && count >= 1 && count <= most) return count;
	throw new Error(
		`--${flag} expects a whole number from 1 to ${most}, got ${JSON.stringify(text)}`,
	);
};

const main = async (): Promise<void> => {
	const { values, positionals } = parseArgs({
		allowPositionals: true,
		options: {
			rounds: { type: "string", default: "9" },
			queries: { type: "string", default: "60" },
			full: { type: "boolean", default: false },
			connections: { type: "string", default: "64" },
			seconds: { type: "string" },
			against: { type: "string" },
			help: { type: "boolean", short: "h", default: false },
		},
	});
	const [name, second] = positionals;
	const load = name === undefined || values.help ? undefined : SCENARIOS[name];
	if (name !== undefined && !values.help && (!load || second !== undefined))
		throw new Error(
			`there is no scenario ${JSON.stringify(positionals.join(" "))}; there are: ${Object.keys(SCENARIOS).join(", ")}`,
		);
	if (!load) {
		console.log(
			"npm run bench -- <scenario> [--rounds 9] [--queries 60] [--full] [--connections 64] [--seconds 60] [--against DIR]\n",
		);
		for (const [each, loadEach] of Object.entries(SCENARIOS))
			console.log(`  ${each}  ${(await loadEach()).measures}`);
		return;
	}
	await (await load()).run({
		rounds: wholeOf("rounds", values.rounds, 101),
		queries: wholeOf("queries", values.queries, 10_000),
		full: values.full,
		against: values.against,
		connections: wholeOf("connections", values.connections, 10_000),
		seconds:
			values.seconds === undefined
				? undefined
				: wholeOf("seconds", values.seconds, 86_400),
	});
};

await main().catch((error: Error) => {
	process.stderr.write(`bench: ${error.message}\n`);
	process.exitCode = 1;
});

/** A server in a process of its own, so that its CPU time is its own: started, asked for its usage, stopped. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";

export interface Child extends AsyncDisposable {
	readonly url: string;
	/** CPU the process has used so far, user and system, in microseconds. */
	cpuMicros(): Promise<number>;
	/** What it holds after a collection: heap and buffers, in bytes. It must be started with `--expose-gc`. */
	heldBytes(): Promise<number>;
	/** What it holds as it is, without a collection, in bytes. */
	memory(): Promise<NodeJS.MemoryUsage>;
	/** How late its event loop was, by the 99th percentile since this was last asked, in milliseconds. */
	loopDelayMs(): Promise<number>;
	/** What its server has to say of itself; undefined where it says nothing. */
	report(): Promise<unknown>;
}

type Said =
	| { readonly url: string }
	| { readonly cpuMicros: number }
	| { readonly heldBytes: number }
	| { readonly memory: NodeJS.MemoryUsage }
	| { readonly report: unknown }
	| { readonly loopDelayMs: number }
	| { readonly fault: string };

const PATIENCE_MS = 20_000;
const LOOP_MS = 5;

/** Starts `bench/<file>`, or a file of another checkout, and hands it `settings`; resolves when it serves. */
export const startChild = async (
	file: string,
	settings: unknown,
	execArgv: readonly string[] = [],
): Promise<Child> => {
	const child = fork(resolve(import.meta.dirname, file), {
		execArgv: [...execArgv],
		stdio: ["ignore", "ignore", "inherit", "ipc"],
	});
	const ask = async (question: unknown): Promise<Said> => {
		child.send(question as object);
		const [said] = (await once(child, "message", {
			signal: AbortSignal.timeout(PATIENCE_MS),
		})) as [Said];
		if ("fault" in said) throw new Error(`${file}: ${said.fault}`);
		return said;
	};
	const started = await ask({ start: settings });
	return {
		url: "url" in started ? started.url : "",
		async cpuMicros() {
			const said = await ask("cpu");
			return "cpuMicros" in said ? said.cpuMicros : Number.NaN;
		},
		async heldBytes() {
			const said = await ask("held");
			return "heldBytes" in said ? said.heldBytes : Number.NaN;
		},
		async memory() {
			const said = await ask("memory");
			if ("memory" in said) return said.memory;
			throw new Error(`${file} did not say what it holds`);
		},
		async loopDelayMs() {
			const said = await ask("loop");
			return "loopDelayMs" in said ? said.loopDelayMs : Number.NaN;
		},
		async report() {
			const said = await ask("report");
			return "report" in said ? said.report : undefined;
		},
		async [Symbol.asyncDispose]() {
			if (child.exitCode !== null) return;
			const ended = once(child, "exit");
			child.disconnect();
			await ended;
		},
	};
};

/** A server with something to say of itself when it is asked. */
export interface Reporting {
	readonly url: string;
	report(): unknown;
}

/** The other end, in the child: `start` makes the server and gives its URL. The process ends with its parent. */
export const serveParent = <Settings>(
	start: (settings: Settings) => Promise<string | Reporting>,
): void => {
	type Question =
		| "cpu"
		| "held"
		| "memory"
		| "loop"
		| "report"
		| { start: Settings };
	let report: (() => unknown) | undefined;
	let delays: ReturnType<typeof monitorEventLoopDelay> | undefined;
	process.on("message", async (question: Question) => {
		if (question === "memory") {
			process.send?.({ memory: process.memoryUsage() });
			return;
		}
		if (question === "loop") {
			process.send?.({ loopDelayMs: (delays?.percentile(99) ?? 0) / 1e6 });
			delays ??= monitorEventLoopDelay({ resolution: LOOP_MS });
			delays.enable();
			delays.reset();
			return;
		}
		if (question === "report") {
			process.send?.({ report: await report?.() });
			return;
		}
		if (question === "held") {
			// Twice: what the first run finalises, the second takes away.
			globalThis.gc?.();
			globalThis.gc?.();
			const { heapUsed, external } = process.memoryUsage();
			process.send?.({ heldBytes: heapUsed + external });
			return;
		}
		if (question === "cpu") {
			const { user, system } = process.cpuUsage();
			process.send?.({ cpuMicros: user + system });
			return;
		}
		try {
			const server = await start(question.start);
			if (typeof server === "string") process.send?.({ url: server });
			else {
				report = () => server.report();
				process.send?.({ url: server.url });
			}
		} catch (error) {
			process.send?.({ fault: String(error) });
		}
	});
	process.on("disconnect", () => process.exit(0));
};

/** The gateway as a process of its own, on one port and one data directory, so that a test can kill it and start it again. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Agent } from "undici";

export interface GatewayProcess extends AsyncDisposable {
	readonly url: string;
	/** Starts it and resolves when it answers. @throws Error with what it wrote when it does not within twenty seconds. */
	start(): Promise<void>;
	/** SIGKILL: nothing is flushed, nothing is said. */
	kill(): Promise<void>;
	/** SIGTERM; resolves with the exit code. */
	stop(): Promise<number | null>;
}

const MAIN = join(import.meta.dirname, "../../src/main.ts");
const STARTS_WITHIN_MS = 20_000;
const POLL_MS = 20;

export const gatewayProcess = async (
	environment: Readonly<Record<string, string>>,
): Promise<GatewayProcess> => {
	const port = await freePort();
	const url = `http://127.0.0.1:${port}`;
	const agent = new Agent();
	let child: ChildProcess | undefined;
	let written = "";

	const answers = async (): Promise<boolean> => {
		try {
			const { statusCode, body } = await agent.request({
				origin: url,
				path: "/health/ready",
				method: "GET",
			});
			await body.dump();
			return statusCode === 200;
		} catch {
			return false;
		}
	};
	const end = async (signal: NodeJS.Signals): Promise<number | null> => {
		if (!child || child.exitCode !== null || child.signalCode !== null)
			return child?.exitCode ?? null;
		const exited = once(child, "exit");
		child.kill(signal);
		const [code] = await exited;
		return code as number | null;
	};

	return {
		url,
		async start() {
			written = "";
			child = spawn(process.execPath, [MAIN], {
				env: {
					...process.env,
					LOG_LEVEL: "warn",
					...environment,
					PORT: String(port),
					METRICS_PORT: "0",
				},
				stdio: ["ignore", "pipe", "pipe"],
			});
			for (const stream of [child.stdout, child.stderr])
				stream?.on("data", (text) => {
					written = (written + String(text)).slice(-4000);
				});
			const deadline = Date.now() + STARTS_WITHIN_MS;
			while (!(await answers())) {
				if (Date.now() > deadline || child.exitCode !== null)
					throw new Error(`the gateway did not start; it wrote:\n${written}`);
				await wait(POLL_MS);
			}
		},
		async kill() {
			await end("SIGKILL");
		},
		stop: () => end("SIGTERM"),
		async [Symbol.asyncDispose]() {
			await end("SIGKILL");
			await agent.close();
		},
	};
};

const freePort = async (): Promise<number> => {
	const server = createServer();
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const address = server.address();
	server.close();
	await once(server, "close");
	return typeof address === "object" && address ? address.port : 0;
};

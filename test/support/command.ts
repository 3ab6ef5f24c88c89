/** Runs a program of the gateway as a user does, with settings of its own and a fresh data directory. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
// A start loads some 1,500 files; on a busy machine that takes a while.
const PATIENCE_MS = 20_000;
export const TEST_MS = 45_000;

/** A process with its output so far; ended with the test, whatever happens. */
export const run = async (
	file: string,
	environment: Record<string, string>,
	{
		args = [],
		shell = false,
		through = [],
	}: { args?: string[]; shell?: boolean; through?: string[] } = {},
) => {
	const dir = await mkdtempDisposable(join(tmpdir(), "contact-graph-"));
	const env = {
		PATH: process.env.PATH ?? "",
		DATA_DIR: dir.path,
		PORT: "0",
		SANDBOX_PORT: "0",
		METRICS_PORT: "0",
		...environment,
	};
	const command = [...through, process.execPath, join(ROOT, file), ...args];
	// The second command keeps the shell from stepping aside for the first.
	const detached = true;
	const child: ChildProcess = shell
		? spawn("sh", ["-c", `"$@"; true`, "sh", ...command], { env, detached })
		: spawn(command[0] as string, command.slice(1), { env, detached });
	let output = "";
	const changed = new EventTarget();
	const closed = once(child, "close").then(([code]) => code as number | null);
	for (const stream of [child.stdout, child.stderr])
		stream?.on("data", (part: Buffer) => {
			output += part;
			changed.dispatchEvent(new Event("output"));
		});
	return {
		child,
		/** The exit code, once every process that holds its streams has ended. */
		async ended(): Promise<number | null> {
			const late = once(AbortSignal.timeout(PATIENCE_MS), "abort").then(() => {
				throw new Error(`${file} did not end in ${PATIENCE_MS} ms:\n${output}`);
			});
			return Promise.race([closed, late]);
		},
		output: () => output,
		/** The first match in the output, as soon as it is there. */
		async says(pattern: RegExp): Promise<RegExpExecArray> {
			const deadline = AbortSignal.timeout(PATIENCE_MS);
			for (;;) {
				const match = pattern.exec(output);
				if (match) return match;
				await Promise.race([
					once(changed, "output", { signal: deadline }),
					closed,
				]).catch(() => {
					throw new Error(`${pattern} was not said in time; said:\n${output}`);
				});
				if (child.exitCode !== null && !pattern.test(output))
					throw new Error(
						`ended with ${child.exitCode} and never said ${pattern}:\n${output}`,
					);
			}
		},
		env,
		async [Symbol.asyncDispose]() {
			// Its whole group, for the gateway may outlive the shell that started it.
			try {
				process.kill(-(child.pid as number), "SIGKILL");
			} catch (error) {
				if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
			}
			await closed;
			await dir.remove();
		},
	};
};

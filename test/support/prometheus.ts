/** Prometheus as Debian has it: `promtool`, and a server of a test's own on a free port with a directory that goes with it. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "vitest";

const found = (program: string): boolean => {
	try {
		execFileSync(program, ["--version"], { stdio: "ignore" });
		return true;
	} catch {
		return false;
	}
};

/** In CI it is installed; elsewhere a missing one is said, not passed over. */
const isThere = found("prometheus") && found("promtool");
if (!isThere)
	process.stderr.write(
		"\nSKIPPED: there is no prometheus with promtool here, so no alert is seen to fire. Install prometheus.\n",
	);
if (!isThere && process.env.CI)
	throw new Error("CI must have prometheus: the alerts are not tested");

/** `test`, skipped where there is no Prometheus. */
export const prometheusTest = test.skipIf(!isThere);

/** What `promtool` says. @throws Error with all of it when it does not agree. */
export const promtool = (...args: readonly string[]): string => {
	try {
		return execFileSync("promtool", args, { encoding: "utf8", stdio: "pipe" });
	} catch (error) {
		const { stdout, stderr } = error as { stdout: string; stderr: string };
		throw new Error(`promtool ${args.join(" ")}\n${stdout}\n${stderr}`);
	}
};

export interface Prometheus extends AsyncDisposable {
	/** The result of an instant query: the labels and the value of each series. */
	query(
		expression: string,
	): Promise<{ labels: Record<string, string>; value: number }[]>;
	/** Names of the alerts that fire now. */
	firing(): Promise<string[]>;
}

const STARTS_WITHIN_MS = 30_000;

/** `files` by name; `prometheus.yml` is what it starts with. */
export const startPrometheus = async (
	files: Readonly<Record<string, string>>,
): Promise<Prometheus> => {
	const dir = await mkdtemp(join(tmpdir(), "prometheus-"));
	for (const [name, text] of Object.entries(files))
		await writeFile(join(dir, name), text);
	const child = spawn(
		"prometheus",
		[
			`--config.file=${join(dir, "prometheus.yml")}`,
			`--storage.tsdb.path=${join(dir, "data")}`,
			"--web.listen-address=127.0.0.1:0",
		],
		{ stdio: ["ignore", "ignore", "pipe"] },
	);
	const close = async (): Promise<void> => {
		if (child.exitCode === null && !child.signalCode) {
			const gone = once(child, "exit");
			child.kill("SIGKILL");
			await gone;
		}
		await rm(dir, { recursive: true, force: true });
	};
	const url = await listening(child).catch(async (error) => {
		await close();
		throw error;
	});
	const ask = async (path: string) => {
		const answer = await fetch(`${url}/api/v1/${path}`);
		if (!answer.ok)
			throw new Error(`Prometheus: ${answer.status} ${await answer.text()}`);
		return (await answer.json()).data;
	};
	return {
		async query(expression) {
			const { result } = await ask(
				`query?query=${encodeURIComponent(expression)}`,
			);
			return result.map(
				({
					metric,
					value,
				}: {
					metric: Record<string, string>;
					value: [number, string];
				}) => ({ labels: metric, value: Number(value[1]) }),
			);
		},
		async firing() {
			const { alerts } = await ask("alerts");
			const names = alerts
				.filter(({ state }: { state: string }) => state === "firing")
				.map(
					({ labels }: { labels: Record<string, string> }) => labels.alertname,
				);
			return [...new Set<string>(names)].sort();
		},
		[Symbol.asyncDispose]: close,
	};
};

/** The port it was given, from its log. @throws Error with the log when it says none in time. */
const listening = (child: ChildProcess): Promise<string> =>
	new Promise((resolve, reject) => {
		const said: string[] = [];
		const give = (why: string) =>
			reject(new Error(`Prometheus ${why}:\n${said.join("\n")}`));
		const timer = setTimeout(() => give("does not listen"), STARTS_WITHIN_MS);
		child.once("error", reject);
		child.once("exit", () => give("ended"));
		createInterface({
			input: child.stderr as NonNullable<ChildProcess["stderr"]>,
		}).on("line", (line) => {
			said.push(line);
			const port = /Listening on.*address=127\.0\.0\.1:(\d+)/.exec(line)?.[1];
			if (!port) return;
			clearTimeout(timer);
			resolve(`http://127.0.0.1:${port}`);
		});
	});

/** One command starts everything, says where it is, and ends as it should. Each test runs the process as a user does. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempDisposable } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { createLog } from "../../src/log.ts";
import { openSqlite } from "../../src/store/sqlite.ts";
import { startWorld } from "../support/world.ts";

const ROOT = join(import.meta.dirname, "../..");
// A start loads some 1,500 files; on a busy machine that takes a while.
const PATIENCE_MS = 20_000;
const TEST_MS = 45_000;

/** A process with its output so far; ended with the test, whatever happens. */
const run = async (
	file: string,
	environment: Record<string, string>,
	{ args = [], shell = false }: { args?: string[]; shell?: boolean } = {},
) => {
	const dir = await mkdtempDisposable(join(tmpdir(), "contact-graph-"));
	const env = {
		PATH: process.env.PATH ?? "",
		DATA_DIR: dir.path,
		PORT: "0",
		SANDBOX_PORT: "0",
		...environment,
	};
	const command = [process.execPath, join(ROOT, file), ...args];
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

const CURL =
	/curl -s (\S+) -H 'content-type: application\/json' -H '(authorization): (Bearer \S+)' -d '(.*)'/;

test("without credentials the gateway and the sandbox start, and the command shown answers", {
	timeout: TEST_MS,
}, async () => {
	await using gateway = await run("src/main.ts", {});
	const [, url = "", header = "", bearer = "", body = ""] =
		await gateway.says(CURL);
	const answer = await fetch(url, {
		method: "POST",
		headers: { "content-type": "application/json", [header]: bearer },
		body,
	});
	expect(await answer.json()).toMatchObject({
		data: { contacts: { nodes: [{}, {}, {}] } },
		extensions: { price: { made: 2 } },
	});
	gateway.child.kill("SIGTERM");
	expect(await gateway.ended()).toBe(0);
	expect(gateway.output()).toContain('"msg":"gateway stopped"');
});

test("a token of the command line is taken by the gateway that runs beside it", {
	timeout: TEST_MS,
}, async () => {
	await using gateway = await run("src/main.ts", {});
	const [, url = ""] = await gateway.says(CURL);
	await using cli = await run(
		"src/token.ts",
		{ DATA_DIR: gateway.env.DATA_DIR },
		{ args: ["--location", "sandbox-location-1"] },
	);
	expect(await cli.ended()).toBe(0);
	const [token] = /^\S+\n$/.exec(cli.output()) ?? [""];
	const answer = await fetch(url, {
		method: "POST",
		headers: {
			"content-type": "application/json",
			authorization: `Bearer ${token.trim()}`,
		},
		body: JSON.stringify({ query: "{ __typename }" }),
	});
	expect(await answer.json()).toMatchObject({ data: { __typename: "Query" } });
});

test("a port that is taken ends the start with the setting that changes it", {
	timeout: TEST_MS,
}, async () => {
	const taken = createServer().listen(0, "127.0.0.1");
	await once(taken, "listening");
	const { port } = taken.address() as { port: number };
	await using gateway = await run("src/main.ts", { PORT: String(port) });
	await using sandbox = await run("src/main.ts", {
		SANDBOX_PORT: String(port),
	});
	const told = (name: string) =>
		`Port ${port} is taken. Stop what uses it, or set ${name} to another one: ${name}=${port + 10} npm start\n`;
	expect(await gateway.ended()).toBe(1);
	expect(gateway.output()).toBe(told("PORT"));
	expect(await sandbox.ended()).toBe(1);
	expect(sandbox.output()).toBe(told("SANDBOX_PORT"));
	taken.close();
});

test("a gateway that cannot have its port leaves nothing behind that asks its closed file", async () => {
	const taken = createServer().listen(0, "127.0.0.1");
	await once(taken, "listening");
	const lines: string[] = [];
	const log = createLog({
		level: "trace",
		destination: { write: (line: string) => void lines.push(line) },
	});
	const { port } = taken.address() as { port: number };
	await expect(
		startWorld({ gateway: { port, log, webhooks: { followMs: 1 } } }),
	).rejects.toMatchObject({ code: "EADDRINUSE" });
	// Timers of one length run in the order they were set: whatever still followed has come round by then.
	for (let turn = 0; turn < 3; turn++) await wait(1);
	expect(lines).toEqual([]);
	taken.close();
});

test("a data file of a newer program ends the start with what to do, and without a stack", {
	timeout: TEST_MS,
}, async () => {
	await using dir = await mkdtempDisposable(join(tmpdir(), "contact-graph-"));
	const file = join(dir.path, "contact-graph.sqlite");
	openSqlite(file, [
		{ name: "journal", migrations: Array(99).fill("") },
	]).close();
	await using gateway = await run("src/main.ts", { DATA_DIR: dir.path });
	expect(await gateway.ended()).toBe(1);
	expect(gateway.output()).toMatch(
		/^\S+contact-graph\.sqlite holds journal in version 99, .* or give this one another DATA_DIR\.\n$/,
	);
});

test("production without credentials does not start, and says all that is missing", async () => {
	await using gateway = await run("src/main.ts", {
		NODE_ENV: "production",
		PORT: "nowhere",
	});
	expect(await gateway.ended()).toBe(1);
	expect(gateway.output()).toMatch(
		/3 faults:\n {2}PORT: .*\n {2}CONTACTS_API_TOKEN: .*\n {2}LOCATION_ID: /,
	);
});

test("under npm the gateway ends when the shell between them is gone", {
	timeout: TEST_MS,
}, async () => {
	await using gateway = await run(
		"src/main.ts",
		{ npm_lifecycle_event: "start" },
		{ shell: true },
	);
	await gateway.says(CURL);
	gateway.child.kill("SIGTERM");
	await gateway.ended();
	expect(gateway.output()).toContain('"msg":"gateway stopped"');
});

test("under npm the sandbox alone ends when the shell between them is gone", {
	timeout: TEST_MS,
}, async () => {
	await using sandbox = await run(
		"src/sandbox/main.ts",
		{ npm_lifecycle_event: "sandbox" },
		{ shell: true, args: ["--contacts", "1"] },
	);
	await sandbox.says(/Control: /);
	sandbox.child.kill("SIGTERM");
	// It holds the streams: they close when it ends.
	await sandbox.ended();
});

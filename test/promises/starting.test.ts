/** One command starts everything, says where it is, and ends as it should. Each test runs the process as a user does. */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import {
	chmod,
	chown,
	mkdir,
	mkdtempDisposable,
	readFile,
	rm,
	stat,
	truncate,
	writeFile,
} from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { configFrom } from "../../src/config/config.ts";
import { createLog } from "../../src/log.ts";
import { StartError, start } from "../../src/start.ts";
import { closeDirectory } from "../../src/store/private-files.ts";
import { openSqlite } from "../../src/store/sqlite.ts";
import { DATA_TABLES } from "../../src/store/tables.ts";
import { run, TEST_MS } from "../support/command.ts";
import { startWorld } from "../support/world.ts";

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

test("a metrics port that was set and is taken ends the start, and the default one turns metrics off with a warning", {
	timeout: TEST_MS,
}, async () => {
	const taken = createServer().listen(0, "127.0.0.1");
	await once(taken, "listening");
	const { port } = taken.address() as { port: number };
	await using set = await run("src/main.ts", { METRICS_PORT: String(port) });
	expect(await set.ended()).toBe(1);
	expect(set.output()).toContain(`set METRICS_PORT to another one`);
	taken.close();
	// Another process may have it already: either way it is taken.
	const standard = createServer();
	await new Promise((resolve) => {
		standard.once("listening", resolve).once("error", resolve);
		standard.listen(9464, "127.0.0.1");
	});
	await using gateway = await run("src/main.ts", { METRICS_PORT: "" });
	await gateway.says(CURL);
	expect(gateway.output()).toContain("metrics are off: their port is taken");
	standard.close();
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

const write = (file: string, sql: string) => {
	const db = new DatabaseSync(file);
	db.exec(sql);
	db.close();
};
const overwrite = async (file: string, at: number, bytes: Buffer) => {
	const whole = await readFile(file);
	bytes.copy(whole, at);
	await writeFile(file, whole);
};
const MOVE = "Restore a backup with `npm run restore -- FILE`, or move it away";

/** Each spoils what an earlier start left behind. */
const SPOILT: readonly (readonly [
	name: string,
	spoil: (file: string, dir: string) => unknown,
	says: (file: string, dir: string) => string,
])[] = [
	[
		"half a file",
		async (file) => truncate(file, (await stat(file)).size / 2),
		(file) => `${file} is damaged: parts of it are missing or changed. ${MOVE}`,
	],
	[
		"a file with bytes that changed",
		(file) => overwrite(file, 4 * 4096, Buffer.alloc(8192, 0xff)),
		(file) => `${file} is damaged: parts of it are missing or changed. ${MOVE}`,
	],
	[
		"a file that is no database",
		(file) => writeFile(file, "Notes of somebody.\n".repeat(100)),
		(file) =>
			`${file} is not a data file of this gateway: it is no SQLite database. ${MOVE}`,
	],
	[
		"another program's database",
		async (file) => {
			await rm(file);
			write(file, "CREATE TABLE notes (id INTEGER PRIMARY KEY)");
		},
		(file) => `${file} is another program's database. Move it away`,
	],
	[
		"a database that another program has marked as its own",
		(file) => write(file, "PRAGMA application_id = 4711"),
		(file) => `${file} is another program's database. Move it away`,
	],
	[
		"a directory in the place of the file",
		async (file) => {
			await rm(file);
			await mkdir(file);
		},
		(file) => `${file} cannot be written by this user.`,
	],
	[
		"half a key",
		(_, dir) => writeFile(join(dir, "sealing.key"), "c2hvcnQ"),
		(_, dir) =>
			`${join(dir, "sealing.key")} should hold a key of 32 bytes in base64url, but holds 5 bytes.`,
	],
	[
		"a directory that others may read and keep things in",
		async (_, dir) => {
			await writeFile(join(dir, "notes.txt"), "");
			await chmod(dir, 0o755);
		},
		(_, dir) =>
			`${dir} is open to other users (mode 755) and also holds notes.txt, which is not the gateway's. Close it with \`chmod 700 ${dir}\``,
	],
	[
		"a file in the place of the directory",
		async (_, dir) => {
			await rm(dir, { recursive: true });
			await writeFile(dir, "");
		},
		(_, dir) => `${dir} cannot be used: a file stands where a directory is`,
	],
];

test.each(SPOILT)(
	"%s ends the start with one sentence that says what to do",
	async (_, spoil, says) => {
		await using parent = await mkdtempDisposable(
			join(tmpdir(), "contact-graph-"),
		);
		const dir = join(parent.path, "data");
		const file = join(dir, "contact-graph.sqlite");
		openSqlite(file, DATA_TABLES).close();
		await spoil(file, dir);
		const error = await start(
			configFrom({
				DATA_DIR: dir,
				PORT: "0",
				SANDBOX_PORT: "0",
				LOG_LEVEL: "silent",
			}),
		).then(
			() => undefined,
			(reason: unknown) => reason,
		);
		// What main.ts shows without a stack.
		expect(error).toBeInstanceOf(StartError);
		const { message } = error as StartError;
		expect(message.slice(0, says(file, dir).length)).toBe(says(file, dir));
		expect(message).toMatch(/^[^\n]+\.$/);
	},
);

test("a directory of the gateway's own that stood open to others is closed at the start", async () => {
	await using dir = await mkdtempDisposable(join(tmpdir(), "contact-graph-"));
	openSqlite(join(dir.path, "contact-graph.sqlite"), DATA_TABLES).close();
	await writeFile(join(dir.path, "signing.key"), `${"k".repeat(43)}\n`);
	await chmod(join(dir.path, "signing.key"), 0o644);
	await chmod(dir.path, 0o755);
	closeDirectory(dir.path);
	for (const name of ["", "contact-graph.sqlite", "signing.key"])
		expect((await stat(join(dir.path, name))).mode & 0o077, name).toBe(0);
});

// Whom nothing is forbidden cannot see what happens to others.
const AS_NOBODY =
	process.getuid?.() === 0
		? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
		: [];
const has = (command: string) => spawnSync(command, ["--version"]).status === 0;

test.skipIf(AS_NOBODY.length > 0 && !has("setpriv"))(
	"a directory that cannot be written ends the start with one sentence",
	{ timeout: TEST_MS },
	async () => {
		await using dir = await mkdtempDisposable(join(tmpdir(), "contact-graph-"));
		await chmod(dir.path, 0o500);
		if (AS_NOBODY.length > 0) await chown(dir.path, 65534, 65534);
		await using gateway = await run(
			"src/main.ts",
			{ DATA_DIR: dir.path },
			{ through: AS_NOBODY },
		);
		expect(await gateway.ended()).toBe(1);
		expect(gateway.output()).toMatch(
			/^\S+ cannot be written by this user\. Give it to the user that runs the gateway [^\n]*, or set DATA_DIR to another directory\.\n$/,
		);
	},
);

test.skipIf(!has("prlimit"))(
	"a disk that is full ends the start with one sentence",
	{ timeout: TEST_MS },
	async () => {
		await using dir = await mkdtempDisposable(join(tmpdir(), "contact-graph-"));
		await writeFile(join(dir.path, "signing.key"), `${"k".repeat(43)}\n`);
		await writeFile(join(dir.path, "sealing.key"), `${"k".repeat(43)}\n`);
		// No file may grow: every write says what it says on a full disk.
		await using gateway = await run(
			"src/main.ts",
			{ DATA_DIR: dir.path },
			{ through: ["prlimit", "--fsize=0"] },
		);
		expect(await gateway.ended()).toBe(1);
		expect(gateway.output()).toMatch(
			/^\S+contact-graph\.sqlite cannot be written: its disk is full or broken\. Make room on it, or set DATA_DIR to another directory\.\n$/,
		);
	},
);

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

test("under npm a start says at once that it starts, and a flag it does not know ends it", {
	timeout: TEST_MS,
}, async () => {
	await using gateway = await run("src/main.ts", {
		npm_lifecycle_event: "start",
	});
	await gateway.says(/^contact-graph is starting, with its sandbox \.\.\.\n/);
	await gateway.says(CURL);
	await using refused = await run("src/main.ts", {}, { args: ["--port=5000"] });
	expect(await refused.ended()).toBe(1);
	expect(refused.output()).toMatch(
		/^npm start takes no flags, but got --port=5000\.[\s\S]*PORT=5000 npm start/,
	);
});

test.each([
	["src/token.ts", "npm run token"],
	["src/sandbox/main.ts", "npm run sandbox"],
	["src/sandbox/event.ts", "npm run sandbox:event"],
	["codegen.ts", "npm run codegen"],
	["test/plants/run.ts", "npm run plants"],
])(
	"%s refuses a flag it does not know, and says where they are listed",
	async (file, name) => {
		await using typo = await run(file, {}, { args: ["--prot", "1"] });
		expect(await typo.ended()).toBe(1);
		expect(typo.output()).toMatch(/^\S+: .*'--prot'/);
		expect(typo.output()).toContain(`See ${name} -- --help.`);
	},
	TEST_MS,
);

test(
	"a sandbox whose port is taken says which, and what to do",
	async () => {
		await using first = await run("src/sandbox/main.ts", {}, { args: SMALL });
		await first.says(/Control: /);
		const [, port = ""] =
			/http:\/\/127\.0\.0\.1:(\d+)/.exec(first.output()) ?? [];
		await using second = await run(
			"src/sandbox/main.ts",
			{},
			{ args: ["--contacts", "1", "--port", port] },
		);
		expect(await second.ended()).toBe(1);
		expect(second.output()).toBe(
			`sandbox: port ${port} is taken: stop what uses it, or choose another with --port.\n`,
		);
	},
	TEST_MS,
);

const SMALL = ["--contacts", "1", "--port", "0"];

test.each([
	["src/main.ts", "npm start"],
	["src/token.ts", "npm run --silent token"],
	["src/data.ts", "npm run erase"],
	["src/sandbox/main.ts", "npm run sandbox"],
	["src/sandbox/event.ts", "npm run sandbox:event"],
	["src/doctor.ts", "npm run doctor"],
	["codegen.ts", "npm run codegen"],
	["bench/main.ts", "npm run bench"],
	["test/plants/run.ts", "npm run plants"],
])(
	"%s --help says what it does, and does nothing else",
	async (file, name) => {
		await using asked = await run(file, {}, { args: ["--help"] });
		expect(await asked.ended()).toBe(0);
		expect(asked.output().startsWith(name)).toBe(true);
	},
	TEST_MS,
);

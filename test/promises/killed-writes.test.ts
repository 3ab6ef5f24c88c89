/** A process killed at any step of a write, and started again, neither loses nor doubles it. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import type { Told } from "../support/killable-gateway.ts";
import { LOCATION, runKillable as run } from "../support/killable-process.ts";
import { mutate } from "../support/mutate.ts";

const WRITES: readonly (readonly [mutation: string, input: object])[] = [
	["createContact", { firstName: "mark", email: "mark@example.com" }],
	[
		"createTask",
		{ contactId: "c1", title: "mark", dueDate: "2026-12-01T10:00:00Z" },
	],
	["createNote", { contactId: "c1", body: "mark" }],
	[
		"createAppointment",
		{
			contactId: "c1",
			calendarId: "cal1",
			assignedUserId: "u1",
			title: "mark",
			startTime: "2027-03-01T10:00:00Z",
		},
	],
	["addContactTags", { contactId: "c1", tags: ["mark"] }],
	["completeTask", { taskId: "t1", contactId: "c1" }],
];

/** The wire between gateway and sandbox, which can be made to swallow whatever is sent. */
const startWire = async (to: number) => {
	const wire = { swallows: false, swallowed: 0 };
	const sockets = new Set<Socket>();
	const server = createServer((near) => {
		const far = connect(to, "127.0.0.1");
		for (const one of [near, far]) {
			sockets.add(one);
			one.on("error", () => {});
			one.on("close", () => sockets.delete(one));
		}
		near.on("data", (bytes) => {
			if (wire.swallows && !/^GET /.test(bytes.toString("latin1")))
				wire.swallowed++;
			else far.write(bytes);
		});
		far.on("data", (bytes) => near.write(bytes));
		near.on("close", () => far.destroy());
		far.on("close", () => near.destroy());
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	return {
		wire,
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		async close() {
			for (const socket of sockets) socket.destroy();
			server.close();
			await once(server, "close");
		},
	};
};

/** Waits for a thing, with a name and a deadline. */
const until = async (
	what: string,
	holds: () => boolean | Promise<boolean>,
): Promise<void> => {
	const deadline = Date.now() + 10_000;
	while (!(await holds())) {
		if (Date.now() > deadline) throw new Error(`not within 10 s: ${what}`);
		await new Promise((turn) => setImmediate(turn));
	}
};

const records = (dataFile: string): { begun: number; done: number } => {
	using db = new DatabaseSync(dataFile, { readOnly: true });
	const row = db
		.prepare(
			"SELECT count(*) AS begun, count(outcome) AS done FROM idempotency",
		)
		.get();
	return { begun: Number(row?.begun), done: Number(row?.done) };
};

const marks = ({ data }: Sandbox) => {
	const { contacts, tasks, notes, appointments } = data.location(LOCATION);
	const count = (texts: Iterable<string | null>) =>
		[...texts].filter((text) => text === "mark").length;
	return {
		contacts: count([...contacts.values()].map(({ firstName }) => firstName)),
		tasks: count([...tasks.values()].map(({ title }) => title)),
		notes: count([...notes.values()].map(({ body }) => body)),
		appointments: count([...appointments.values()].map(({ title }) => title)),
		tags: count(contacts.get("c1")?.tags ?? []),
		completed: tasks.get("t1")?.completed,
	};
};

interface Stage {
	readonly sandbox: Sandbox;
	readonly wire: { swallows: boolean; swallowed: number };
	readonly dataFile: string;
}

const STEPS: readonly (readonly [
	step: string,
	prepare: (stage: Stage) => void,
	reached: (stage: Stage) => boolean | Promise<boolean>,
])[] = [
	[
		"after the record and before anything arrives",
		({ wire }) => {
			wire.swallows = true;
		},
		({ wire, dataFile }) =>
			wire.swallowed >= WRITES.length &&
			records(dataFile).begun === WRITES.length,
	],
	[
		"when the write is done and its answer is on the way",
		({ sandbox }) =>
			sandbox.next({
				kind: "hold",
				count: WRITES.length,
				match: { pattern: "^/(contacts|calendars)/" },
			}),
		async ({ sandbox }) => {
			await sandbox.held(WRITES.length);
			return true;
		},
	],
	[
		"while outcomes are being recorded",
		() => {},
		({ dataFile }) => records(dataFile).done >= 2,
	],
	[
		"when everything is recorded and nobody was told",
		() => {},
		({ dataFile }) => records(dataFile).done === WRITES.length,
	],
];

test.each(STEPS)(
	"a process killed %s and started again has done each write once",
	async (_, prepare, reached) => {
		const folder = await mkdtemp(join(tmpdir(), "killed-writes-"));
		const sandbox = await startSandbox({
			contacts: 1,
			tasksEach: 1,
			ids: "readable",
			rateLimit: "off",
			searchLagMs: 0,
		});
		const { wire, url, close } = await startWire(
			Number(new URL(sandbox.url).port),
		);
		const stage: Stage = {
			sandbox,
			wire,
			dataFile: join(folder, "data.sqlite"),
		};
		const told: Told = {
			apiUrl: url,
			locationId: LOCATION,
			apiToken: String(sandbox.tokens[LOCATION]),
			dataFile: stage.dataFile,
			secret: randomBytes(32).toString("hex"),
			issuer: "tests",
			audience: "tests",
		};
		try {
			const first = await run(told);
			prepare(stage);
			const cut = WRITES.map(([name, input]) =>
				mutate(first.asker, name, { ...input, idempotencyKey: name }).catch(
					() => "cut",
				),
			);
			await until("the step is reached", () => reached(stage));
			await first.kill();
			await Promise.all(cut);

			wire.swallows = false;
			sandbox.release();
			const second = await run(told);
			for (const [name, input] of WRITES) {
				const payload = await mutate(second.asker, name, {
					...input,
					idempotencyKey: name,
				});
				expect(payload.userErrors).toEqual([]);
				expect(Object.values(payload)[0]).not.toBeNull();
			}
			await second.kill();
			expect(marks(sandbox)).toEqual({
				contacts: 1,
				tasks: 1,
				notes: 1,
				appointments: 1,
				tags: 1,
				completed: true,
			});
			expect(records(stage.dataFile)).toEqual({
				begun: WRITES.length,
				done: WRITES.length,
			});
		} finally {
			await close();
			await sandbox.close();
			await rm(folder, { recursive: true });
		}
	},
	60_000,
);

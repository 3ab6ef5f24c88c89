/** Whatever an answer waits for, it comes by the deadline its caller set: a table of all there is to wait for. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempDisposable } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Fault } from "../../src/sandbox/sandbox.ts";
import type { Answer } from "../support/ask.ts";
import { createBrowser } from "../support/browser.ts";
import { connect } from "../support/connect.ts";
import { startWorld, type World, type WorldOptions } from "../support/world.ts";

const DEADLINES = [100, 250, 600];
/** What an answer may be late by where a trivial one is given within `TRIVIAL_MS`. */
const LATE_MS = 100;
const TRIVIAL_MS = 25;
const PAUSE_MS = 10;

const LOCATION = "sandbox-location-1";
const NOTE = { contactId: "c1", body: "x" };
const CONTACT = '{ contact(id: "c1") { name } }';
const CREATE_NOTE =
	"mutation ($input: CreateNoteInput!) { it: createNote(input: $input) { note { body } userErrors { message } } }";
const CREATE_CONTACT =
	"mutation ($input: CreateContactInput!) { it: createContact(input: $input) { contact { name } userErrors { message } } }";

type Ask = (deadlineMs: number) => Promise<Answer>;

/** A stage is set: what is asked on it, and how what it waits for ends after all. */
interface Stage extends AsyncDisposable {
	readonly world: World;
	readonly ask: Ask;
	release?(): void;
}

interface Staged {
	start(options?: WorldOptions): Promise<World>;
	/** A file that two worlds share. */
	file(): Promise<string>;
}

type Way = readonly [
	what: string,
	codes: readonly string[],
	prepare: (
		staged: Staged,
	) => Promise<{ world: World; ask: Ask; release?(): void }>,
];

const asking =
	(world: World, query: string, variables: object = {}): Ask =>
	(deadlineMs) =>
		world.answer(query, variables as never, {
			headers: {
				"x-deadline-ms": String(deadlineMs),
				"cache-control": "no-cache",
			},
		});

/** All calls that match are held, from now on. */
const hold = (
	{ sandbox }: World,
	match: Fault["match"] & {},
	when: "before" | "after" = "before",
) => sandbox.next({ kind: "hold", when, count: 1000, match });

const background = (work: Promise<unknown>): void => void work.catch(() => {});

const noteKeyed = (world: World, idempotencyKey: string): Ask =>
	asking(world, CREATE_NOTE, { input: { ...NOTE, idempotencyKey } });

/** Another process writes to the file and takes its time. */
const lockFile = (path: string) => {
	const db = new DatabaseSync(path);
	db.exec("BEGIN IMMEDIATE");
	return () => {
		db.exec("ROLLBACK");
		db.close();
	};
};

const connected = async (start: Staged["start"], dataFile?: string) => {
	const world = await start({
		contacts: 1,
		oauth: { tokenKeys: [KEY] },
		...(dataFile && { gateway: { dataFile } }),
	});
	await using browser = createBrowser();
	await connect(world, browser, LOCATION);
	return world;
};

const KEY = randomBytes(32);

const LIMIT = { burst: 2, intervalMs: 60_000, daily: 10_000 };
const BUDGET = { limit: 2, intervalMs: 60_000 };

/** The two calls of the window are taken, and the last one is not answered yet. */
const spent = async (start: Staged["start"]) => {
	const world = await start({
		contacts: 3,
		sandbox: { rateLimit: LIMIT },
		contactsApi: { budget: BUDGET },
	});
	for (const id of ["c2", "c3"])
		await world.answer(`{ contact(id: "${id}") { name } }`);
	return world;
};

const LATE = ["DEADLINE_EXCEEDED"];
const UNKNOWN = ["OUTCOME_UNKNOWN"];
const NO_ROOM = ["RATE_LIMITED"];

const WAYS: readonly Way[] = [
	[
		"an answer of the API",
		LATE,
		async ({ start }) => {
			const world = await start();
			hold(world, { path: "/contacts/c1" });
			return { world, ask: asking(world, CONTACT) };
		},
	],
	[
		"the same answer, which another caller asked for first",
		LATE,
		async ({ start }) => {
			const world = await start();
			hold(world, { path: "/contacts/c1" });
			background(world.answer(CONTACT));
			await world.sandbox.held(1);
			return {
				world,
				ask: (deadlineMs) =>
					world.answer(
						CONTACT,
						{},
						{
							headers: { "x-deadline-ms": String(deadlineMs) },
						},
					),
			};
		},
	],
	[
		"lists, of which another caller asked for one first",
		LATE,
		async ({ start }) => {
			const world = await start();
			hold(world, { pattern: "/notes$" });
			background(
				world.answer('{ contact(id: "c1") { notes { totalCount } } }'),
			);
			await world.sandbox.held(1);
			return {
				world,
				ask: (deadlineMs) =>
					world.answer(
						"{ contacts { nodes { notes { totalCount } } } }",
						{},
						{ headers: { "x-deadline-ms": String(deadlineMs) } },
					),
			};
		},
	],
	[
		"a deferred part",
		LATE,
		async ({ start }) => {
			const world = await start();
			hold(world, { pattern: "/notes$" });
			const query =
				'{ contact(id: "c1") { name ... @defer { notes { totalCount } } } }';
			return {
				world,
				async ask(deadlineMs) {
					const raw = await world.request({
						method: "POST",
						headers: {
							"content-type": "application/json",
							accept: "multipart/mixed",
							authorization: `Bearer ${await world.token()}`,
							"x-deadline-ms": String(deadlineMs),
						},
						body: JSON.stringify({ query }),
					});
					const code = /"code":"(\w+)"/.exec(raw.text)?.[1];
					return {
						errors: [{ message: "", extensions: { code: code ?? "" } }],
					};
				},
			};
		},
	],
	[
		"a place in the budget",
		NO_ROOM,
		async ({ start }) => {
			const world = await spent(start);
			return { world, ask: asking(world, CONTACT) };
		},
	],
	[
		"a place in the budget, for a write",
		NO_ROOM,
		async ({ start }) => {
			const world = await spent(start);
			return { world, ask: noteKeyed(world, "k") };
		},
	],
	[
		"the end of a 429",
		NO_ROOM,
		async ({ start }) => {
			const world = await start();
			world.upstream.next({ kind: "status", status: 429, count: 1000 });
			return { world, ask: asking(world, CONTACT) };
		},
	],
	[
		"a connection to the API",
		[...LATE, "UPSTREAM_TIMEOUT"],
		async ({ start }) => {
			const world = await start({ contactsApi: { connections: 1 } });
			hold(world, { path: "/contacts/c2" });
			background(world.answer('{ contact(id: "c2") { name } }'));
			await world.sandbox.held(1);
			return { world, ask: asking(world, CONTACT) };
		},
	],
	[
		"a pause before a call is made again",
		[...LATE, "UPSTREAM_UNAVAILABLE"],
		async ({ start }) => {
			const world = await start({
				contactsApi: {
					retry: { attempts: 100, baseMs: 60_000, longestMs: 60_000 },
					breaker: { failures: 1e9 },
				},
			});
			world.upstream.next({ kind: "status", status: 503, count: 1000 });
			return { world, ask: asking(world, CONTACT) };
		},
	],
	[
		"a token that is renewed for it",
		LATE,
		async ({ start }) => {
			const world = await connected(start);
			world.sandbox.oauth.expire(LOCATION);
			hold(world, { path: "/oauth/token" });
			return { world, ask: asking(world, CONTACT) };
		},
	],
	[
		"a token that is renewed for another caller",
		LATE,
		async ({ start }) => {
			const world = await connected(start);
			world.sandbox.oauth.expire(LOCATION);
			hold(world, { path: "/oauth/token" });
			background(world.answer(CONTACT));
			await world.sandbox.held(1);
			return { world, ask: asking(world, CONTACT) };
		},
	],
	[
		"a token that another process renews",
		LATE,
		async ({ start, file }) => {
			const dataFile = await file();
			const world = await connected(start, dataFile);
			const other = await start({
				oauth: { tokenKeys: [KEY] },
				gateway: { dataFile },
				contactsApi: { url: world.sandbox.url },
			});
			world.sandbox.oauth.expire(LOCATION);
			hold(world, { path: "/oauth/token" });
			background(world.answer(CONTACT));
			await world.sandbox.held(1);
			return {
				world: other,
				ask: asking(other, CONTACT),
				release: () => void world.sandbox.release(),
			};
		},
	],
	[
		"the keys of an identity provider",
		LATE,
		async ({ start }) => {
			const provider = createServer(() => {});
			provider.listen(0, "127.0.0.1");
			await once(provider, "listening");
			const release = () => {
				provider.closeAllConnections();
				provider.close();
			};
			const world = await start({
				gateway: {
					auth: {
						secret: KEY,
						issuer: "contact-graph-tests",
						audience: "contact-graph",
						jwksUrl: `http://127.0.0.1:${(provider.address() as AddressInfo).port}/keys`,
					},
				},
			});
			// Its signature is looked at when the keys are there.
			const token = [{ alg: "RS256", kid: "k" }, {}]
				.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
				.concat("c2ln")
				.join(".");
			return {
				world,
				release,
				ask: (deadlineMs) =>
					world.answer(
						CONTACT,
						{},
						{ token, headers: { "x-deadline-ms": String(deadlineMs) } },
					),
			};
		},
	],
	[
		"the location's country",
		LATE,
		async ({ start }) => {
			const world = await unlearnt(start);
			return {
				world,
				ask: asking(world, CREATE_CONTACT, {
					input: { firstName: "Ada", phone: "030 123456" },
				}),
			};
		},
	],
	[
		"the location's time zone, which another caller asked for first",
		LATE,
		async ({ start }) => {
			const world = await unlearnt(start);
			const query =
				'{ contact(id: "c1") { appointments { nodes { startTime } } } }';
			background(world.answer(query));
			await world.sandbox.held(1);
			return { world, ask: asking(world, query) };
		},
	],
	[
		"a write without a key",
		UNKNOWN,
		async ({ start }) => {
			const world = await start();
			hold(world, { method: "POST", pattern: "/notes$" });
			return { world, ask: asking(world, CREATE_NOTE, { input: NOTE }) };
		},
	],
	[
		"a write with a key, each with the same",
		UNKNOWN,
		async ({ start }) => {
			const world = await start();
			hold(world, { method: "POST", pattern: "/notes$" }, "after");
			return { world, ask: noteKeyed(world, "k") };
		},
	],
	[
		"a key that another process is at",
		UNKNOWN,
		async ({ start, file }) => {
			const dataFile = await file();
			const world = await start({ gateway: { dataFile } });
			const other = await start({
				gateway: { dataFile },
				contactsApi: {
					url: world.sandbox.url,
					token: () => world.sandbox.tokens[LOCATION] ?? "",
				},
			});
			hold(world, { method: "POST", pattern: "/notes$" });
			background(noteKeyed(world, "k")(30_000));
			await world.sandbox.held(1);
			return {
				world: other,
				ask: noteKeyed(other, "k"),
				release: () => void world.sandbox.release(),
			};
		},
	],
	[
		"what a key left open, which is read back",
		[...UNKNOWN, ...LATE],
		async ({ start }) => {
			const world = await start({
				gateway: { writes: { readBackAfterMs: [] } },
			});
			world.upstream.next({ kind: "lostAnswer", match: { method: "POST" } });
			await noteKeyed(world, "k")(30_000);
			hold(world, { method: "GET", pattern: "/notes$" });
			return { world, ask: noteKeyed(world, "k") };
		},
	],
	[
		"a read-back right after an answer was lost",
		UNKNOWN,
		async ({ start }) => {
			const world = await start();
			world.upstream.next({
				kind: "lostAnswer",
				count: 1000,
				match: { method: "POST" },
			});
			hold(world, { method: "GET", pattern: "/notes$" });
			return { world, ask: asking(world, CREATE_NOTE, { input: NOTE }) };
		},
	],
	[
		"a file that another process writes to, before the write is sent",
		// Those who share the key wait for the first of them.
		[...LATE, ...UNKNOWN],
		async ({ start, file }) => {
			const dataFile = await file();
			const world = await start({ gateway: { dataFile } });
			const release = lockFile(dataFile);
			return { world, ask: noteKeyed(world, "k"), release };
		},
	],
	[
		"a file that another process writes to, after the write was sent",
		UNKNOWN,
		async ({ start, file }) => {
			const dataFile = await file();
			const world = await start({ gateway: { dataFile } });
			let keys = 0;
			let unlock = () => {};
			return {
				world,
				async ask(deadlineMs) {
					const { sandbox } = world;
					sandbox.next({ kind: "hold", match: { method: "POST" } });
					const answer = noteKeyed(world, `k${keys++}`)(deadlineMs);
					// All three are sent, then the file is locked for all of them.
					await sandbox.held(DEADLINES.length);
					if (deadlineMs === DEADLINES[0]) {
						unlock = lockFile(dataFile);
						sandbox.release();
					}
					return answer;
				},
				release: () => unlock(),
			};
		},
	],
	[
		"the object of a payload",
		// Unknown where the time was over before the write was done.
		[...LATE, ...UNKNOWN],
		async ({ start }) => {
			const world = await start();
			hold(world, { method: "GET", path: "/contacts/c" });
			return {
				world,
				ask: asking(world, CREATE_CONTACT, { input: { firstName: "Ada" } }),
			};
		},
	],
	[
		"a mutation behind a slow one of the same operation",
		[...UNKNOWN, ...LATE],
		async ({ start }) => {
			const world = await start();
			hold(world, { method: "POST", pattern: "/notes$" });
			const note =
				'createNote(input: { contactId: "c1", body: "x" }) { note { body } }';
			return {
				world,
				ask: asking(world, `mutation { one: ${note} two: ${note} }`),
			};
		},
	],
];

/** Nothing is known of the location yet, and it does not answer. */
const unlearnt = async (start: Staged["start"]) => {
	let started: World | undefined;
	const world = await start({
		contactsApi: {
			token: () => started?.sandbox.tokens[LOCATION] ?? "not yet one",
		},
	});
	started = world;
	hold(world, { path: "/locations/" });
	return world;
};

const codesOf = ({ errors }: Answer): unknown[] =>
	(errors ?? []).map(({ extensions }) => extensions?.code);

/** How long the slowest trivial answer takes meanwhile: what load does to it, it may do to the others. */
const watchTrivial = (world: World) => {
	let stopped = false;
	let worst = 0;
	const done = (async () => {
		while (!stopped) {
			const at = performance.now();
			await pause(PAUSE_MS);
			await world.request({ path: "/health/live" });
			worst = Math.max(worst, performance.now() - at - PAUSE_MS);
		}
	})();
	return async () => {
		stopped = true;
		await done;
		return worst;
	};
};

const prepare = async (way: Way[2]): Promise<Stage> => {
	const stack = new AsyncDisposableStack();
	const staged = await way({
		start: async (options = {}) =>
			stack.use(
				await startWorld({
					contacts: 2,
					...options,
					contactsApi: { timeoutMs: 20_000, ...options.contactsApi },
				}),
			),
		async file() {
			const folder = stack.use(
				await mkdtempDisposable(join(tmpdir(), "waits-")),
			);
			return join(folder.path, "data.sqlite");
		},
	});
	return {
		...staged,
		[Symbol.asyncDispose]: () => stack.disposeAsync(),
	};
};

test.each(WAYS)(
	"nobody waits longer than he said for %s",
	async (_, codes, way) => {
		await using stage = await prepare(way);
		const { world, ask, release } = stage;
		// The first request of a process waits for code to be compiled, and for nothing of these.
		await world.answer("{ __typename }");
		const trivial = watchTrivial(world);
		const given = await Promise.all(
			DEADLINES.map(async (deadlineMs) => {
				const at = performance.now();
				const answer = await ask(deadlineMs);
				const lateMs = performance.now() - at - deadlineMs;
				return { deadlineMs, lateMs, codes: codesOf(answer) };
			}),
		);
		const factor = Math.max(1, (await trivial()) / TRIVIAL_MS);
		release?.();
		world.sandbox.release();
		for (const { codes: told } of given) {
			expect(told.length).toBeGreaterThan(0);
			for (const code of told) expect(codes).toContain(code);
		}
		const late = given.filter(({ lateMs }) => lateMs > LATE_MS * factor);
		expect(late, `more than ${LATE_MS * factor} ms late`).toEqual([]);
	},
);

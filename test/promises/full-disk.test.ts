/** A disk that takes no more writes: nothing is told wrongly, nothing is sent that could not be remembered, and it ends by itself. */
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { runKillable } from "../support/killable-process.ts";
import { tryMutate } from "../support/mutate.ts";

// A process whose files may not grow is told so by every write, as by a full disk (setrlimit(2), RLIMIT_FSIZE).
const HAS_PRLIMIT = spawnSync("prlimit", ["--version"]).status === 0;

const startGateway = async () => {
	const stack = new AsyncDisposableStack();
	const dir = stack.use(
		await mkdtempDisposable(join(tmpdir(), "contact-graph-")),
	);
	const sandbox = await startSandbox({
		contacts: 2,
		seed: 1,
		ids: "readable",
		rateLimit: "off",
		searchLagMs: 0,
	});
	stack.defer(() => sandbox.close());
	const gateway = await runKillable({
		apiUrl: sandbox.url,
		locationId: "sandbox-location-1",
		apiToken: sandbox.tokens["sandbox-location-1"] as string,
		dataFile: join(dir.path, "contact-graph.sqlite"),
		secret: randomBytes(32).toString("hex"),
		issuer: "contact-graph",
		audience: "contact-graph",
	});
	stack.defer(() => gateway.kill());
	sandbox.clearCalls();
	const limit = (bytes: string) =>
		execFileSync("prlimit", [
			"--pid",
			String(gateway.child.pid),
			`--fsize=${bytes}:unlimited`,
		]);
	return {
		sandbox,
		asker: gateway.asker,
		fill: () => limit("0"),
		empty: () => limit("unlimited"),
		async ready() {
			const answer = await fetch(`${gateway.url}/health/ready`);
			return { status: answer.status, body: await answer.json() };
		},
		notes: () =>
			sandbox
				.calls()
				.filter(({ method, path }) => `${method} ${path}` === CREATE).length,
		[Symbol.asyncDispose]: () => stack.disposeAsync(),
	};
};

const CREATE = "POST /contacts/c1/notes";
const note = (idempotencyKey: string) => ({
	contactId: "c1",
	body: `note of ${idempotencyKey}`,
	idempotencyKey,
});

test.skipIf(!HAS_PRLIMIT)(
	"a write that was sent and cannot be recorded is unknown, and its key tells what came of it as soon as the disk takes it",
	{ timeout: 30_000 },
	async () => {
		await using world = await startGateway();
		world.sandbox.next({ kind: "hold", match: { method: "POST" } });
		const first = tryMutate(world.asker, "createNote", note("k1"));
		await world.sandbox.held(1);
		world.fill();
		world.sandbox.release();
		const { errors } = await first;
		expect(errors?.[0]?.extensions).toMatchObject({
			code: "OUTCOME_UNKNOWN",
			retryAfterMs: 1000,
		});
		// Still full: what was sent stays unknown, and is not sent again.
		const again = await tryMutate(world.asker, "createNote", note("k1"));
		expect(again.errors?.[0]?.extensions?.code).toBe("OUTCOME_UNKNOWN");
		world.empty();
		const told = await tryMutate(world.asker, "createNote", note("k1"));
		expect(told.errors).toBeUndefined();
		expect(told.data.createNote.note.body).toBe("note of k1");
		expect(world.notes()).toBe(1);
	},
);

test.skipIf(!HAS_PRLIMIT)(
	"a keyed write that cannot be recorded is not sent, readiness knows it, and both end with the full disk",
	{ timeout: 30_000 },
	async () => {
		await using world = await startGateway();
		expect(await world.ready()).toMatchObject({ status: 200 });
		world.fill();
		const { errors } = await tryMutate(world.asker, "createNote", note("k2"));
		expect(errors?.[0]?.extensions).toMatchObject({
			code: "STORAGE_UNAVAILABLE",
			retryAfterMs: 1000,
		});
		expect(world.notes()).toBe(0);
		expect(await world.ready()).toEqual({
			status: 503,
			body: {
				status: "not ready",
				version: packageJson.version,
				store: "sqlite",
				reasons: ["the disk of the data directory takes no writes"],
			},
		});
		world.empty();
		expect(await world.ready()).toMatchObject({ status: 200 });
		const told = await tryMutate(world.asker, "createNote", note("k2"));
		expect(told.errors).toBeUndefined();
		expect(world.notes()).toBe(1);
	},
);

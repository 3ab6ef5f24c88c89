/** The mobile example: its process is killed between sending and hearing, its phone is off for days, the log runs ahead. */
import { spawn } from "node:child_process";
import { mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { catchUp } from "../../examples/mobile/catch-up.ts";
import { AddNote } from "../../examples/mobile/documents.ts";
import { createGateway } from "../../examples/mobile/gateway.ts";
import { openOutbox } from "../../examples/mobile/outbox.ts";
import { run, TEST_MS } from "../support/command.ts";
import { createSender, SENDER_KEYS } from "../support/deliveries.ts";
import { startWorld } from "../support/world.ts";

const MAIN = join(import.meta.dirname, "../../examples/mobile/main.ts");
const SCOPES = ["contacts.readonly", "contacts.write"];
const NOTES = { method: "POST", path: "/contacts/c1/notes" };

test("50 writes are each done once, though the app is killed with five of them on their way and answers are lost", async () => {
	await using world = await startWorld({ contacts: 1, notesEach: 0 });
	await using folder = await mkdtempDisposable(join(tmpdir(), "outbox-"));
	const path = join(folder.path, "outbox.jsonl");
	const token = await world.token({ scopes: SCOPES });
	await using outbox = await openOutbox(path);
	for (let at = 0; at < 50; at++)
		await outbox.add({ contactId: "c1", body: `note ${at}` });

	const run = () =>
		spawn(process.execPath, [MAIN, "send"], {
			env: {
				...process.env,
				GATEWAY_URL: world.url,
				TOKEN: token,
				OUTBOX: path,
			},
			stdio: ["ignore", "pipe", "inherit"],
		});
	for (let kill = 0; kill < 5; kill++) {
		world.upstream.next({ kind: "hold", match: NOTES });
		const app = run();
		const gone = new Promise((resolve) => app.once("exit", resolve));
		await world.sandbox.held(1);
		app.kill("SIGKILL");
		await gone;
		world.sandbox.release();
	}
	// The last line of a file that a kill cut off.
	await writeFile(path, '{"intention":{"id":"cut', { flag: "a" });
	const app = run();
	let said = "";
	app.stdout.on("data", (chunk) => {
		said += chunk;
	});
	await new Promise((resolve) => app.once("exit", resolve));
	expect(said).toBe("50 done\n0 refused\n0 unknown\n");
	const { contact } = await world.query(
		'{ contact(id: "c1") { notes(first: 100) { nodes { body } } } }',
	);
	const bodies = contact.notes.nodes.map(({ body }: { body: string }) => body);
	expect(bodies.sort()).toEqual(
		Array.from({ length: 50 }, (_, at) => `note ${at}`).sort(),
	);
}, 120_000);

test("a write whose answer was lost three days ago is not sent again, and one that was never sent is", async () => {
	await using world = await startWorld({ contacts: 1, notesEach: 0 });
	await using folder = await mkdtempDisposable(join(tmpdir(), "outbox-"));
	const path = join(folder.path, "outbox.jsonl");
	const madeAt = new Date(Date.now() - 3 * 86_400_000);
	const ms = madeAt.getTime().toString(16).padStart(12, "0");
	const key = `${ms.slice(0, 8)}-${ms.slice(8)}-7000-8000-000000000001`;
	const intention = (id: string) => ({
		id,
		madeAt: madeAt.toISOString(),
		variables: { contactId: "c1", body: id },
	});
	const facts = [
		{ intention: intention("sent") },
		{ sending: "sent", key },
		{ intention: intention("never sent") },
	];
	await writeFile(
		path,
		`${facts.map((fact) => JSON.stringify(fact)).join("\n")}\n`,
	);
	await using outbox = await openOutbox(path);
	const token = await world.token({ scopes: SCOPES });
	await outbox.send(
		createGateway(world.url, () => token),
		AddNote,
	);
	expect([...outbox.ended].map(([id, { state }]) => [id, state])).toEqual([
		["sent", "unknown"],
		["never sent", "done"],
	]);
	expect(world.calls.filter(({ method }) => method === "POST")).toHaveLength(1);
	expect(await readFile(path, "utf8")).toContain('"ended":"sent"');
});

test("what happened while the phone was off is read by cursor, once, for no call", async () => {
	await using world = await startWorld({
		contacts: 3,
		gateway: { webhooks: { keys: SENDER_KEYS } },
	});
	const token = await world.token();
	const gateway = createGateway(world.url, () => token);
	const { changeCursor } = await world.query("{ changeCursor }");
	const sender = createSender(world.url);
	for (let at = 0; at < 250; at++)
		await sender.tell("ContactUpdate", { id: `c${(at % 3) + 1}` });
	await expect
		.poll(async () => (await catchUp(gateway, changeCursor)).changes, {
			timeout: 15_000,
		})
		.toBe(250);
	const before = world.calls.length;
	const news = await catchUp(gateway, changeCursor);
	expect(news).toMatchObject({ changes: 250, gap: false });
	expect([...news.contactIds].sort()).toEqual(["c1", "c2", "c3"]);
	expect(await catchUp(gateway, news.cursor)).toMatchObject({
		changes: 0,
		gap: false,
	});
	expect(world.calls.length).toBe(before);
	await sender.close();
});

test("changes that are not in the log any more are told as a gap, and the next time goes on behind it", async () => {
	await using world = await startWorld({
		contacts: 1,
		gateway: { webhooks: { keys: SENDER_KEYS } },
	});
	const cursorOfAnotherLog = await (async () => {
		await using other = await startWorld({ contacts: 0 });
		return (await other.query("{ changeCursor }")).changeCursor as string;
	})();
	const token = await world.token();
	const gateway = createGateway(world.url, () => token);
	const sender = createSender(world.url);
	const news = await catchUp(gateway, cursorOfAnotherLog);
	expect(news.gap).toBe(true);
	await sender.tell("ContactUpdate", { id: "c1" });
	await expect
		.poll(() => catchUp(gateway, news.cursor), { timeout: 15_000 })
		.toMatchObject({ gap: false, changes: 1 });
	await sender.close();
});

test(
	"the commands of its README do on the sandbox what they say",
	async () => {
		await using folder = await mkdtempDisposable(join(tmpdir(), "outbox-"));
		const readme = await readFile(join(dirname(MAIN), "README.md"), "utf8");
		const commands = [
			...readme.matchAll(/^npx node examples\/mobile\/main\.ts (.*)$/gm),
		].map(([, line = ""]) =>
			[...line.matchAll(/"([^"]*)"|\S+/g)].map(
				([word, quoted]) => quoted ?? word,
			),
		);
		await using gateway = await run("src/main.ts", {});
		const [, GATEWAY_URL = "", TOKEN = ""] = await gateway.says(
			/curl -s (\S+)\/graphql .*Bearer ([^\s']+)/,
		);
		const said: string[] = [];
		for (const args of commands) {
			await using command = await run(
				"examples/mobile/main.ts",
				{
					GATEWAY_URL,
					TOKEN,
					OUTBOX: join(folder.path, "outbox.jsonl"),
					CURSOR: join(folder.path, "cursor.txt"),
				},
				{ args },
			);
			expect(await command.ended()).toBe(0);
			said.push(command.output());
		}
		expect(said).toEqual([
			"nothing was read yet: read everything anew\n",
			"1 waiting\n",
			"1 done\n0 refused\n0 unknown\n",
			expect.stringMatching(/^\d+ changes of \d+ contacts\n$/),
		]);
	},
	TEST_MS,
);

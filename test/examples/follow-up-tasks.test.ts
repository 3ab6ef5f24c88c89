/** The example worker end to end: somebody tags a contact in the CRM, the sandbox sends its webhook, a task is there. */
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { followUp } from "../../examples/follow-up-tasks/worker.ts";
import { WEBHOOK_KEYS } from "../../src/sandbox/webhooks/keys.ts";
import { startWorld } from "../support/world.ts";

const webhooks = {
	keys: { ed25519: [WEBHOOK_KEYS.ed25519], rsa: [WEBHOOK_KEYS.rsa] },
};

test("a contact that gains the tag gets one task, also when the worker was away or the change comes twice", async () => {
	await using world = await startWorld({
		contacts: 4,
		tasksEach: 0,
		gateway: { webhooks },
	});
	await using folder = await mkdtempDisposable(join(tmpdir(), "worker-"));
	world.sandbox.data.edit("contacts", "c4", { tags: ["called"] });
	world.sandbox.webhooks.sendTo(`${world.url}/webhooks/contacts`);
	const token = await world.token();
	const lines: string[] = [];
	const start = () => {
		const stop = new AbortController();
		const done = followUp({
			url: world.url,
			token: () => token,
			tag: "called",
			statePath: join(folder.path, "state.json"),
			signal: stop.signal,
			log: (line) => lines.push(line),
		});
		return async () => {
			stop.abort();
			await done;
		};
	};
	const tag = (contactId: string, tags: string[]) =>
		world.sandbox.edit({ type: "ContactTagUpdate", contactId, set: { tags } });
	const tasksOf = async (contactId: string): Promise<string[]> => {
		const { contact } = await world.query(
			"query ($id: ID!) { contact(id: $id) { tasks { nodes { title } } } }",
			{ id: contactId },
			{ headers: { "cache-control": "no-cache" } },
		);
		return contact.tasks.nodes.map(({ title }: { title: string }) => title);
	};

	let stop = start();
	await world.until(() => world.gateway.subscriptions === 1, "the worker");
	tag("c1", ["vip", "called"]);
	await expect.poll(() => tasksOf("c1")).toEqual(["Follow up"]);
	// Another tag beside it is no new reason.
	tag("c1", ["called"]);
	await stop();

	tag("c2", ["called"]);
	await world.sandbox.webhooks.settled();
	stop = start();
	await expect.poll(() => tasksOf("c2")).toEqual(["Follow up"]);
	world.sandbox.webhooks.next("duplicate");
	tag("c3", ["called"]);
	await expect.poll(() => tasksOf("c3")).toEqual(["Follow up"]);
	await stop();
	await world.sandbox.webhooks.settled();
	expect(await tasksOf("c1")).toEqual(["Follow up"]);
	expect(await tasksOf("c3")).toEqual(["Follow up"]);
	expect(await tasksOf("c4")).toEqual([]);
	expect(lines).toContain("1 contacts have the tag called already");
});

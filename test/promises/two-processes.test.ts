/** Two gateways on one file, as during a rolling restart: what one of them receives, subscribers and caches of both hear of. */
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createSender, SENDER_KEYS } from "../support/deliveries.ts";
import { subscribe } from "../support/subscribers.ts";
import { startWorld, type World } from "../support/world.ts";

const CHANGES =
	"subscription ($after: String) { changes(after: $after) { __typename cursor contactId } }";

const onFile = (folder: string, followMs?: number) =>
	startWorld({
		gateway: {
			dataFile: join(folder, "gateway.sqlite"),
			webhooks: { keys: SENDER_KEYS, ...(followMs && { followMs }) },
		},
	});

const follow = async (world: World, after: string | null = null) =>
	subscribe({
		url: world.url,
		token: await world.token(),
		transport: "WebSocket",
		query: CHANGES,
		variables: { after },
	});

test("both tell their subscribers the same, in the same order, whichever took the delivery", async () => {
	await using folder = await mkdtempDisposable(join(tmpdir(), "two-"));
	await using one = await onFile(folder.path);
	await using two = await onFile(folder.path);
	const { changeCursor } = await one.query("{ changeCursor }");
	const readers = [
		await follow(one, changeCursor),
		await follow(two, changeCursor),
	];
	const senders = [createSender(one.url), createSender(two.url)];
	await Promise.all(
		Array.from({ length: 100 }, (_, index) =>
			senders[index % 2]?.tell("ContactUpdate", { id: `s${index}` }),
		),
	);
	const [first = [], second = []] = await Promise.all(
		readers.map((reader) => reader.take(100, "a change")),
	);
	expect(new Set(first.map(({ changes }) => changes.contactId)).size).toBe(100);
	expect(second).toEqual(first);
	for (const reader of readers) await reader.close();
	for (const sender of senders) await sender.close();
});

test("a delivery that one of them took ends what the other had cached", async () => {
	await using folder = await mkdtempDisposable(join(tmpdir(), "two-"));
	await using one = await onFile(folder.path);
	await using two = await onFile(folder.path);
	const ask = async () =>
		(await two.query('{ contact(id: "c1") { firstName } }')).contact.firstName;
	await ask();
	two.sandbox.data.edit("contacts", "c1", { firstName: "Ada" });
	expect(await ask()).not.toBe("Ada");
	const sender = createSender(one.url);
	await sender.tell("ContactUpdate", { id: "c1" });
	await expect.poll(ask, { interval: 5, timeout: 2000 }).toBe("Ada");
	await sender.close();
});

test("a cursor of the one is good at the other at once, without a gap", async () => {
	await using folder = await mkdtempDisposable(join(tmpdir(), "two-"));
	await using one = await onFile(folder.path);
	// It does not look by itself while this test runs.
	await using two = await onFile(folder.path, 600_000);
	const sender = createSender(one.url);
	await sender.tell("ContactUpdate", { id: "c1" });
	const { changeCursor } = await one.query("{ changeCursor }");
	const reader = await follow(two, changeCursor);
	await two.until(() => two.gateway.subscriptions === 1, "it to run");
	const own = createSender(two.url);
	await own.tell("ContactUpdate", { id: "c2" });
	expect((await reader.next("a change")).changes).toMatchObject({
		__typename: "ContactUpdated",
		contactId: "c2",
	});
	await reader.close();
	await sender.close();
	await own.close();
});

/** Two gateways on one file, as during a rolling restart: what one of them receives, subscribers and caches of both hear of. */
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mintToken } from "../../src/auth/authenticator.ts";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { createAsker } from "../support/ask.ts";
import {
	createSender,
	LOCATION,
	SENDER_KEY_TEXT,
	SENDER_KEYS,
} from "../support/deliveries.ts";
import { gatewayProcess } from "../support/gateway-process.ts";
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

test("two that start at once on an empty directory share it, and the one that is left goes on when the other is killed", async () => {
	await using folder = await mkdtempDisposable(join(tmpdir(), "two-"));
	await using sandbox = await startSandbox({ contacts: 1 });
	const secret = "a-secret-of-thirty-two-characters";
	const settings = {
		CONTACTS_API_URL: sandbox.url,
		CONTACTS_API_TOKEN: sandbox.tokens[LOCATION] ?? "",
		LOCATION_ID: LOCATION,
		AUTH_SECRET: secret,
		DATA_DIR: folder.path,
		WEBHOOK_ED25519_KEYS: SENDER_KEY_TEXT,
	};
	await using one = await gatewayProcess(settings);
	await using two = await gatewayProcess(settings);
	await Promise.all([one.start(), two.start()]);
	const token = await mintToken({
		secret,
		issuer: "contact-graph",
		audience: "contact-graph",
		locations: [LOCATION],
		scopes: ["contacts.readonly"],
		ttlSeconds: 600,
	});
	const from = async (url: string, after: string) =>
		subscribe({
			url,
			token,
			transport: "SSE",
			query: CHANGES,
			variables: { after },
		});
	const asker = createAsker(one.url, token, () => "");
	const { changeCursor } = await asker.query("{ changeCursor }");
	await asker.close();
	const there = await from(one.url, changeCursor);
	const here = await from(two.url, changeCursor);
	const senders = [createSender(one.url), createSender(two.url)];
	for (const id of ["c1", "c2", "c3", "c4"])
		await senders[Number(id[1]) % 2]?.tell("ContactUpdate", { id });
	const seen = await there.take(4, "a change");
	expect(await here.take(4, "a change")).toEqual(seen);
	await one.kill();
	await senders[1]?.tell("ContactUpdate", { id: "c5" });
	const again = await from(two.url, seen[3]?.changes.cursor);
	expect((await again.next("the rest")).changes.contactId).toBe("c5");
	for (const reader of [there, here, again]) await reader.close();
	for (const sender of senders) await sender.close();
}, 30_000);

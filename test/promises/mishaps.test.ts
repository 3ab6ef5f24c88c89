/** A sender at its worst: doubles, disorder, forgeries and rubbish. What is genuine gets through once, and nothing else. */
import { expect, test } from "vitest";
import {
	createSender,
	delivery,
	SENDER_KEYS,
	signed,
} from "../support/deliveries.ts";
import { random } from "../support/random.ts";
import { subscribe, TRANSPORTS } from "../support/subscribers.ts";
import { startWorld } from "../support/world.ts";

const GENUINE = Number(process.env.SOAK_DELIVERIES ?? 1000);
const DISORDER_MS = 30_000;
const TOO_LONG = "x".repeat(300_000);

test(`${GENUINE} deliveries with a tenth doubled, half a minute of disorder, forgeries and rubbish between: none forged is taken, none is seen twice`, async () => {
	await using world = await startWorld({
		gateway: { webhooks: { keys: SENDER_KEYS } },
	});
	const token = await world.token();
	const readers = await Promise.all(
		TRANSPORTS.map((transport) =>
			subscribe({
				url: world.url,
				token,
				transport,
				query: "subscription { changes { contactId } }",
			}),
		),
	);
	await world.until(() => world.gateway.subscriptions === 2, "both to run");
	const chance = random(7);
	const sender = createSender(world.url);
	const now = Date.now();

	interface Post {
		readonly at: number;
		readonly wanted: number;
		send(): Promise<{ status: number }>;
	}
	const posts: Post[] = [];
	const add = (at: number, wanted: number, send: Post["send"]) =>
		posts.push({ at: at + chance() * DISORDER_MS, wanted, send });
	// One event every 30 ms of the sender's clock, so that disorder reaches over a thousand of them.
	for (let index = 0; index < GENUINE; index++) {
		const at = now - (GENUINE - index) * 30 - DISORDER_MS;
		const timestamp = new Date(at).toISOString();
		const body = delivery("ContactUpdate", { id: `g${index}`, timestamp });
		add(at, 200, () => sender.send(body));
		if (chance() < 0.1) add(at, 200, () => sender.send(body));
		if (chance() < 0.05) {
			const forged = delivery("ContactUpdate", { id: `f${index}`, timestamp });
			const raw = JSON.stringify(forged);
			add(at, 401, () =>
				chance() < 0.5
					? sender.send(body, { raw })
					: sender.send(forged, { signature: signed(`${raw} `) }),
			);
		}
		if (chance() < 0.01)
			add(at, 413, () =>
				sender.send(delivery("ContactUpdate", { id: "x", x: TOO_LONG })),
			);
		if (chance() < 0.01)
			add(at, 400, () => sender.send("<html>not JSON</html>"));
	}
	posts.sort((a, b) => a.at - b.at);
	const statuses = new Map<string, number>();
	let next = 0;
	await Promise.all(
		Array.from({ length: 20 }, async () => {
			for (let post = posts[next++]; post; post = posts[next++]) {
				const { wanted } = post;
				const sent = await post.send();
				const key = `${wanted} -> ${sent.status}`;
				statuses.set(key, (statuses.get(key) ?? 0) + 1);
			}
		}),
	);
	await sender.close();
	for (const kind of ["200 -> 200", "401 -> 401", "413 -> 413", "400 -> 400"])
		expect(statuses.get(kind), kind).toBeGreaterThan(0);
	expect(statuses.size).toBe(4);

	const everyone = Array.from({ length: GENUINE }, (_, index) => `g${index}`);
	const orders = [];
	for (const reader of readers) {
		const seen = (await reader.take(GENUINE, "a genuine change")).map(
			({ changes }) => changes.contactId,
		);
		expect([...seen].sort()).toEqual([...everyone].sort());
		orders.push(seen);
		await reader.close();
	}
	expect(orders[0]).toEqual(orders[1]);
	const { changes } = await world.query(
		"{ changes(last: 1) { nodes { contactId } } }",
	);
	expect(changes.nodes[0].contactId).toBe(orders[0]?.at(-1));
}, 60_000);

/**
 * Nothing that was answered 200 is lost, whatever happens to the process: deliveries pour in while it is killed, and
 * subscribers over both transports come back with their cursors. `SOAK_DELIVERIES=10000 SOAK_KILLS=20` is the full size.
 */
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mintToken } from "../../src/auth/authenticator.ts";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { createAsker } from "../support/ask.ts";
import {
	createSender,
	delivery,
	LOCATION,
	SENDER_KEY_TEXT,
} from "../support/deliveries.ts";
import { gatewayProcess } from "../support/gateway-process.ts";
import { random } from "../support/random.ts";
import { subscribe, TRANSPORTS } from "../support/subscribers.ts";

const DELIVERIES = Number(process.env.SOAK_DELIVERIES ?? 2000);
const KILLS = Number(process.env.SOAK_KILLS ?? 6);
const SEED = Number(process.env.SOAK_SEED ?? 1);
const AT_ONCE = 40;
const SECRET = "a secret of thirty-two characters";

test(`${DELIVERIES} deliveries through ${KILLS} kills reach every subscriber once and in order`, async () => {
	await using sandbox = await startSandbox({ contacts: 1, rateLimit: "off" });
	await using folder = await mkdtempDisposable(join(tmpdir(), "crash-"));
	await using gateway = await gatewayProcess({
		CONTACTS_API_URL: sandbox.url,
		CONTACTS_API_TOKEN: sandbox.tokens[LOCATION] ?? "",
		LOCATION_ID: LOCATION,
		AUTH_SECRET: SECRET.replaceAll(" ", "-"),
		DATA_DIR: folder.path,
		WEBHOOK_ED25519_KEYS: SENDER_KEY_TEXT,
	});
	const token = await mintToken({
		secret: SECRET.replaceAll(" ", "-"),
		issuer: "contact-graph",
		audience: "contact-graph",
		locations: [LOCATION],
		scopes: ["contacts.readonly"],
		ttlSeconds: 3600,
	});
	await gateway.start();
	const chance = random(SEED);
	let up = Promise.resolve();
	let answered = 0;
	let awaited = { count: Number.POSITIVE_INFINITY, resolve: () => {} };
	const reached = (count: number) =>
		new Promise<void>((resolve) => {
			awaited = { count, resolve };
			if (answered >= count) resolve();
		});
	let over = false;

	const asker = createAsker(gateway.url, token, () => "");
	const { changeCursor: start } = await asker.query("{ changeCursor }");
	await asker.close();
	const seen = TRANSPORTS.map(() => [] as string[]);
	const readers = TRANSPORTS.map(async (transport, index) => {
		const mine = seen[index] as string[];
		// From the beginning: the cursor of an empty log.
		let after = start;
		while (mine.length < DELIVERIES && !over) {
			await up;
			const one = await subscribe({
				url: gateway.url,
				token,
				transport,
				query:
					"subscription ($after: String) { changes(after: $after) { __typename cursor contactId } }",
				variables: { after },
				deadlineMs: 60_000,
			});
			while (mine.length < DELIVERIES) {
				const answer = await one.answer("a change");
				const change = answer?.data?.changes;
				if (!change) break;
				expect(change.__typename).toBe("ContactUpdated");
				mine.push(change.contactId);
				after = change.cursor;
			}
			await one.close();
		}
	});

	const sender = createSender(gateway.url);
	let next = 0;
	const senders = Array.from({ length: AT_ONCE }, async () => {
		while (next < DELIVERIES) {
			const body = delivery("ContactUpdate", { id: `s${next++}` });
			for (;;) {
				await up;
				// Cut off, nobody knows whether it was kept: it is sent again, as a sender would.
				const sent = await sender.send(body).catch(() => undefined);
				if (sent?.status === 200) break;
				if (sent && sent.status !== 429 && sent.status !== 503)
					throw new Error(`unexpected answer ${sent.status}: ${sent.text}`);
			}
			answered++;
			if (answered >= awaited.count) awaited.resolve();
		}
	});

	const killer = (async () => {
		for (let kill = 1; kill <= KILLS; kill++) {
			const at = Math.floor(((kill - chance()) / KILLS) * DELIVERIES * 0.98);
			await reached(at);
			const alive = Promise.withResolvers<void>();
			up = alive.promise;
			await gateway.kill();
			await gateway.start();
			alive.resolve();
		}
	})();

	await Promise.all([...senders, killer]);
	await Promise.all(readers).finally(() => {
		over = true;
	});
	await sender.close();
	const [overSocket = [], overEvents = []] = seen;
	expect(new Set(overSocket).size).toBe(DELIVERIES);
	expect(overSocket).toHaveLength(DELIVERIES);
	expect(overEvents).toEqual(overSocket);
}, 300_000);

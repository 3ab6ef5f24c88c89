/** What events cost: taking them in durably, telling thousands of one, holding those who wait, and catching up. */
import { generateKeyPairSync, randomBytes, sign, verify } from "node:crypto";
import { Pool } from "undici";
import { mintToken } from "../src/auth/authenticator.ts";
import { type Child, startChild } from "./child.ts";
import type { EventsSettings } from "./events/gateway.ts";
import { openListener, openMany } from "./events/subscribers.ts";
import type { Scenario } from "./main.ts";

const LOCATION = "bench-location";
const DELIVERIES = 10_000;
const SENDERS = 64;
const CHECKED = 2000;
const CROWD = 2000;
const TOLD = 20;
const HELD_SOCKETS = 1000;
const HELD_EACH = 10;

const pair = generateKeyPairSync("ed25519");

export const events: Scenario = {
	measures:
		"deliveries per second, fan-out to 2,000 subscribers, memory per subscription, catch-up of 10,000 events",

	async run() {
		const secret = randomBytes(32).toString("hex");
		const settings: EventsSettings = {
			secret,
			locationId: LOCATION,
			key: pair.publicKey.export({ type: "spki", format: "pem" }).toString(),
		};
		const token = await mintToken({
			secret,
			issuer: "contact-graph",
			audience: "contact-graph",
			locations: [LOCATION],
			scopes: ["contacts.readonly"],
			ttlSeconds: 3600,
		});
		await using gateway = await startChild("events/gateway.ts", settings, [
			"--expose-gc",
		]);
		const start = await cursorOf(gateway, token);
		await intake(gateway);
		await catchUp(gateway, token, start);
		await memory(gateway, token);
		await fanOut(gateway, token);
	},
};

interface Post {
	readonly text: string;
	readonly signature: string;
}

/** Signed before the clock starts: the sender's own work is no part of any figure. */
const posts = (count: number): Post[] =>
	Array.from({ length: count }, (_, index) => {
		const text = JSON.stringify({
			type: "ContactUpdate",
			locationId: LOCATION,
			timestamp: new Date().toISOString(),
			webhookId: randomBytes(12).toString("hex"),
			id: `contact-${index}`,
			firstName: "Ada",
			lastName: "Lovelace",
			email: "ada@example.com",
			phone: "+15550100",
			tags: ["customer", "vip"],
			customFields: [{ id: "BcdmQEsNgz6AVpgLVUJ0", value: "XYZ Corp" }],
		});
		return {
			text,
			signature: sign(null, Buffer.from(text), pair.privateKey).toString(
				"base64",
			),
		};
	});

const post = async (pool: Pool, { text, signature }: Post): Promise<void> => {
	const { statusCode, body } = await pool.request({
		path: "/webhooks/contacts",
		method: "POST",
		headers: { "x-ghl-signature": signature },
		body: text,
	});
	const said = await body.text();
	if (statusCode !== 200)
		throw new Error(`a delivery was answered ${statusCode}: ${said}`);
};

const intake = async (gateway: Child): Promise<void> => {
	const all = posts(DELIVERIES);
	const pool = new Pool(gateway.url, { connections: SENDERS, pipelining: 1 });
	const cpu = await gateway.cpuMicros();
	const began = performance.now();
	let next = 0;
	const waits: number[] = [];
	await Promise.all(
		Array.from({ length: SENDERS }, async () => {
			for (let one = all[next++]; one; one = all[next++]) {
				const sent = performance.now();
				await post(pool, one);
				waits.push(performance.now() - sent);
			}
		}),
	);
	const ms = performance.now() - began;
	const each = ((await gateway.cpuMicros()) - cpu) / DELIVERIES;
	await pool.close();
	const check = checkMicros(all);
	waits.sort((a, b) => a - b);
	const at = (share: number) =>
		Math.round(waits[Math.floor((waits.length - 1) * share)] as number);
	console.log(
		`intake      ${Math.round((DELIVERIES / ms) * 1000)} deliveries/s acknowledged with a durable commit (${DELIVERIES}, ${SENDERS} at once), ${Math.round(1e6 / each)} of them a second of CPU: ${Math.round(each)} µs each, ${(each / check).toFixed(1)} times the Ed25519 check (aim: 2); acknowledged after p50 ${at(0.5)}, p99 ${at(0.99)} and at most ${at(1)} ms`,
	);
};

/** CPU of one signature's check on this machine, in this run. */
const checkMicros = (all: readonly Post[]): number => {
	const some = all.slice(0, CHECKED).map(({ text, signature }) => ({
		text: Buffer.from(text),
		signature: Buffer.from(signature, "base64"),
	}));
	const began = process.cpuUsage();
	for (const { text, signature } of some)
		verify(null, text, pair.publicKey, signature);
	const { user, system } = process.cpuUsage(began);
	return (user + system) / some.length;
};

const catchUp = async (
	gateway: Child,
	token: string,
	start: string,
): Promise<void> => {
	let seen = 0;
	const done = Promise.withResolvers<void>();
	const one = await openListener(gateway.url, token, () => {
		if (++seen === DELIVERIES) done.resolve();
	});
	const began = performance.now();
	one.subscribe("1", start);
	await done.promise;
	console.log(
		`catch-up    ${DELIVERIES} events in ${Math.round(performance.now() - began)} ms (aim: 2,000)`,
	);
	one.ws.terminate();
};

const memory = async (gateway: Child, token: string): Promise<void> => {
	const empty = await gateway.heldBytes();
	const open = () => openListener(gateway.url, token, () => {});
	const all = await openMany(HELD_SOCKETS, open);
	const sockets = await gateway.heldBytes();
	for (const one of all)
		for (let id = 0; id < HELD_EACH; id++) one.subscribe(String(id));
	await cursorOf(gateway, token);
	const held = await gateway.heldBytes();
	const kib = (bytes: number) => (bytes / 1024).toFixed(1);
	console.log(
		`memory      ${kib((sockets - empty) / HELD_SOCKETS)} KiB per socket, ${kib((held - sockets) / HELD_SOCKETS / HELD_EACH)} KiB per idle subscription (${HELD_SOCKETS} sockets with ${HELD_EACH} each; aim: 20)`,
	);
	for (const { ws } of all) ws.terminate();
};

const fanOut = async (gateway: Child, token: string): Promise<void> => {
	const latencies: number[] = [];
	let acknowledgedAt = 0;
	let early = 0;
	let heard = 0;
	let told = Promise.withResolvers<void>();
	const all = await openMany(CROWD, () =>
		openListener(gateway.url, token, () => {
			const now = performance.now();
			if (acknowledgedAt) latencies.push(now - acknowledgedAt);
			else early++;
			if (++heard === CROWD) told.resolve();
		}),
	);
	for (const one of all) one.subscribe("1");
	await cursorOf(gateway, token);
	const pool = new Pool(gateway.url, { connections: 1 });
	const cpu = await gateway.cpuMicros();
	for (const one of posts(TOLD)) {
		heard = 0;
		acknowledgedAt = 0;
		early = 0;
		told = Promise.withResolvers<void>();
		await post(pool, one);
		acknowledgedAt = performance.now();
		// Told before the acknowledgement had arrived here: no wait at all.
		for (; early > 0; early--) latencies.push(0);
		await told.promise;
	}
	const micros = (await gateway.cpuMicros()) - cpu;
	await pool.close();
	latencies.sort((a, b) => a - b);
	const at = (share: number) =>
		(latencies[Math.floor((latencies.length - 1) * share)] as number).toFixed(
			1,
		);
	console.log(
		`fan-out     p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms from acknowledgement to receipt (${TOLD} events to ${CROWD} sockets); ${Math.round(micros / TOLD / CROWD)} µs of gateway CPU per receipt`,
	);
	for (const { ws } of all) ws.terminate();
};

const cursorOf = async (gateway: Child, token: string): Promise<string> => {
	const pool = new Pool(gateway.url);
	const { body } = await pool.request({
		path: "/graphql",
		method: "POST",
		headers: {
			"content-type": "application/json",
			authorization: `Bearer ${token}`,
		},
		body: JSON.stringify({ query: "{ changeCursor }" }),
	});
	const { data } = (await body.json()) as { data: { changeCursor: string } };
	await pool.close();
	return data.changeCursor;
};

/** Tenants never mix: the same contact ids everywhere, a mark in every record, and not one foreign mark in anything that comes back. */
import { expect, test } from "vitest";
import { WEBHOOK_KEYS } from "../../src/sandbox/webhooks/keys.ts";
import { globalId } from "../../src/schema-kit/global-id.ts";
import { createBrowser } from "../support/browser.ts";
import { foreignTo, markOf, plantCanaries } from "../support/canaries.ts";
import { connect } from "../support/connect.ts";
import { subscribe } from "../support/subscribers.ts";
import { startWorld } from "../support/world.ts";

// The whole show is 100,000 operations: TENANTS_OPERATIONS=100000.
const OPERATIONS = Number(process.env.TENANTS_OPERATIONS ?? 2000);
const TENANTS = 50;
const AT_ONCE = 32;
const EDIT_EVERY = 40;
const LONGEST_MS = 900_000;

interface Operation {
	readonly query: string;
	readonly variables?: Record<string, unknown>;
	readonly headers?: Record<string, string>;
	/** The answer must hold the tenant's own mark. */
	readonly marked?: true;
	/** The answer must be refused or empty. */
	readonly foreign?: true;
}

const NESTED = `contactId name city tags customFields { name value }
	tasks { nodes { id taskId title body } } notes { nodes { id noteId body } }
	appointments { nodes { id appointmentId title } }`;

/** What tenant number `tenant` asks; `other` is whose things it reaches for. */
const operations: ReadonlyArray<
	(tenant: number, other: number, nth: number) => Operation
> = [
	() => ({ query: `{ contact(id: "c1") { id ${NESTED} } }`, marked: true }),
	() => ({
		query: `{ contacts(first: 3) { edges { cursor node { id ${NESTED} } } } }`,
		marked: true,
	}),
	() => ({
		query:
			'query Named { contacts(first: 2, query: "canary") { totalCount nodes { id name } } }',
	}),
	() => ({
		query:
			"{ location { id name tags { name } users { name } calendars { name } workflows { name } campaigns { name } } }",
		marked: true,
	}),
	() => ({
		query: "{ tasks(first: 5) { nodes { id title contact { name } } } }",
	}),
	(_, other) => ({
		query:
			"query Foreign($id: ID!) { node(id: $id) { id ... on Contact { name } } }",
		variables: { id: idOf("Contact", other, "c1") },
		foreign: true,
	}),
	(_, other) => ({
		query: `query Foreign($id: ID!) { contact(id: $id) { ${NESTED} } }`,
		variables: { id: idOf("Contact", other, "c2") },
		foreign: true,
	}),
	(_, other) => ({
		query: "{ location { id name } }",
		headers: { "x-location-id": `sandbox-location-${other}` },
		foreign: true,
	}),
	() => ({ query: '{ contact(id: "nobody") { name } }' }),
	() => ({
		query:
			"{ changes(last: 5) { edges { cursor node { contact { name } } } } }",
	}),
	(tenant, _, nth) => ({
		// The same keys in every tenant: one tenant's key must not answer for another's.
		query: `mutation Note($body: String!, $key: String!) {
			createNote(input: { contactId: "c1", body: $body, idempotencyKey: $key }) {
				note { id body } userErrors { message } } }`,
		variables: { body: `${markOf(tenant)}${nth % 50}`, key: `key-${nth % 50}` },
		marked: true,
	}),
	(tenant) => ({
		query: `mutation Move($city: String!) {
			updateContact(input: { contactId: "c1", city: $city }) {
				contact { id name city } userErrors { message } } }`,
		variables: { city: `${markOf(tenant)}town` },
		marked: true,
	}),
	(_, other) => ({
		query: `mutation Foreign($id: ID!) {
			updateContact(input: { contactId: $id, city: "gone" }) {
				contact { name } userErrors { message } } }`,
		variables: { id: idOf("Contact", other, "c1") },
		foreign: true,
	}),
];

const idOf = (type: string, tenant: number, id: string): string =>
	globalId(type, `sandbox-location-${tenant}`, id);

test(`${OPERATIONS} interleaved operations of ${TENANTS} tenants with the same ids show no tenant a byte of another`, {
	timeout: LONGEST_MS,
}, async () => {
	await using world = await startWorld({
		contacts: 3,
		sandbox: { locations: TENANTS, ids: "colliding", contactsElsewhere: 3 },
		gateway: {
			webhooks: {
				keys: { ed25519: [WEBHOOK_KEYS.ed25519], rsa: [WEBHOOK_KEYS.rsa] },
			},
		},
		oauth: {},
	});
	expect(plantCanaries(world.sandbox)).toBeGreaterThan(TENANTS * 30);
	world.sandbox.webhooks.sendTo(`${world.url}/webhooks/contacts`);
	await using browser = createBrowser();
	await connect(world, browser, world.sandbox.oauth.companyId);
	const tokens = await Promise.all(
		Array.from({ length: TENANTS }, (_, i) =>
			world.token({ locations: [`sandbox-location-${i + 1}`] }),
		),
	);
	const tokenOf = (tenant: number) => tokens[tenant - 1] as string;
	const foreign: string[] = [];
	const see = (tenant: number, text: string, what: string) => {
		for (const found of foreignTo(tenant, text))
			foreign.push(`tenant ${tenant} saw ${found} in ${what}`);
	};

	const subscribers = await Promise.all(
		tokens.map((token, i) =>
			subscribe({
				url: world.url,
				token,
				transport: i % 2 ? "SSE" : "WebSocket",
				deadlineMs: LONGEST_MS,
				query: "subscription { changes { cursor contact { id name city } } }",
			}),
		),
	);
	const events = subscribers.map(async (subscriber, i) => {
		let count = 0;
		for (;;) {
			// Undefined at the end, which comes when the subscriber is closed.
			const event = await subscriber.answer("event");
			if (event === undefined) return count;
			see(i + 1, JSON.stringify(event), "an event");
			count++;
		}
	});

	const counts = {
		answers: 0,
		errors: 0,
		failed: 0,
		refused: 0,
		unmarked: 0,
	};
	const random = chance(7);
	let next = 0;
	const began = performance.now();
	const runner = async () => {
		for (;;) {
			const nth = next++;
			if (nth >= OPERATIONS) return;
			const tenant = 1 + random(TENANTS);
			const other = 1 + ((tenant + random(TENANTS - 1)) % TENANTS);
			const pick = operations[random(operations.length)];
			const {
				query,
				variables,
				headers,
				marked,
				foreign: reaching,
			} = (pick as (typeof operations)[number])(tenant, other, nth);
			if (nth % EDIT_EVERY === 0)
				world.sandbox.edit({
					type: "ContactUpdate",
					locationId: `sandbox-location-${tenant}`,
					id: "c1",
					set: { city: `${markOf(tenant)}${nth}` },
				});
			const raw = await world.request({
				method: "POST",
				headers: {
					"content-type": "application/json",
					accept: "application/graphql-response+json",
					authorization: `Bearer ${tokenOf(tenant)}`,
					...(nth % 11 === 0 && { "cache-control": "no-cache" }),
					...headers,
				},
				body: JSON.stringify({ query, variables }),
			});
			counts.answers++;
			see(tenant, raw.text + JSON.stringify(raw.headers), query);
			const { data, errors } = raw.json();
			if (errors) counts.errors++;
			// A machine under load may let a call time out, which is an answer without anybody's data.
			if (marked && errors) counts.failed++;
			else if (marked && !raw.text.includes(markOf(tenant))) {
				counts.unmarked++;
				if (counts.unmarked < 4)
					foreign.push(`no mark in ${raw.text.slice(0, 300)}`);
			}
			if (reaching) {
				const came = Object.values(data ?? {}).some(
					(value) =>
						value !== null && (value as { contact?: unknown }).contact !== null,
				);
				if (came) foreign.push(`tenant ${tenant} reached ${raw.text}`);
				counts.refused++;
			}
		}
	};
	await Promise.all(Array.from({ length: AT_ONCE }, runner));
	const tookMs = Math.round(performance.now() - began);
	await world.sandbox.webhooks.settled();
	await Promise.all(subscribers.map((subscriber) => subscriber.close()));
	const eventCount = (await Promise.all(events)).reduce((a, b) => a + b, 0);

	if (process.env.TENANTS_OPERATIONS)
		console.log(
			`${counts.answers} operations, ${eventCount} events, ${counts.refused} reaches refused, ${counts.errors} answers with errors, ${counts.failed} calls that timed out, ${foreign.length} foreign, ${tookMs} ms`,
		);
	expect(foreign).toEqual([]);
	expect(counts).toMatchObject({ answers: OPERATIONS, unmarked: 0 });
	expect(counts.failed).toBeLessThan(OPERATIONS / 20);
	expect(counts.refused).toBeGreaterThan(OPERATIONS / 10);
	expect(eventCount).toBeGreaterThan(OPERATIONS / EDIT_EVERY / 2);
});

test("the check itself finds a foreign mark, a foreign location, and one inside a global id", () => {
	expect(foreignTo(3, '{"name":"canary-3-Ann"}')).toEqual([]);
	expect(foreignTo(3, '{"name":"canary-33-Ann"}')).toEqual(["canary-33"]);
	expect(foreignTo(3, "sandbox-location-4")).toEqual(["sandbox-location-4"]);
	expect(foreignTo(3, `{"id":"${idOf("Contact", 5, "c1")}"}`)).toEqual([
		expect.stringContaining("sandbox-location-5"),
	]);
	expect(foreignTo(3, `{"id":"${idOf("Contact", 3, "c1")}"}`)).toEqual([]);
});

/** A small generator, so that a failing run can be run again. */
const chance = (seed: number) => {
	let state = seed;
	return (below: number): number => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return Math.floor((state / 2 ** 32) * below);
	};
};

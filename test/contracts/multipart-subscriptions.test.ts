/** Subscriptions over HTTP in the formats that clients have beside GraphQL over SSE: Apollo's multipart protocol, urql's fetch. */
import {
	ApolloClient,
	CombinedProtocolErrors,
	gql,
	HttpLink,
	InMemoryCache,
} from "@apollo/client";
import { createClient, fetchExchange } from "@urql/core";
import { expect, test } from "vitest";
import { createSender, SENDER_KEYS } from "../support/deliveries.ts";
import { startWorld, type WorldOptions } from "../support/world.ts";

const CHANGES = "subscription Changes { changes { contactId cursor } }";

const events: WorldOptions = {
	gateway: { webhooks: { keys: SENDER_KEYS }, streams: { keepAliveMs: 20 } },
};

interface Changes {
	readonly changes: { readonly contactId: string; readonly cursor: string };
}

test("Apollo Client receives changes over HTTP alone, and what ends the stream as an error of the protocol", async () => {
	const world = await startWorld(events);
	const sender = createSender(world.url);
	const token = await world.token();
	let type: string | null = null;
	const client = new ApolloClient({
		cache: new InMemoryCache(),
		link: new HttpLink({
			uri: `${world.url}/graphql`,
			headers: { authorization: `Bearer ${token}` },
			async fetch(url, init) {
				const answer = await fetch(url, init);
				type = answer.headers.get("content-type");
				return answer;
			},
		}),
	});
	const seen: string[] = [];
	const ends: unknown[] = [];
	const running = client.subscribe<Changes>({ query: gql(CHANGES) }).subscribe({
		next({ data, error }) {
			if (data) seen.push(data.changes.contactId);
			if (error) ends.push(error);
		},
		error: (error) => ends.push(error),
		complete: () => ends.push("complete"),
	});
	await world.until(() => world.gateway.subscriptions === 1, "it to run");
	await sender.tell("ContactUpdate", { id: "c1" });
	await expect.poll(() => seen).toEqual(["c1"]);
	await sender.tell("ContactUpdate", { id: "c2" });
	await expect.poll(() => seen).toEqual(["c1", "c2"]);
	expect(type).toBe('multipart/mixed;boundary="graphql";subscriptionSpec=1.0');
	await sender.close();
	await world[Symbol.asyncDispose]();
	await expect.poll(() => ends.length).toBeGreaterThan(0);
	expect(CombinedProtocolErrors.is(ends[0])).toBe(true);
	expect((ends[0] as CombinedProtocolErrors).errors[0]).toMatchObject({
		extensions: { code: "SHUTTING_DOWN", cursor: expect.any(String) },
	});
	running.unsubscribe();
	client.stop();
});

test("a subscription that is refused reaches Apollo Client as an error of GraphQL, and a query asked so is answered whole", async () => {
	await using world = await startWorld(events);
	const token = await world.token({ scopes: [] });
	const client = new ApolloClient({
		cache: new InMemoryCache(),
		link: new HttpLink({
			uri: `${world.url}/graphql`,
			headers: { authorization: `Bearer ${token}` },
		}),
	});
	const { promise, resolve } = Promise.withResolvers<unknown>();
	const running = client.subscribe({ query: gql(CHANGES) }).subscribe({
		next: ({ error }) => resolve(error),
		error: resolve,
	});
	expect(JSON.stringify(await promise)).toContain("FORBIDDEN");
	running.unsubscribe();
	client.stop();
	const whole = await world.answer("{ __typename }", undefined, {
		headers: {
			accept:
				"multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json",
		},
	});
	expect(whole.data).toEqual({ __typename: "Query" });
});

test("urql receives changes over fetch alone", async () => {
	await using world = await startWorld(events);
	const sender = createSender(world.url);
	const client = createClient({
		url: `${world.url}/graphql`,
		preferGetMethod: false,
		fetchSubscriptions: true,
		exchanges: [fetchExchange],
		fetchOptions: {
			headers: { authorization: `Bearer ${await world.token()}` },
		},
	});
	const seen: string[] = [];
	const failures: unknown[] = [];
	const running = client
		.subscription<Changes>(CHANGES, {})
		.subscribe(({ data, error }) => {
			if (data) seen.push(data.changes.contactId);
			if (error) failures.push(error);
		});
	await world.until(() => world.gateway.subscriptions === 1, "it to run");
	for (const id of ["c1", "c2"]) await sender.tell("ContactUpdate", { id });
	await expect.poll(() => seen).toEqual(["c1", "c2"]);
	expect(failures).toEqual([]);
	running.unsubscribe();
	await sender.close();
});

/** Clients with their caches as they come show no object of any type under another's name, whatever was read before. */
import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { cacheExchange, createClient, fetchExchange } from "@urql/core";
import { cacheExchange as graphcache } from "@urql/exchange-graphcache";
import { createClient as createSseClient } from "graphql-sse";
import { createClient as createWsClient } from "graphql-ws";
import relay, { type ConcreteRequest } from "relay-runtime";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { createApollo } from "../../examples/react/src/client.ts";
import { schema } from "../../src/schema.ts";
import type { Data } from "../support/ask.ts";
import { compileForRelay } from "../support/relay.ts";
import { ROUTES, startWithEveryType } from "../support/routes.ts";
import { nodeTypes, ownFields } from "../support/selections.ts";
import { startWorld } from "../support/world.ts";

/** Every type with its `id`, by every route: each type comes many times, with other objects and among others. */
const DOCUMENTS = nodeTypes(schema).flatMap((type) => {
	const fields = ownFields(type, new Set(["Contact.ssn"]));
	return Object.values(ROUTES[type.name] ?? {}).map((route) =>
		route.replaceAll("$$", fields),
	);
});

interface Client {
	/** The answer as the client gives it, from its cache where that has it. */
	ask(document: string): Promise<Data>;
	end?(): void;
}

const { Environment, Network, RecordSource, Store } = relay;

const CLIENTS: Readonly<
	Record<
		string,
		(
			url: string,
			token: string,
			compiled: ReadonlyMap<string, ConcreteRequest>,
		) => Client
	>
> = {
	"Apollo Client"(url, token) {
		const client = new ApolloClient({
			cache: new InMemoryCache(),
			link: new HttpLink({
				uri: `${url}/graphql`,
				headers: { authorization: `Bearer ${token}` },
			}),
		});
		return {
			ask: async (document) =>
				(await client.query({ query: gql(document) })).data,
			end: () => client.stop(),
		};
	},
	"urql with its document cache": (url, token) =>
		urql(url, token, cacheExchange),
	"urql with Graphcache": (url, token) => urql(url, token, graphcache()),
	Relay(url, token, compiled) {
		const environment = new Environment({
			network: Network.create(async ({ text }, variables) => {
				const answered = await fetch(`${url}/graphql`, {
					method: "POST",
					headers: {
						"content-type": "application/json",
						authorization: `Bearer ${token}`,
					},
					body: JSON.stringify({ query: text, variables }),
				});
				return (await answered.json()) as never;
			}),
			store: new Store(new RecordSource()),
		});
		return {
			async ask(document) {
				const request = compiled.get(document) as ConcreteRequest;
				environment.retain(relay.createOperationDescriptor(request, {}));
				return relay
					.fetchQuery(
						environment,
						request,
						{},
						{
							fetchPolicy: "store-or-network",
						},
					)
					.toPromise();
			},
		};
	},
	"graphql-ws"(url, token) {
		const client = createWsClient({
			url: `${url.replace("http", "ws")}/graphql`,
			webSocketImpl: WebSocket,
			connectionParams: { Authorization: `Bearer ${token}` },
		});
		return {
			ask: (query) => firstOf(client, query),
			end: () => void client.dispose(),
		};
	},
	"graphql-sse"(url, token) {
		const client = createSseClient({
			url: `${url}/graphql`,
			headers: { Authorization: `Bearer ${token}` },
		});
		return {
			ask: (query) => firstOf(client, query),
			end: () => client.dispose(),
		};
	},
};

const urql = (
	url: string,
	token: string,
	cache: typeof cacheExchange,
): Client => {
	const client = createClient({
		url: `${url}/graphql`,
		preferGetMethod: false,
		exchanges: [cache, fetchExchange],
		fetchOptions: { headers: { authorization: `Bearer ${token}` } },
	});
	return {
		async ask(document) {
			const { data, error } = await client.query(document, {}).toPromise();
			if (error) throw error;
			return data;
		},
	};
};

const firstOf = async (
	client: Pick<ReturnType<typeof createWsClient>, "iterate">,
	query: string,
): Promise<Data> => {
	for await (const { data, errors } of client.iterate({ query })) {
		if (errors) throw new Error(JSON.stringify(errors));
		return data;
	}
};

/** What clients add for their caches is left out. */
const plain = (value: Data): Data => {
	if (Array.isArray(value)) return value.map(plain);
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(
		Object.entries(value)
			.filter(([key]) => !key.startsWith("__"))
			.map(([key, one]) => [key, plain(one)]),
	);
};

test("six clients give every type by every route as the gateway answered it, also from their caches", async () => {
	await using world = await startWithEveryType();
	const token = await world.token();
	const answers = new Map<string, Data>();
	for (const document of DOCUMENTS)
		answers.set(document, await world.query(document));
	const compiled = await compileForRelay(DOCUMENTS);
	for (const [name, start] of Object.entries(CLIENTS)) {
		const client = start(world.url, token, compiled);
		// The second time out of what all of them left behind.
		for (const time of ["first", "second"])
			for (const document of DOCUMENTS)
				expect(
					plain(await client.ask(document)),
					`${name}, the ${time} time: ${document}`,
				).toEqual(answers.get(document));
		client.end?.();
	}
});

test("the React example's cache keeps what is asked apart of the viewer and of the budget", async () => {
	await using world = await startWorld({ contacts: 0 });
	const token = await world.token();
	const client = createApollo(world.url, () => token);
	const documents = [
		"{ viewer { subject } rateLimit { limit } }",
		"{ viewer { scopes } rateLimit { dailyLimit } }",
	];
	for (const document of documents)
		await client.query({ query: gql(document) });
	for (const document of documents)
		expect(plain(client.readQuery({ query: gql(document) }))).toEqual(
			await world.query(document),
		);
	client.stop();
});

/** Clients that applications use read answers in parts: Apollo in both its formats, urql, graphql-sse, graphql-ws. */
import {
	ApolloClient,
	type ApolloLink,
	gql,
	HttpLink,
	InMemoryCache,
} from "@apollo/client";
import {
	Defer20220824Handler,
	GraphQL17Alpha9Handler,
} from "@apollo/client/incremental";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { createClient as createUrql, fetchExchange } from "@urql/core";
import { createClient as createSseClient } from "graphql-sse";
import { createClient as createWsClient } from "graphql-ws";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import type { Data } from "../support/ask.ts";
import { mergedById } from "../support/in-parts.ts";
import { startWorld } from "../support/world.ts";

// Apollo adds __typename; everybody asks for what it then asks for.
const QUERY = `query Later {
	contacts(first: 2) {
		__typename
		nodes { __typename id contactId ...Notes @defer(label: "notes") }
	}
}
fragment Notes on Contact {
	notes { __typename nodes { __typename id noteId } }
}`;

/** Runs QUERY; `show` gets the data, as an application would, whenever there are more. Returns the way to end it. */
type Client = (
	url: string,
	token: string,
	show: (data: Data) => void,
) => () => void;

const socketOf = (url: string, token: string) =>
	createWsClient({
		url: `${url.replace("http", "ws")}/graphql`,
		webSocketImpl: WebSocket,
		connectionParams: { authorization: `Bearer ${token}` },
	});

const apollo =
	(
		incrementalHandler: Defer20220824Handler | GraphQL17Alpha9Handler,
		linkOf: (url: string, token: string) => ApolloLink,
	): Client =>
	(url, token, show) => {
		const client = new ApolloClient({
			cache: new InMemoryCache(),
			link: linkOf(url, token),
			incrementalHandler,
		});
		const watched = client
			.watchQuery({ query: gql(QUERY) })
			.subscribe(({ data, error }) => {
				if (error) throw error;
				if (data) show(data);
			});
		return () => {
			watched.unsubscribe();
			client.stop();
		};
	};

const byHttp = (url: string, token: string) =>
	new HttpLink({
		uri: `${url}/graphql`,
		headers: { authorization: `Bearer ${token}` },
	});

/** For clients that hand parts over as they are. */
const merging = (show: (data: Data) => void) => {
	const parts: Data[] = [];
	return (part: Data) => {
		parts.push(part);
		show(mergedById(parts).data);
	};
};

const CLIENTS: Readonly<Record<string, Client>> = {
	"Apollo Client, as of 2022-08-24": apollo(new Defer20220824Handler(), byHttp),
	"Apollo Client, as of graphql 17": apollo(
		new GraphQL17Alpha9Handler(),
		byHttp,
	),
	"Apollo Client over graphql-ws": apollo(
		new GraphQL17Alpha9Handler(),
		(url, token) => new GraphQLWsLink(socketOf(url, token)),
	),
	urql(url, token, show) {
		const client = createUrql({
			url: `${url}/graphql`,
			preferGetMethod: false,
			exchanges: [fetchExchange],
			fetchOptions: { headers: { authorization: `Bearer ${token}` } },
		});
		const running = client.query(QUERY, {}).subscribe(({ data, error }) => {
			if (error) throw error;
			show(data);
		});
		return () => running.unsubscribe();
	},
	"graphql-sse"(url, token, show) {
		const client = createSseClient({
			url: `${url}/graphql`,
			headers: { authorization: `Bearer ${token}` },
		});
		client.subscribe<Data>(
			{ query: QUERY },
			{ next: merging(show), error: expect.unreachable, complete() {} },
		);
		return () => client.dispose();
	},
	"graphql-ws"(url, token, show) {
		const client = socketOf(url, token);
		client.subscribe<Data>(
			{ query: QUERY },
			{ next: merging(show), error: expect.unreachable, complete() {} },
		);
		return () => void client.dispose();
	},
};

test.each(Object.entries(CLIENTS))(
	"%s shows what is there, and then what was deferred",
	async (_, run) => {
		await using world = await startWorld();
		const { contacts: whole } = await world.query(QUERY, undefined, {
			headers: { "cache-control": "no-store" },
		});
		const seen: Data[] = [];
		world.upstream.next({
			kind: "hold",
			match: { pattern: "/notes$" },
			count: 2,
		});
		const end = run(world.url, await world.token(), (data) =>
			seen.push(structuredClone(data.contacts)),
		);
		await world.sandbox.held(2);
		await expect
			.poll(() => seen.at(-1)?.nodes)
			.toEqual(
				whole.nodes.map(({ __typename, id, contactId }: Data) => ({
					__typename,
					id,
					contactId,
				})),
			);
		world.sandbox.release();
		await expect.poll(() => seen.at(-1)).toEqual(whole);
		end();
	},
);

/** Clients that applications use receive changes and come back for what they missed: graphql-ws, graphql-sse, Apollo, urql. */
import { ApolloClient, ApolloLink, gql, InMemoryCache } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { createClient as createUrql, subscriptionExchange } from "@urql/core";
import { createClient as createSseClient } from "graphql-sse";
import { createClient as createWsClient } from "graphql-ws";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { createSender, SENDER_KEYS } from "../support/deliveries.ts";
import { startWorld } from "../support/world.ts";

const CHANGES = `subscription Changes($after: String) {
	changes(after: $after) { __typename cursor contactId contact { __typename id name } }
}`;

interface Changes {
	readonly changes: { readonly cursor: string; readonly contactId: string };
}

/** Subscribes behind `after`; `next` gets each change. Returns the way to stop. */
type Follow = (
	after: string | null,
	next: (changes: Changes["changes"]) => void,
	fail: (error: unknown) => void,
) => () => void;

const wsClient = (url: string, token: string) =>
	createWsClient({
		url: `${url.replace("http", "ws")}/graphql`,
		webSocketImpl: WebSocket,
		connectionParams: { Authorization: `Bearer ${token}` },
	});

const CLIENTS: Readonly<
	Record<
		string,
		(url: string, token: string) => { follow: Follow; end(): void }
	>
> = {
	"graphql-ws"(url, token) {
		const client = wsClient(url, token);
		return {
			end: () => void client.dispose(),
			follow: (after, next, fail) =>
				client.subscribe<Changes & Record<string, unknown>>(
					{ query: CHANGES, variables: { after } },
					{
						next: ({ data, errors }) =>
							data ? next(data.changes) : fail(errors),
						error: fail,
						complete() {},
					},
				),
		};
	},
	"graphql-sse"(url, token) {
		const client = createSseClient({
			url: `${url}/graphql`,
			headers: { Authorization: `Bearer ${token}` },
		});
		return {
			end: () => client.dispose(),
			follow: (after, next, fail) =>
				client.subscribe<Changes & Record<string, unknown>>(
					{ query: CHANGES, variables: { after } },
					{
						next: ({ data, errors }) =>
							data ? next(data.changes) : fail(errors),
						error: fail,
						complete() {},
					},
				),
		};
	},
	"Apollo Client"(url, token) {
		const socket = wsClient(url, token);
		const client = new ApolloClient({
			cache: new InMemoryCache(),
			link: ApolloLink.from([new GraphQLWsLink(socket)]),
		});
		return {
			end() {
				client.stop();
				void socket.dispose();
			},
			follow(after, next, fail) {
				const running = client
					.subscribe<Changes>({ query: gql(CHANGES), variables: { after } })
					.subscribe({
						next: ({ data, error }) =>
							data ? next(data.changes) : fail(error),
						error: fail,
					});
				return () => running.unsubscribe();
			},
		};
	},
	urql(url, token) {
		const socket = wsClient(url, token);
		const client = createUrql({
			url: `${url}/graphql`,
			preferGetMethod: false,
			exchanges: [
				subscriptionExchange({
					forwardSubscription: ({ query = "", variables }) => ({
						subscribe: (sink) => ({
							unsubscribe: socket.subscribe(
								{ query, variables: variables as Record<string, unknown> },
								sink as Parameters<typeof socket.subscribe>[1],
							),
						}),
					}),
				}),
			],
		});
		return {
			end: () => void socket.dispose(),
			follow(after, next, fail) {
				const running = client
					.subscription<Changes>(CHANGES, { after })
					.subscribe(({ data, error }) =>
						data ? next(data.changes) : fail(error),
					);
				return () => running.unsubscribe();
			},
		};
	},
};

test.each(Object.keys(CLIENTS))(
	"%s receives changes and resumes behind its cursor",
	async (name) => {
		await using world = await startWorld({
			gateway: { webhooks: { keys: SENDER_KEYS } },
		});
		const sender = createSender(world.url);
		const make = CLIENTS[name];
		if (!make) throw new Error(`no client ${name}`);
		const client = make(world.url, await world.token());
		const seen: Changes["changes"][] = [];
		const failures: unknown[] = [];
		const follow = async (after: string | null) => {
			const stop = client.follow(
				after,
				(one) => seen.push(one),
				(error) => failures.push(error),
			);
			await world.until(() => world.gateway.subscriptions === 1, "it to run");
			return async () => {
				stop();
				await world.until(() => world.gateway.subscriptions === 0, "its end");
			};
		};
		const ids = () => seen.map(({ contactId }) => contactId);

		const stop = await follow(null);
		await sender.tell("ContactUpdate", { id: "c1" });
		await expect.poll(ids).toEqual(["c1"]);
		expect(seen[0]).toMatchObject({ contact: { name: expect.any(String) } });
		await stop();
		await sender.tell("ContactUpdate", { id: "c2" });
		const stopAgain = await follow(seen.at(-1)?.cursor ?? null);
		await sender.tell("ContactUpdate", { id: "c3" });
		await expect.poll(ids).toEqual(["c1", "c2", "c3"]);
		expect(failures).toEqual([]);
		await stopAgain();
		client.end();
		await sender.close();
	},
);

test("graphql-ws goes on by itself behind the last change when its socket breaks, if its variables move along", async () => {
	await using world = await startWorld({
		gateway: { webhooks: { keys: SENDER_KEYS }, streams: { keepAliveMs: 60 } },
	});
	const sender = createSender(world.url);
	const token = await world.token();
	const sockets: WebSocket[] = [];
	const client = createWsClient({
		url: `${world.url.replace("http", "ws")}/graphql`,
		webSocketImpl: class extends WebSocket {
			constructor(address: string, protocol: string) {
				super(address, protocol);
				sockets.push(this);
			}
		},
		connectionParams: { authorization: `Bearer ${token}` },
		retryWait: () => Promise.resolve(),
	});
	const seen: string[] = [];
	const variables: { after: string | null } = { after: null };
	const stop = client.subscribe<Changes & Record<string, unknown>>(
		{ query: CHANGES, variables },
		{
			next({ data }) {
				if (!data) return;
				variables.after = data.changes.cursor;
				seen.push(data.changes.contactId);
			},
			error(error) {
				throw error;
			},
			complete() {},
		},
	);
	await world.until(() => world.gateway.subscriptions === 1, "it to run");
	await sender.tell("ContactUpdate", { id: "c1" });
	await expect.poll(() => seen).toEqual(["c1"]);
	sockets[0]?.terminate();
	await sender.tell("ContactUpdate", { id: "c2" });
	await sender.tell("ContactUpdate", { id: "c3" });
	await expect.poll(() => seen).toEqual(["c1", "c2", "c3"]);
	expect(sockets).toHaveLength(2);
	stop();
	await client.dispose();
	await sender.close();
});

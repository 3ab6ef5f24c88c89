/** Apollo Client against the gateway: HTTP for queries and mutations, a WebSocket for subscriptions. */
import {
	ApolloClient,
	ApolloLink,
	HttpLink,
	InMemoryCache,
} from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { relayStylePagination } from "@apollo/client/utilities";
import { OperationTypeNode } from "graphql";
import { createClient } from "graphql-ws";
import { possibleTypes } from "./generated/possible-types.ts";

/** `url` is the gateway's, such as http://127.0.0.1:4000; `token` is asked for whenever one is needed, so it may change. */
export const createApollo = (url: string, token: () => string) => {
	const http = new HttpLink({ uri: `${url}/graphql` });
	const authorized = new ApolloLink((operation, forward) => {
		operation.setContext({ headers: { Authorization: `Bearer ${token()}` } });
		return forward(operation);
	});
	const socket = createClient({
		url: `${url.replace(/^http/, "ws")}/graphql`,
		connectionParams: () => ({ Authorization: `Bearer ${token()}` }),
		lazy: true,
		retryAttempts: Number.POSITIVE_INFINITY,
	});
	return new ApolloClient({
		clientAwareness: { name: "contact-graph-react-example", version: "1" },
		cache: new InMemoryCache({
			// Without them the cache drops what fragments on interfaces bring (`... on TaskChange`).
			possibleTypes,
			typePolicies: {
				// One each for a token, and without an id: what two parts of a page ask of them apart must not replace each other.
				Viewer: { keyFields: [] },
				RateLimit: { keyFields: [] },
				Query: {
					fields: {
						// Pages join into one list, one list for each search. It grows by `edges`: ask for these, not for `nodes`.
						contacts: relayStylePagination(["query", "filter", "orderBy"]),
					},
				},
			},
		}),
		link: ApolloLink.split(
			({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
			new GraphQLWsLink(socket),
			authorized.concat(http),
		),
	});
};

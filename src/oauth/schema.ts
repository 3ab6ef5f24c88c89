/** What operators see of the connections over GraphQL. */
import { builder, FREE } from "../schema-kit/builder.ts";
import type { Connection } from "./status.ts";

const OPERATOR = { scopes: ["operator"] } as const;

const Kind = builder.enumType("InstallationKind", {
	description: "Where the tokens of a connection come from.",
	values: {
		PRIVATE_TOKEN: {
			value: "private",
			description: "A Private Integration Token in the configuration.",
		},
		LOCATION: { value: "location", description: "Consent for one location." },
		AGENCY: {
			value: "agency",
			description: "Consent for an agency, which mints its locations' tokens.",
		},
		MINTED: {
			value: "minted",
			description: "A location whose tokens come from its agency's.",
		},
	} as const,
});

const State = builder.enumType("InstallationState", {
	description: "State of a connection.",
	values: {
		CONNECTED: { value: "connected", description: "No error is known." },
		WAITING: {
			value: "waiting",
			description: "No token was needed yet; the first call gets one.",
		},
		FAILING: {
			value: "failing",
			description:
				"The last renewal, call or list of locations failed; the gateway retries.",
		},
		RECONNECT: {
			value: "reconnect",
			description: "An operator must reconnect it, at `reconnectPath`.",
		},
	} as const,
});

// Not "Connection": that is a page of a list to whoever knows Relay.
const Installation = builder.objectRef<Connection>("Installation").implement({
	extensions: OPERATOR,
	description:
		"A location or agency that this gateway holds tokens for, and the state of these. Costs no calls.",
	fields: (t) => {
		const time = (field: TimeField, description: string) =>
			t.field({
				type: "DateTime",
				description,
				resolve: (connection) => connection[field] ?? null,
			});
		return {
			kind: t.field({
				type: Kind,
				nullable: false,
				description: "Where its tokens come from.",
				resolve: ({ kind }) => kind,
			}),
			state: t.field({
				type: State,
				nullable: false,
				description: "State of the connection.",
				resolve: ({ state }) => state,
			}),
			locationId: t.id({
				description: "HighLevel's id of the location; null for an agency.",
				resolve: ({ locationId }) => locationId ?? null,
			}),
			companyId: t.id({
				description: "HighLevel's id of the agency, where it is known.",
				resolve: ({ companyId }) => companyId ?? null,
			}),
			scopes: t.stringList({
				description:
					"Scopes granted; null where they are not known, as for Private Integration Tokens.",
				resolve: ({ scopes }) => (scopes ? [...scopes] : null),
			}),
			missingScopes: t.stringList({
				nullable: false,
				description: "Scopes the graph needs that were not granted.",
				resolve: ({ missingScopes }) => [...missingScopes],
			}),
			connectedAt: time("connectedAt", "When consent was given."),
			tokenAt: time("tokenAt", "When the current token was issued."),
			expiresAt: time(
				"expiresAt",
				"When it expires; a token in use is renewed before.",
			),
			refreshedAt: time("refreshedAt", "When it was last renewed."),
			webhookAt: time("webhookAt", "When its last webhook arrived."),
			error: t.string({
				description: "The last error, also when it is resolved by now.",
				resolve: ({ error }) => error ?? null,
			}),
			errorAt: time("errorAt", "When that was."),
			reconnectPath: t.string({
				description:
					"Where to give consent again, on this gateway; null for a Private Integration Token.",
				resolve: ({ kind }) => (kind === "private" ? null : "/oauth/connect"),
			}),
		};
	},
});

type TimeField =
	| "connectedAt"
	| "tokenAt"
	| "expiresAt"
	| "refreshedAt"
	| "webhookAt"
	| "errorAt";

builder.queryField("connections", (t) =>
	t.field({
		type: [Installation],
		nullable: false,
		extensions: { ...OPERATOR, cost: FREE },
		description:
			"For operators: every connection, whatever location the request is for. Costs no calls.",
		args: {
			state: t.arg({
				type: State,
				description: "Only those that are doing so.",
			}),
			locationId: t.arg.id({ description: "Only this location's." }),
		},
		resolve: (_, { state, locationId }, context) => {
			return context
				.connections()
				.filter(
					(one) =>
						(state == null || one.state === state) &&
						(locationId == null || one.locationId === locationId),
				);
		},
	}),
);

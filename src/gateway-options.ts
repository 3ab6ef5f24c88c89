/** What the gateway is built from, as plain values, and what whoever runs it holds in hand. */
import type { GraphQLSchema } from "graphql";
import type { AuthOptions } from "./auth/authenticator.ts";
import type { CacheOptions } from "./cache/cache.ts";
import type { CacheStats } from "./cache/stats.ts";
import type { WebhookSettings } from "./changes/webhooks.ts";
import type { Clock } from "./clock.ts";
import type { WritesOptions } from "./idempotency/runner.ts";
import type { Logger } from "./log.ts";
import type { MetricsOptions } from "./metrics/metrics.ts";
import type { Connections } from "./oauth/connections.ts";
import type { OAuthApp } from "./oauth/oauth.ts";
import type { DocumentLimits } from "./operation/document-limits.ts";
import type { ReconcileSettings } from "./reconcile/reconciliation.ts";
import type { CallerSettings } from "./server/caller-limits.ts";
import type { CorsSettings } from "./server/cors.ts";
import type { Timeouts } from "./server/http-server.ts";
import type { StreamSettings } from "./server/streams.ts";
import type { TrustedDocumentsSettings } from "./server/trusted-documents.ts";
import type { YogaPlugin } from "./server/yoga.ts";
import type { RedisSettings } from "./store/store.ts";
import type { ClientOptions } from "./upstream/client.ts";

export interface GatewayOptions {
	/** 0 for any free port. */
	readonly port: number;
	/** Default 127.0.0.1. */
	readonly host?: string;
	readonly contactsApi: {
		readonly url: string;
		readonly connections: number;
		readonly timeoutMs: number;
		token(locationId: string): string | Promise<string>;
		readonly budget?: ClientOptions["budget"];
		readonly retry?: ClientOptions["retry"];
		readonly breaker?: ClientOptions["breaker"];
	};
	/** The locations that `contactsApi.token` has a token for; those connected by OAuth come on top. */
	readonly locations: readonly string[];
	/** The app to connect locations with; without one only `locations` are served. */
	readonly oauth?: OAuthApp;
	/** The gateway's address as browsers see it; its own when left out. */
	readonly publicUrl?: string;
	/** The SQLite file for what outlives the process; in memory when left out. */
	readonly dataFile?: string;
	/** The server that keeps it instead, for all processes that are given the same. */
	readonly redis?: RedisSettings;
	/**
	 * Keys of 32 bytes that seal webhooks at rest: the first seals, all open. Those of `oauth` when left out, else one
	 * kept beside the data file.
	 */
	readonly sealKeys?: readonly Uint8Array[];
	readonly auth: Omit<AuthOptions, "locations" | "serves" | "isRevoked">;
	readonly limits: DocumentLimits & {
		readonly bodyBytes: number;
		/** Ceiling for `first`, `last`, `limit` and the length of `ids`. */
		readonly pageSize: number;
	};
	/** Origins whose pages may call; none by default. */
	readonly cors: CorsSettings;
	/** Documents that clients name by id, and whether others run. Default: off. */
	readonly trustedDocuments?: TrustedDocumentsSettings;
	/** `token` is put into the headers tab, so it is for the sandbox only. */
	readonly graphiql?: { readonly enabled: boolean; readonly token?: string };
	/** Whether callers may ask for the schema. Default: yes. */
	readonly introspection?: boolean;
	/** Hides field suggestions. */
	readonly production: boolean;
	readonly log: Logger;
	/** Default: on, 256 MiB. */
	readonly cache?: CacheOptions;
	/** Default: no polling for changes without a webhook. */
	readonly reconcile?: Partial<ReconcileSettings>;
	readonly webhooks?: WebhookSettings & { readonly bodyBytes?: number };
	readonly streams?: StreamSettings;
	/** What one caller may hold of the process. */
	readonly callers?: CallerSettings;
	/** The gateway's own graph when left out. */
	readonly schema?: GraphQLSchema;
	/** How long idempotency keys are remembered, and how far slow writes may lag. */
	readonly writes?: WritesOptions;
	/** How long `close` lets running requests finish. Default 10,000. */
	readonly drainMs?: number;
	readonly timeouts?: Partial<Timeouts>;
	/** The most REST calls one operation may cost. Default 250. */
	readonly priceCeiling?: number;
	/** The longest an answer may take; callers may shorten it. Default 30,000. */
	readonly deadlineMs?: number;
	/**
	 * Yoga or Envelop plugins, met behind the gateway's own: `onParams`, `onExecutionResult` and their Envelop hooks
	 * (`onParse` to `onSubscribe`) over every transport, the rest over HTTP. With any, kept answers are given by Yoga and not ahead of it, so that none passes by.
	 */
	readonly plugins?: readonly YogaPlugin[];
	/** Metrics for Prometheus on a port of their own. Default: none. */
	readonly metrics?: MetricsOptions | undefined;
	/** What budget, deadlines and retries go by. Default: the system's. */
	readonly clock?: Clock;
}

export interface Gateway extends AsyncDisposable {
	/** `http://127.0.0.1:4000`, without a slash at the end. */
	readonly url: string;
	/** Where Prometheus finds its metrics; undefined without them. */
	readonly metricsUrl: string | undefined;
	/** What INSTALL and UNINSTALL webhooks do to the connections. */
	readonly oauthChanges: Pick<Connections, "install" | "uninstall">;
	/** What the cache holds and has done since the process started. */
	cacheStats(): CacheStats;
	/** Subscriptions that run, over sockets and event streams. */
	readonly subscriptions: number;
	/** Takes out of the journal what retention no longer covers; done by itself every minute. Returns how many rows. */
	pruneJournal(): Promise<number>;
	/** Stops taking requests, lets running ones finish, then closes every socket. */
	close(): Promise<void>;
}

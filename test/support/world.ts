/** Hands a test a sandbox, a gateway in front of it and a client, each its own, and takes all of it down again. */
import { randomBytes } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { onTestFailed, TestRunner } from "vitest";
import { mintToken } from "../../src/auth/authenticator.ts";
import { createGateway } from "../../src/gateway.ts";
import type { Gateway, GatewayOptions } from "../../src/gateway-options.ts";
import { createLog } from "../../src/log.ts";
import type { OAuthApp } from "../../src/oauth/oauth.ts";
import {
	type Sandbox,
	type SandboxOptions,
	startSandbox,
} from "../../src/sandbox/sandbox.ts";
import { schema } from "../../src/schema.ts";
import { type Asker, createAsker } from "./ask.ts";
import { watchContract } from "./contract-watch.ts";
import { worldCloses, worldOpens } from "./leaks.ts";
import { type LogLine, logKeeper, timeline } from "./timeline.ts";
import { trust } from "./trust.ts";

export interface WorldOptions {
	/** Contacts of the first location, default 3. */
	readonly contacts?: number;
	/** Exact counts for every contact, default 1. */
	readonly tasksEach?: number;
	readonly notesEach?: number;
	readonly appointmentsEach?: number;
	/** Whatever else the sandbox can be told; wins over the world's own choices. */
	readonly sandbox?: SandboxOptions;
	readonly gateway?: Partial<GatewayOptions>;
	/** Budget, breaker and the like of the way to the sandbox. */
	readonly contactsApi?: Partial<GatewayOptions["contactsApi"]>;
	/** The sandbox's app is set up in the gateway, with these changes; no location has a token in the configuration. */
	readonly oauth?: Partial<OAuthApp>;
}

export interface Claims {
	readonly locations?: readonly string[];
	readonly scopes?: readonly string[];
	readonly subject?: string;
	readonly ttlSeconds?: number;
}

export interface World extends Omit<Asker, "close">, AsyncDisposable {
	/** The gateway's origin. */
	readonly url: string;
	/** REST calls since the world stood ready, oldest first; a copy. */
	readonly calls: ReturnType<Sandbox["calls"]>;
	/** The sandbox under the name the gateway has for it: `world.upstream.next(...)` orders a fault. */
	readonly upstream: Pick<Sandbox, "next" | "clearCalls">;
	readonly sandbox: Sandbox;
	readonly gateway: Gateway;
	/** What the gateway was built from, to build another beside it. */
	readonly settings: GatewayOptions;
	/** Every line the gateway logged, parsed. */
	readonly log: readonly LogLine[];
	/** Resolves when `holds` does. @throws Error naming `what` when it does not within two seconds. */
	until(holds: () => boolean, what: string): Promise<void>;
	/** A token of the gateway's own key; default: first location, every scope, one hour. */
	token(claims?: Claims): Promise<string>;
}

const ISSUER = "contact-graph-tests";
const AUDIENCE = "contact-graph";
const FIRST_LOCATION = "sandbox-location-1";
const SCOPES = [
	"contacts.readonly",
	"contacts.write",
	"calendars/events.write",
	"locations/tags.write",
];

/** `await using world = await startWorld({ contacts: 2, tasksEach: 3 })` */
export const startWorld = async (
	options: WorldOptions = {},
): Promise<World> => {
	worldOpens();
	const secret = randomBytes(32);
	const { lines, destination } = logKeeper();
	const contract = watchContract();
	const told = options.sandbox?.onExchange;
	const sandbox = await startSandbox({
		contacts: options.contacts ?? 3,
		tasksEach: options.tasksEach ?? 1,
		notesEach: options.notesEach ?? 1,
		appointmentsEach: options.appointmentsEach ?? 1,
		seed: 1,
		ids: "readable",
		rateLimit: "off",
		searchLagMs: 0,
		...options.sandbox,
		...(contract && {
			onExchange(exchange) {
				contract.see(exchange);
				told?.(exchange);
			},
		}),
	});
	const trusted = trust(sandbox.certificate);
	const settings: GatewayOptions = {
		port: 0,
		contactsApi: {
			url: sandbox.url,
			connections: 100,
			timeoutMs: 2000,
			token: (locationId) => sandbox.tokens[locationId] ?? "no-such-token",
			...options.contactsApi,
		},
		locations: sandbox.locations,
		auth: { secret, issuer: ISSUER, audience: AUDIENCE },
		limits: ROOMY,
		cors: { origins: [] },
		production: false,
		schema,
		log: createLog({ level: "trace", destination }),
		...(options.oauth && {
			locations: [],
			oauth: {
				clientId: sandbox.oauth.clientId,
				clientSecret: sandbox.oauth.clientSecret,
				authorizeUrl: sandbox.oauth.authorizeUrl,
				tokenKeys: [randomBytes(32)],
				...options.oauth,
			},
		}),
		...options.gateway,
	};
	const gateway = await createGateway(settings).catch(async (error) => {
		await sandbox.close();
		trusted[Symbol.dispose]();
		await worldCloses();
		throw error;
	});
	// What the gateway reads to warm up is no test's doing.
	sandbox.clearCalls();

	const token = ({
		locations = [FIRST_LOCATION],
		scopes = SCOPES,
		subject = "test",
		ttlSeconds = 3600,
	}: Claims = {}) =>
		mintToken({
			secret: settings.auth.secret,
			issuer: settings.auth.issuer,
			audience: settings.auth.audience,
			subject,
			locations,
			scopes,
			ttlSeconds,
		});
	const asker = createAsker(gateway.url, await token(), (requestId) =>
		lines
			.filter((line) => line.requestId === requestId && line.err)
			.map((line) => `  logged: ${JSON.stringify(line.err, null, 2)}`)
			.join("\n"),
	);
	// A world made in beforeAll has no test yet, and so none whose failure it could explain.
	if (TestRunner.getCurrentTest())
		onTestFailed(() => console.log(timeline(lines, sandbox.calls())));

	return {
		...asker,
		url: gateway.url,
		get calls() {
			return [...sandbox.calls()];
		},
		upstream: sandbox,
		sandbox,
		gateway,
		settings,
		log: lines,
		token,
		until,
		async [Symbol.asyncDispose]() {
			await asker.close();
			await gateway.close();
			await sandbox.close();
			trusted[Symbol.dispose]();
			await worldCloses();
			contract?.assertKept();
			const unknown = unknownCalls(lines);
			if (unknown.length > 0)
				throw new Error(
					`the gateway made calls that no Contacts API knows: ${unknown.join("; ")}`,
				);
		},
	};
};

// The sandbox's words for a route it does not have, as the gateway logged them.
const unknownCalls = (lines: readonly LogLine[]): string[] =>
	lines.flatMap(
		(line) =>
			/"message":"(Cannot (?:GET|POST|PUT|DELETE) [^"]*)"/
				.exec(JSON.stringify(line.err ?? null))
				?.slice(1) ?? [],
	);

const until = async (holds: () => boolean, what: string): Promise<void> => {
	const deadline = Date.now() + 2000;
	while (!holds()) {
		if (Date.now() > deadline)
			throw new Error(`waited 2000 ms for ${what}, which did not come true`);
		await nextTurn();
	}
};

// Wide enough for any query a test means seriously; tests of the limits set their own.
const ROOMY: GatewayOptions["limits"] = {
	bodyBytes: 1_000_000,
	depth: 15,
	aliases: 100,
	rootFields: 50,
	directives: 50,
	tokens: 5000,
	pageSize: 500,
};

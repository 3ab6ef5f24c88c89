/** Which locations this gateway serves, with what token, and how each is doing: those of the configuration and those connected. */
import { fail } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Holder, TokenRow } from "../store/token-row.ts";
import type { TokenStore } from "../store/tokens.ts";
import type { OAuthEndpoint } from "./endpoint.ts";
import { GrantRefused } from "./grant-refused.ts";
import type { Granted } from "./granted.ts";
import {
	type Connection,
	connectionOf,
	privateConnection,
	type TokenRefusal,
} from "./status.ts";
import type { Tokens } from "./tokens.ts";

export interface ConnectionsOptions {
	/** Locations with a Private Integration Token; they need no OAuth, and it does not replace theirs. */
	readonly configured: readonly string[];
	privateToken(locationId: string): string | Promise<string>;
	readonly store: TokenStore;
	/** Undefined where OAuth is not set up. */
	readonly oauth:
		| { readonly tokens: Tokens; readonly endpoint: OAuthEndpoint }
		| undefined;
	/** Scopes that the graph needs of a connection. */
	readonly scopesNeeded: readonly string[];
	readonly log: Logger;
	/** Epoch milliseconds. */
	now?(): number;
}

/** An INSTALL or UNINSTALL as the webhook tells it; `at` is the webhook's own time. */
export interface InstallChange {
	readonly locationId?: string | undefined;
	readonly companyId?: string | undefined;
	readonly at?: number | undefined;
}

export interface Connections {
	serves(locationId: string): boolean;
	/** For the API client. @throws Failure UPSTREAM_UNAUTHORIZED, UPSTREAM_UNAVAILABLE */
	token(locationId: string): string | Promise<string>;
	renew(locationId: string, refused: string): Promise<string | undefined>;
	/** What an answer of the API says of the token it was asked with: undefined for a 2xx. */
	answered(
		locationId: string,
		token: string,
		fault: TokenRefusal["fault"] | "scope" | undefined,
	): void;
	/** Keeps what a consent gave. Answers the locations that are served from now on because of it. */
	connected(granted: Granted): Promise<readonly string[]>;
	/** The app came to a location; its tokens may come later, or already be there through its company. */
	install(change: InstallChange): Promise<void>;
	/** The app was taken away: its tokens are forgotten, unless the connection was made anew since. */
	uninstall(change: InstallChange): Promise<void>;
	/** A webhook of the location arrived at `at`. */
	heard(locationId: string, at: number): void;
	/** Everything there is, agencies included, by location id. */
	list(): Connection[];
	/** Called for each location that is not served any more. */
	onForget(listener: (locationId: string) => void): void;
}

// Exact to that, so that a flood of webhooks costs no writes here.
const NOTED_EVERY_MS = 10_000;
// A Private Integration Token that was refused is tried again no more often: nothing tells when a person has mended it.
const TRIED_EVERY_MS = 10_000;

/** A refusal, and when a call last went out with the token all the same. */
interface Refused extends TokenRefusal {
	readonly token: string;
	/** Refused more than once: a single answer may be wrong. */
	readonly again: boolean;
	triedAt: number;
}

export const createConnections = (options: ConnectionsOptions): Connections => {
	const { store, oauth, log, scopesNeeded } = options;
	const now = options.now ?? Date.now;
	const configured = new Set(options.configured);
	const refusals = new Map<string, Refused>();
	const heardAt = new Map<string, number>();
	const listeners: ((locationId: string) => void)[] = [];
	const location = (id: string): Holder => ({ kind: "location", id });

	const serves = (id: string): boolean =>
		configured.has(id) ||
		(oauth !== undefined && store.generation(location(id)) !== undefined);

	const adoptAwaited = async (companyId: string): Promise<string[]> =>
		store.adopt(companyId, await store.takeInstalls(companyId, now()), now());

	/** Where the app is installed says HighLevel best; if it cannot now, the webhooks will. */
	const installedOf = async (company: Granted): Promise<string[]> => {
		if (!oauth) return [];
		try {
			return await oauth.endpoint.installed(
				company.accessToken ?? "",
				company.id,
			);
		} catch (error) {
			log.warn(
				{
					companyId: company.id,
					reason:
						error instanceof GrantRefused ? error.message : "unexpected error",
				},
				"installed locations could not be listed",
			);
			return [];
		}
	};

	/** `companyId` may be missing from an INSTALL (webhooks.json); with one company connected there is no doubt. */
	const companyOf = (companyId: string | undefined): string | undefined => {
		const companies = store.all().filter(({ kind }) => kind === "company");
		if (companyId !== undefined)
			return companies.some(({ id }) => id === companyId)
				? companyId
				: undefined;
		return companies.length === 1 ? companies[0]?.id : undefined;
	};

	/** @throws Failure UPSTREAM_UNAUTHORIZED for a private token that was refused again a moment ago. */
	const usable = (id: string, token: string): string => {
		const refused = refusals.get(id);
		if (!refused?.again || refused.fault !== "dead" || refused.token !== token)
			return token;
		if (now() - refused.triedAt < TRIED_EVERY_MS)
			throw fail(
				"UPSTREAM_UNAUTHORIZED",
				"HighLevel no longer accepts the location's Private Integration Token. An operator must configure a valid one.",
			);
		refused.triedAt = now();
		return token;
	};

	return {
		serves,
		token(id) {
			if (!configured.has(id) && oauth)
				return oauth.tokens.accessToken(location(id));
			const token = options.privateToken(id);
			return typeof token === "string"
				? usable(id, token)
				: token.then((one) => usable(id, one));
		},
		async renew(id, refused) {
			return !configured.has(id) && oauth
				? oauth.tokens.renewed(location(id), refused)
				: undefined;
		},
		answered(id, token, fault) {
			if (fault === undefined) {
				if (refusals.size > 0) refusals.delete(id);
			} else if (fault !== "scope") {
				const last = refusals.get(id);
				const again = last?.fault === fault && last.token === token;
				if (!again)
					log.warn({ locationId: id, fault }, "the API refused the token");
				refusals.set(id, { fault, token, again, at: now(), triedAt: now() });
			}
		},
		async connected(granted) {
			const { kind, id, companyId } = granted;
			await store.connect(
				{ kind, id },
				{
					accessToken: granted.accessToken ?? "",
					refreshToken: granted.refreshToken,
					scopes: granted.scopes ?? [],
					expiresAt: granted.expiresAt,
				},
				{ companyId, now: now() },
			);
			oauth?.tokens.forget({ kind, id });
			if (kind === "location") {
				log.info({ locationId: id, scopes: granted.scopes }, "connected");
				return [id];
			}
			const reached = [
				...new Set([...granted.approved, ...(await installedOf(granted))]),
			];
			await store.adopt(id, reached, now());
			const all = [...new Set([...reached, ...(await adoptAwaited(id))])];
			log.info(
				{ companyId: id, locations: all.length, scopes: granted.scopes },
				"connected",
			);
			return all;
		},
		async install({ locationId, companyId }) {
			if (locationId === undefined) return;
			log.info({ locationId, companyId }, "installed");
			if (store.generation(location(locationId)) !== undefined) return;
			// Remembered before it is looked whether the company is there: the consent does the same the other way round.
			await store.awaitInstall(locationId, companyId, now());
			const company = companyOf(companyId);
			if (company !== undefined) await adoptAwaited(company);
		},
		async uninstall({ locationId, companyId, at = now() }) {
			const holder: Holder | undefined =
				locationId !== undefined
					? location(locationId)
					: companyId !== undefined
						? { kind: "company", id: companyId }
						: undefined;
			if (!holder) return;
			const gone = await store.forget(holder, at);
			for (const one of gone) {
				oauth?.tokens.forget(one);
				refusals.delete(one.id);
				if (one.kind === "location")
					for (const listener of listeners) listener(one.id);
			}
			log.info(
				{ locationId, companyId, forgotten: gone.length },
				"uninstalled",
			);
		},
		heard(locationId, at) {
			if (!serves(locationId)) return;
			if (at - (heardAt.get(locationId) ?? 0) < NOTED_EVERY_MS) return;
			heardAt.set(locationId, at);
			store.heard(locationId, at).catch((err: unknown) => {
				log.warn({ err, locationId }, "webhook's time not noted");
			});
		},
		list() {
			const heard = store.lastHeard();
			const rows = oauth ? store.all() : [];
			const agencies = new Map(
				rows
					.filter(({ kind }) => kind === "company")
					.map((row) => [row.id, row]),
			);
			const status = (row: TokenRow) =>
				connectionOf(row, {
					scopesNeeded,
					now: now(),
					lastWebhookAt: heard.get(row.id),
					refusal: row.kind === "location" ? refusals.get(row.id) : undefined,
					agency:
						row.companyId === undefined
							? undefined
							: agencies.get(row.companyId),
				});
			const stored = rows
				.filter(({ kind, id }) => kind === "company" || !configured.has(id))
				.map(status);
			return [
				...[...configured].map((id) =>
					privateConnection(id, {
						refusal: refusals.get(id),
						lastWebhookAt: heard.get(id),
					}),
				),
				...stored,
			];
		},
		onForget: (listener) => void listeners.push(listener),
	};
};

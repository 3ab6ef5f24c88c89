/** Which locations this gateway serves, with what token, and how each is doing: those of the configuration and those connected. */
import type { Logger } from "../log.ts";
import type { Holder, TokenRow } from "../store/token-row.ts";
import type { TokenStore } from "../store/tokens.ts";
import type { OAuthEndpoint } from "./endpoint.ts";
import { GrantRefused } from "./grant-refused.ts";
import type { Granted } from "./granted.ts";
import { type Connection, connectionOf, privateConnection } from "./status.ts";
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

export const createConnections = (options: ConnectionsOptions): Connections => {
	const { store, oauth, log, scopesNeeded } = options;
	const now = options.now ?? Date.now;
	const configured = new Set(options.configured);
	const refusedAt = new Map<string, number>();
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
			return await oauth.endpoint.installed(company.accessToken, company.id);
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

	return {
		serves,
		token(id) {
			if (configured.has(id) || !oauth) return options.privateToken(id);
			return oauth.tokens.accessToken(location(id));
		},
		async renew(id, refused) {
			if (!configured.has(id) && oauth)
				return oauth.tokens.renewed(location(id), refused);
			refusedAt.set(id, now());
			return undefined;
		},
		async connected(granted) {
			const { kind, id, companyId } = granted;
			await store.connect({ kind, id }, granted, { companyId, now: now() });
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
			const status = (row: TokenRow) =>
				connectionOf(row, {
					scopesNeeded,
					now: now(),
					lastWebhookAt: heard.get(row.id),
				});
			const stored = oauth
				? store
						.all()
						.filter(({ kind, id }) => kind === "company" || !configured.has(id))
						.map(status)
				: [];
			return [
				...[...configured].map((id) =>
					privateConnection(id, {
						refusedAt: refusedAt.get(id),
						lastWebhookAt: heard.get(id),
					}),
				),
				...stored,
			];
		},
		onForget: (listener) => void listeners.push(listener),
	};
};

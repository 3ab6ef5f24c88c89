/** Which locations this gateway serves, with what token, and how each is doing: those of the configuration and those connected. */
import { fail } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { InstalledLists } from "../store/installed-lists.ts";
import type { Holder, TokenRow } from "../store/token-row.ts";
import type { TokenStore } from "../store/tokens.ts";
import type { Granted } from "./granted.ts";
import type { Installed, Learnt } from "./installed.ts";
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
		| {
				readonly tokens: Tokens;
				readonly lists: InstalledLists;
				readonly installed: Installed;
		  }
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

/** What a consent has led to. */
export interface Connected {
	/** How many locations are served through it. */
	readonly locations: number;
	/** Why an agency's locations could not be listed yet; it is tried again. */
	readonly unlisted?: string;
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
	/** Keeps what a consent gave. */
	connected(granted: Granted): Promise<Connected>;
	/** The app came to a location; its tokens may come later, or already be there through its company. */
	install(change: InstallChange): Promise<void>;
	/** The app was taken away: its tokens are forgotten, unless the connection was made anew since. */
	uninstall(change: InstallChange): Promise<void>;
	/** Learns again what may have changed unheard. To be called now and then. */
	tend(): Promise<void>;
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

	const adoptAwaited = async (companyId: string): Promise<string[]> => {
		const added: string[] = [];
		for (const { locationId, at } of await store.takeInstalls(companyId, now()))
			added.push(
				...(await store.adopt(companyId, [locationId], { at, now: now() })),
			);
		return added;
	};

	const gone = (holders: readonly Holder[]): void => {
		for (const one of holders) {
			oauth?.tokens.forget(one);
			if (one.kind === "company") continue;
			refusals.delete(one.id);
			for (const listener of listeners) listener(one.id);
		}
	};

	const learn = async (companyId: string): Promise<Learnt> => {
		if (!oauth) return { added: [], gone: [] };
		const learnt = await oauth.installed.learn(companyId);
		gone(learnt.gone);
		return learnt;
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
			const at = now();
			await store.connect(
				{ kind, id },
				{
					accessToken: granted.accessToken ?? "",
					refreshToken: granted.refreshToken,
					scopes: granted.scopes ?? [],
					expiresAt: granted.expiresAt,
				},
				{ companyId, now: at },
			);
			oauth?.tokens.forget({ kind, id });
			if (kind === "location") {
				refusals.delete(id);
				log.info({ locationId: id, scopes: granted.scopes }, "connected");
				return { locations: 1 };
			}
			await oauth?.lists.begin(id, at);
			await store.adopt(id, granted.approved, { at, now: at });
			await adoptAwaited(id);
			const { error } = await learn(id);
			const locations = store
				.all()
				.filter(
					(row) => row.kind === "location" && row.companyId === id,
				).length;
			log.info(
				{ companyId: id, locations, scopes: granted.scopes },
				"connected",
			);
			return { locations, ...(error !== undefined && { unlisted: error }) };
		},
		async install({ locationId, companyId, at = now() }) {
			if (locationId === undefined) return;
			log.info({ locationId, companyId }, "installed");
			const known = store.get(location(locationId)) !== undefined;
			if (!known || companyId !== undefined) {
				// Remembered before it is looked whether the company is there: the consent does the same the other way round.
				await store.awaitInstall(locationId, companyId, at);
				const company = companyOf(companyId);
				if (company !== undefined) await adoptAwaited(company);
			}
			if (known) await store.reinstalled(locationId, at);
		},
		async uninstall({ locationId, companyId, at = now() }) {
			const holder: Holder | undefined =
				locationId !== undefined
					? location(locationId)
					: companyId !== undefined
						? { kind: "company", id: companyId }
						: undefined;
			if (!holder) return;
			const forgotten = await store.forget(holder, at, companyId);
			for (const { kind, id } of forgotten)
				if (kind === "company") await oauth?.lists.forget(id);
			gone(forgotten);
			log.info(
				{ locationId, companyId, forgotten: forgotten.length },
				"uninstalled",
			);
		},
		async tend() {
			await Promise.all((oauth?.installed.due() ?? []).map(learn));
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
			const lists = oauth?.lists.all();
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
					list: row.kind === "company" ? lists?.get(row.id) : undefined,
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

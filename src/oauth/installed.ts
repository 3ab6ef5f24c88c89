/** Keeps up with where an agency's app is installed: asked for until it is known, then now and then, since webhooks are lost. */
import { Failure } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { InstalledLists } from "../store/installed-lists.ts";
import type { Holder } from "../store/token-row.ts";
import type { TokenStore } from "../store/tokens.ts";
import type { InstalledLocations, OAuthEndpoint } from "./endpoint.ts";
import { GrantRefused } from "./grant-refused.ts";
import type { Tokens } from "./tokens.ts";

export interface InstalledOptions {
	readonly store: TokenStore;
	readonly lists: InstalledLists;
	readonly endpoint: OAuthEndpoint;
	readonly tokens: Tokens;
	readonly log: Logger;
	/** Epoch milliseconds. */
	readonly now: () => number;
	/** From 0 to 1. */
	readonly random?: () => number;
}

/** What a look brought. */
export interface Learnt {
	/** Locations that are served from now on because of it. */
	readonly added: readonly string[];
	/** What is not served any more: the app is not installed there. */
	readonly gone: readonly Holder[];
	/** Why nothing could be learnt, in words for operators. */
	readonly error?: string;
}

export interface Installed {
	/** Asks for an agency's list if it is due. Never throws for what HighLevel does. */
	learn(companyId: string): Promise<Learnt>;
	/** The agencies whose list is due, unless HighLevel wants not to be asked now. */
	due(): string[];
}

const LEASE_MS = 120_000;
const AGAIN_MS = 2_000;
const AGAIN_AT_MOST_MS = 300_000;
// What an INSTALL or UNINSTALL that got lost costs at most.
const EVERY_MS = 3_600_000;
// A location that is missing is looked for once more before it is forgotten: one list may be wrong.
const CONFIRM_MS = 60_000;

export const createInstalled = ({
	store,
	lists,
	endpoint,
	tokens,
	log,
	now,
	random = Math.random,
}: InstalledOptions): Installed => {
	/** Agencies do not ask in step, nor come back in step after an outage. */
	const spread = (ms: number) => Math.round(ms * (0.75 + random() / 2));

	const listOf = async (companyId: string): Promise<InstalledLocations> => {
		const company: Holder = { kind: "company", id: companyId };
		const token = await tokens.accessToken(company);
		try {
			return await endpoint.installed(token, companyId);
		} catch (error) {
			if (!(error instanceof GrantRefused) || error.kind !== "token")
				throw error;
			const fresh = await tokens.renewed(company, token);
			if (fresh === undefined) throw error;
			return endpoint.installed(fresh, companyId);
		}
	};

	return {
		async learn(companyId) {
			const begunAt = now();
			const claimed = await lists.claim(companyId, {
				now: begunAt,
				leaseMs: LEASE_MS,
			});
			if (!claimed) return { added: [], gone: [] };
			try {
				const { ids, complete } = await listOf(companyId);
				const company = store.get({ kind: "company", id: companyId });
				if (!company) {
					await lists.forget(companyId);
					return { added: [], gone: [] };
				}
				const added = await store.adopt(companyId, ids, {
					at: company.connectedAt,
					now: now(),
				});
				// An empty list of an agency that has locations is taken for a mistake, here or there.
				const { gone, missing } =
					complete && ids.length > 0
						? await store.compare(companyId, ids, begunAt)
						: { gone: [], missing: 0 };
				await lists.done(companyId, {
					now: now(),
					dueAt: now() + spread(missing > 0 ? CONFIRM_MS : EVERY_MS),
				});
				log[added.length || gone.length || claimed.error ? "info" : "debug"](
					{ companyId, added: added.length, forgotten: gone.length },
					"installed locations listed",
				);
				return { added, gone };
			} catch (err) {
				const known = err instanceof GrantRefused || err instanceof Failure;
				const error = known ? err.message : "unexpected error";
				const waitMs = Math.min(
					AGAIN_AT_MOST_MS,
					AGAIN_MS * 2 ** claimed.tries,
				);
				await lists.done(companyId, {
					now: now(),
					dueAt: now() + spread(waitMs),
					error,
				});
				log.warn(
					{ companyId, reason: error, ...(!known && { err }) },
					"installed locations could not be listed",
				);
				return { added: [], gone: [], error };
			}
		},
		due() {
			if (endpoint.heldForMs() > 0) return [];
			// An agency that has to consent again has its list asked for then.
			return lists
				.due(now())
				.filter((id) => store.get({ kind: "company", id })?.refused !== true);
		},
	};
};

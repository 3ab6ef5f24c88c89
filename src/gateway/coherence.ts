/** The cache, and what notifies it of changes: webhooks, and polls for those that no webhook reported. */
import { type Cache, type CacheOptions, createCache } from "../cache/cache.ts";
import type { createInvalidations } from "../cache/tags.ts";
import type { DeliveryBody } from "../changes/change.ts";
import type { OwnerOf } from "../changes/owners.ts";
import { openWebhooks, type Webhooks } from "../changes/webhooks.ts";
import type { Clock } from "../clock.ts";
import {
	changedSince,
	changeOwners,
	changeReaders,
	listed,
} from "../entities/all.ts";
import type { GatewayOptions } from "../gateway-options.ts";
import type { Logger } from "../log.ts";
import type { Connections } from "../oauth/connections.ts";
import type { Observer } from "../observer.ts";
import { startReconciliationOf } from "../reconcile/reconciliation.ts";
import { ERASED, type JournalRow } from "../store/journal.ts";
import type { Seal } from "../store/seal.ts";
import type { Store } from "../store/store.ts";
import type { OperationOptions, Upstream } from "../upstream/client.ts";

// A location nobody worked in for longer than this is read again after the shorter TTL: that costs little there.
const ARRIVING_MS = 15 * 60_000;

export interface CoherenceParts {
	readonly clock: Clock;
	readonly store: Store;
	readonly seal: Seal;
	readonly connections: Connections;
	readonly invalidations: ReturnType<typeof createInvalidations>;
	readonly bytes: number;
	readonly observer?: Observer | undefined;
	readonly refresh: NonNullable<CacheOptions["refresh"]>;
	upstreamOf(locationId: string, calls?: OperationOptions): Upstream;
}

export const openCoherence = async (
	options: GatewayOptions,
	{
		clock,
		store,
		seal,
		connections,
		invalidations,
		observer,
		...parts
	}: CoherenceParts,
) => {
	const { log } = options;
	let webhooks: Webhooks | undefined;
	const arriving =
		options.cache?.webhooksArriving ??
		((locationId) => webhooks?.arriving(locationId, ARRIVING_MS) ?? false);
	const cache: Cache = createCache(invalidations, {
		refresh: parts.refresh,
		now: clock.epoch,
		...options.cache,
		bytes: parts.bytes,
		...(store.shared && { isCurrent: store.shared.invalidations.isCurrent }),
		webhooksArriving: (locationId) =>
			arriving(locationId) && !reconciliation.losesWebhooks(locationId),
	});
	const reconciliation = startReconciliationOf({
		...options.reconcile,
		changedSince,
		listed,
		cache: polledBy(store, cache),
		invalidations,
		clock,
		log,
		upstream: parts.upstreamOf,
		...(observer && { onLost: observer.webhooksLost }),
	});
	webhooks = await openWebhooks({
		...options.webhooks,
		openJournal: (seenMs) => store.journal(seal, seenMs),
		invalidations,
		readers: changeReaders,
		ownerOf: ownersBy(changeOwners, (locationId) =>
			parts.upstreamOf(locationId),
		),
		serves: connections.serves,
		onRow: (row, body) => {
			if (row.type === ERASED) {
				for (const locationId of cache.activeSince(0)) cache.forget(locationId);
				return;
			}
			connections.heard(row.locationId, row.receivedAt);
			oauthRow(row, body, connections, log);
		},
		...(observer && {
			onReceived: ({ receivedAt, occurredAt }: JournalRow) =>
				observer.webhookJournaled(
					occurredAt === null ? undefined : receivedAt - occurredAt,
				),
		}),
		log,
	});
	return { cache, reconciliation, webhooks };
};

/** One process polls for all: what it finds, it tells the others. */
const polledBy = ({ shared }: Store, cache: Cache): Cache =>
	shared
		? {
				...cache,
				activeSince: (at) => (shared.isFirst() ? cache.activeSince(at) : []),
			}
		: cache;

/** Installs and uninstalls come by the same route, and concern tokens alone. */
const oauthRow = (
	{ type, occurredAt }: JournalRow,
	{ locationId, companyId }: DeliveryBody,
	connections: Pick<Connections, "install" | "uninstall">,
	log: Logger,
): void => {
	if (type !== "INSTALL" && type !== "UNINSTALL") return;
	const change = {
		...(typeof locationId === "string" && { locationId }),
		...(typeof companyId === "string" && { companyId }),
		...(occurredAt !== null && { at: occurredAt }),
	};
	const done =
		type === "INSTALL"
			? connections.install(change)
			: connections.uninstall(change);
	done.catch((err: unknown) => log.error({ err, type }, "install not handled"));
};

const ownersBy = (
	finders: Readonly<
		Record<
			string,
			(
				upstream: Upstream,
				body: DeliveryBody,
				look: number,
			) => ReturnType<OwnerOf>
		>
	>,
	upstreamOf: (locationId: string) => Upstream,
): Readonly<Record<string, OwnerOf>> =>
	Object.fromEntries(
		Object.entries(finders).map(([type, find]) => [
			type,
			(locationId, body, look) => find(upstreamOf(locationId), body, look),
		]),
	);

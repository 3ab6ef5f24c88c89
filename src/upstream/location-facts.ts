/** What every process needs to know once of a location before it can read the rest: its time zone, its company and its country. */

import { LRUCache } from "lru-cache";
import { Failure, fail } from "../errors.ts";
import { type CallRequest, type Operation, operation } from "./operation.ts";
import { Type } from "./shapes.ts";
import { whileWanted } from "./while-wanted.ts";

// [spec] GET /locations/{locationId} -> location { companyId, timezone, ... }.
const getLocationFacts = operation(
	"GET",
	"/locations/{locationId}",
	Type.Object({
		location: Type.Object({
			companyId: Type.Optional(Type.Union([Type.String(), Type.Null()])),
			timezone: Type.Optional(Type.Union([Type.String(), Type.Null()])),
			country: Type.Optional(Type.Union([Type.String(), Type.Null()])),
		}),
	}),
);

// Their webhooks follow within minutes.
const REMEMBERED_TASKS = 5000;

/** What asks for them: the upstream client of one operation. */
interface Upstream {
	readonly locationId: string;
	readonly signal: AbortSignal | undefined;
	call<V>(operation: Operation<V>, request?: CallRequest): Promise<V>;
}

export interface LocationFacts {
	/**
	 * IANA time zone in which times without an offset are meant. Costs one call the first time a process asks for a
	 * location, none afterwards.
	 * @throws Failure UPSTREAM_INVALID_RESPONSE when the location has no zone that exists: times are never guessed.
	 */
	timeZone(upstream: Upstream): string | Promise<string>;
	companyId(upstream: Upstream): Promise<string | undefined>;
	/** Whether the above are at hand, so that asking for them costs no call. */
	readonly known: boolean;
	/** Two-letter code in which national phone numbers are meant; undefined where the location has none. */
	country(upstream: Upstream): Promise<string | undefined>;
	/** The same as far as it was learnt already: for checks that are not worth a call. */
	knownCountry(): string | undefined;
	/**
	 * What was learnt of the batch routes nobody documents: the most keys a route takes for this location, by route.
	 * 0 means that it is refused; a route that is not listed was not tried yet.
	 */
	readonly batchMax: Map<string, number>;
	/** The largest sizes seen: rows in a page, businesses in all. Costs are computed with them. */
	readonly seen: Map<string, number>;
	/** Whose the tasks are that this process created, by task: a webhook about a new task may not say. */
	readonly taskOwners: LRUCache<string, string>;
}

interface Known {
	timeZone?: string;
	companyId?: string;
	country?: string;
}

export const locationFacts = (): LocationFacts => {
	let known: Known | undefined;
	let asking: Promise<Known> | undefined;

	// A failed read is forgotten, so that the next caller asks again.
	const ask = (upstream: Upstream): Promise<Known> =>
		upstream
			.call(getLocationFacts, { ids: { locationId: upstream.locationId } })
			.then(({ location }) => {
				known = {
					...(isZone(location.timezone) && { timeZone: location.timezone }),
					...(location.companyId && { companyId: location.companyId }),
					...(location.country && { country: location.country }),
				};
				return known;
			})
			.finally(() => {
				asking = undefined;
			});

	/** One asks for all who want to know; when that one has left or had less time, the next one asks. */
	const learn = async (upstream: Upstream): Promise<Known> => {
		const { signal } = upstream;
		while (asking) {
			try {
				return await whileWanted(asking, signal);
			} catch (error) {
				if (signal?.aborted || !isAskersOwn(error)) throw error;
			}
		}
		asking = ask(upstream);
		return asking;
	};
	const zoneOf = (facts: { timeZone?: string }): string => {
		if (facts.timeZone) return facts.timeZone;
		throw fail(
			"UPSTREAM_INVALID_RESPONSE",
			"The location has no valid time zone, so a time without an offset cannot be read. Set the zone in HighLevel's business profile.",
		);
	};

	return {
		batchMax: new Map(),
		seen: new Map(),
		taskOwners: new LRUCache({
			maxSize: REMEMBERED_TASKS,
			sizeCalculation: () => 1,
		}),
		get known() {
			return known !== undefined;
		},
		timeZone: (upstream) =>
			known ? zoneOf(known) : learn(upstream).then(zoneOf),
		companyId: async (upstream) => (known ?? (await learn(upstream))).companyId,
		knownCountry: () => known?.country,
		country: async (upstream) => (known ?? (await learn(upstream))).country,
	};
};

const isAskersOwn = (error: unknown): boolean =>
	error instanceof Failure &&
	(error.code === "DEADLINE_EXCEEDED" || error.code === "RATE_LIMITED");

const isZone = (zone: string | null | undefined): zone is string => {
	if (!zone) return false;
	try {
		new Intl.DateTimeFormat("en", { timeZone: zone });
		return true;
	} catch {
		return false;
	}
};

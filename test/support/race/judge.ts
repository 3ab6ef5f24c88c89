/** Holds one answer against the truth: is anything in it older than its reader had to be shown, or of another location? */

import type { CacheControl } from "../../../src/cache/session.ts";
import { DEFAULT_TTLS } from "../../../src/cache/ttl.ts";
import type { About, Query, Seen, Stretch } from "./queries.ts";
import {
	addedAtOf,
	type Moment,
	type RaceTable,
	type Subject,
	type Truth,
} from "./truth.ts";

export const SEARCH_LAG_MS = 10_000;
export const SEARCH_GAP_MS = 3_000;

export interface Asking {
	readonly query: Query;
	readonly about: About;
	readonly locationId: string;
	/** Whether webhooks arrive for the location. */
	readonly covered: boolean;
	/** A read may be under way for so long, and is shared for as long. */
	readonly longestMs: number;
	readonly demand: CacheControl;
	/** When it was asked, and what everybody had to know then. */
	readonly from: number;
	readonly moment: Moment;
}

export interface Given {
	readonly data: Readonly<Record<string, unknown>>;
	/** Something in it is marked as past its bound. */
	readonly isStale: boolean;
}

// A page may lack a row that search has no more than this after the change was told; a reader may wait as long for it.
const UNSETTLED_MS =
	SEARCH_LAG_MS + SEARCH_GAP_MS + DEFAULT_TTLS.withinLagMs + 5_000;

/** What is wrong with an answer, in words. */
export const faultsIn = (
	truth: Truth,
	asking: Asking,
	given: Given,
): string[] => {
	const { query, about } = asking;
	const faults: string[] = [];
	for (const seen of query.shows(given.data, about))
		for (const fault of faultsOf(truth, asking, given, seen))
			faults.push(
				`${query.word} ${query.variables.map((name) => about[name]).join(" ")}${given.isStale ? " (stale)" : ""}: ${fault}`,
			);
	return faults;
};

function* faultsOf(
	truth: Truth,
	asking: Asking,
	{ isStale }: Given,
	{ table, rows, allOf, stretch, field, word, by }: Seen,
): Generator<string> {
	const { locationId, from, moment } = asking;
	const listed = stretch
		? withinStretch(truth, asking, stretch)
		: allOf === undefined
			? []
			: truth.all(table, locationId, allOf === "location" ? undefined : allOf);
	const absent = listed.filter(({ id }) => !rows.has(id));
	for (const [id, text] of rows) {
		const subject = truth.find(table, locationId, id);
		if (!subject) {
			if (text !== undefined)
				yield `${locationId}/${table}/${id} was shown as ${JSON.stringify(text)}, but there never was one`;
			continue;
		}
		if (word !== undefined && !text?.includes(word))
			yield `${locationId}/${table}/${id} was shown as ${JSON.stringify(text)}, which does not fit ${word}`;
		const fault = truth.wrong(
			{
				subject,
				text,
				field,
				withinMs: isStale
					? Number.POSITIVE_INFINITY
					: withinOf(table, asking, text === undefined),
				// Only search tells who follows, and it lags; nothing else may.
				floor: field === "followers" ? 0 : truth.floor(subject, moment),
			},
			from,
		);
		if (fault) yield fault;
	}
	for (const subject of absent) {
		const floor = truth.floor(subject, moment);
		// Search has no row for a moment when it takes up an edit, which cannot be foreseen of one that nobody told us of.
		if (by === "search" && subject.past.length - 1 > floor) continue;
		if (
			by === "page" &&
			(isStale ||
				!truth.owed(
					subject,
					moment,
					from - UNSETTLED_MS - asking.longestMs,
					stretch === undefined,
				))
		)
			continue;
		const fault = truth.wrong(
			{
				subject,
				text: undefined,
				withinMs: isStale
					? Number.POSITIVE_INFINITY
					: withinOf(table, asking, false),
				floor,
			},
			from,
		);
		if (fault) yield fault;
	}
}

/** Whom it must show; those added in the same moment as one of its ends are left out. */
const withinStretch = (
	truth: Truth,
	{ locationId }: Asking,
	{ direction, start, last, end }: Stretch,
): Subject[] => {
	const shown = last ? truth.find("contacts", locationId, last) : undefined;
	const endsAt = shown ? addedAtOf(shown) : end;
	const isBehind = (one: number, other: number) =>
		direction === "asc" ? one > other : one < other;
	return truth.all("contacts", locationId).filter((one) => {
		const at = addedAtOf(one);
		return (
			(start === undefined || isBehind(at, start)) &&
			(endsAt === undefined || isBehind(endsAt, at))
		);
	});
};

/** How old it may be: by its type's bound and the caller's wish, and as far as search runs behind where it is asked. */
const withinOf = (
	table: RaceTable,
	{ covered, demand, longestMs }: Asking,
	isMissing: boolean,
): number => {
	const bound =
		table === "tasks"
			? DEFAULT_TTLS.taskMs
			: covered
				? DEFAULT_TTLS.coveredMs
				: DEFAULT_TTLS.uncoveredMs;
	const wish = demand.noCache ? 0 : demand.maxAgeMs;
	// Search alone is never believed about what it does not have.
	if (isMissing)
		return Math.min(Math.max(DEFAULT_TTLS.missingMs, longestMs), wish);
	const lag =
		table === "contacts" || table === "tasks"
			? SEARCH_LAG_MS + SEARCH_GAP_MS
			: 0;
	return Math.min(bound, wish) + lag;
};

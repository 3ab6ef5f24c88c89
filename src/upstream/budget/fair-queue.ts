/** The order in which operations get their calls. */
import type { Callers } from "./callers.ts";
import type { Spread } from "./spread.ts";

/** In order of importance. */
export const LANES = [
	"mutation",
	"query",
	"subscription",
	/** Refresh-ahead: reads values again that are served past their TTL, or soon would be. */
	"refresh",
	"background",
] as const;

export type Lane = (typeof LANES)[number];

/** Lanes nobody waits in: they leave a share of the burst to the others. */
export const SPARING: ReadonlySet<Lane> = new Set(["refresh", "background"]);

/** The calls one operation has reserved or waits for. */
export interface Reservation {
	readonly lane: Lane;
	readonly subject: string;
	/** Calls it has sent. */
	readonly sent: number;
	/** It was refused, told when to come back, and came. */
	readonly isPromised: boolean;
	/** How often the same was asked for of late, by whomever. */
	readonly demand: number;
	/** Calls it may still want, those that wait included. */
	left(): number;
}

export interface FairQueue<C extends Reservation> {
	add(reservation: C): void;
	/** False when it was not there. */
	remove(reservation: C): boolean;
	has(reservation: C): boolean;
	/** All of them as they will be served. */
	inOrder(now: number, limit: number): readonly Turn<C>[];
	/** Whether it wants little, its caller has had little lately, and what is kept for such is not used up. */
	isLight(reservation: C, now: number, limit: number): boolean;
	[Symbol.iterator](): Iterator<C>;
}

export interface Turn<C> {
	readonly reservation: C;
	readonly isLight: boolean;
}

/** Of the limit: the most that is little for one operation. */
const LITTLE = 0.1;
/** Of the limit: what a caller may have had lately and still count as one who uses little; as much as is fair in any case. */
const HAD_LITTLE = 0.25;
/** Of a caller's fair share: callers who differ by less are alike, and what more have asked for goes first. */
const STEP = 0.5;

/**
 * Whoever uses little goes first. Then what is begun is finished before something new is begun, what was promised comes
 * before what was not, then what callers want who have had less, and of these what was asked for most often.
 */
export const createFairQueue = <C extends Reservation>(
	callers: Callers,
	spread: Pick<Spread, "mayGoAhead">,
): FairQueue<C> => {
	const all = new Set<C>();
	const isLittle = (
		{ lane }: Reservation,
		{ had, left }: { readonly had: number; readonly left: number },
		limit: number,
		fair: number,
	) =>
		!SPARING.has(lane) &&
		left <= limit * LITTLE &&
		had + left <= Math.max(limit * HAD_LITTLE, fair);

	/** By caller, each in its own order: where it stands is what the caller had lately and will have had before it. */
	const ranked = (now: number, limit: number): Rank<C>[] => {
		const ranks = [...all]
			.sort(inOwnOrder)
			.map((reservation, index) => ({ reservation, index }));
		const standing = new Map<string, number>();
		const fair = limit / callers.sharing(now);
		const mayGoAhead = spread.mayGoAhead(now);
		return ranks.map(({ reservation, index }) => {
			const { subject, lane } = reservation;
			const had = standing.get(subject) ?? callers.used(subject, now);
			const left = reservation.left();
			standing.set(subject, had + left);
			const isLight =
				mayGoAhead && isLittle(reservation, { had, left }, limit, fair);
			return {
				reservation,
				isLight,
				index,
				lane: isLight ? -1 : LANES.indexOf(lane),
				share: Math.floor(had / (fair * STEP)),
			};
		});
	};

	return {
		add: (reservation) => void all.add(reservation),
		remove: (reservation) => all.delete(reservation),
		has: (reservation) => all.has(reservation),
		inOrder: (now, limit) => ranked(now, limit).sort(byRank),
		isLight(reservation, now, limit) {
			if (!spread.mayGoAhead(now)) return false;
			const { subject } = reservation;
			let had = callers.used(subject, now);
			for (const one of all)
				if (one.subject === subject && one !== reservation) had += one.left();
			const left = reservation.left();
			const fair = limit / callers.sharing(now);
			return isLittle(reservation, { had, left }, limit, fair);
		},
		[Symbol.iterator]: () => all[Symbol.iterator](),
	};
};

interface Rank<C> extends Turn<C> {
	readonly lane: number;
	/** What its caller has had, in steps of the fair share. */
	readonly share: number;
	/** In which all of them stand but for their callers' shares. */
	readonly index: number;
}

/** As if there were one caller alone; in what is equal the order of arrival stands. */
const inOwnOrder = (a: Reservation, b: Reservation): number =>
	LANES.indexOf(a.lane) - LANES.indexOf(b.lane) ||
	Number(b.sent > 0) - Number(a.sent > 0) ||
	Number(b.isPromised) - Number(a.isPromised) ||
	b.demand - a.demand;

const byRank = <C extends Reservation>(a: Rank<C>, b: Rank<C>): number => {
	const begun = Number(b.reservation.sent > 0) - Number(a.reservation.sent > 0);
	return (
		a.lane - b.lane ||
		begun ||
		Number(b.reservation.isPromised) - Number(a.reservation.isPromised) ||
		a.share - b.share ||
		a.index - b.index
	);
};

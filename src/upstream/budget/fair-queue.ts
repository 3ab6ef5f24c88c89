/** The order in which waiting work is served: by lane, then fairly between callers, then first come. */

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

/** The calls one operation has reserved or waits for. */
export interface Reservation {
	readonly lane: Lane;
	readonly subject: string;
	/** Calls that wait now. */
	readonly waiting: { readonly length: number };
	/** Calls it may still want, those that wait included. */
	left(): number;
}

export interface FairQueue<C extends Reservation> {
	add(reservation: C): void;
	/** False when it was not there. */
	remove(reservation: C): boolean;
	has(reservation: C): boolean;
	/** Whose call goes next, among the lanes that may call now. */
	next(mayCall: (lane: Lane) => boolean): C | undefined;
	/** A call of the reservation was sent. */
	served(reservation: C): void;
	/** How many calls may go before the last one the reservation may still make. */
	before(reservation: C): number;
	/** Reservations that a newcomer may have pushed back: of other callers in its lane, and of all in the lanes behind. */
	behind(reservation: C): C[];
}

interface CallerQueue<C> {
	/** Calls served, on a count that callers who come back join where it stands: nobody saves up while idle. */
	count: number;
	readonly reservations: C[];
}

/**
 * Fair queueing, call by call: of the callers with something to send, the one who has had the fewest calls is next,
 * however many operations each has open. Within a caller, what came first goes first.
 */
export const createFairQueue = <C extends Reservation>(): FairQueue<C> => {
	const lanes = new Map(
		LANES.map((lane) => [
			lane,
			{ count: 0, callers: new Map<string, CallerQueue<C>>() },
		]),
	);
	type State = { count: number; callers: Map<string, CallerQueue<C>> };
	const of = ({ lane }: { lane: Lane }) => lanes.get(lane) as State;

	const callerOf = (reservation: C): CallerQueue<C> => {
		const { count, callers } = of(reservation);
		let caller = callers.get(reservation.subject);
		if (!caller) {
			caller = { count, reservations: [] };
			callers.set(reservation.subject, caller);
		}
		if (!caller.reservations.length)
			caller.count = Math.max(caller.count, count);
		return caller;
	};
	const leftOf = ({ reservations }: CallerQueue<C>) =>
		reservations.reduce((sum, reservation) => sum + reservation.left(), 0);

	return {
		add(reservation) {
			callerOf(reservation).reservations.push(reservation);
		},
		remove(reservation) {
			const { count, callers } = of(reservation);
			const caller = callers.get(reservation.subject);
			const at = caller?.reservations.indexOf(reservation) ?? -1;
			if (!caller || at < 0) return false;
			caller.reservations.splice(at, 1);
			// Callers who have caught up would start where the lane stands anyway.
			for (const [subject, one] of callers)
				if (!one.reservations.length && one.count <= count)
					callers.delete(subject);
			return true;
		},
		has: (reservation) =>
			of(reservation)
				.callers.get(reservation.subject)
				?.reservations.includes(reservation) ?? false,
		next(mayCall) {
			for (const lane of LANES) {
				if (!mayCall(lane)) continue;
				let first: { count: number; reservation: C } | undefined;
				for (const { count, reservations } of of({ lane }).callers.values()) {
					if (first && first.count <= count) continue;
					const reservation = reservations.find(
						({ waiting }) => waiting.length > 0,
					);
					if (reservation) first = { count, reservation };
				}
				if (first) return first.reservation;
			}
			return undefined;
		},
		served(reservation) {
			const lane = of(reservation);
			const caller = callerOf(reservation);
			lane.count = Math.max(lane.count, caller.count);
			caller.count++;
		},
		before(reservation) {
			const own = callerOf(reservation);
			let calls = reservation.left();
			for (const one of own.reservations) {
				if (one === reservation) break;
				calls += one.left();
			}
			const mine = calls;
			for (const caller of of(reservation).callers.values())
				if (caller !== own)
					// Others go in turn with this caller, and first as far as they have had less.
					calls += Math.min(
						leftOf(caller),
						Math.max(0, mine + own.count - caller.count),
					);
			for (const lane of LANES) {
				if (lane === reservation.lane) break;
				for (const caller of of({ lane }).callers.values())
					calls += leftOf(caller);
			}
			return calls;
		},
		behind(reservation) {
			const found: C[] = [];
			for (const lane of LANES.slice(LANES.indexOf(reservation.lane)))
				for (const [subject, { reservations }] of of({ lane }).callers)
					if (lane !== reservation.lane || subject !== reservation.subject)
						found.push(...reservations);
			return found;
		},
	};
};

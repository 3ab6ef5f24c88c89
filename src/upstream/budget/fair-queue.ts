/** The order in which waiting work is served: by lane, then fairly between callers, then first come. */

/** In order of importance. */
export const LANES = [
	"mutation",
	"query",
	"subscription",
	/** Reads what somebody had to be given past its bound, or soon would. */
	"renewal",
	"background",
] as const;

export type Lane = (typeof LANES)[number];

/** One operation's claim on the budget. */
export interface Reservation {
	readonly lane: Lane;
	readonly subject: string;
	/** Calls that wait now. */
	readonly waiting: { readonly length: number };
	/** Calls it may still want, those that wait included. */
	left(): number;
}

export interface FairQueue<C extends Reservation> {
	add(claim: C): void;
	/** False when it was not there. */
	remove(claim: C): boolean;
	has(claim: C): boolean;
	/** Whose call goes next, among the lanes that may call now. */
	next(mayCall: (lane: Lane) => boolean): C | undefined;
	/** A call of the claim was sent. */
	served(claim: C): void;
	/** How many calls may go before the last one the claim may still make. */
	before(claim: C): number;
	/** Claims that a newcomer may have pushed back: of other callers in its lane, and of all in the lanes behind. */
	behind(claim: C): C[];
}

interface Line<C> {
	/** Calls served, on a count that callers who come back join where it stands: nobody saves up while idle. */
	count: number;
	readonly claims: C[];
}

/**
 * Fair queueing, call by call: of the callers with something to send, the one who has had the fewest calls is next,
 * however many operations each has open. Within a caller, what came first goes first.
 */
export const createFairQueue = <C extends Reservation>(): FairQueue<C> => {
	const lanes = new Map(
		LANES.map((lane) => [
			lane,
			{ count: 0, lines: new Map<string, Line<C>>() },
		]),
	);
	type State = { count: number; lines: Map<string, Line<C>> };
	const of = ({ lane }: { lane: Lane }) => lanes.get(lane) as State;

	const lineOf = (claim: C): Line<C> => {
		const { count, lines } = of(claim);
		let line = lines.get(claim.subject);
		if (!line) {
			line = { count, claims: [] };
			lines.set(claim.subject, line);
		}
		if (!line.claims.length) line.count = Math.max(line.count, count);
		return line;
	};
	const leftOf = ({ claims }: Line<C>) =>
		claims.reduce((sum, claim) => sum + claim.left(), 0);

	return {
		add(claim) {
			lineOf(claim).claims.push(claim);
		},
		remove(claim) {
			const { count, lines } = of(claim);
			const line = lines.get(claim.subject);
			const at = line?.claims.indexOf(claim) ?? -1;
			if (!line || at < 0) return false;
			line.claims.splice(at, 1);
			// Callers who have caught up would start where the lane stands anyway.
			for (const [subject, one] of lines)
				if (!one.claims.length && one.count <= count) lines.delete(subject);
			return true;
		},
		has: (claim) =>
			of(claim).lines.get(claim.subject)?.claims.includes(claim) ?? false,
		next(mayCall) {
			for (const lane of LANES) {
				if (!mayCall(lane)) continue;
				let first: { count: number; claim: C } | undefined;
				for (const { count, claims } of of({ lane }).lines.values()) {
					if (first && first.count <= count) continue;
					const claim = claims.find(({ waiting }) => waiting.length > 0);
					if (claim) first = { count, claim };
				}
				if (first) return first.claim;
			}
			return undefined;
		},
		served(claim) {
			const lane = of(claim);
			const line = lineOf(claim);
			lane.count = Math.max(lane.count, line.count);
			line.count++;
		},
		before(claim) {
			const own = lineOf(claim);
			let calls = claim.left();
			for (const one of own.claims) {
				if (one === claim) break;
				calls += one.left();
			}
			const mine = calls;
			for (const line of of(claim).lines.values())
				if (line !== own)
					// Others go in turn with this caller, and first as far as they have had less.
					calls += Math.min(
						leftOf(line),
						Math.max(0, mine + own.count - line.count),
					);
			for (const lane of LANES) {
				if (lane === claim.lane) break;
				for (const line of of({ lane }).lines.values()) calls += leftOf(line);
			}
			return calls;
		},
		behind(claim) {
			const found: C[] = [];
			for (const lane of LANES.slice(LANES.indexOf(claim.lane)))
				for (const [subject, { claims }] of of({ lane }).lines)
					if (lane !== claim.lane || subject !== claim.subject)
						found.push(...claims);
			return found;
		},
	};
};

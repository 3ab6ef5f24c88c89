/** What is written down of one write while it is attempted. */
import {
	type Candidate,
	type IdempotencyStore,
	planPlace,
	type RecordId,
} from "../store/idempotency.ts";
import type { Outcome, Write } from "./write.ts";

export type Claim = number | "wait" | undefined;

/** See IdempotencyStore. */
export interface RecordKeeper {
	finish(outcome: Outcome, made: string | undefined): Promise<void>;
	claim(candidates: readonly Candidate[]): Promise<Claim>;
	refuse(
		outcome: Outcome,
		settlesAt: number,
		write: Pick<Write<Outcome>, "mutation" | "plan">,
	): Promise<void>;
	lost(): Promise<void>;
	release(): Promise<void>;
	forget(): Promise<void>;
	sendAgain(): Promise<void>;
}

/** Locks away what a record keeps of a write's content: it may be about people. */
export interface PlanSeal {
	close(plain: string, place: string): string;
	open(sealed: string, place: string): string;
}

export const keeperOf = (
	store: IdempotencyStore,
	id: RecordId,
	{ seal, now }: { readonly seal: PlanSeal; now(): number },
): RecordKeeper => ({
	finish: (outcome, made) => store.finish(id, JSON.stringify(outcome), made),
	claim: (candidates) => store.claim(id, candidates, now()),
	refuse: (outcome, settlesAt, { mutation, plan }) =>
		store
			.refuse(id, {
				outcome: JSON.stringify(outcome),
				settlesAt,
				mutation,
				plan: seal.close(JSON.stringify(plan), planPlace(id)),
			})
			// Then it stays open, and the next attempt finds out.
			.catch(nothing),
	// A record that cannot be let go is taken over all the same: nothing of this process is at it.
	lost: () => store.lost(id, now()).catch(nothing),
	release: () => store.release(id).catch(nothing),
	forget: () => store.forget(id).catch(nothing),
	sendAgain: () => store.sendAgain(id, now()),
});

/**
 * Of a write without a key: nobody asks for its record again, but what it made must not be taken for the doing of
 * another. A disk that takes no record does not keep it from being sent.
 */
export const keeperWithoutKey = (keeper: RecordKeeper): RecordKeeper => ({
	...keeper,
	finish: (outcome, made) => keeper.finish(outcome, made).catch(nothing),
	refuse: () => keeper.release(),
});

export const nothing = async (): Promise<void> => {};

/** Of what may be repeated without harm. */
export const NO_RECORD: RecordKeeper = {
	finish: nothing,
	claim: async () => undefined,
	refuse: nothing,
	lost: nothing,
	release: nothing,
	forget: nothing,
	sendAgain: nothing,
};

/** Looks for what webhooks missed, on a share of the calls: every so often one look at each location in use, and no call beyond the share. */
import { Failure } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { MissedChangeDetector } from "./missed-changes.ts";

/** Counted up by every REST call of a look, whatever became of it. */
export interface Spent {
	made: number;
}

/** Costs one call as a rule. @throws where the API does not answer; the next look then sees what this one would have seen. */
export type Poll = (locationId: string, spent: Spent) => Promise<void>;

export interface Routine {
	/** What it looks at, for the log. */
	readonly what: string;
	/** One call each time; 0 never looks. */
	readonly everyMs: number;
	readonly poll: Poll;
}

export interface ReconcileOptions {
	readonly routines: readonly Routine[];
	readonly missed: MissedChangeDetector;
	readonly log: Logger;
	/** Locations somebody has asked about since: where nobody asks, nothing stale can be served. */
	activeSince(at: number): readonly string[];
	/** Epoch milliseconds. */
	now(): number;
	/** Runs `then` once, `ms` from now; returns the way to call it off. */
	after(ms: number, then: () => void): () => void;
}

// What the API refuses it will refuse in a minute, too; an operator may have mended it by then.
const REST_MS = 10 * 60_000;

/** Returns the way to stop it. */
export const startReconciliation = (
	options: ReconcileOptions,
): (() => void) => {
	const stops = options.routines
		.filter(({ everyMs }) => everyMs > 0)
		.map((routine) => run(routine, options));
	return () => {
		for (const stop of stops) stop();
	};
};

interface Account {
	looking: boolean;
	/** Looks to leave out: calls that earlier ones made beyond their one. */
	owes: number;
	restsUntil: number;
}

const run = (
	{ what, everyMs, poll }: Routine,
	{ missed, log, activeSince, now, after }: ReconcileOptions,
): (() => void) => {
	const accounts = new Map<string, Account>();
	const accountOf = (locationId: string): Account => {
		const known = accounts.get(locationId);
		if (known) return known;
		const account = { looking: false, owes: 0, restsUntil: 0 };
		accounts.set(locationId, account);
		return account;
	};

	const visit = async (locationId: string): Promise<void> => {
		missed.review(locationId);
		const account = accountOf(locationId);
		if (account.looking || now() < account.restsUntil) return;
		if (account.owes > 0) {
			account.owes--;
			return;
		}
		account.looking = true;
		const spent: Spent = { made: 0 };
		try {
			await poll(locationId, spent);
			log.debug(
				{ locationId, what, calls: spent.made },
				"looked for missed changes",
			);
		} catch (err) {
			if (isRefusal(err)) account.restsUntil = now() + REST_MS;
			log.warn({ err, locationId }, `reconciliation of ${what} put off`);
		}
		account.looking = false;
		account.owes = Math.max(0, spent.made - 1);
	};

	let last = now();
	let stop: () => void;
	const slot = () => {
		stop = after(everyMs, slot);
		const since = last;
		last = now();
		for (const locationId of activeSince(since)) void visit(locationId);
	};
	stop = after(everyMs, slot);
	return () => stop();
};

/** True for a refusal in words, which asking again does not change. */
export const isRefusal = (error: unknown): boolean =>
	error instanceof Failure &&
	(error.code === "UPSTREAM_REJECTED" ||
		error.code === "UPSTREAM_UNAUTHORIZED");

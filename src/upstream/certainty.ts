/** Tells the failed calls that certainly changed nothing from those nobody can be sure about: only the first may be repeated. */
import { Failure, fail } from "../errors.ts";
import { Refusal } from "./refusal.ts";

const unsent = new WeakSet<object>();

/** For whoever gives up on a call before it is put on the wire. Returns the error, to be thrown. */
export const neverSent = <E extends object>(error: E): E => {
	unsent.add(error);
	return error;
};

const stopped = new WeakSet<object>();

/** For a call that something in front of the API refused: nothing happened, and at once again it would meet the same. */
export const neverArrived = <E extends object>(error: E): E => {
	stopped.add(error);
	return error;
};

export const wasNeverSent = (error: unknown): boolean =>
	typeof error === "object" && error !== null && unsent.has(error);

/**
 * True when the call that failed so was refused or never sent. A 4xx is a refusal in the API's own words; a 5xx, a
 * timeout, a cut connection or an unreadable answer may stand for a write that took effect.
 */
export const nothingHappened = (error: unknown): boolean => {
	if (error instanceof Refusal) return true;
	if (wasNeverSent(error)) return true;
	if (!(error instanceof Failure)) return false;
	if (stopped.has(error)) return true;
	return error.code === "RATE_LIMITED" || error.code === "BAD_USER_INPUT";
};

/** For the reads a write begins with: when they fail, the write itself was never sent. */
export const beforeSending = async <T>(read: Promise<T>): Promise<T> => {
	try {
		return await read;
	} catch (error) {
		throw neverSent(error as object);
	}
};

/** For the later calls of a write that takes several: however they fail, something happened before. */
export const afterSending = async <T>(call: Promise<T>): Promise<T> => {
	try {
		return await call;
	} catch (cause) {
		throw fail(
			"UPSTREAM_UNAVAILABLE",
			"The write was done in part, and what was left of it failed.",
			{ cause: { cause } },
		);
	}
};

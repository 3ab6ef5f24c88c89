/** What became of a call: what its answer says, what its failure means to the caller, and what either says of the API's health. */
import { type ERRORS, Failure, fail } from "../errors.ts";
import type { Outcome } from "./breaker.ts";
import { neverArrived, neverSent } from "./certainty.ts";
import { StaleConnection } from "./connections.ts";
import type { Mismatch } from "./lenient.ts";
import type { Ids, Operation } from "./operation.ts";
import { Refusal } from "./refusal.ts";

/**
 * What the operation makes of an answer, each value of it that does not fit told.
 * @throws Failure UPSTREAM_INVALID_RESPONSE where what was asked for is not in the answer.
 */
export const read = <V>(
	operation: Operation<V>,
	ids: Ids,
	status: number,
	text: string,
	report: (mismatch: Mismatch) => void,
): V => {
	const invalid = (what: string, cause?: unknown) =>
		fail(
			"UPSTREAM_INVALID_RESPONSE",
			`The Contacts API answered ${operation.name} with something this gateway cannot read: ${what}.`,
			{
				cause: cause ?? { status, body: text.slice(0, 2000) },
				extensions: { operation: operation.name },
			},
		);
	let answer: unknown;
	try {
		answer = JSON.parse(text);
	} catch (cause) {
		throw invalid(
			`expected JSON, got ${text.length} characters that are not`,
			cause,
		);
	}
	const found = operation.coerce(answer, report);
	if (!found) throw invalid(operation.mismatch(answer));
	return operation.valueOf(found.answer, ids);
};

/** The edge in front of the API answers in HTML, with whatever status; the API itself never does. */
export const isPage = (answer: Buffer): boolean =>
	/^\s*</.test(answer.toString("latin1", 0, 100));

/**
 * The failure that an answer stands for that is no 2xx, or is a page of the edge in front of the API. `retryAfterMs`
 * belongs to a 429, which means the same from whoever it comes.
 */
export const refusalOf = (
	operation: { name: string },
	status: number,
	text: string,
	retryAfterMs: number | undefined,
): Failure => {
	const unavailable = (what: string) =>
		fail("UPSTREAM_UNAVAILABLE", what, {
			cause: { status, body: text.slice(0, 2000) },
			extensions: { operation: operation.name, upstreamStatus: status },
		});
	if (status >= 300 && (status < 400 || status >= 500))
		return unavailable(
			`The Contacts API answered ${operation.name} with ${status}. Try again later.`,
		);
	const inPlace = () =>
		unavailable(
			`Something in front of the Contacts API answered ${operation.name} in its place (${status}). Try again later; if it stays so, HighLevel blocks this gateway's address.`,
		);
	// Of a write that a page with 2xx answers nobody knows whether it was done.
	if (status < 300) return inPlace();
	const refusal = new Refusal(operation.name, status, text, retryAfterMs);
	// The API refuses in JSON; whatever else does says nothing of the token or of what was asked for.
	return status === 429 || refusal.body !== undefined
		? refusal
		: neverArrived(inPlace());
};

/** Transport faults become Failures; anything of ours passes unchanged. */
export const understood = (
	error: unknown,
	operation: { name: string },
	signal: AbortSignal | undefined,
): unknown => {
	if (error instanceof Failure) return error;
	if (signal?.aborted)
		return signal.reason instanceof Failure
			? signal.reason
			: fail(
					"DEADLINE_EXCEEDED",
					`The request ended before the Contacts API answered ${operation.name}.`,
					{ cause: error },
				);
	const code = (error as { code?: string }).code ?? "";
	const timedOut = /TIMEOUT|ETIMEDOUT/.test(code);
	const kind: keyof typeof ERRORS = timedOut
		? "UPSTREAM_TIMEOUT"
		: "UPSTREAM_UNAVAILABLE";
	return fail(
		kind,
		timedOut
			? `The Contacts API did not answer ${operation.name} in time. Try again later.`
			: `The Contacts API could not be reached for ${operation.name}. Try again later.`,
		{ cause: error, extensions: { operation: operation.name } },
	);
};

/** What a call's end says of the health of the API: a 4xx is an answer like any other. */
export const outcomeOf = (
	error: unknown,
	signal: AbortSignal | undefined,
): Outcome => {
	if (!(error instanceof Failure) || signal?.aborted) return "unknown";
	if (error instanceof Refusal)
		return error.status === 429 ? "unknown" : "good";
	if (error.code === "UPSTREAM_INVALID_RESPONSE") return "good";
	if (error.cause instanceof StaleConnection) return "unknown";
	return error.code === "UPSTREAM_UNAVAILABLE" ||
		error.code === "UPSTREAM_TIMEOUT"
		? "bad"
		: "unknown";
};

/** A failure of this call alone: the reason a whole operation ended for may be shared with calls that were sent. */
export const unsent = (error: unknown): unknown =>
	error instanceof Failure && !(error instanceof Refusal)
		? neverSent(
				fail(error.code, error.message, {
					cause: error.cause,
					extensions: { ...error.extensions },
				}),
			)
		: error;

// What answers say of themselves, where what the live API was recorded to answer and its specification differ.
import type { Settings } from "../options.ts";
import type { Call } from "./env.ts";
import { traceId } from "./errors.ts";

type Form = Pick<Settings, "specified">;

/** JSON with the id that is in the body of every recorded answer; last, as it was recorded. */
export const answer = (
	call: Call,
	body: object,
	status: 200 | 201 = 200,
): Response => call.json({ ...body, traceId: traceId() }, status);

/** Of what is specified to answer 201 and was recorded to answer 200. */
export const created = ({ specified }: Form): 200 | 201 =>
	specified ? 201 : 200;

/** `succeded` (sic) is specified, both spellings were recorded. */
export const done = ({ specified }: Form): object =>
	specified ? { succeded: true } : { succeded: true, succeeded: true };

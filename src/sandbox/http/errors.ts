// Error answers as the upstream was seen to give them: `{ statusCode, message, error?, traceId }` (contract, section 6).

const NAMES: Readonly<Record<number, string>> = {
	400: "Bad Request",
	401: "Unauthorized",
	403: "Forbidden",
	404: "Not Found",
	422: "Unprocessable Entity",
};

/** Thrown by a handler to answer with this status and text. */
export class Refusal extends Error {
	readonly status: number;
	readonly text: string | string[];
	readonly extra: Readonly<Record<string, unknown>>;

	constructor(
		status: number,
		text: string | string[],
		extra: Readonly<Record<string, unknown>> = {},
	) {
		super(typeof text === "string" ? text : text.join("; "));
		this.status = status;
		this.text = text;
		this.extra = extra;
	}

	body(): Record<string, unknown> {
		return {
			...errorBody(this.status, this.text),
			...this.extra,
			traceId: traceId(),
		};
	}
}

/** 422 carries a list of texts, one per fault (contract, section 6). */
export const unprocessable = (...faults: string[]): Refusal =>
	new Refusal(422, faults);

/** A missing contact is 400, not 404; its siblings are taken to behave alike (unknown upstream). */
export const notFound = (what: string, id: string): Refusal =>
	new Refusal(400, `${what} with id ${id} not found`);

export function errorBody(
	status: number,
	text: string | string[],
): Record<string, unknown> {
	const error = NAMES[status];
	return error === undefined
		? { statusCode: status, message: text }
		: { statusCode: status, message: text, error };
}

export const traceId = (): string => crypto.randomUUID();

/** One request to the gateway, and its errors with what a client decides by: the code, and whether and when to send it again. */
import type { TypedDocumentString } from "../generated/graphql.ts";

export interface Gateway {
	/** @throws GatewayError (the gateway answered with errors), TypeError (there was no answer). */
	ask<Data, Variables>(
		document: TypedDocumentString<Data, Variables>,
		variables: Variables,
	): Promise<Data>;
}

/** The first error of an answer; see docs/errors.md for the codes. */
export class GatewayError extends Error {
	readonly code: string;
	readonly retryable: boolean;
	readonly retryAfterMs: number | undefined;

	constructor({ message, extensions = {} }: AnswerError) {
		super(message);
		this.code = extensions.code ?? "";
		this.retryable = extensions.retryable ?? false;
		this.retryAfterMs = extensions.retryAfterMs;
	}
}

interface AnswerError {
	readonly message: string;
	readonly extensions?: {
		readonly code?: string;
		readonly retryable?: boolean;
		readonly retryAfterMs?: number;
	};
}

/** `url` is the gateway's, such as http://127.0.0.1:4000. */
export const createGateway = (url: string, token: () => string): Gateway => ({
	async ask(document, variables) {
		const answer = await fetch(`${url}/graphql`, {
			method: "POST",
			headers: {
				"content-type": "application/json",
				authorization: `Bearer ${token()}`,
				"x-deadline-ms": "20000",
			},
			body: JSON.stringify({ query: document.toString(), variables }),
		});
		const { data, errors } = (await answer.json()) as {
			data?: never;
			errors?: readonly AnswerError[];
		};
		if (errors?.[0]) throw new GatewayError(errors[0]);
		return data as never;
	},
});

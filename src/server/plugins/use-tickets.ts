/** `POST /graphql/ticket`: a ticket for an event stream, for a client that can send a token now but not with the stream. */
import type { Tickets } from "../../auth/tickets.ts";
import { fail } from "../../errors.ts";
import type { Logger } from "../../log.ts";
import type { HttpCall } from "../http-call.ts";
import type { OperationPlugin } from "../operation-context.ts";
import { publicErrors } from "../public-error.ts";

export const TICKET_PATH = "/graphql/ticket";

/** A step of Yoga's, so that pages of other origins get the headers they need. */
export const useTickets = (tickets: Tickets, log: Logger): OperationPlugin => ({
	async onRequest({ request, url, serverContext, fetchAPI, endResponse }) {
		if (url.pathname !== TICKET_PATH) return;
		const call = serverContext.call as HttpCall;
		const answer = (
			status: number,
			body: object,
			headers: Readonly<Record<string, string>> = {},
		) =>
			endResponse(
				fetchAPI.Response.json(body, {
					status,
					headers: { ...headers, "Cache-Control": "no-store" },
				}),
			);
		try {
			if (request.method !== "POST")
				throw fail(
					"METHOD_NOT_ALLOWED",
					`Expected POST, but got ${request.method}.`,
					{ extensions: { allow: ["POST"] } },
				);
			await call.viewer();
			answer(200, {
				ticket: await tickets.issue(call.credentials),
				expiresInSeconds: tickets.ttlSeconds,
			});
		} catch (error) {
			const { errors, status, headers } = publicErrors(error, {
				log,
				requestId: call.requestId,
			});
			answer(status, { errors }, headers);
		}
	},
});

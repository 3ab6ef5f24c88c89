/** The route /webhooks/contacts: raw bytes in, 200 once they are on disk. */

import type { Receive } from "../changes/receive.ts";
import { fail } from "../errors.ts";
import { sendJson } from "./error-response.ts";
import { type RequestContext, readBytes } from "./request-context.ts";

// The header some accounts send, equal on every retry of an event; how it is spelt is not confirmed (contract, section 9).
const DELIVERY_IDS = ["deliveryid", "delivery-id", "x-delivery-id"];

export const webhookRoute =
	(receive: Receive, bodyBytes: number) =>
	async (http: RequestContext): Promise<void> => {
		const { req, notes } = http;
		if (req.method !== "POST")
			throw fail(
				"METHOD_NOT_ALLOWED",
				`Webhooks are delivered by POST, but got ${req.method}.`,
				{ extensions: { allow: ["POST"] } },
			);
		const raw = await readBytes(req, bodyBytes);
		const header = (name: string) => {
			const value = req.headers[name];
			return typeof value === "string" ? value : undefined;
		};
		const { fresh, type, locationId } = await receive(
			raw,
			{ ed25519: header("x-ghl-signature"), rsa: header("x-wh-signature") },
			DELIVERY_IDS.map(header).find((id) => id !== undefined),
		);
		notes.type = type;
		notes.locationId = locationId;
		notes.duplicate = !fresh;
		sendJson(http, 200, { received: true, duplicate: !fresh });
	};

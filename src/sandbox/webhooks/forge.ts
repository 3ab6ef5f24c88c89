// Bodies a receiver must refuse: forged in four ways, too large, or no JSON at all.
import { generateKeyPairSync, sign } from "node:crypto";
import { type SignatureKind, signatureHeaders } from "./keys.ts";

export interface Parcel {
	bytes: Buffer;
	headers: Record<string, string>;
}

const strangers = generateKeyPairSync("ed25519");

/** A ContactDelete nobody raised, in the `turn`-th of four ways: strange key, changed after signing, unsigned, `N/A`. */
export function forged(
	genuine: Record<string, unknown>,
	turn: number,
	kinds: readonly SignatureKind[],
): Parcel {
	const body = {
		...genuine,
		type: "ContactDelete",
		webhookId: crypto.randomUUID(),
		forged: true,
	};
	const bytes = Buffer.from(JSON.stringify(body));
	switch (turn % 4) {
		case 0:
			return {
				bytes,
				headers: {
					"x-ghl-signature": sign(null, bytes, strangers.privateKey).toString(
						"base64",
					),
				},
			};
		case 1:
			return {
				bytes,
				headers: signatureHeaders(Buffer.from(JSON.stringify(genuine)), kinds),
			};
		case 2:
			return { bytes, headers: {} };
		default:
			return {
				bytes,
				headers: { "x-ghl-signature": "N/A", "x-wh-signature": "N/A" },
			};
	}
}

export function oversized(
	genuine: Record<string, unknown>,
	kinds: readonly SignatureKind[],
): Parcel {
	const body = { ...genuine, padding: "x".repeat(2_000_000) };
	const bytes = Buffer.from(JSON.stringify(body));
	return { bytes, headers: signatureHeaders(bytes, kinds) };
}

export function notJson(kinds: readonly SignatureKind[]): Parcel {
	const bytes = Buffer.from("type=ContactUpdate&id=c1");
	return { bytes, headers: signatureHeaders(bytes, kinds) };
}

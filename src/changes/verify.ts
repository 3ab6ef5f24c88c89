/** Whether a delivery is the sender's own: a signature over the raw bytes by a key we trust, and nothing else. */
import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { fail } from "../errors.ts";

export interface WebhookKeys {
	/** SPKI in PEM, or its base64 alone; several while the sender changes keys. An empty list refuses the header. */
	readonly ed25519: readonly string[];
	readonly rsa: readonly string[];
}

export interface Signatures {
	/** `x-ghl-signature`: Ed25519, base64. */
	readonly ed25519: string | undefined;
	/** `x-wh-signature`: RSA-SHA256, base64. Older; counts only where the newer one is absent. */
	readonly rsa: string | undefined;
}

/**
 * Resolves to the header that vouches for the delivery.
 * @throws Failure UNAUTHENTICATED saying which header failed, never why in more detail than a forger may know.
 */
export type Verify = (
	raw: Uint8Array,
	signatures: Signatures,
) => Promise<"x-ghl-signature" | "x-wh-signature">;

/** @throws Error naming the key that cannot be read. */
export const createVerify = (keys: WebhookKeys): Verify => {
	const ed25519 = keys.ed25519.map((text) => keyOf(text, "ed25519"));
	const rsa = keys.rsa.map((text) => keyOf(text, "rsa"));
	return async (raw, signatures) => {
		const newer = present(signatures.ed25519);
		const older = present(signatures.rsa);
		if (newer === undefined && older === undefined)
			throw refused(
				"A delivery must be signed: expected the header x-ghl-signature (or x-wh-signature), but got neither.",
			);
		// A newer signature that is wrong is not saved by an older one: a forger would only have to add it.
		const [header, signature, trusted, algorithm] =
			newer !== undefined
				? (["x-ghl-signature", newer, ed25519, null] as const)
				: (["x-wh-signature", older ?? "", rsa, "sha256"] as const);
		const bytes = bytesOf(signature);
		if (bytes)
			for (const key of trusted)
				if (await verified(algorithm, raw, key, bytes)) return header;
		throw refused(
			`The signature in ${header} is not by a key this gateway trusts, or not over these bytes.`,
		);
	};
};

/** [docs] and nine public sources: contract/webhooks.json, `publicKeys`. */
export const VENDOR_KEYS: WebhookKeys = {
	ed25519: ["MCowBQYDK2VwAyEAi2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg="],
	rsa: [
		"MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAokvo/r9tVgcfZ5DysOSCFrm602qYV0MaAiNnX9O8KxMbiyRKWeL9JpCpVpt4XHIcBOK4u3cLSqJGOLaPuXw6dO0t6Q/ZVdAV5Phz+ZtzPL16iCGeK9po6D6JHBpbi989mmzMryUnQJezlYJ3DVfBcsedpinheNnyYeFXolrJvcsjDtfAeRx5ByHQmTnSdFUzuAnC9/GepgLT9SM4nCpvuxmZMxrJt5Rw+VUaQ9B8JSvbMPpez4peKaJPZHBbU3OdeCVx5klVXXZQGNHOs8gF3kvoV5rTnXV0IknLBXlcKKAQLZcY/Q9rG6Ifi9c+5vqlvHPCUJFT5XUGG5RKgOKUJ062fRtN+rLYZUV+BjafxQauvC8wSWeYja63VSUruvmNj8xkx2zE/Juc+yjLjTXpIocmaiFeAO6fUtNjDeFVkhf5LNb59vECyrHD2SQIrhgXpO4Q3dVNA5rw576PwTzNh/AMfHKIjE4xQA1SZuYJmNnmVZLIZBlQAF9Ntd03rfadZ+yDiOXCCs9FkHibELhCHULgCsnuDJHcrGNd5/Ddm5hxGQ0ASitgHeMZ0kcIOwKDOzOU53lDza6/Y09T7sYJPQe7z0cvj7aE4B+Ax1ZoZGPzpJlZtGXCsu9aTEGEnKzmsFqwcSsnw3JB31IGKAykT1hhTiaCeIY/OwwwNUY2yvcCAwEAAQ==",
	],
};

// Off the event loop: it was half of what a delivery costs there. What cannot be checked is not verified.
const verified = (
	algorithm: string | null,
	raw: Uint8Array,
	key: KeyObject,
	signature: Uint8Array,
): Promise<boolean> =>
	new Promise((resolve) =>
		verify(algorithm, raw, key, signature, (error, good) =>
			resolve(error === null && good),
		),
	);

const refused = (message: string) => fail("UNAUTHENTICATED", message);

// `N/A` is how one receiver saw unsigned deliveries marked (contract, section 9).
const present = (header: string | undefined): string | undefined =>
	header === undefined || header === "" || header === "N/A"
		? undefined
		: header;

const BASE64 = /^[A-Za-z0-9+/]{1,2048}={0,2}$/;

const bytesOf = (text: string): Buffer | undefined =>
	BASE64.test(text) ? Buffer.from(text, "base64") : undefined;

const keyOf = (text: string, type: "ed25519" | "rsa"): KeyObject => {
	const pem = text.includes("BEGIN")
		? text
		: `-----BEGIN PUBLIC KEY-----\n${text}\n-----END PUBLIC KEY-----\n`;
	let key: KeyObject;
	try {
		key = createPublicKey(pem);
	} catch (cause) {
		throw new Error(
			`Expected a webhook key of type ${type}: an SPKI public key in PEM or base64, but ${JSON.stringify(text.slice(0, 40))} is none.`,
			{ cause },
		);
	}
	if (key.asymmetricKeyType === type) return key;
	throw new Error(
		`Expected a webhook key of type ${type}, but got one of type ${key.asymmetricKeyType}.`,
	);
};

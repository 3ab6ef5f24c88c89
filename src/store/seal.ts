/** Locks secrets away with AES-256-GCM, so that whoever copies the file has nothing, and lets keys be changed without a pause. */
import {
	createCipheriv,
	createDecipheriv,
	createHash,
	randomFillSync,
} from "node:crypto";

export class SealBroken extends Error {
	override readonly name = "SealBroken";
}

/** Sealed bytes, and the name of the key that can open them. */
export interface Sealed {
	readonly key: string;
	readonly bytes: Uint8Array;
}

export interface Seal {
	/** `place` is bound into the result: a sealed value that is moved to another row does not open there. */
	close(plain: string, place: string): string;
	/** @throws SealBroken when no key of the ring made it, or when value or place were changed. */
	open(sealed: string, place: string): string;
	/** The same as bytes, for what is large or many. */
	closeBytes(plain: string, place: string): Sealed;
	openBytes(sealed: Sealed, place: string): string;
	/** True when it was closed with a key that is not the ring's first any more. */
	isOld(sealed: string): boolean;
	/** Names of the keys, the one that closes first. */
	readonly keys: readonly [string, ...string[]];
}

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * The first key closes; every key opens. To change keys, put the new one in front and restart: values move over to it
 * as they are written again, or at once by `reseal`.
 * @throws Error when there is no key, or one is not 32 bytes.
 */
export const createSeal = (keys: readonly Uint8Array[]): Seal => {
	const ring = new Map(keys.map((key) => [nameOf(key), key]));
	const [first, ...others] = ring.keys();
	if (first === undefined) throw new Error("A seal needs at least one key");

	const closeBytes: Seal["closeBytes"] = (plain, place) => {
		const iv = nextIv();
		const cipher = createCipheriv(
			"aes-256-gcm",
			ring.get(first) as Uint8Array,
			iv,
		);
		cipher.setAAD(Buffer.from(place));
		const body = [cipher.update(plain, "utf8"), cipher.final()];
		return {
			key: first,
			bytes: Buffer.concat([iv, cipher.getAuthTag(), ...body]),
		};
	};
	const openBytes: Seal["openBytes"] = ({ key: name, bytes }, place) => {
		const key = ring.get(name);
		if (!key)
			throw new SealBroken(
				`A stored secret was sealed with the key ${name}, which is not among the ${ring.size} configured. List the old key behind the new one in TOKEN_KEYS, or reconnect.`,
			);
		try {
			const decipher = createDecipheriv(
				"aes-256-gcm",
				key,
				bytes.subarray(0, IV_BYTES),
				{ authTagLength: TAG_BYTES },
			);
			decipher.setAAD(Buffer.from(place));
			decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
			return Buffer.concat([
				decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)),
				decipher.final(),
			]).toString("utf8");
		} catch (cause) {
			throw new SealBroken(
				"A stored secret was changed, or moved, after it was sealed. Connect again.",
				{ cause },
			);
		}
	};
	return {
		keys: [first, ...others],
		closeBytes,
		openBytes,
		close(plain, place) {
			const { key, bytes } = closeBytes(plain, place);
			return `${key}.${Buffer.from(bytes).toString("base64url")}`;
		},
		open(sealed, place) {
			const [key = "", text = ""] = sealed.split(".");
			return openBytes({ key, bytes: Buffer.from(text, "base64url") }, place);
		},
		isOld: (sealed) => !sealed.startsWith(`${first}.`),
	};
};

// Drawn many at a time: one alone costs as much as the sealing.
const ivs = Buffer.alloc(256 * IV_BYTES);
let ivAt = ivs.byteLength;

/** Valid until the next is drawn. */
const nextIv = (): Buffer => {
	if (ivAt === ivs.byteLength) {
		randomFillSync(ivs);
		ivAt = 0;
	}
	ivAt += IV_BYTES;
	return ivs.subarray(ivAt - IV_BYTES, ivAt);
};

/** A key's name tells keys apart and gives nothing away: the start of its hash. */
const nameOf = (key: Uint8Array): string => {
	if (key.byteLength !== KEY_BYTES)
		throw new Error(
			`A key of the seal must be ${KEY_BYTES} bytes, but is ${key.byteLength}`,
		);
	return createHash("sha256")
		.update("contact-graph seal ")
		.update(key)
		.digest("hex")
		.slice(0, 12);
};

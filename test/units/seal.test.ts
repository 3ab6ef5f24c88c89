/** The seal by itself: what it keeps, where, and under which keys. */
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { createSeal, SealBroken } from "../../src/store/seal.ts";

const NONCE_BYTES = 12;

test("what is sealed opens at its place and at no other, whole and unchanged", () => {
	const seal = createSeal([randomBytes(32)]);
	const sealed = seal.closeBytes("Ada", "journal/L/1");
	expect(seal.openBytes(sealed, "journal/L/1")).toBe("Ada");
	expect(() => seal.openBytes(sealed, "journal/L/2")).toThrow(SealBroken);
	for (let at = 0; at < sealed.bytes.byteLength; at++) {
		const bytes = Uint8Array.from(sealed.bytes);
		bytes[at] = (bytes[at] as number) ^ 1;
		expect(() => seal.openBytes({ ...sealed, bytes }, "journal/L/1")).toThrow(
			SealBroken,
		);
	}
});

test("no two secrets are sealed with one nonce", () => {
	const seal = createSeal([randomBytes(32)]);
	const nonces = Array.from({ length: 1000 }, () =>
		Buffer.from(seal.closeBytes("same", "place").bytes)
			.subarray(0, NONCE_BYTES)
			.toString("hex"),
	);
	expect(new Set(nonces).size).toBe(nonces.length);
});

test("what an older key sealed opens, and is known as old", () => {
	const [older, newer] = [randomBytes(32), randomBytes(32)];
	const before = createSeal([older]).close("Ada", "place");
	const seal = createSeal([newer, older]);
	expect(seal.open(before, "place")).toBe("Ada");
	expect(seal.isOld(before)).toBe(true);
	expect(seal.isOld(seal.close("Ada", "place"))).toBe(false);
	expect(() => createSeal([newer]).open(before, "place")).toThrow(SealBroken);
});

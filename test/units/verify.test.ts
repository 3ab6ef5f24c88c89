/** Which deliveries count as the sender's own: signatures over the raw bytes, by keys that may change. */
import { generateKeyPairSync, sign } from "node:crypto";
import { expect, test } from "vitest";
import { createVerify, VENDOR_KEYS } from "../../src/changes/verify.ts";

const pem = (key: { export(options: object): string | Buffer }) =>
	key.export({ type: "spki", format: "pem" }).toString();

const [old, current, stranger] = [0, 1, 2].map(() =>
	generateKeyPairSync("ed25519"),
);
if (!old || !current || !stranger) throw new Error("expected three key pairs");
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const keys = {
	ed25519: [pem(old.publicKey), pem(current.publicKey)],
	rsa: [pem(rsa.publicKey)],
};
const verify = createVerify(keys);
const raw = Buffer.from('{"type":"ContactUpdate","name":"Zoë"}');
const by = (key: typeof old, bytes = raw) =>
	sign(null, bytes, key.privateKey).toString("base64");
const byRsa = (bytes = raw) =>
	sign("sha256", bytes, rsa.privateKey).toString("base64");
const none = { ed25519: undefined, rsa: undefined };

test("a signature by any trusted key counts, so keys can change while both are in use", async () => {
	await verify(raw, { ...none, ed25519: by(old) });
	await verify(raw, { ...none, ed25519: by(current) });
	await verify(raw, { ...none, rsa: byRsa() });
	await verify(raw, { ed25519: "N/A", rsa: byRsa() });
});

test.each<[string, { ed25519: string | undefined; rsa: string | undefined }]>([
	["unsigned", none],
	["marked as unsigned", { ed25519: "N/A", rsa: undefined }],
	["signed by a stranger", { ...none, ed25519: by(stranger) }],
	[
		"signed for other bytes",
		{ ...none, ed25519: by(current, Buffer.from("{}")) },
	],
	["signed with text that is no base64", { ...none, ed25519: "%%%" }],
	["signed with too few bytes", { ...none, ed25519: "AAAA" }],
	["signed with RSA under the newer header", { ...none, ed25519: byRsa() }],
	[
		"wrong under the newer header, whatever the older one holds",
		{ ed25519: by(stranger), rsa: byRsa() },
	],
	[
		"signed for other bytes with RSA",
		{ ...none, rsa: byRsa(Buffer.from("x")) },
	],
])("a delivery %s is refused", async (_, signatures) => {
	await expect(verify(raw, signatures)).rejects.toThrow(
		expect.objectContaining({ code: "UNAUTHENTICATED" }),
	);
});

test("without a key of a kind, nothing signed that way is taken", async () => {
	const newerOnly = createVerify({ ...keys, rsa: [] });
	await expect(newerOnly(raw, { ...none, rsa: byRsa() })).rejects.toThrow(
		/x-wh-signature/,
	);
	await expect(
		createVerify({ ed25519: [], rsa: [] })(raw, {
			...none,
			ed25519: by(current),
		}),
	).rejects.toThrow(/x-ghl-signature/);
});

test("the vendor's own keys are read, and a key that is none is named", () => {
	expect(() => createVerify(VENDOR_KEYS)).not.toThrow();
	expect(() => createVerify({ ed25519: ["nonsense"], rsa: [] })).toThrow(
		/ed25519.*nonsense/,
	);
	expect(() =>
		createVerify({ ed25519: [pem(rsa.publicKey)], rsa: [] }),
	).toThrow(/type ed25519, but came one of type rsa/);
});

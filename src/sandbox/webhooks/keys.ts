// The key pairs the sandbox signs its webhooks with. Made for it alone and known to everybody: worth nothing elsewhere.
import { createPrivateKey, createPublicKey, sign } from "node:crypto";

export type SignatureKind = "ed25519" | "rsa";

const PRIVATE = {
	ed25519: createPrivateKey({
		format: "jwk",
		key: {
			kty: "OKP",
			crv: "Ed25519",
			x: "UlV3TDPkZ4l3hLOAOT0XfUmQs4ZCcXs2Yc4mhFJhlzk",
			d: "fqo4csN-3bhYtio4cFOceQZZB0u9wDTjM9Pb4KIFsto",
		},
	}),
	// 2048 bits where the vendor has 4096: ten times cheaper to sign with, the same to verify.
	rsa: createPrivateKey({
		format: "jwk",
		key: {
			kty: "RSA",
			n: "suvoPbuqMEuqnB_G_BKbHzDAqBk2ICh4QG_yXQcPrQ82BSAJdNaLsmM3pqA3YAeA1PDfE7b66_7WNTOKFsDmy4zq8s5CXIGBBLUf2Yx-5O6CbblBw2U7hdL6vIyp2gGUOXKY4k9pnHP2qopQgRNihYeEIeESPDzckoBNYc6-B5cezCSojUmMvAJbJWIwDPhRaxJfztOdHxVsREv1swusGj4o4Mj9h2Jfz6_qRxeDN6zlGHilDvYWtXa2HBgN5epgJC0cL2PP9DsyrmQhmGYGi6tZCeDhX0VB7lOzRSPvUUn5fOguB4kgpM1By1uwUJCeOGCqpI1Wu0_AcLclAwpwQw",
			e: "AQAB",
			d: "SUsPF17NYDxW1t7DlhYPGm9PtGyjeffqDsds-oO-fa-Z-u59QTH0Bu7S6LyAAqQAN_q1_y75SfxaBnAm9JwvzxlaU31_vMJGNkX2FpmRj7lOj6EQmfjZsb_T-7IJkCcOb5wMmcRbKH5ugLzpLn7g4H87dt9qp2dtGcxaJqNYv-WN6PkIDGCX5_NhcKe_bR47Dpz6c0f0y3YEZ32vcYYbEayp0BXEc8OP_scJqsmkewS6agr8b7zda_FoeOt6Z2xqwuYtSyGeTvI0hXbt63Kq_ldeU2ueNrlOqmkyEYVYAeiOGvfCX5vCbNG3lGI7bC_FNH-RC40uZuE6SRJ1vi51XQ",
			p: "4KeJ4l3adrvEbKVImJoz3koXlJLPpuNmS-yzQKsfbJmbhzNnLTdxNv1nonbGLDRB6Zn2sZyZa2VNaAAQ8TTHTlaRjGw-EEW2E_bphhO_kiVoBu741Ya22BoghzlTeMkiANvAYK-FQUxXoyUtjo7lCMQxVhq0q4D6ymCKtIMhwuc",
			q: "y-LT8zHTdyobC91-2ujsM83EHtEsdsekKVzkilZwdG18QpIXFQaz92iytEPNM4Pj62LDtFx4TVc4KZvF7rnflqRSzqIJHRe_CkQLiW4cnK2bB0fQuH71bu2tAoLpQ9yOU8RFnyshHQMapnGQZO52W0nPeOWdn9FcmjtJcavS2EU",
			dp: "HvbYqWu4Nc9Rlov9gpMWfRgHQgIuPtlu-x4H4uzzKtvNNQhfuzq-Dw9EXn8yd1tIjnMbLoXgG45d6ezAaQ6WPfTuoMU2lLWXEA9jRoioSfN_8By2DXBA-W44d4ruN2K5nhar4Gew3TwxhBoWumR1qwynpC-QIWdoqcY-t_yvBZc",
			dq: "KPgGYPrlJC_YyXSTlgdx1yMEwrCDf8a0DP-2iLm_1RVe_719V-NF7HQkXKa3KB_bf6QT8T0Xi2r4RRwhFMxSymFwpkbXD_qCj9yGePIgW7dizH64ySnxxX2K41NM7i72hoyM9OPkvoCuLT3qpu1n6QYW45M4LjISqoc5RdciAgU",
			qi: "3D3AtRmLtv3bmRsFCbalfMtTvIveiDULGVOH1_SPzXbR5hXQKLPZEKSkimyDWJG5nfKUa7qCy9pdYk5mZoSxO9_jt-7uocmMRVtowZ5RFS0y3x8y6XgPahUoUWO7jFyRHMPIpQIkKtrHwCG3duK_r3hO1Yh1np6cZM9cmxk-EEU",
		},
	}),
};

/** Public keys as SPKI PEM, for whoever verifies. */
export const WEBHOOK_KEYS: Readonly<Record<SignatureKind, string>> = {
	ed25519: publicPem("ed25519"),
	rsa: publicPem("rsa"),
};

/** The signature headers over these bytes, base64 (contract, section 9). */
export function signatureHeaders(
	bytes: Buffer,
	kinds: readonly SignatureKind[],
): Record<string, string> {
	const headers: Record<string, string> = {};
	if (kinds.includes("ed25519"))
		headers["x-ghl-signature"] = sign(null, bytes, PRIVATE.ed25519).toString(
			"base64",
		);
	if (kinds.includes("rsa"))
		headers["x-wh-signature"] = sign("sha256", bytes, PRIVATE.rsa).toString(
			"base64",
		);
	return headers;
}

function publicPem(kind: SignatureKind): string {
	return createPublicKey(PRIVATE[kind])
		.export({ type: "spki", format: "pem" })
		.toString();
}

// A certificate for a sandbox that serves TLS: made at its start, good for this machine, trusted by nobody who was not told.
import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Certificate {
	/** PEM. */
	readonly key: string;
	readonly cert: string;
	/** Where `cert` lies, for NODE_EXTRA_CA_CERTS. */
	readonly file: string;
	remove(): Promise<void>;
}

/** Self-signed, for 127.0.0.1 and localhost, for a year from now. */
export async function makeCertificate(): Promise<Certificate> {
	// Loaded here, so that only those who serve TLS wait for it.
	const { generate } = await import("selfsigned");
	// Two of one name that are both trusted would be taken for each other.
	const name = `Contacts API sandbox ${randomUUID()}`;
	const made = await generate([{ name: "commonName", value: name }], {
		keyType: "ec",
		algorithm: "sha256",
		extensions: [
			{ name: "basicConstraints", cA: true, critical: true },
			{
				name: "subjectAltName",
				altNames: [
					{ type: 7, ip: "127.0.0.1" },
					{ type: 2, value: "localhost" },
				],
			},
		],
	});
	const directory = await mkdtemp(join(tmpdir(), "contacts-sandbox-"));
	const file = join(directory, "certificate.pem");
	await writeFile(file, made.cert);
	return {
		key: made.private,
		cert: made.cert,
		file,
		remove: () => rm(directory, { recursive: true, force: true }),
	};
}

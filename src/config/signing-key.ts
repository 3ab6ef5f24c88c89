/** The gateway's own keys, when none are configured: made once, kept in the data directory, readable by their owner only. */
import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DataFault, dataFault } from "../store/data-fault.ts";

const KEY_BYTES = 32;

/**
 * The key in `dataDir`, made when there is none. Processes that start together agree on one, and a restart keeps it, so
 * that tokens stay valid and another process can mint them.
 */
export const signingKey = (dataDir: string): Promise<Uint8Array> =>
	keyIn(dataDir, "signing.key", "tokens signed with the old one stop working");

/** The key that seals OAuth tokens and webhooks; otherwise the same. */
export const sealingKey = (dataDir: string): Promise<Uint8Array> =>
	keyIn(dataDir, SEALING, LOSS);

/**
 * The keys that seal what is kept: those configured, and behind them the one in `dataDir`, which sealed before any were;
 * that one is made when there is none of either.
 */
export const sealKeys = async (
	dataDir: string,
	configured: readonly string[] | undefined,
): Promise<Uint8Array[]> => {
	if (!configured) return [await sealingKey(dataDir)];
	const kept = await read(join(dataDir, SEALING), LOSS).catch(() => undefined);
	return [
		...configured.map((key) => Buffer.from(key, "base64")),
		...(kept ? [kept] : []),
	];
};

const SEALING = "sealing.key";
const LOSS =
	"what is connected has to be connected again, and kept webhooks cannot be read";

const keyIn = async (
	dataDir: string,
	name: string,
	loss: string,
): Promise<Uint8Array> => {
	const file = join(dataDir, name);
	const known = await read(file, loss);
	if (known) return known;
	await mkdir(dataDir, { recursive: true, mode: 0o700 });
	// Written aside and linked into place: a reader never meets half a key, and the first of two writers wins.
	const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
	try {
		await writeFile(
			draft,
			`${randomBytes(KEY_BYTES).toString("base64url")}\n`,
			{
				mode: 0o600,
				flag: "wx",
			},
		);
		await link(draft, file).catch((error: NodeJS.ErrnoException) => {
			if (error.code !== "EEXIST") throw error;
		});
	} catch (error) {
		throw dataFault(error, file);
	} finally {
		await rm(draft, { force: true });
	}
	const made = await read(file, loss);
	if (made) return made;
	throw new Error(`${file} was written but is not there`);
};

const read = async (
	file: string,
	loss: string,
): Promise<Uint8Array | undefined> => {
	let text: string;
	try {
		text = await readFile(file, "utf8");
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
		throw dataFault(error, file);
	}
	const key = Buffer.from(text.trim(), "base64url");
	if (key.length >= KEY_BYTES) return key;
	throw new DataFault(
		`${file} should hold a key of ${KEY_BYTES} bytes in base64url, but holds ${key.length} bytes. Delete it to have a new one made; ${loss}.`,
	);
};

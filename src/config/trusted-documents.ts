/** Reads the manifest of trusted documents, as GraphQL Code Generator writes it. */
import { readFileSync } from "node:fs";
import { ConfigError } from "./config.ts";

/** Document by id. @throws ConfigError for a file that is not there, or not a JSON object of texts. */
export const readTrustedDocuments = (
	file: string,
): Readonly<Record<string, string>> => {
	let value: unknown;
	try {
		value = JSON.parse(readFileSync(file, "utf8"));
	} catch (error) {
		throw fault(file, (error as Error).message);
	}
	if (isManifest(value)) return value;
	throw fault(file, "it is not an object of texts");
};

const isManifest = (value: unknown): value is Record<string, string> =>
	typeof value === "object" &&
	value !== null &&
	!Array.isArray(value) &&
	Object.values(value).every((text) => typeof text === "string" && text);

const fault = (file: string, why: string) =>
	new ConfigError([
		`TRUSTED_DOCUMENTS_FILE: expected a JSON file of documents by id, { "<id>": "query ..." }, at ${JSON.stringify(file)}, but ${why}`,
	]);

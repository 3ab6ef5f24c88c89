/** The documents of a manifest, found by the ids that clients send in place of their text, and whether others may run. */
import { hash } from "node:crypto";

export interface TrustedDocumentsSettings {
	/** `off`: none are known. `log`: others run as well, and are logged. `only`: others are refused. */
	readonly mode: "off" | "log" | "only";
	/** Document by id, as code generators write it. */
	readonly documents: Readonly<Record<string, string>>;
}

export interface TrustedDocuments {
	/** By its key in the manifest, or by `sha256:` and the hash of its text, with or without that prefix. */
	find(id: string): string | undefined;
	/** Whether a text is that of one of them. */
	has(text: string): boolean;
}

export const createTrustedDocuments = (
	documents: TrustedDocumentsSettings["documents"],
): TrustedDocuments => {
	const byId = new Map<string, string>();
	// Behind the manifest's own ids, which say what is meant where two of them differ.
	const entries = Object.entries(documents);
	for (const [, text] of entries) byId.set(hash("sha256", text, "hex"), text);
	for (const [id, text] of entries) byId.set(id.replace(PREFIX, ""), text);
	const texts = new Set(byId.values());
	return {
		find: (id) => byId.get(id.replace(PREFIX, "")),
		has: (text) => texts.has(text),
	};
};

// GraphQL over HTTP, persisted documents: an id with a prefix says how it was made, and `sha256:` is of the text.
const PREFIX = /^sha256:/;

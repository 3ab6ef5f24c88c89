/**
 * Brings the document of a request that sends its id alone, by `documentId` (GraphQL over HTTP) or Apollo's
 * `persistedQuery`, over every transport. Yoga's plugin for it knows one of the two, and either refuses all other documents
 * or says nothing of them.
 */
import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { type Failure, fail } from "../../errors.ts";
import type { Logger } from "../../log.ts";
import { bad, type Parameters } from "../graphql-request.ts";
import type { OperationPlugin } from "../operation-context.ts";
import {
	createTrustedDocuments,
	type TrustedDocumentsSettings,
} from "../trusted-documents.ts";

export const useTrustedDocuments = (
	{ mode, documents }: TrustedDocumentsSettings,
	log: Pick<Logger, "warn">,
): OperationPlugin => {
	// What is asked by id is refused behind the operator's plugins, one of which may know it (`withoutQuery`).
	if (mode === "off") return {};
	const trusted = createTrustedDocuments(documents);
	// Each is logged once: what somebody has to add to the manifest, and not how often it ran.
	const logged = new LRUCache<string, true>({ max: 1000 });
	return {
		onParams({ params, setParams, context }) {
			const { query, operationName, variables, extensions, documentId } =
				params as unknown as Parameters;
			const { persistedQuery, ...others } = extensions ?? {};
			if (!query) {
				const id = documentId ?? hashIn(persistedQuery);
				if (id === undefined) return;
				const document = trusted.find(id);
				if (document === undefined)
					throw documentId === undefined
						? // Apollo's and urql's clients read these words, and send the text then.
							fail("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
						: unknownDocument(documentId);
				return setParams({
					query: document,
					operationName: operationName as string,
					variables,
					// The same document asked by its text shares what is cached.
					extensions: others,
				});
			}
			if (trusted.has(query)) return;
			if (mode === "only") throw untrusted();
			const sha256 = hash("sha256", query, "hex");
			if (logged.has(sha256)) return;
			logged.set(sha256, true);
			const { subject } = (
				context as unknown as { viewer: { subject: string } }
			).viewer;
			log.warn(
				{ sha256, operationName, subject },
				"A document that is not among the trusted ones ran; TRUSTED_DOCUMENTS=only would refuse it.",
			);
		},
	};
};

/** Of a request that has no query when all plugins have seen it. */
export const withoutQuery = ({
	documentId,
	extensions,
}: Pick<Parameters, "documentId" | "extensions">): Failure | undefined => {
	if (documentId)
		return bad(
			"documentId names a trusted document, but this gateway has none; send query, or set TRUSTED_DOCUMENTS",
		);
	if (hashIn(extensions?.persistedQuery) === undefined) return undefined;
	return fail("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported");
};

const hashIn = (persistedQuery: unknown): string | undefined => {
	if (typeof persistedQuery !== "object" || persistedQuery === null)
		return undefined;
	const { sha256Hash } = persistedQuery as { sha256Hash?: unknown };
	return typeof sha256Hash === "string" ? sha256Hash : undefined;
};

const unknownDocument = (id: string) =>
	fail(
		"PERSISTED_DOCUMENT_NOT_FOUND",
		`No trusted document has the id ${JSON.stringify(id.slice(0, 80))}. Generate the manifest again, and start the gateway with it before clients use it.`,
	);

const untrusted = () =>
	fail(
		"PERSISTED_QUERY_ONLY",
		"This gateway runs trusted documents only, and this document is none of them. Send the documentId of one, or add this one to the manifest. GraphiQL and introspection need a gateway with TRUSTED_DOCUMENTS=off or log; the schema is in schema.graphql.",
	);

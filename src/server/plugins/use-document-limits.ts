/** Bounds a document before it gets expensive: nesting and tokens before it is parsed, size and depth before it is validated. */
import {
	type DocumentNode,
	type GraphQLError,
	type GraphQLSchema,
	NoSchemaIntrospectionCustomRule,
	specifiedRules,
} from "graphql";
import {
	type Documents,
	parseWithin,
	validationErrors,
} from "../../operation/document.ts";
import type { DocumentLimits } from "../../operation/document-limits.ts";
import { createCheckIntrospection } from "../../operation/introspection.ts";
import type { OperationPlugin } from "../operation-context.ts";

export interface DocumentLimitsOptions {
	readonly schema: GraphQLSchema;
	readonly limits: DocumentLimits;
	readonly hideSuggestions: boolean;
	/** Whether documents may ask for the schema. */
	readonly introspection: boolean;
	/** Yoga's cache of parsed documents asks here. Only valid ones come in: others would push them out. */
	readonly documents: Documents;
}

export const useDocumentLimits = ({
	schema,
	limits,
	hideSuggestions,
	introspection,
	documents,
}: DocumentLimitsOptions): OperationPlugin => {
	// Yoga's own cache goes by the names of rules, and sets a timer for every look at it.
	const valid = new WeakSet<DocumentNode>();
	const own = introspection ? [] : [NoSchemaIntrospectionCustomRule];
	const checkIntrospection = createCheckIntrospection(schema);
	return {
		onParse({ setParseFn }) {
			setParseFn((source) => {
				const document = parseWithin(String(source), limits);
				checkIntrospection(document);
				return document;
			});
		},
		onValidate({ setValidationFn }) {
			setValidationFn((schema, document, rules = specifiedRules) => {
				// Those of the specification come first, and say the same each time; a plugin's rule may look at the caller.
				const isKnown = valid.has(document);
				const left = isKnown
					? rules.slice(specifiedRules.length)
					: [...rules, ...own];
				if (!left.length) return NO_FAULTS;
				const faults = validationErrors(
					schema,
					document,
					left,
					hideSuggestions,
				);
				if (isKnown || faults.length) return faults;
				valid.add(document);
				const source = document.loc?.source.body;
				if (source) documents.set(source, document);
				return faults;
			});
		},
	};
};

const NO_FAULTS: readonly GraphQLError[] = [];

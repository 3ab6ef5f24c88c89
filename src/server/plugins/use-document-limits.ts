/** Bounds a document before it gets expensive: nesting and tokens before it is parsed, size and depth before it is validated. */
import {
	type Documents,
	faultsOf,
	parseWithin,
} from "../../operation/document.ts";
import type { DocumentLimits } from "../../operation/document-limits.ts";
import type { OperationPlugin } from "../operation-context.ts";

export interface DocumentLimitsOptions {
	readonly limits: DocumentLimits;
	readonly hideSuggestions: boolean;
	/** Yoga's cache of parsed documents asks here. Only valid ones come in: others would push them out. */
	readonly documents: Documents;
}

export const useDocumentLimits = ({
	limits,
	hideSuggestions,
	documents,
}: DocumentLimitsOptions): OperationPlugin => ({
	onParse({ setParseFn }) {
		setParseFn((source) => parseWithin(String(source), limits));
	},
	onValidate({ setValidationFn }) {
		setValidationFn((schema, document, rules) => {
			const faults = faultsOf(schema, document, rules, hideSuggestions);
			const source = document.loc?.source.body;
			if (!faults.length && source !== undefined)
				documents.set(source, document, source.length);
			return faults;
		});
	},
});

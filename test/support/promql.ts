/** Reads from an expression of Prometheus which metrics and labels it uses. */

export interface Selector {
	readonly metric: string;
	readonly labels: readonly string[];
}

export interface Used {
	readonly selectors: readonly Selector[];
	/** Named by `by`, `without`, `on` and `ignoring`. */
	readonly grouped: readonly string[];
}

const GROUPING =
	/\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;
// A name that is neither a function nor a word of the language, with the labels it is selected by.
const NAME = /(?<![\w.$"])([a-zA-Z_:][\w:]*)(?![\w:])(?!\s*\()\s*(\{[^}]*\})?/g;
const WORDS = new Set(["and", "or", "unless", "offset", "bool"]);

export const usedBy = (expression: string): Used => {
	const grouped = [...expression.matchAll(GROUPING)].flatMap(([, names = ""]) =>
		names.split(",").map((name) => name.trim()),
	);
	const bare = expression.replace(GROUPING, "").replace(/\[[^\]]*\]/g, "");
	const selectors = [...bare.matchAll(NAME)]
		.filter(([, name = ""]) => !WORDS.has(name))
		.map(([, metric = "", matchers = ""]) => ({
			metric,
			labels: [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(
				([, label = ""]) => label,
			),
		}));
	return { selectors, grouped };
};

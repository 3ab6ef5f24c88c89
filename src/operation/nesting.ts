/** Bounds how deep brackets nest in GraphQL or JSON text, before a recursive reader meets it. */
import { fail } from "../errors.ts";

// The parser, the validation rules and JSON.stringify recurse; at 20,000 levels they overflow the stack.
export const MAX_NESTING = 200;
/** @throws Failure LIMIT_EXCEEDED when brackets in GraphQL or JSON text nest deeper than a recursive reader survives. */
export const checkNesting = (text: string, what: string): void => {
	let depth = 0;
	for (let at = 0; at < text.length; at++) {
		const char = text.charCodeAt(at);
		if (char === QUOTE) at = endOfString(text, at);
		else if (char === HASH) at = endOfLine(text, at);
		else if (char === BRACE || char === BRACKET || char === PAREN) {
			if (++depth > MAX_NESTING)
				throw limitExceeded(
					`brackets nested in the ${what}`,
					MAX_NESTING,
					"more",
				);
		} else if (
			char === CLOSE_BRACE ||
			char === CLOSE_BRACKET ||
			char === CLOSE_PAREN
		)
			depth--;
	}
};

const [QUOTE, HASH, BACKSLASH] = [34, 35, 92];
const [BRACE, BRACKET, PAREN] = [123, 91, 40];
const [CLOSE_BRACE, CLOSE_BRACKET, CLOSE_PAREN] = [125, 93, 41];

const endOfLine = (text: string, from: number): number => {
	for (let at = from; at < text.length; at++) {
		const char = text.charCodeAt(at);
		if (char === 10 || char === 13) return at;
	}
	return text.length;
};

// Where a string does not end, the parser stops as well: what follows needs no counting.
const endOfString = (text: string, from: number): number => {
	if (text.startsWith('"""', from)) {
		for (let at = from + 3; at < text.length; at++)
			if (text.startsWith('\\"""', at)) at += 3;
			else if (text.startsWith('"""', at)) return at + 2;
		return text.length;
	}
	for (let at = from + 1; at < text.length; at++) {
		const char = text.charCodeAt(at);
		if (char === BACKSLASH) at++;
		else if (char === QUOTE) return at;
	}
	return text.length;
};

/** `exceeded("aliases", 50, 73, "Use fewer.")`; `got` is "more" where counting stopped at the limit. */
export const limitExceeded = (
	what: string,
	limit: number,
	got: number | "more",
	instead = "Make it simpler.",
) =>
	fail(
		"LIMIT_EXCEEDED",
		`At most ${limit} ${what} are allowed, but got ${got}. ${instead}`,
		{ extensions: { limit, ...(got === "more" ? {} : { got }) } },
	);

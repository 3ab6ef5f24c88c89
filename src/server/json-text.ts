/**
 * Reads JSON of callers. What costs more than it says is refused before it is made objects of: too many values, too many
 * levels; and keys named twice, of which what stands before us might read the other.
 */
import { fail } from "../errors.ts";
import { limitExceeded, MAX_NESTING } from "../operation/nesting.ts";

// The largest input the graph takes lists some hundred ids or custom fields. Each value is read, sorted and coerced.
const MOST_VALUES = 5_000;

/**
 * `what` names the text in messages.
 * @throws Failure LIMIT_EXCEEDED, or BAD_REQUEST for a key named twice; of what is not JSON, nothing.
 */
export const checkJson = (text: string, what: string): void => {
	const open: (Set<string> | undefined)[] = [];
	let values = 0;
	// A string is a key where a colon follows it.
	let last: string | undefined;
	for (let at = 0; at < text.length; at++) {
		switch (text.charCodeAt(at)) {
			case QUOTE: {
				const end = endOfString(text, at);
				last = text.slice(at, end + 1);
				at = end;
				break;
			}
			case COLON: {
				if (last !== undefined) addKey(open.at(-1), last, what);
				last = undefined;
				break;
			}
			case BRACE:
			case BRACKET: {
				open.push(text.charCodeAt(at) === BRACE ? new Set() : undefined);
				if (open.length > MAX_NESTING)
					throw limitExceeded(
						`brackets nested in the ${what}`,
						MAX_NESTING,
						"more",
					);
				values++;
				break;
			}
			case CLOSE_BRACE:
			case CLOSE_BRACKET:
				open.pop();
				break;
			case COMMA:
				values++;
				break;
		}
		if (values > MOST_VALUES)
			throw limitExceeded(
				`values in the ${what}`,
				MOST_VALUES,
				"more",
				"Send fewer at a time.",
			);
	}
};

const [QUOTE, COLON, COMMA, BACKSLASH] = [34, 58, 44, 92];
const [BRACE, BRACKET, CLOSE_BRACE, CLOSE_BRACKET] = [123, 91, 125, 93];

const addKey = (
	keys: Set<string> | undefined,
	quoted: string,
	what: string,
): void => {
	if (!keys) return;
	const key = quoted.includes("\\") ? unescaped(quoted) : quoted.slice(1, -1);
	if (keys.has(key))
		throw fail(
			"BAD_REQUEST",
			`The ${what} names ${JSON.stringify(key.slice(0, 40))} twice in one object. Send each key once.`,
		);
	keys.add(key);
};

/** What is no JSON is for JSON.parse to refuse. */
const unescaped = (quoted: string): string => {
	try {
		return JSON.parse(quoted);
	} catch {
		return quoted;
	}
};

/** The closing quote, or the end of the text. */
const endOfString = (text: string, from: number): number => {
	let end = text.indexOf('"', from + 1);
	while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
	return end === -1 ? text.length : end;
};

/** An odd number of backslashes before a quote makes it part of the string. */
const isEscaped = (text: string, quote: number): boolean => {
	let before = quote - 1;
	while (text.charCodeAt(before) === BACKSLASH) before--;
	return (quote - before) % 2 === 0;
};

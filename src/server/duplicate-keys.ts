/** Refuses JSON objects that name a key twice: what we read and what something before us read might differ. */
import { fail } from "../errors.ts";

/** `text` must be valid JSON. @throws Failure BAD_REQUEST naming the key. */
export const checkKeys = (text: string, what: string): void => {
	const open: (Set<string> | undefined)[] = [];
	for (let at = 0; at < text.length; at++) {
		const char = text[at];
		if (char === "{") open.push(new Set());
		else if (char === "[") open.push(undefined);
		else if (char === "}" || char === "]") open.pop();
		else if (char === '"') {
			const end = endOfString(text, at);
			const keys = open.at(-1);
			if (keys && COLON.test(text.slice(end + 1, end + 65))) {
				const key = JSON.parse(text.slice(at, end + 1)) as string;
				if (keys.has(key))
					throw fail(
						"BAD_REQUEST",
						`The ${what} names ${JSON.stringify(key.slice(0, 40))} twice in one object. Send each key once.`,
					);
				keys.add(key);
			}
			at = end;
		}
	}
};

const COLON = /^\s*:/;

const endOfString = (text: string, from: number): number => {
	let end = text.indexOf('"', from + 1);
	while (escaped(text, end)) end = text.indexOf('"', end + 1);
	return end;
};

/** An odd number of backslashes before a quote makes it part of the string. */
const escaped = (text: string, quote: number): boolean => {
	let before = quote - 1;
	while (text[before] === "\\") before--;
	return (quote - before) % 2 === 0;
};

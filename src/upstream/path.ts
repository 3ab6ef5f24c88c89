/** Fills the path of a REST operation so that no caller-supplied id can ever change which operation is called. */
import { fail } from "../errors.ts";

// HighLevel's ids are opaque (contract, section 1), so this is wide: what a URL path carries unescaped, and never only dots.
const ID = /^(?!\.+$)[A-Za-z0-9._~:@-]{1,64}$/;

/** Whether it can stand as one segment of a path. */
export const isId = (id: string): boolean => ID.test(id);

/**
 * Returns the id unchanged when it can stand as one segment of a path.
 * @throws Failure BAD_USER_INPUT for the empty string, dots alone, slashes, escapes, control characters, or over 64 characters.
 */
export const checkId = (id: string, what: string): string => {
	if (isId(id)) return id;
	throw fail(
		"BAD_USER_INPUT",
		`${what} must be an id of 1 to 64 letters, digits or . _ ~ : @ - (not only dots), but came as ${shown(id)}. Pass the id as the API gave it.`,
	);
};

/** Fills `{name}` segments: `fillPath("/contacts/{contactId}", { contactId: "c1" })` is `/contacts/c1`. */
export const fillPath = (
	template: string,
	ids: Readonly<Record<string, string>> = {},
): string => {
	let pieces = cut.get(template);
	if (!pieces) {
		// What stands at odd places is a name.
		pieces = template.split(/\{(\w+)\}/);
		cut.set(template, pieces);
	}
	let path = "";
	for (const [index, piece] of pieces.entries()) {
		if (index % 2 === 0) {
			path += piece;
			continue;
		}
		const id = ids[piece];
		if (id === undefined)
			throw new Error(`${template} needs ${piece}, and the caller gave none`);
		path += encodeURIComponent(checkId(id, piece));
	}
	return path;
};

// There are as many templates as operations.
const cut = new Map<string, readonly string[]>();

const shown = (text: string): string => {
	const short = text.length > 40 ? `${text.slice(0, 40)}…` : text;
	return JSON.stringify(short);
};

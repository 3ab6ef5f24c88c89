/** What the Contacts API's refusals mean to a caller, read from its words; never from the status alone. */
import { type Refusal, saysNotFound } from "../upstream/refusal.ts";
import type { UserErrorValue } from "./user-errors.ts";

type Path = readonly (string | number)[];

/** Where in the input a refusal's words point to. */
export interface InputPaths {
	/** Upstream ids that the call named, and the input field each came in. */
	readonly ids?: Readonly<Record<string, Path>>;
	/** Properties of the REST body that are called otherwise, or sit elsewhere, in the input. */
	readonly properties?: Readonly<Record<string, Path>>;
	/** Words of this operation's own: the first that matches says code and field. */
	readonly words?: readonly {
		readonly match: RegExp;
		readonly code: UserErrorValue["code"];
		readonly field: Path | null;
	}[];
	/** The write makes something, and a 422 that names nothing of the input may hide that it did (contract, section 6). */
	readonly makes?: boolean;
}

// Other 4xx are about the call or the token: nobody mends them by other input.
const OF_THE_INPUT = new Set([400, 404, 409, 410, 413, 422]);

// Words about what an operator has to mend.
const NOT_OF_THE_INPUT =
	/^Cannot (GET|POST|PUT|DELETE) |location is not active|version header|\btoken\b/i;

/** Undefined for a refusal that the caller cannot mend: it stays an error of the answer. */
export const userErrorsOf = (
	refusal: Refusal,
	places: InputPaths,
): UserErrorValue[] | undefined => {
	const { reason, status } = refusal;
	if (!OF_THE_INPUT.has(status) || NOT_OF_THE_INPUT.test(reason))
		return undefined;
	const word = places.words?.find(({ match }) => match.test(reason));
	if (word) return [told(word.code, reason, word.field)];
	if (saysNotFound(refusal))
		return [told("NOT_FOUND", reason, idIn(reason, places))];
	if (/already exists|already in use|not unique/i.test(reason))
		return [told("CONFLICT", reason, null)];
	const errors = messagesOf(refusal).map((message) => {
		const property = propertyIn(message);
		return told(
			"INVALID",
			message,
			property === undefined
				? idIn(message, places)
				: (places.properties?.[property] ?? [property]),
		);
	});
	const mayHide = status === 422 && places.makes === true;
	return errors.length === 0 || (mayHide && errors.some(isUnplaced))
		? undefined
		: errors;
};

const isUnplaced = ({ field }: UserErrorValue): boolean => field === null;

const told = (
	code: UserErrorValue["code"],
	reason: string,
	field: Path | null,
): UserErrorValue => ({
	code,
	message: `HighLevel refused it: ${reason}`,
	field: field ? field.map(String) : null,
});

const idIn = (text: string, { ids = {} }: InputPaths): Path | null => {
	for (const [id, path] of Object.entries(ids))
		if (text.includes(id)) return path;
	// A single id is the one that is meant, whether or not it is named.
	const [only, second] = Object.values(ids);
	return saysMissing(text) && only && !second ? only : null;
};

const saysMissing = (text: string) => /not found|does not exist/i.test(text);

/** None where the answer has no message: then it does not say what is wrong with the input. */
const messagesOf = ({ body }: Refusal): string[] => {
	const { message } = (body ?? {}) as { message?: unknown };
	return (Array.isArray(message) ? message : [message]).filter(
		(one): one is string => typeof one === "string" && one.trim() !== "",
	);
};

// The words of a class-validator: `title must be a string`, `dueDate should not be empty`, `property x should not exist`.
const propertyIn = (message: string): string | undefined =>
	/^(?:property |each value in )?([A-Za-z_]\w*)(?:\.\S+)? (?:must|should)\b/.exec(
		message,
	)?.[1];

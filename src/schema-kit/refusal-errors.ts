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
	readonly texts?: readonly {
		readonly match: RegExp;
		readonly code: UserErrorValue["code"];
		readonly field: Path | null;
	}[];
}

/** Undefined for a refusal that the caller cannot fix: it stays an error of the answer. */
export const userErrorsOf = (
	refusal: Refusal,
	paths: InputPaths,
): UserErrorValue[] | undefined => {
	const { reason, status } = refusal;
	if (status !== 400 && status !== 404 && status !== 409 && status !== 422)
		return undefined;
	const known = paths.texts?.find(({ match }) => match.test(reason));
	if (known) return [userError(known.code, reason, known.field)];
	if (saysNotFound(refusal))
		return [userError("NOT_FOUND", reason, idIn(reason, paths))];
	if (/already exists|already in use|not unique/i.test(reason))
		return [userError("CONFLICT", reason, null)];
	const errors = messagesOf(refusal).map((message) => {
		const property = propertyIn(message);
		const field =
			property === undefined
				? idIn(message, paths)
				: (paths.properties?.[property] ?? [property]);
		return property === undefined && field === null
			? undefined
			: userError("INVALID", message, field);
	});
	// One message that says nothing of the input makes the whole refusal more than the caller can fix.
	return errors.length && errors.every((error) => error !== undefined)
		? errors
		: undefined;
};

const userError = (
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

const messagesOf = ({ body, reason }: Refusal): string[] => {
	const message = (body as { message?: unknown } | undefined)?.message;
	return Array.isArray(message) ? message.map(String) : [reason];
};

// The words of a class-validator: `title must be a string`, `dueDate should not be empty`, `property x should not exist`.
const propertyIn = (message: string): string | undefined =>
	/^(?:property |each value in )?([A-Za-z_]\w*)(?:\.\S+)? (?:must|should)\b/.exec(
		message,
	)?.[1];

/** Checks of what people type into forms, each reported with its field and before any call. */
import { createRequire } from "node:module";
import type * as phoneNumbers from "libphonenumber-js";
import { fail } from "../errors.ts";
import type { Context } from "../loading/context.ts";
import { checkId } from "../upstream/operation.ts";
import { eitherId, readGlobalId } from "./global-id.ts";
import { instantOf } from "./instant.ts";
import { isDay } from "./scalars.ts";
import { Faults } from "./user-errors.ts";

const require = createRequire(import.meta.url);
/** Loaded with the first number or country: all that it knows of them would make every start longer. */
const loadPhoneNumbers = (): typeof phoneNumbers =>
	require("libphonenumber-js");

export type Path = readonly (string | number)[];

// Ours, not HighLevel's, whose limits are not known: no name or street is longer, and a slip of the clipboard is told.
const LONGEST_LINE = 1000;
const LONGEST_TEXT = 65_000;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL = /[\u0000-\u001f\u007f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for; tabs and line ends may be.
const CONTROL_IN_TEXT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
// The HTML standard's own pattern for e-mail fields, with at least one dot in the domain.
const EMAIL =
	/^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)+$/;
const INSTANT =
	/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/** One line with something in it; trimmed. */
export const line = (
	faults: Faults,
	path: Path,
	value: string,
): string | undefined => {
	const text = value.trim();
	if (text === "")
		return faults.add(
			path,
			`${nameOf(path)} must not be empty. Leave it out to keep what is there, or pass null to clear it where that is possible.`,
		);
	if (text.length > LONGEST_LINE || CONTROL.test(text))
		return faults.add(
			path,
			`${nameOf(path)} must be one line of at most ${LONGEST_LINE} characters, but got ${text.length}${CONTROL.test(text) ? " with control characters" : ""}.`,
		);
	return text;
};

/** Several lines with something in them; kept as they are. */
export const text = (
	faults: Faults,
	path: Path,
	value: string,
): string | undefined => {
	if (value.trim() === "")
		return faults.add(
			path,
			`${nameOf(path)} must not be empty, but is. Give it some text, or leave it out where that is possible.`,
		);
	if (value.length > LONGEST_TEXT || CONTROL_IN_TEXT.test(value))
		return faults.add(
			path,
			`${nameOf(path)} must be text of at most ${LONGEST_TEXT} characters without control characters, but got ${value.length}${CONTROL_IN_TEXT.test(value) ? " with control characters" : ""}.`,
		);
	return value;
};

export const email = (
	faults: Faults,
	path: Path,
	value: string,
): string | undefined => {
	const address = value.trim();
	if (EMAIL.test(address) && address.length <= 254) return address;
	return faults.add(
		path,
		`${nameOf(path)} must be an e-mail address such as ada@example.com, but got ${quoted(value)}.`,
	);
};

/** As E.164. `country` is where a number without `+` is from; undefined when nobody knows. */
export const phone = (
	faults: Faults,
	path: Path,
	value: string,
	country: string | undefined,
): string | undefined => {
	const { isSupportedCountry, parsePhoneNumberWithError } = loadPhoneNumbers();
	const known = country?.trim().toUpperCase();
	const region =
		known !== undefined && isSupportedCountry(known)
			? (known as phoneNumbers.CountryCode)
			: undefined;
	try {
		const number = parsePhoneNumberWithError(value, {
			...(region && { defaultCountry: region }),
			extract: false,
		});
		// Possible, not valid: a CRM holds numbers of ranges that no list knows yet, and made-up ones in trials.
		// HighLevel has no place for an extension, and dropping one silently would lose it.
		if (number.isPossible() && !number.ext) return number.number;
	} catch {
		// Told below, with every other way to be wrong.
	}
	return faults.add(
		path,
		region || value.trim().startsWith("+")
			? `${nameOf(path)} must be a whole phone number, such as +13125550142${region ? ` or one of ${region}` : ""}, without an extension, but got ${quoted(value)}.`
			: `${nameOf(path)} must be a phone number with country code, such as +13125550142, or be given with phoneCountry, but got ${quoted(value)}.`,
	);
};

/** True for a number that needs no country to be read. */
export const isInternational = (value: string): boolean =>
	value.trim().startsWith("+");

export const country = (
	faults: Faults,
	path: Path,
	value: string,
): string | undefined => {
	const code = value.trim().toUpperCase();
	if (loadPhoneNumbers().isSupportedCountry(code)) return code;
	return faults.add(
		path,
		`${nameOf(path)} must be a two-letter country code such as US, but got ${quoted(value)}.`,
	);
};

/** A web address: http or https, or a bare domain as people write it; kept as it came. */
export const website = (
	faults: Faults,
	path: Path,
	value: string,
): string | undefined => {
	const address = value.trim();
	const url = URL.parse(
		/^[a-z][a-z\d+.-]*:/i.test(address) ? address : `https://${address}`,
	);
	const good =
		url &&
		/^https?:$/.test(url.protocol) &&
		/^[^.\s]+(\.[^.\s]+)+$/.test(url.hostname) &&
		!/\s/.test(address) &&
		!url.username &&
		!url.password &&
		address.length <= 2048;
	return good
		? address
		: faults.add(
				path,
				`${nameOf(path)} must be a web address such as https://example.com, but got ${quoted(value)}.`,
			);
};

/** An IANA time zone. */
export const timeZone = (
	faults: Faults,
	path: Path,
	value: string,
): string | undefined => {
	const zone = value.trim();
	try {
		// Intl takes offsets as well, which name no place and know no daylight saving.
		if (/^[A-Za-z]/.test(zone)) {
			new Intl.DateTimeFormat("en", { timeZone: zone });
			return zone;
		}
	} catch {
		// Told below.
	}
	return faults.add(
		path,
		`${nameOf(path)} must be an IANA time zone such as America/Chicago, but got ${quoted(value)}.`,
	);
};

/** A day as YYYY-MM-DD. */
export const day = (
	faults: Faults,
	path: Path,
	value: string,
): string | undefined =>
	isDay(value) && value >= "1000"
		? value
		: faults.add(
				path,
				`${nameOf(path)} must be an existing day as YYYY-MM-DD, but got ${quoted(value)}.`,
			);

/** An instant with its offset, as UTC ISO 8601. */
export const instant = (
	faults: Faults,
	path: Path,
	value: string,
): string | undefined => {
	const at = INSTANT.test(value) ? instantOf(value) : null;
	return at === null || Number.isNaN(at)
		? faults.add(
				path,
				`${nameOf(path)} must be an ISO 8601 instant with an offset, such as 2026-03-01T09:30:00Z, but got ${quoted(value)}.`,
			)
		: new Date(at).toISOString();
};

/** Epoch milliseconds of a DateTime argument. @throws Failure BAD_USER_INPUT that names it. */
export const instantIn = (name: string, value: string): number =>
	Date.parse(argument((faults) => instant(faults, [name], value)));

/** A Date argument. @throws Failure BAD_USER_INPUT that names it. */
export const dayIn = (name: string, value: string): string =>
	argument((faults) => day(faults, [name], value));

/** Queries have no place for user errors: there the first fault fails the field. */
const argument = (check: (faults: Faults) => string | undefined): string => {
	const faults = new Faults();
	const value = check(faults);
	if (value !== undefined) return value;
	throw fail("BAD_USER_INPUT", faults.list[0]?.message ?? "");
};

/** An IANA time zone as an argument. @throws Failure BAD_USER_INPUT that names it. */
export const timeZoneIn = (name: string, value: string): string =>
	argument((faults) => timeZone(faults, [name], value));

/** HighLevel's own id from either that or a global id of `type`. */
export const id = (
	faults: Faults,
	path: Path,
	type: string,
	value: string,
	context: Context,
): string | undefined =>
	faults.of(path, () => checkId(eitherId(value, type, context), nameOf(path)));

/** The ids of something that lives inside another: a global id brings both, HighLevel's own needs the parent's beside it. */
export const idWithin = (
	faults: Faults,
	context: Context,
	child: { path: Path; type: string; value: string },
	parent: { path: Path; type: string; value: string | null | undefined },
): { parentId: string; childId: string } | undefined => {
	const given =
		parent.value == null
			? undefined
			: id(faults, parent.path, parent.type, parent.value, context);
	if (parent.value != null && given === undefined) return undefined;
	const childId = id(faults, child.path, child.type, child.value, context);
	if (childId === undefined) return undefined;
	const ids = readGlobalId(child.value, context)?.ids;
	const parentId = ids?.[0] ?? given;
	if (parentId === undefined)
		return faults.add(
			parent.path,
			`${nameOf(parent.path)} is needed when ${nameOf(child.path)} is HighLevel's own id. Pass both, or the global id alone.`,
		);
	if (ids && given !== undefined && given !== parentId)
		return faults.add(
			parent.path,
			`${nameOf(parent.path)} does not belong to ${nameOf(child.path)}. Leave it out: the global id holds it.`,
		);
	return { parentId, childId };
};

/** Every id of a list that needs at least one; each reported at its own path, and none twice. */
export const ids = (
	faults: Faults,
	path: Path,
	type: string,
	values: readonly string[],
	context: Context,
): string[] => {
	if (values.length === 0)
		faults.add(
			path,
			`${nameOf(path)} needs at least one id, but got none. List those that are meant.`,
		);
	const read = values.map((value, index) =>
		id(faults, [...path, index], type, value, context),
	);
	return [...new Set(read.filter((one) => one !== undefined))];
};

/** Tag names: trimmed, none empty, none twice whatever their case. */
export const tags = (
	faults: Faults,
	path: Path,
	values: readonly string[],
	{ mayBeEmpty = false } = {},
): string[] => {
	if (values.length === 0 && !mayBeEmpty)
		faults.add(
			path,
			`${nameOf(path)} needs at least one tag, but got none. List those that are meant.`,
		);
	const found = new Map<string, string>();
	for (const [index, value] of values.entries()) {
		if (value.trim() === "") {
			faults.add(
				[...path, index],
				"A tag must not be empty, but this one is. Give its name, or remove it.",
			);
			continue;
		}
		const name = line(faults, [...path, index], value);
		if (name !== undefined && !found.has(name.toLowerCase()))
			found.set(name.toLowerCase(), name);
	}
	return [...found.values()];
};

/** The name to use in a message: the last word of the path, positions left out. */
export const nameOf = (path: Path): string =>
	String(path.findLast((part) => typeof part === "string") ?? "input");

export const quoted = (value: unknown): string => {
	const text = JSON.stringify(value) ?? "nothing";
	return text.length > 60 ? `${text.slice(0, 60)}…` : text;
};

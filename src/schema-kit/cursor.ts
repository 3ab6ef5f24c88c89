/** The one codec for cursors of lists: opaque, and good for the list and the location that gave them alone. */
import { hash } from "node:crypto";
import { fail } from "../errors.ts";
import type { Context } from "../loading/context.ts";

export interface Cursors<P> {
	/** `owner` is whose list it is, which part of it, and in which order (see `listKey`). */
	write(position: P, context: Context, owner?: string): string;
	/** @throws Failure BAD_USER_INPUT for anything but a cursor of this list, FORBIDDEN for one of another location. */
	read(
		argument: "after" | "before",
		cursor: string,
		context: Context,
		owner?: string,
	): P;
}

// Named in messages only when it is one of ours: a cursor may have been made up by its caller.
const lists = new Set<string>();

/** `list` names it to people: `contacts`, `notes of a contact`. `isPosition` checks what a cursor of it holds. */
export const cursorsOf = <P>(
	list: string,
	isPosition: (value: unknown) => value is P,
): Cursors<P> => {
	lists.add(list);
	const refused = (argument: string, came: string) =>
		fail(
			"BAD_USER_INPUT",
			`${argument} must be a cursor from an earlier page of this list (pageInfo.endCursor), but got ${came}.`,
		);
	return {
		write: (position, { viewer }, owner = "") =>
			Buffer.from(
				JSON.stringify([viewer.locationId, list, owner, position]),
			).toString("base64url"),
		read(argument, cursor, { viewer }, owner = "") {
			const value = decoded(cursor);
			if (!Array.isArray(value) || value.length !== 4)
				throw refused(argument, "something else");
			const [locationId, of, by, position] = value as unknown[];
			if (typeof of !== "string" || !lists.has(of))
				throw refused(argument, "something else");
			if (locationId !== viewer.locationId)
				throw fail(
					"FORBIDDEN",
					"This cursor belongs to another location than the one this request is for. Start again without a cursor.",
				);
			if (of !== list)
				throw refused(argument, `a cursor of ${of} (this list is ${list})`);
			if (by !== owner)
				throw refused(
					argument,
					`a cursor of ${list}, but of ${whose(by) === whose(owner) ? "one with other arguments" : "another one"}`,
				);
			if (!isPosition(position)) throw refused(argument, "something else");
			return position;
		},
	};
};

/**
 * What a list is told by: the upstream id of the object it hangs on, where it does, and the arguments that say what is in
 * it and in which order. Those left out, null or empty count as none.
 */
export const listKey = (
	owner: string,
	args: Readonly<Record<string, unknown>>,
): string => {
	const given = Object.entries(args).filter(
		([, value]) =>
			value !== undefined &&
			value !== null &&
			!(Array.isArray(value) && value.length === 0),
	);
	if (given.length === 0) return owner;
	const key = hash("sha256", JSON.stringify(given), "base64url").slice(0, 16);
	return `${owner} ${key}`;
};

/** The upstream id in what `listKey` gives. */
const whose = (list: unknown): string => String(list).split(" ")[0] ?? "";

/** How many items come before. */
export const isOffset = (value: unknown): value is number =>
	Number.isInteger(value) && (value as number) >= 0 && (value as number) < 1e7;

/** The upstream id of the item itself. */
export const isItem = (value: unknown): value is string =>
	typeof value === "string" && value !== "";

/** What HighLevel's search gives with a row to continue behind it. */
export const isSearchAfter = (value: unknown): value is readonly unknown[] =>
	Array.isArray(value) &&
	value.length <= 5 &&
	value.every((part) => part === null || typeof part !== "object");

/** Undefined for whatever was not written here: there is one spelling of each cursor. */
const decoded = (cursor: string): unknown => {
	const json = Buffer.from(cursor, "base64url").toString();
	if (Buffer.from(json).toString("base64url") !== cursor) return undefined;
	try {
		const value: unknown = JSON.parse(json);
		return JSON.stringify(value) === json ? value : undefined;
	} catch {
		return undefined;
	}
};

/** A place in the log of one location as clients hold it: opaque, short, and worth nothing anywhere else. */
import { createHash } from "node:crypto";
import { fail } from "../errors.ts";

export interface JournalPosition {
	/** The journal file it is a place in. */
	readonly epoch: string;
	readonly seq: number;
}

export const writeCursor = (
	{ epoch, seq }: JournalPosition,
	locationId: string,
) =>
	Buffer.from(`${epoch}.${seq.toString(36)}.${mark(locationId)}`).toString(
		"base64url",
	);

/** @throws Failure BAD_USER_INPUT for what is no cursor, FORBIDDEN for a cursor of another location. */
export const readCursor = (
	text: string,
	locationId: string,
): JournalPosition => {
	const decoded = Buffer.from(text, "base64url").toString();
	const [, epoch, seq, location] =
		// Each place has one spelling.
		Buffer.from(decoded).toString("base64url") === text
			? (SHAPE.exec(decoded) ?? [])
			: [];
	if (epoch === undefined || seq === undefined)
		throw fail(
			"BAD_USER_INPUT",
			"Expected a cursor of `changes`, as a change or `changeCursor` gave it. Leave `after` out to begin with what comes now.",
		);
	if (location !== mark(locationId))
		throw fail(
			"FORBIDDEN",
			"This cursor belongs to another location than the one this request is for.",
		);
	return { epoch, seq: Number.parseInt(seq, 36) };
};

const SHAPE = /^([\w-]{8})\.([0-9a-z]{1,11})\.([\w-]{6})$/;

const marks = new Map<string, string>();

const mark = (locationId: string): string => {
	let known = marks.get(locationId);
	if (known === undefined) {
		known = createHash("sha256")
			.update(locationId)
			.digest("base64url")
			.slice(0, 6);
		marks.set(locationId, known);
	}
	return known;
};

/** Lists that HighLevel gives from an offset on: walked forward, and backward from a cursor. */
import type { ArgBuilder } from "@pothos/core";
import { type CostContext, pageSizeIn } from "../cost/field-cost.ts";
import { fail } from "../errors.ts";
import type { Context } from "../loading/context.ts";
import type { builder } from "./builder.ts";
import { forwardArgs, pageSize, type WholeListArgs } from "./connection.ts";
import type { Cursors } from "./cursor.ts";

type Types = (typeof builder)["$inferSchemaTypes"];

/** How many there are is not known before they are read, so the way back begins at a cursor. */
export const offsetArgs = (t: ArgBuilder<Types>) => ({
	...forwardArgs(t),
	last: t.int({
		description: "How many in front of `before`, which it is given with.",
	}),
	before: t.string({
		description: "End before this cursor: the startCursor of a page.",
	}),
});

export interface Stretch {
	readonly skip: number;
	readonly size: number;
	/** Something follows that was seen before. */
	readonly isFollowed: boolean;
}

/**
 * Which rows are meant, `most` at a time. A cursor holds how many rows there are up to its own.
 * @throws Failure BAD_USER_INPUT for arguments that go different ways.
 */
export const stretchOf = (
	{ first, after, last, before }: WholeListArgs,
	cursors: Cursors<number>,
	owner: string,
	context: Context,
	most = Number.POSITIVE_INFINITY,
): Stretch => {
	if (before == null) {
		if (last != null)
			throw fail(
				"BAD_USER_INPUT",
				"last needs before here, since the end of this list is not known before it is read, but got last alone. Walk forward with first and after, or back from the startCursor of a page.",
			);
		const skip =
			after == null ? 0 : cursors.read("after", after, context, owner);
		const size = Math.min(pageSize(context, "first", first), most);
		return { skip, size, isFollowed: false };
	}
	if (first != null || after != null)
		throw fail(
			"BAD_USER_INPUT",
			"Expected first and after, or last and before, but got some of both. Say which way to walk.",
		);
	const end = Math.max(0, cursors.read("before", before, context, owner) - 1);
	const size = Math.min(pageSize(context, "last", last), most);
	const skip = Math.max(0, end - size);
	return { skip, size: end - skip, isFollowed: true };
};

/** At most so many items. */
export const stretchSizeIn = (cost: CostContext): number =>
	cost.args.last == null ? pageSizeIn(cost) : pageSizeIn(cost, 20, "last");

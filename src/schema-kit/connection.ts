/** Relay connections over what the upstream gives: pages it cuts, or whole lists we cut. Built without work per item. */
import type { ArgBuilder, InterfaceRef, ObjectRef } from "@pothos/core";
import type { GraphQLResolveInfo } from "graphql";
import { fail } from "../errors.ts";
import type { Context } from "../loading/context.ts";
import { builder, FREE, WITH_PARENT } from "./builder.ts";
import type { Cursors } from "./cursor.ts";

/** One page of a list. `cursor` is asked only for the items whose cursor a client wants. */
export interface Page<T> {
	/**
	 * Looked at only when a client wants the items themselves, so that a getter may read them then and not before; what
	 * is null of those went meanwhile, and is left out.
	 */
	readonly items: readonly T[] | Promise<ReadonlyArray<T | null>>;
	/** How many items there are, for a page that reads them only when they are wanted. */
	readonly size?: number;
	cursor(index: number): string;
	/** Where to go on from a page that lost all its items and is not the last. */
	emptyCursor?(): string;
	readonly hasNextPage: boolean;
	readonly hasPreviousPage: boolean;
	/** All that match, where the upstream gives it. */
	readonly totalCount?: number | null;
}

type Ref<T> =
	| ObjectRef<TypesOfBuilder, T, T>
	| InterfaceRef<TypesOfBuilder, T, T>;
type TypesOfBuilder = (typeof builder)["$inferSchemaTypes"];

/** How many a page holds at most where nobody says. */
export const DEFAULT_PAGE_SIZE = 20;

const sizeOf = (page: Page<unknown>): number =>
	page.size ?? (page.items as readonly unknown[]).length;

interface Edge<T> {
	readonly page: Page<T>;
	readonly index: number;
	/** Undefined where nobody asks for it. */
	readonly node: T | undefined;
}

/** Whether anything but cursors is wanted of the edges. */
const selectsNode = ({ fieldNodes }: GraphQLResolveInfo): boolean =>
	fieldNodes.some(({ selectionSet }) =>
		selectionSet?.selections.some(
			(selection) =>
				selection.kind !== "Field" || selection.name.value === "node",
		),
	);

const edgesOf = <T>(page: Page<T>, items: ReadonlyArray<T | null>): Edge<T>[] =>
	items.flatMap((node, index) =>
		node === null ? [] : [{ page, index, node }],
	);

const PageInfo = builder.objectRef<Page<unknown>>("PageInfo").implement({
	extensions: WITH_PARENT,
	description: "Position of a page in its list (Relay).",
	fields: (t) => ({
		hasNextPage: t.exposeBoolean("hasNextPage", {
			nullable: false,
			description: "Whether more items follow this page.",
		}),
		hasPreviousPage: t.exposeBoolean("hasPreviousPage", {
			nullable: false,
			description: "Whether items precede this page.",
		}),
		startCursor: t.string({
			description: "Cursor of the first item; null on an empty page.",
			resolve: (page) => (sizeOf(page) ? page.cursor(0) : null),
		}),
		endCursor: t.string({
			description:
				"Cursor of the last item, to pass as `after`. Null on an empty page, unless items follow it.",
			resolve: (page) =>
				sizeOf(page)
					? page.cursor(sizeOf(page) - 1)
					: page.hasNextPage
						? (page.emptyCursor?.() ?? null)
						: null,
		}),
	}),
});

/** Defines `XConnection` and `XEdge` for a type. `things` is its plural in descriptions. */
export const connectionType = <T>(
	name: string,
	type: Ref<T>,
	things: string,
) => {
	const EdgeType = builder.objectRef<Edge<T>>(`${name}Edge`).implement({
		extensions: WITH_PARENT,
		description: `One of the ${things} in a page, with its cursor.`,
		fields: (t) => ({
			cursor: t.string({
				nullable: false,
				description: "Cursor of this item, to pass as `after`.",
				resolve: ({ page, index }) => page.cursor(index),
			}),
			node: t.field({
				type,
				nullable: false,
				description: "The item.",
				resolve: ({ node }) => node as never,
			}),
		}),
	});
	return builder.objectRef<Page<T>>(`${name}Connection`).implement({
		extensions: WITH_PARENT,
		description: `A page of ${things}.`,
		fields: (t) => ({
			nodes: t.field({
				type: [type],
				nullable: { list: false, items: false },
				description: `The ${things} of this page.`,
				resolve: ({ items }) =>
					(items instanceof Promise
						? items.then((all) => all.filter((item) => item !== null))
						: items) as never,
			}),
			edges: t.field({
				type: [EdgeType],
				nullable: { list: false, items: false },
				description: `The ${things} of this page, each with its cursor.`,
				extensions: { cost: FREE },
				resolve: (page, _, __, info) => {
					if (page.size !== undefined && !selectsNode(info))
						return edgesOf(page, Array.from({ length: page.size }));
					const { items } = page;
					return items instanceof Promise
						? items.then((all) => edgesOf(page, all))
						: edgesOf(page, items);
				},
			}),
			pageInfo: t.field({
				type: PageInfo,
				nullable: false,
				description: "Position of this page in the list.",
				resolve: (page) => page,
			}),
			totalCount: t.int({
				description:
					"Number of items over all pages. Null where HighLevel does not say.",
				resolve: (page) => page.totalCount ?? null,
			}),
		}),
	});
};

/** Checks a page size and fills in its default. @throws Failure BAD_USER_INPUT for negatives and sizes over the ceiling. */
export const pageSize = (
	context: Context,
	argument: "first" | "last" | "limit",
	size: number | null | undefined,
	fallback = DEFAULT_PAGE_SIZE,
): number => {
	if (size === null || size === undefined)
		return Math.min(fallback, context.maxPageSize);
	if (size >= 0 && size <= context.maxPageSize) return size;
	throw fail(
		"BAD_USER_INPUT",
		`${argument} must be from 0 to ${context.maxPageSize}, but got ${size}. Request a smaller page and continue with its endCursor.`,
	);
};

export interface WholeListArgs {
	readonly first?: number | null | undefined;
	readonly after?: string | null | undefined;
	readonly last?: number | null | undefined;
	readonly before?: string | null | undefined;
}

/** The arguments of a connection that HighLevel only lets walk forward. */
export const forwardArgs = (t: ArgBuilder<TypesOfBuilder>) => ({
	first: t.int({
		description: `How many; ${DEFAULT_PAGE_SIZE} when not given.`,
	}),
	after: t.string({
		description: "Continue after this cursor: the endCursor of a page.",
	}),
});

/** The arguments of a connection whose whole list is known, so that it can be walked both ways. */
export const wholeListArgs = (t: ArgBuilder<TypesOfBuilder>) => ({
	first: t.int({
		description: `At most this many from the start; ${DEFAULT_PAGE_SIZE} when neither \`first\` nor \`last\` is given.`,
	}),
	after: t.string({ description: "Start after the item with this cursor." }),
	last: t.int({ description: "At most this many from the end." }),
	before: t.string({ description: "End before the item with this cursor." }),
});

/** A list that is known whole, and cut here. */
export interface WholeList<T> {
	/** As `cursorsOf(list, isItem)` made them, for all lists of the kind. */
	readonly cursors: Cursors<string>;
	/** Whose it is, and which part of it in which order (see `listKey`). */
	readonly owner: string;
	idOf(item: T): string;
}

/**
 * Cuts a page out of a whole list. A cursor names its item, so it survives items that come and go around it; a cursor
 * whose item is gone is refused, because every place to continue from would be a guess.
 */
export const pageOfWholeList = <T>(
	all: readonly T[],
	{ cursors, owner, idOf }: WholeList<T>,
	args: WholeListArgs,
	context: Context,
): Page<T> => {
	const { first, after, last, before } = args;
	const indexOf = (argument: "after" | "before", cursor: string): number => {
		const id = cursors.read(argument, cursor, context, owner);
		const index = all.findIndex((item) => idOf(item) === id);
		if (index >= 0) return index;
		throw fail(
			"BAD_USER_INPUT",
			"This cursor's item is no longer in the list. Start again without a cursor.",
		);
	};
	let start = after == null ? 0 : indexOf("after", after) + 1;
	let end = before == null ? all.length : indexOf("before", before);
	// What is asked for by its end alone is wanted from there.
	const fromEnd = first == null && (last != null || before != null);
	if (!fromEnd) end = Math.min(end, start + pageSize(context, "first", first));
	if (fromEnd || last != null)
		start = Math.max(start, end - pageSize(context, "last", last));
	const items =
		start === 0 && end === all.length
			? all
			: all.slice(start, Math.max(start, end));
	return {
		items,
		cursor: (index) => cursors.write(idOf(items[index] as T), context, owner),
		hasNextPage: end < all.length,
		hasPreviousPage: start > 0,
		totalCount: all.length,
	};
};

/** Relay's Node: the interface, and the two root fields that refetch any object by its global id. */

import {
	type Cardinality,
	type CostContext,
	costOfNamed,
	type Found,
	type LoaderCost,
	named,
} from "../cost/field-cost.ts";
import { fail } from "../errors.ts";
import type { Context } from "../loading/context.ts";
import { builder, READ } from "./builder.ts";
import { globalIdType, readGlobalId } from "./global-id.ts";

export const Node = builder.interfaceRef<object>("Node");

// Which type a value was read as: upstream rows do not say, and copying them only to add it would cost every read.
const typeOf = new WeakMap<object, string>();

builder.interfaceType(Node, {
	description: "An object that can be fetched again by its global `id`.",
	resolveType: (value) => typeOf.get(value),
	fields: (t) => ({
		id: t.exposeID("id" as never, {
			nullable: false,
			description:
				"Global id: unique across all types, opaque, and valid for this location only.",
		}),
	}),
});

type NodeReader = (
	context: Context,
	ids: readonly [string, ...string[]],
) => Promise<object | null> | object | null;

/** What reading it may cost, and what is found. */
type NodeCost = (
	cost: CostContext,
	ids: readonly [string, ...string[]],
) => Cardinality;

const readers = new Map<string, { read: NodeReader; cost: NodeCost }>();

/**
 * An entity's own way to read one of its objects from the ids inside a global id (`idCount` of them: a task's are its
 * contact's and its own); null when it is gone.
 */
export const nodeReader = (
	type: string,
	read: NodeReader,
	idCount: number,
	cost: NodeCost,
): void => {
	globalIdType(type, idCount);
	readers.set(type, { read, cost });
};

/** For types of which an object is found in a list of the location: one call for the list. */
export const inListOf =
	(list: { readonly cost: LoaderCost }, what: string): NodeCost =>
	(cost, [id]) =>
		costOfNamed(list, cost, named(what, id));

/** Objects of each type among the ids; an id of one thing stands for itself, wherever it is asked for. */
const callsOf = (cost: CostContext, ids: readonly unknown[]): Found => {
	const found = new Map<string, Cardinality[]>();
	for (const text of new Set(ids)) {
		const id = understood(String(text), cost.locationId);
		const reader = id && readers.get(id.type);
		if (!id || !reader) continue;
		const things = reader.cost(cost, id.ids);
		found.set(id.type, [...(found.get(id.type) ?? []), things]);
	}
	return {
		byType: Object.fromEntries(
			[...found].map(([type, all]) => [type, together(all)]),
		),
	};
};

const understood = (text: string, locationId: string) => {
	try {
		return readGlobalId(text, { viewer: { locationId } });
	} catch {
		return undefined; // Refused before any call is made for it.
	}
};

const together = (all: readonly Cardinality[]): Cardinality => {
	const [only, second] = all;
	if (only && !second) return only;
	return {
		key: all.map(({ key }) => key).join(" "),
		count: all.reduce((sum, { count }) => sum + count, 0),
		batches: all.length,
		// Some may come from a search and some may not, which those read by an id they came with never do.
		...(only?.by && { by: "found" as const }),
	};
};

const resolve = (context: Context, text: string) => {
	const id = readGlobalId(text, context);
	const reader = id && readers.get(id.type);
	if (!id || !reader)
		throw fail(
			"BAD_USER_INPUT",
			"Expected a global id as the field `id` gave it. For an id of HighLevel's own, use the field of its type, such as contact(id:).",
		);
	const branded = (value: object | null) => {
		if (value) typeOf.set(value, id.type);
		return value;
	};
	const value = reader.read(context, id.ids);
	return value instanceof Promise ? value.then(branded) : branded(value);
};

// The same as for every other way to an object: an id in hand is not a right to read what it names.
builder.queryFields((t) => ({
	node: t.field({
		type: Node,
		description:
			"Any object by its global id; null when it no longer exists. Objects of one type in one request are read together.",
		extensions: {
			...READ,
			cost: (cost: CostContext) => callsOf(cost, [cost.args.id]),
		},
		args: { id: t.arg.id({ required: true, description: "Global id." }) },
		resolve: (_, { id }, context) => resolve(context, id),
	}),
	nodes: t.field({
		type: [Node],
		nullable: { list: false, items: true },
		description:
			"Many objects by global id, in the order of `ids`; null for each that no longer exists.",
		extensions: {
			...READ,
			cost: (cost: CostContext) => callsOf(cost, cost.args.ids as unknown[]),
		},
		args: {
			ids: t.arg.idList({ required: true, description: "Global ids." }),
		},
		resolve: (_, { ids }, context) => {
			if (ids.length > context.maxPageSize)
				throw fail(
					"BAD_USER_INPUT",
					`ids takes at most ${context.maxPageSize} ids, but got ${ids.length}. Send several requests.`,
				);
			return ids.map((id) => {
				// One bad id costs its own place in the list, not its neighbours.
				try {
					return resolve(context, id);
				} catch (error) {
					return Promise.reject(error);
				}
			});
		},
	}),
}));

/** What clients see of tags. */

import {
	type CostContext,
	costOfReading,
	ITEMS_PER_LIST,
} from "../../cost/field-cost.ts";
import { whenLoaded } from "../../loading/loader.ts";
import { builder, READ } from "../../schema-kit/builder.ts";
import { globalId } from "../../schema-kit/global-id.ts";
import { inListOf, Node, nodeReader } from "../../schema-kit/node.ts";
import { PURE } from "../../schema-kit/pure.ts";
import { textOf } from "../../upstream/shapes.ts";
import { Contact } from "../contact/schema.ts";
import { Location, listsOf } from "../location/schema.ts";
import { allTags, tagsByLocation } from "./loader.ts";
import type { TagRow } from "./rest.ts";

export const Tag = builder.objectRef<TagRow>("Tag");

Tag.implement({
	extensions: READ,
	description: "A label that contacts can carry.",
	interfaces: [Node],
	fields: (t) => ({
		id: t.id({
			nullable: false,
			extensions: PURE,
			description: "Global id.",
			resolve: ({ id }, _, { viewer }) =>
				globalId("Tag", viewer.locationId, id),
		}),
		tagId: t.id({
			nullable: false,
			description: "HighLevel's own id of the tag.",
			extensions: PURE,
			resolve: ({ id }) => id,
		}),
		name: t.string({
			description: "Its name.",
			extensions: PURE,
			resolve: ({ name }) => textOf(name),
		}),
	}),
});

nodeReader(
	"Tag",
	async (context, [id]) =>
		(await allTags(context)).find((tag) => tag.id === id) ?? null,
	1,
	inListOf(tagsByLocation, "tag"),
);

builder.objectField(Contact, "tagObjects", (t) =>
	t.field({
		type: [Tag],
		nullable: { list: true, items: false },
		description:
			"Its tags as objects, in the order of `tags`, to be renamed where they are seen; without those that the location's list does not have. Costs the list: one call for all of a request.",
		extensions: {
			cost(cost: CostContext) {
				tagsByLocation.cost(cost, cost.parent);
				return { key: "tags of contacts", count: ITEMS_PER_LIST, batches: 1 };
			},
		},
		resolve: ({ row }, _, context) =>
			row.tags?.length
				? whenLoaded(allTags(context), (all) => {
						const byName = new Map(
							all.map((tag) => [textOf(tag.name)?.toLowerCase(), tag]),
						);
						return (row.tags ?? []).flatMap(
							(name) => byName.get(name.toLowerCase()) ?? [],
						);
					})
				: [],
	}),
);

builder.objectField(Location, "tags", (t) =>
	t.field({
		type: [Tag],
		nullable: { list: true, items: false },
		description: "Its tags, in HighLevel's order. Costs one call.",
		extensions: { cost: costOfReading(tagsByLocation) },
		resolve: (location, _, context) => allTags(listsOf(location, context)),
	}),
);

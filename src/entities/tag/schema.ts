/** What clients see of tags. */

import { costOfReading } from "../../cost/field-cost.ts";
import { builder, READ } from "../../schema-kit/builder.ts";
import { globalId } from "../../schema-kit/global-id.ts";
import { inListOf, Node, nodeReader } from "../../schema-kit/node.ts";
import { PURE } from "../../schema-kit/pure.ts";
import { textOf } from "../../upstream/shapes.ts";
import { Location } from "../location/schema.ts";
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

builder.objectField(Location, "tags", (t) =>
	t.field({
		type: [Tag],
		nullable: { list: true, items: false },
		description: "Its tags. Costs one call.",
		extensions: { cost: costOfReading(tagsByLocation) },
		resolve: (_, __, context) => allTags(context),
	}),
);

/** What the Contacts API says about the location's tags. */
import type { Upstream } from "../../upstream/client.ts";
import { operation } from "../../upstream/operation.ts";
import { Id, type Static, Text, Type } from "../../upstream/shapes.ts";

export const TagShape = Type.Object({
	id: Id,
	name: Text,
});

export type TagRow = Static<typeof TagShape>;

const listOperation = operation(
	"GET",
	"/locations/{locationId}/tags",
	Type.Object({ tags: Type.Array(TagShape) }),
);

/** Every one of the location, in one call [spec]. */
export const listTags = async (upstream: Upstream): Promise<TagRow[]> =>
	(
		await upstream.call(listOperation, {
			ids: { locationId: upstream.locationId },
		})
	).tags;

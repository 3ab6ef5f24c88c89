/** The calls that change the location's tags. */
import type { Upstream } from "../../upstream/client.ts";
import { operation } from "../../upstream/operation.ts";
import { saysNotFound } from "../../upstream/refusal.ts";
import { Done, Type } from "../../upstream/shapes.ts";
import { type TagRow, TagShape } from "./rest.ts";

const Answer = Type.Object({ tag: TagShape });
const TAG = "/locations/{locationId}/tags/{tagId}";
const create = operation("POST", "/locations/{locationId}/tags", Answer);
const get = operation("GET", TAG, Answer);
const rename = operation("PUT", TAG, Answer);
const remove = operation("DELETE", TAG, Done);

export const createTag = async (
	upstream: Upstream,
	name: string,
): Promise<TagRow> => {
	const { locationId } = upstream;
	return (await upstream.call(create, { ids: { locationId }, body: { name } }))
		.tag;
};

/** One tag, right at once after a write; null when it is gone. */
export const getTag = async (
	upstream: Upstream,
	tagId: string,
): Promise<TagRow | null> => {
	const { locationId } = upstream;
	try {
		return (await upstream.call(get, { ids: { locationId, tagId } })).tag;
	} catch (error) {
		if (saysNotFound(error)) return null;
		throw error;
	}
};

export const renameTag = async (
	upstream: Upstream,
	tagId: string,
	name: string,
): Promise<TagRow> => {
	const { locationId } = upstream;
	const answer = await upstream.call(rename, {
		ids: { locationId, tagId },
		body: { name },
	});
	return answer.tag;
};

export const deleteTag = async (
	upstream: Upstream,
	tagId: string,
): Promise<void> => {
	const { locationId } = upstream;
	await upstream.call(remove, { ids: { locationId, tagId } });
};

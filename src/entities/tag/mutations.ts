/** Creating, renaming and deleting tags of the location. */
import { TAG } from "../../cache/tags.ts";
import { crud } from "../../schema-kit/crud.ts";
import * as check from "../../schema-kit/input-checks.ts";
import { textOf } from "../../upstream/shapes.ts";
import { listTags, type TagRow } from "./rest.ts";
import { Tag } from "./schema.ts";
import { createTag, deleteTag, getTag, renameTag } from "./writes.ts";

const holds = (tag: TagRow, name: string): boolean =>
	textOf(tag.name)?.toLowerCase() === name.toLowerCase();

const tags = crud({
	type: Tag,
	noun: "tag",
	id: "tagId",
	scopes: ["locations/tags.write"],
	outcomeOf: ({ id }) => ({ tagId: id }),
	load: ({ tagId }, { upstream }) => getTag(upstream, tagId),
	read: ({ tagId }, upstream) => getTag(upstream, tagId),
	holds,
	// Which contacts carry a tag is not known, so every contact is read anew.
	effects: () => ({ tags: [TAG.tags, TAG.contacts, TAG.tagged] }),
});

const NEW_NAME = {
	required: true,
	description: "Its name. HighLevel may keep it in lower case.",
} as const;
const TAKEN = { match: /exist/i, code: "CONFLICT", field: ["name"] } as const;
const MISSING = {
	match: /not found/i,
	code: "NOT_FOUND",
	field: ["tagId"],
} as const;

tags.create("createTag", {
	description:
		"Adds a tag to the location. addContactTags does so by itself when a name is new. Costs one call.",
	input: (t) => ({ name: t.string(NEW_NAME) }),
	body: (input, _, faults) => check.line(faults, ["name"], input.name),
	send: async (_, name, { upstream }) =>
		tags.written(await createTag(upstream, name)),
	isUnique: true,
	async found(_, name, { upstream }) {
		const all = await listTags(upstream);
		return all
			.filter((tag) => holds(tag, name))
			.map((tag) => ({ outcome: tags.written(tag) }));
	},
	inputPaths: () => ({ texts: [TAKEN] }),
	effects: () => ({ tags: [TAG.tags] }),
});

tags.change("renameTag", {
	description: "Gives a tag of the location another name. Costs one call.",
	input: (t) => ({ name: t.string(NEW_NAME) }),
	body: (input, _, faults) => check.line(faults, ["name"], input.name),
	send: async ({ tagId }, name, { upstream }) =>
		tags.written(await renameTag(upstream, tagId, name)),
	inputPaths: () => ({ texts: [MISSING, TAKEN] }),
});

tags.remove("deleteTag", {
	description:
		"Removes a tag from the location and so from its contacts. Costs one call.",
	send: ({ tagId }, { upstream }) => deleteTag(upstream, tagId),
	inputPaths: () => ({ texts: [MISSING] }),
});

/** Creating, renaming and deleting tags of the location. */
import type { ObjectFieldBuilder } from "@pothos/core";
import { TAG } from "../../cache/tags.ts";
import type { CostContext } from "../../cost/field-cost.ts";
import type { builder } from "../../schema-kit/builder.ts";
import { globalId } from "../../schema-kit/global-id.ts";
import * as check from "../../schema-kit/input-checks.ts";
import { mutation, oneRead, type Payload } from "../../schema-kit/mutation.ts";
import { textOf } from "../../upstream/shapes.ts";
import { READ } from "../contact/schema.ts";
import { listTags, type TagRow } from "./rest.ts";
import { Tag } from "./schema.ts";
import { createTag, deleteTag, getTag, renameTag } from "./writes.ts";

type Types = (typeof builder)["$inferSchemaTypes"];

interface OfTag {
	readonly tagId: string;
}

// A tag as the write's own answer holds it; a repeat of the write has none.
const answered = new WeakMap<OfTag, TagRow>();

const outcomeOf = (tag: TagRow): OfTag => {
	const outcome = { tagId: tag.id };
	answered.set(outcome, tag);
	return outcome;
};

const tagPayload = (t: ObjectFieldBuilder<Types, Payload<OfTag>>) => ({
	tag: t.field({
		type: Tag,
		// At hand in the write's answer; only a repeat of the write reads it.
		extensions: {
			...READ,
			cost: (ask: CostContext) => oneRead("tag", ask),
		},
		description: "The tag as it is now; null when the input was refused.",
		resolve: ({ outcome }, _, { upstream }) =>
			outcome && (answered.get(outcome) ?? getTag(upstream, outcome.tagId)),
	}),
});

const SCOPES = ["locations/tags.write"];
const TAG_ID = {
	required: true,
	description: "The tag: its global id, or HighLevel's own id.",
} as const;
const NEW_NAME = {
	required: true,
	description: "Its name. HighLevel may keep it in lower case.",
} as const;
const TAKEN = [{ match: /exist/i, code: "CONFLICT", field: ["name"] }] as const;
const MISSING = {
	match: /not found/i,
	code: "NOT_FOUND",
	field: ["tagId"],
} as const;

const named = (tag: TagRow | null, name: string): tag is TagRow =>
	textOf(tag?.name)?.toLowerCase() === name.toLowerCase();

const ADDED = { tags: [TAG.tags] };
// Which contacts carry a tag is not known, so every contact is read anew.
const CHANGED = { tags: [TAG.tags, TAG.contacts, TAG.tagged] };

mutation("createTag", {
	description:
		"Adds a tag to the location. addContactTags does so by itself when a name is new. Costs one call.",
	scopes: SCOPES,
	input: (t) => ({ name: t.string(NEW_NAME) }),
	plan(input, _, faults) {
		const name = check.line(faults, ["name"], input.name);
		return name === undefined ? undefined : { name };
	},
	async send({ name }, { upstream }) {
		return outcomeOf(await createTag(upstream, name));
	},
	payload: tagPayload,
	// Names are unique, so one that is there now is the one that was asked for.
	async readBack({ name }, { upstream }) {
		const tags = await listTags(upstream);
		return tags.filter((tag) => named(tag, name)).map(outcomeOf);
	},
	inputPaths: () => ({ words: TAKEN }),
	effects: () => ADDED,
});

mutation("renameTag", {
	description: "Gives a tag of the location another name. Costs one call.",
	scopes: SCOPES,
	input: (t) => ({ tagId: t.id(TAG_ID), name: t.string(NEW_NAME) }),
	plan(input, context, faults) {
		const tagId = check.id(faults, ["tagId"], "Tag", input.tagId, context);
		const name = check.line(faults, ["name"], input.name);
		return tagId === undefined || name === undefined
			? undefined
			: { tagId, name };
	},
	async send({ tagId, name }, { upstream }) {
		return outcomeOf(await renameTag(upstream, tagId, name));
	},
	payload: tagPayload,
	async readBack({ tagId, name }, { upstream }) {
		const tag = await getTag(upstream, tagId);
		return named(tag, name) ? [outcomeOf(tag)] : [];
	},
	inputPaths: () => ({ words: [MISSING, ...TAKEN] }),
	effects: () => CHANGED,
});

mutation("deleteTag", {
	description:
		"Removes a tag from the location and so from its contacts. Costs one call.",
	scopes: SCOPES,
	input: (t) => ({ tagId: t.id(TAG_ID) }),
	plan(input, context, faults) {
		const tagId = check.id(faults, ["tagId"], "Tag", input.tagId, context);
		return tagId === undefined ? undefined : { tagId };
	},
	async send({ tagId }, { upstream }) {
		await deleteTag(upstream, tagId);
		return { tagId };
	},
	payload: (t) => ({
		deletedId: t.id({
			description: "Global id of the tag that is gone, for caches.",
			resolve: ({ outcome }, _, { viewer }) =>
				outcome && globalId("Tag", viewer.locationId, outcome.tagId),
		}),
	}),
	readBack: async ({ tagId }, { upstream }) =>
		(await getTag(upstream, tagId)) ? [] : [{ tagId }],
	inputPaths: () => ({ words: [MISSING] }),
	effects: () => CHANGED,
});

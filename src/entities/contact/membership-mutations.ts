/** Tags and followers of one contact: added, removed, and for tags set as a whole. */
import type { InputFieldBuilder } from "@pothos/core";
import { TAG } from "../../cache/tags.ts";
import type { Context } from "../../loading/context.ts";
import type { builder } from "../../schema-kit/builder.ts";
import * as check from "../../schema-kit/input-checks.ts";
import { mutation } from "../../schema-kit/mutation.ts";
import type { Faults } from "../../schema-kit/user-errors.ts";
import type { Upstream } from "../../upstream/client.ts";
import { tagsOfWritten } from "./invalidation.ts";
import { CONTACT_ID, contactPayload, WRITE } from "./mutations.ts";
import { hasAll, hasNone, sameSet } from "./read-back.ts";
import { type ContactRow, getContact } from "./rest.ts";
import {
	addFollowers,
	addTags,
	removeFollowers,
	removeTags,
	updateContact,
} from "./writes.ts";

type Types = (typeof builder)["$inferSchemaTypes"];
type Builder = InputFieldBuilder<Types, "InputObject">;

interface TagsPlan {
	readonly contactId: string;
	readonly tags: readonly string[];
}

const tagMutation = (
	name: string,
	description: string,
	write: (upstream: Upstream, plan: TagsPlan) => Promise<void>,
	shows: (has: readonly string[], plan: TagsPlan) => boolean,
	{ mayBeEmpty = false } = {},
) =>
	mutation(name, {
		description: `${description} Costs one call, and one more when the contact is asked for.`,
		scopes: WRITE,
		input: (t: Builder) => ({
			contactId: t.id({ required: true, description: CONTACT_ID }),
			tags: t.stringList({ required: true, description: "Names of tags." }),
		}),
		plan(input, context, faults): TagsPlan | undefined {
			const contactId = idOf(input.contactId, context, faults);
			const tags = check.tags(faults, ["tags"], input.tags, { mayBeEmpty });
			return contactId === undefined ? undefined : { contactId, tags };
		},
		async send(plan, { upstream }) {
			await write(upstream, plan);
			return { contactId: plan.contactId };
		},
		payload: (t) => contactPayload(t),
		async readBack(plan, { upstream }) {
			const found = await getContact(upstream, plan.contactId);
			return found && shows(found.row.tags ?? [], plan)
				? [{ contactId: plan.contactId }]
				: [];
		},
		inputPaths: ({ contactId }) => ({ ids: { [contactId]: ["contactId"] } }),
		// A name used for the first time joins the location's tags.
		effects: ({ contactId }, _, context) => ({
			tags: [...tagsOfWritten(contactId, context), TAG.tags],
		}),
	});

tagMutation(
	"addContactTags",
	"Adds tags to a contact; those it has stay.",
	(upstream, { contactId, tags }) => addTags(upstream, contactId, tags),
	(has, { tags }) => hasAll(has, tags),
);

tagMutation(
	"removeContactTags",
	"Takes tags off a contact; the others stay.",
	(upstream, { contactId, tags }) => removeTags(upstream, contactId, tags),
	(has, { tags }) => hasNone(has, tags),
);

tagMutation(
	"setContactTags",
	"Gives a contact exactly these tags: others are taken off. An empty list takes all off.",
	(upstream, { contactId, tags }) =>
		updateContact(upstream, contactId, { tags }),
	(has, { tags }) => sameSet(has, tags),
	{ mayBeEmpty: true },
);

interface FollowersPlan {
	readonly contactId: string;
	readonly followers: readonly string[];
}

const followerMutation = (
	name: string,
	description: string,
	write: (upstream: Upstream, plan: FollowersPlan) => Promise<string[]>,
	shows: (has: readonly string[], plan: FollowersPlan) => boolean,
) =>
	mutation(name, {
		description: `${description} Costs one call, and one more when the contact is asked for.`,
		scopes: WRITE,
		input: (t: Builder) => ({
			contactId: t.id({ required: true, description: CONTACT_ID }),
			userIds: t.idList({
				required: true,
				description: "Users: global or HighLevel's own ids.",
			}),
		}),
		plan(input, context, faults): FollowersPlan | undefined {
			const contactId = idOf(input.contactId, context, faults);
			const followers = check.ids(
				faults,
				["userIds"],
				"User",
				input.userIds,
				context,
			);
			return contactId === undefined ? undefined : { contactId, followers };
		},
		async send(plan, { upstream }) {
			const followers = await write(upstream, plan);
			return { contactId: plan.contactId, followers };
		},
		payload: (t) => contactPayload(t),
		async readBack(plan, { upstream }) {
			const { contactId } = plan;
			const found = await getContact(upstream, contactId);
			if (!found) return [];
			const followers = followersIn(found.row);
			// Whether GET tells the followers is not certain; search does, and lags.
			if (followers === undefined) return "unknown";
			return shows(followers, plan) ? [{ contactId, followers }] : [];
		},
		inputPaths: ({ contactId, followers }) => ({
			ids: {
				[contactId]: ["contactId"],
				...Object.fromEntries(
					followers.map((id, index) => [id, ["userIds", index]]),
				),
			},
			properties: { followers: ["userIds"] },
		}),
		effects: ({ contactId }, outcome, context) => ({
			tags: tagsOfWritten(contactId, context),
			...(outcome && {
				followers: { contactId, ids: outcome.followers },
			}),
		}),
	});

followerMutation(
	"addContactFollowers",
	"Lets users follow a contact; those who follow it already stay.",
	(upstream, { contactId, followers }) =>
		addFollowers(upstream, contactId, followers),
	(has, { followers }) => hasAll(has, followers),
);

followerMutation(
	"removeContactFollowers",
	"Ends that users follow a contact.",
	(upstream, { contactId, followers }) =>
		removeFollowers(upstream, contactId, followers),
	(has, { followers }) => hasNone(has, followers),
);

const idOf = (text: string, context: Context, faults: Faults) =>
	check.id(faults, ["contactId"], "Contact", text, context);

const followersIn = ({ followers }: ContactRow): string[] | undefined =>
	typeof followers === "string"
		? [followers].filter(Boolean)
		: (followers ?? undefined);

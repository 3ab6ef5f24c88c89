/** Tags and followers of one contact: added, removed, and for tags set as a whole. */
import { TAG } from "../../cache/tags.ts";
import * as check from "../../schema-kit/input-checks.ts";
import type { Upstream } from "../../upstream/client.ts";
import { tagsOfWritten } from "./invalidation.ts";
import { contacts } from "./mutations.ts";
import { hasAll, hasNone, sameSet } from "./read-back.ts";
import { type ContactRow, getContact } from "./rest.ts";
import {
	addFollowers,
	addTags,
	removeFollowers,
	removeTags,
	updateContact,
} from "./writes.ts";

/** What is written, and how to recognize that it was. */
type Write<R> = (
	upstream: Upstream,
	contactId: string,
	names: readonly string[],
) => Promise<R>;
type Shows = (has: readonly string[], names: readonly string[]) => boolean;

const tagMutation = (
	name: string,
	description: string,
	write: Write<void>,
	shows: Shows,
	rules?: { mayBeEmpty: boolean },
) =>
	contacts.change(name, {
		description: `${description} Costs one call, and one more when the contact is selected.`,
		input: (t) => ({
			tags: t.stringList({ required: true, description: "Names of tags." }),
		}),
		body: (input, _, faults) => check.tags(faults, ["tags"], input.tags, rules),
		async send({ contactId }, tags, { upstream }) {
			await write(upstream, contactId, tags);
			return { contactId };
		},
		shows: ({ row }, tags) => shows(row.tags ?? [], tags),
		// A name used for the first time joins the location's tags.
		effects: ({ ids }, _, context) => ({
			tags: [...tagsOfWritten(ids.contactId, context), TAG.tags],
		}),
	});

tagMutation(
	"addContactTags",
	"Adds tags to a contact; those it has stay.",
	addTags,
	hasAll,
);

tagMutation(
	"removeContactTags",
	"Takes tags off a contact; the others stay.",
	removeTags,
	hasNone,
);

tagMutation(
	"setContactTags",
	"Gives a contact exactly these tags: others are taken off. An empty list takes all off.",
	async (upstream, contactId, tags) => {
		await updateContact(upstream, contactId, { tags });
	},
	sameSet,
	{ mayBeEmpty: true },
);

const followerMutation = (
	name: string,
	description: string,
	write: Write<string[]>,
	shows: Shows,
) =>
	contacts.change(name, {
		description: `${description} Costs one call, and one more when the contact is selected.`,
		input: (t) => ({
			userIds: t.idList({
				required: true,
				description: "Users: global or HighLevel's own ids.",
			}),
		}),
		body: ({ userIds }, context, faults) =>
			check.ids(faults, ["userIds"], "User", userIds, context),
		send: async ({ contactId }, userIds, { upstream }) => ({
			contactId,
			followers: await write(upstream, contactId, userIds),
		}),
		async readBack(ids, userIds, { upstream }) {
			const found = await getContact(upstream, ids.contactId);
			if (!found) return [];
			const followers = followersIn(found.row);
			// Whether GET returns the followers is not certain; search does, and lags.
			if (followers === undefined) return "unknown";
			return shows(followers, userIds) ? [{ ...ids, followers }] : [];
		},
		inputPaths: (userIds) => ({
			ids: Object.fromEntries(
				userIds.map((id, index) => [id, ["userIds", index]]),
			),
			properties: { followers: ["userIds"] },
		}),
		effects: ({ ids: { contactId } }, outcome, context) => ({
			tags: tagsOfWritten(contactId, context),
			...(outcome && { followers: { contactId, ids: outcome.followers } }),
		}),
	});

followerMutation(
	"addContactFollowers",
	"Lets users follow a contact; those who follow it already stay.",
	addFollowers,
	hasAll,
);

followerMutation(
	"removeContactFollowers",
	"Ends that users follow a contact.",
	removeFollowers,
	hasNone,
);

const followersIn = ({ followers }: ContactRow): string[] | undefined =>
	typeof followers === "string"
		? [followers].filter(Boolean)
		: (followers ?? undefined);

/** Contacts as whoever looks for missed changes sees them. */

import { childTags, TAG } from "../../cache/tags.ts";
import type { Observation } from "../../reconcile/observation.ts";
import { instantOf } from "../../schema-kit/instant.ts";
import type { Upstream } from "../../upstream/client.ts";
import { tagsOfMembers } from "./invalidation.ts";
import { contactsChangedSince } from "./rest.ts";

/** One page of the contacts that changed at or after `since`; `after` is the `next` of the page before. */
export const contactsChanged = async (
	upstream: Upstream,
	since: number,
	after: unknown,
): Promise<{ sightings: Observation[]; next: unknown }> => {
	const { rows, next } = await contactsChangedSince(upstream, since, after);
	return {
		sightings: rows.map(({ id, dateUpdated }) => sighting(id, dateUpdated)),
		next,
	};
};

const sighting = (id: string, dateUpdated: unknown): Observation => ({
	id,
	state: String(dateUpdated),
	updatedAt: instantOf(dateUpdated) ?? undefined,
	touches() {
		return {
			// It may be one that nobody has heard of yet.
			tags: tagsOfMembers([id]),
			// A tag that was renamed or deleted changed contacts that nobody named.
			notifiedBy: [TAG.contact(id), TAG.tagged],
			related: childTags(TAG.contact, id),
			// [docs] ContactUpdate is sent for some fields only; a note may move the date of its contact.
			alwaysNotified: false,
		};
	},
});

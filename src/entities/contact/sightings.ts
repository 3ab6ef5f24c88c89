/** Contacts as whoever looks for missed changes sees them. */
import { NAME, type Sighting } from "../../change.ts";
import { instantOf } from "../../graphql/instant.ts";
import type { Upstream } from "../../upstream/client.ts";
import { contactsChangedSince } from "./rest.ts";
import { namesOfMembers } from "./touched.ts";

/** One page of the contacts that changed at or after `since`; `after` is the `next` of the page before. */
export const contactSightings = async (
	upstream: Upstream,
	since: number,
	after: unknown,
): Promise<{ sightings: Sighting[]; next: unknown }> => {
	const { rows, next } = await contactsChangedSince(upstream, since, after);
	return {
		sightings: rows.map(({ id, dateUpdated }) => sighting(id, dateUpdated)),
		next,
	};
};

const sighting = (id: string, dateUpdated: unknown): Sighting => ({
	id,
	state: String(dateUpdated),
	updatedAt: instantOf(dateUpdated) ?? undefined,
	touches() {
		const around = [
			NAME.tasksOf(id),
			NAME.notesOf(id),
			NAME.appointmentsOf(id),
		];
		return {
			// It may be one that nobody has heard of yet.
			names: namesOfMembers([id]),
			// A tag that was renamed or deleted changed contacts that nobody named.
			told: [NAME.contact(id), NAME.tagged],
			around,
			// [docs] ContactUpdate is sent for some fields only; a note may move the date of its contact.
			alwaysTold: false,
		};
	},
});

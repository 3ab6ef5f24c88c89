/** What webhooks say about contacts: which change each is, and the names it touches. */

import { TAG, tagsGoneWith } from "../../cache/tags.ts";
import type {
	Change,
	ChangeKind,
	ChangeReader,
	DeliveryBody,
} from "../../changes/change.ts";
import { tagsOfChanged } from "./invalidation.ts";

const about =
	(
		kind: ChangeKind,
		more: (id: string, body: DeliveryBody) => string[] = () => [],
	): ChangeReader =>
	(body): Change => {
		const id = idIn(body, "id");
		return {
			kind,
			contactId: id,
			tags: [...tagsOfChanged(id, body.dateAdded), ...more(id, body)],
		};
	};

/** By the sender's type. */
export const contactReaders: Readonly<Record<string, ChangeReader>> = {
	ContactCreate: about("CONTACT_CREATED", (_, { tags }) => [
		TAG.members,
		// A tag that comes with its first contact is new in the location's list, too.
		...(Array.isArray(tags) && tags.length > 0 ? [TAG.tags] : []),
	]),
	ContactUpdate: about("CONTACT_UPDATED"),
	ContactDelete: about("CONTACT_DELETED", (id) => [
		...tagsGoneWith(TAG.contact, id),
		TAG.members,
	]),
	ContactTagUpdate: about("CONTACT_TAGS_CHANGED", () => [TAG.tags]),
	ContactDndUpdate: about("CONTACT_DND_CHANGED"),
};

/** An id in a delivery. @throws Error when it is missing: the delivery cannot be read. */
export const idIn = (body: DeliveryBody, key: string): string => {
	const id = idMaybeIn(body, key);
	if (id !== undefined) return id;
	throw new Error(
		`expected a delivery with an id in ${key}, but it holds ${JSON.stringify(body[key])}`,
	);
};

/** Bodies were seen without the ids of what they belong to (contract, section 9). */
export const idMaybeIn = (
	body: DeliveryBody,
	key: string,
): string | undefined => {
	const id = body[key];
	return typeof id === "string" && id !== "" ? id : undefined;
};

/** Which names a change of contacts drops: those of the contact, and of every list that shows it or has its place. */
import { TAG } from "../../cache/tags.ts";
import type { Context } from "../../loading/context.ts";
import { instantOf } from "../../schema-kit/instant.ts";
import { contactById, wholeContactById } from "./loader.ts";
import { blocksOf } from "./time-blocks.ts";

/** Of one whose `dateAdded` was told; it stands for the place among all contacts, which no edit changes. */
export const tagsOfChanged = (
	contactId: string,
	dateAdded: unknown,
): string[] => {
	const added = instantOf(dateAdded);
	const blocks = added === null ? undefined : blocksOf(added);
	return [
		TAG.contact(contactId),
		TAG.contacts,
		...(blocks ? blocks.map(TAG.contactsAdded) : [TAG.members]),
	];
};

/** Of one whose place only what was read before can tell; where nothing is at hand, every list is read again. */
export const tagsOfWritten = (
	contactId: string,
	context: Context,
): string[] => {
	const known =
		contactById.peek(context, contactId) ??
		wholeContactById.peek(context, contactId);
	return tagsOfChanged(contactId, known?.row.dateAdded);
};

/** Of those who came, went, or are too many to look for their places. */
export const tagsOfMembers = (contactIds: readonly string[]): string[] => [
	...contactIds.map(TAG.contact),
	TAG.contacts,
	TAG.members,
];

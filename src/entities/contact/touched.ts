/** Which names a change of contacts drops: those of the contact, and of every list that shows it or has its place. */
import { NAME } from "../../change.ts";
import type { Context } from "../../graphql/context.ts";
import { instantOf } from "../../graphql/instant.ts";
import { contactById, wholeContactById } from "./loader.ts";
import { blocksOf } from "./time-blocks.ts";

/** Of one whose `dateAdded` was told; it stands for the place among all contacts, which no edit changes. */
export const namesOfChanged = (
	contactId: string,
	dateAdded: unknown,
): string[] => {
	const added = instantOf(dateAdded);
	const blocks = added === null ? undefined : blocksOf(added);
	return [
		NAME.contact(contactId),
		NAME.contacts,
		...(blocks ? blocks.map(NAME.contactsAdded) : [NAME.members]),
	];
};

/** Of one whose place only what was read before can tell; where nothing is at hand, every list is read again. */
export const namesOfWritten = (
	contactId: string,
	context: Context,
): string[] => {
	const known =
		contactById.last(context, contactId) ??
		wholeContactById.last(context, contactId);
	return namesOfChanged(contactId, known?.row.dateAdded);
};

/** Of those who came, went, or are too many to look for their places. */
export const namesOfMembers = (contactIds: readonly string[]): string[] => [
	...contactIds.map(NAME.contact),
	NAME.contacts,
	NAME.members,
];

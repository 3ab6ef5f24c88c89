/** The calls that change contacts, and no more than their answers are good for: ids, and lists the API counts itself. */
import type { Upstream } from "../../upstream/client.ts";
import { operation } from "../../upstream/operation.ts";
import {
	Done,
	Flag,
	Id,
	maybe,
	type Static,
	Text,
	Texts,
	Type,
} from "../../upstream/shapes.ts";

/** What can be written into a contact (contract, section 2): only what is there is changed. */
export type ContactBody = Readonly<Record<string, unknown>>;

const CustomFields = maybe(
	Type.Array(Type.Object({ id: Id, value: Type.Optional(Type.Unknown()) })),
);

// The answers of create, update and upsert differ in shape, so the contact is read by whoever shows it.
const Written = Type.Object({
	contact: Type.Object({ id: Id, customFields: CustomFields }),
});

/** The custom fields that the answer of a write shows; undefined where it says nothing of them. */
export type ShownCustomFields = Static<typeof CustomFields> | undefined;

interface WrittenContact {
	readonly contactId: string;
	readonly shown: ShownCustomFields;
}

const create = operation("POST", "/contacts/", Written);
const update = operation(
	"PUT",
	"/contacts/{contactId}",
	Type.Object({
		...Done.properties,
		contact: maybe(Type.Object({ customFields: CustomFields })),
	}),
);
const upsert = operation(
	"POST",
	"/contacts/upsert",
	Type.Object({
		new: Flag,
		contact: Type.Object({ id: Id, customFields: CustomFields }),
	}),
);
const remove = operation("DELETE", "/contacts/{contactId}", Done);

export const createContact = async (
	upstream: Upstream,
	body: ContactBody,
): Promise<WrittenContact> => {
	const { contact } = await upstream.call(create, {
		body: { locationId: upstream.locationId, ...body },
	});
	return { contactId: contact.id, shown: contact.customFields };
};

export const updateContact = async (
	upstream: Upstream,
	contactId: string,
	body: ContactBody,
): Promise<WrittenContact> => {
	const { contact } = await upstream.call(update, { ids: { contactId }, body });
	return { contactId, shown: contact?.customFields };
};

export const upsertContact = async (
	upstream: Upstream,
	body: ContactBody,
): Promise<WrittenContact & { created: boolean | null }> => {
	const answer = await upstream.call(upsert, {
		body: { locationId: upstream.locationId, ...body },
	});
	return {
		contactId: answer.contact.id,
		shown: answer.contact.customFields,
		created: answer.new ?? null,
	};
};

export const deleteContact = async (
	upstream: Upstream,
	contactId: string,
): Promise<void> => {
	await upstream.call(remove, { ids: { contactId } });
};

const Tags = Type.Object({ tags: Type.Array(Type.String()) });
const TAGS = "/contacts/{contactId}/tags";
const postTags = operation("POST", TAGS, Tags);
const deleteTags = operation("DELETE", TAGS, Tags);

/** Both leave the contact's other tags alone, as PUT /contacts/{id} would not (contract, section 2). */
export const addTags = async (
	upstream: Upstream,
	contactId: string,
	tags: readonly string[],
): Promise<void> => {
	await upstream.call(postTags, { ids: { contactId }, body: { tags } });
};

export const removeTags = async (
	upstream: Upstream,
	contactId: string,
	tags: readonly string[],
): Promise<void> => {
	await upstream.call(deleteTags, { ids: { contactId }, body: { tags } });
};

const Followers = Type.Object({ followers: Type.Array(Type.String()) });
const FOLLOWERS = "/contacts/{contactId}/followers";
const postFollowers = operation("POST", FOLLOWERS, Followers);
const deleteFollowers = operation("DELETE", FOLLOWERS, Followers);

/** Everybody who follows the contact afterwards. */
export const addFollowers = async (
	upstream: Upstream,
	contactId: string,
	followers: readonly string[],
): Promise<string[]> =>
	(
		await upstream.call(postFollowers, {
			ids: { contactId },
			body: { followers },
		})
	).followers;

export const removeFollowers = async (
	upstream: Upstream,
	contactId: string,
	followers: readonly string[],
): Promise<string[]> =>
	(
		await upstream.call(deleteFollowers, {
			ids: { contactId },
			body: { followers },
		})
	).followers;

// Items are objects, whatever the spec's schema says (contract, section 2).
const bulkTags = operation(
	"POST",
	"/contacts/bulk/tags/update/{type}",
	Type.Object({
		responses: Type.Array(
			Type.Object({
				contactId: Id,
				message: Text,
				type: Text,
				tagsAdded: Texts,
				tagsRemoved: Texts,
			}),
		),
	}),
);

export interface BulkTags {
	readonly type: "add" | "remove";
	readonly tags: readonly string[];
	/** With `remove` only: every tag goes. */
	readonly removeAllTags?: true;
}

/** What became of it, contact by contact, as far as the API says: `done` is null where it does not. */
export const updateTagsOf = async (
	upstream: Upstream,
	contacts: readonly string[],
	{ type, ...change }: BulkTags,
): Promise<
	{ contactId: string; done: boolean | null; message: string | null }[]
> => {
	const { responses } = await upstream.call(bulkTags, {
		ids: { type },
		body: { contacts, locationId: upstream.locationId, ...change },
	});
	return responses.map(({ contactId, message, type: how }) => ({
		contactId,
		done: how == null ? null : how === "success",
		message: message == null ? null : String(message),
	}));
};

const bulkBusiness = operation(
	"POST",
	"/contacts/bulk/business",
	Type.Object({ ids: Type.Array(Type.String()) }),
);

/** Ids the API lists as done; null takes contacts out of their business. */
export const setBusinessOf = async (
	upstream: Upstream,
	ids: readonly string[],
	businessId: string | null,
): Promise<string[]> =>
	(
		await upstream.call(bulkBusiness, {
			body: { locationId: upstream.locationId, ids, businessId },
		})
	).ids;

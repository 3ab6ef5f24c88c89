// The two operations on many contacts at once; both may succeed in part.
import { Hono } from "hono";
import { answer } from "../http/answers.ts";
import { checkedBody, type Rules } from "../http/body-rules.ts";
import type { Api, Env, Parts } from "../http/env.ts";
import { notFound, unprocessable } from "../http/errors.ts";
import { sameLocation } from "../http/input.ts";
import type { LocationData } from "../store/location-data.ts";
import { tagNames } from "./contact-input.ts";
import { rememberTags } from "./tag-store.ts";

export function bulkWrites({ settings }: Parts): Api {
	const app: Api = new Hono<Env>({ strict: false });
	const refuseTooMany = (name: string, ids: readonly string[]) => {
		if (ids.length > settings.bulkMax)
			throw unprocessable(
				`${name} must contain no more than ${settings.bulkMax} elements`,
			);
		if (ids.length === 0) throw unprocessable(`${name} should not be empty`);
	};
	const save = (
		location: LocationData,
		id: string,
		patch: {
			tags?: string[];
			businessId?: string | null;
			companyName?: string | null;
		},
	) => {
		const contact = location.contacts.get(id);
		if (contact === undefined) return;
		const at = settings.now();
		location.contacts.put(
			{ ...contact, ...patch, dateUpdated: new Date(at).toISOString() },
			at,
		);
	};

	app.post("/contacts/bulk/tags/update/:type", (call) => {
		const type = call.req.param("type");
		if (type !== "add" && type !== "remove")
			throw unprocessable(
				"type must be one of the following values: add, remove",
			);
		const body = checkedBody(call, TAGS);
		const location = sameLocation(call, String(body.locationId));
		const ids = body.contacts as string[];
		refuseTooMany("contacts", ids);
		if (body.removeAllTags === true && type === "add")
			throw unprocessable("removeAllTags is allowed with type remove only");
		const given = tagNames(body.tags as string[], settings);
		if (type === "add") rememberTags(given, location, settings.now());
		const responses = ids.map((contactId) => {
			const contact = location.contacts.get(contactId);
			if (contact === undefined)
				return {
					contactId,
					message: whyMissing(location, contactId),
					type: "error",
				};
			const oldTags = contact.tags;
			const dropped = body.removeAllTags === true ? oldTags : given;
			const tags =
				type === "add"
					? [...new Set([...oldTags, ...given])]
					: oldTags.filter((name) => !dropped.includes(name));
			save(location, contactId, { tags });
			return {
				contactId,
				message: "Tags updated",
				type: "success",
				oldTags,
				tagsAdded: tags.filter((name) => !oldTags.includes(name)),
				tagsRemoved: oldTags.filter((name) => !tags.includes(name)),
			};
		});
		const errorCount = responses.filter(({ type }) => type === "error").length;
		return answer(call, { succeded: true, errorCount, responses }, 201);
	});

	app.post("/contacts/bulk/business", (call) => {
		const body = checkedBody(call, BUSINESS);
		const location = sameLocation(call, String(body.locationId));
		const asked = body.ids as string[];
		refuseTooMany("ids", asked);
		const businessId = body.businessId as string | null;
		const business =
			businessId === null ? null : location.businesses.get(businessId);
		if (business === undefined) throw notFound("Business", String(businessId));
		const ids = [...new Set(asked)].filter(
			(id) => location.contacts.get(id) !== undefined,
		);
		for (const id of ids)
			save(location, id, { businessId, companyName: business?.name ?? null });
		return answer(call, { success: true, ids });
	});

	return app;
}

const TAGS: Rules = {
	contacts: { kind: "strings", required: true },
	tags: { kind: "strings", required: true },
	locationId: { kind: "string", required: true, filled: true },
	removeAllTags: { kind: "boolean" },
};

const BUSINESS: Rules = {
	locationId: { kind: "string", required: true, filled: true },
	ids: { kind: "strings", required: true },
	businessId: { kind: "string", required: true, nullable: true },
};

/** The texts are those of the spec's example. */
function whyMissing(location: LocationData, id: string): string {
	if (location.contacts.history(id).length > 0) return "contact is deleted";
	return /^[A-Za-z0-9]{20}$/.test(id)
		? "contact does not belong to location"
		: "contact id is not a valid firebase id";
}

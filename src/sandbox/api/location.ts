// Reading what a location has once: itself, tags, custom fields, workflows, campaigns.
import { Hono } from "hono";
import type { Api, Env } from "../http/env.ts";
import { notFound, traceId, unprocessable } from "../http/errors.ts";
import { pathLocation, sameLocation } from "../http/input.ts";
import type {
	CustomFieldRecord,
	LocationRecord,
} from "../store/account-records.ts";
import { withoutNulls } from "./contact-shapes.ts";

export function locationReads(): Api {
	const app: Api = new Hono<Env>({ strict: false });

	app.get("/locations/:locationId", (call) =>
		call.json({
			location: locationShape(pathLocation(call).record),
			traceId: traceId(),
		}),
	);

	app.get("/locations/:locationId/tags", (call) =>
		call.json({ tags: [...pathLocation(call).tags.values()] }),
	);

	app.get("/locations/:locationId/tags/:tagId", (call) => {
		const id = call.req.param("tagId");
		const tag = pathLocation(call).tags.get(id);
		if (tag === undefined) throw notFound("Tag", id);
		return call.json({ tag });
	});

	app.get("/locations/:locationId/customFields", (call) => {
		const model = call.req.query("model") ?? "all";
		if (!["contact", "opportunity", "all"].includes(model))
			throw unprocessable(
				"model must be one of the following values: contact, opportunity, all",
			);
		const fields = [...pathLocation(call).customFields.values()].filter(
			(field) => model === "all" || field.model === model,
		);
		return call.json({ customFields: fields.map(customFieldShape) });
	});

	app.get("/locations/:locationId/customFields/:id", (call) => {
		const id = call.req.param("id");
		const field = pathLocation(call).customFields.get(id);
		if (field === undefined) throw notFound("Custom field", id);
		return call.json({ customField: customFieldShape(field) });
	});

	app.get("/workflows", (call) =>
		call.json({ workflows: [...sameLocation(call).workflows.values()] }),
	);

	app.get("/campaigns", (call) => {
		const status = call.req.query("status");
		const campaigns = [...sameLocation(call).campaigns.values()].filter(
			(one) => status === undefined || one.status === status,
		);
		return call.json({ campaigns });
	});

	return app;
}

/** List options show as plain texts; the boxes of a TEXTBOX_LIST keep their ids, which are the keys of the values. */
export const customFieldShape = (field: CustomFieldRecord): object =>
	withoutNulls({
		id: field.id,
		name: field.name,
		fieldKey: field.fieldKey,
		placeholder: field.placeholder,
		dataType: field.dataType,
		position: field.position,
		picklistOptions: field.picklistOptions,
		textBoxListOptions:
			field.dataType === "TEXTBOX_LIST" ? field.textBoxes : null,
		isAllowedCustomOption: field.isAllowedCustomOption,
		isMultiFileAllowed: field.isMultiFileAllowed,
		maxFileLimit: field.maxFileLimit,
		locationId: field.locationId,
		model: field.model,
	});

const locationShape = (one: LocationRecord): object => ({
	id: one.id,
	companyId: one.companyId,
	name: one.name,
	address: one.address,
	city: one.city,
	state: one.state,
	country: one.country,
	postalCode: one.postalCode,
	website: one.website,
	timezone: one.timezone,
	email: one.email,
	phone: one.phone,
	business: {
		name: one.name,
		address: one.address,
		city: one.city,
		state: one.state,
		country: one.country,
		postalCode: one.postalCode,
		website: one.website,
		timezone: one.timezone,
	},
	social: {},
	settings: {
		allowDuplicateContact: one.allowDuplicateContact,
		allowDuplicateOpportunity: false,
		allowFacebookNameMerge: false,
		disableContactTimezone: false,
	},
});

// Reading what a location has once: itself, tags, custom fields, workflows, campaigns.
import { Hono } from "hono";
import { answer } from "../http/answers.ts";
import type { Api, Env, Parts } from "../http/env.ts";
import { notFound, unprocessable } from "../http/errors.ts";
import { pathLocation, sameLocation } from "../http/input.ts";
import type { CustomFieldRecord } from "../store/account-records.ts";
import { type Form, withoutNulls } from "./contact-shapes.ts";
import { locationShape } from "./location-shape.ts";

export function locationReads({ settings }: Parts): Api {
	const app: Api = new Hono<Env>({ strict: false });

	app.get("/locations/:locationId", (call) =>
		answer(call, {
			location: locationShape(pathLocation(call).record, settings),
		}),
	);

	app.get("/locations/:locationId/tags", (call) =>
		answer(call, { tags: [...pathLocation(call).tags.values()] }),
	);

	app.get("/locations/:locationId/tags/:tagId", (call) => {
		const id = call.req.param("tagId");
		const tag = pathLocation(call).tags.get(id);
		if (tag === undefined) throw notFound("Tag", id);
		return answer(call, { tag });
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
		return answer(call, {
			customFields: fields.map((field) => customFieldShape(field, settings)),
		});
	});

	app.get("/locations/:locationId/customFields/:id", (call) => {
		const id = call.req.param("id");
		const field = pathLocation(call).customFields.get(id);
		if (field === undefined) throw notFound("Custom field", id);
		return answer(call, { customField: singleCustomField(field, settings) });
	});

	app.get("/workflows", (call) =>
		answer(call, { workflows: [...sameLocation(call).workflows.values()] }),
	);

	app.get("/campaigns", (call) => {
		const status = call.req.query("status");
		const campaigns = [...sameLocation(call).campaigns.values()].filter(
			(one) => status === undefined || one.status === status,
		);
		return answer(call, { campaigns });
	});

	return app;
}

/** List options show as plain texts; the boxes of a TEXTBOX_LIST keep their ids, which are the keys of the values. */
export const customFieldShape = (
	field: CustomFieldRecord,
	{ specified }: Form,
): object =>
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
		...(specified
			? {}
			: {
					documentType: "field",
					parentId: `folder-${field.locationId}`,
					standard: false,
					dateAdded: "2024-01-01T00:00:00.000Z",
				}),
	});

/** Asked for or written by itself it was recorded with one key more. */
export const singleCustomField = (
	field: CustomFieldRecord,
	form: Form,
): object => ({
	...customFieldShape(field, form),
	...(form.specified ? {} : { scopes: [] }),
});

// Creating, changing and deleting tags and custom fields of a location.
import { Hono } from "hono";
import { answer, created, done } from "../http/answers.ts";
import { checkedBody, type Rule, type Rules } from "../http/body-rules.ts";
import type { Api, Call, Env, Parts } from "../http/env.ts";
import { notFound, Refusal } from "../http/errors.ts";
import { pathLocation } from "../http/input.ts";
import type { CustomFieldRecord } from "../store/account-records.ts";
import type { LocationData } from "../store/location-data.ts";
import { tagNames } from "./contact-input.ts";
import { singleCustomField } from "./location.ts";
import { retag, tagNamed } from "./tag-store.ts";

export function locationWrites({ settings }: Parts): Api {
	const app: Api = new Hono<Env>({ strict: false });
	const newName = (call: Call, location: LocationData): string => {
		const body = checkedBody(call, TAG);
		const [name = ""] = tagNames([String(body.name)], settings);
		if (tagNamed(name, location) !== undefined)
			throw new Refusal(400, "The tag name is already exist.");
		return name;
	};

	app.post("/locations/:locationId/tags", (call) => {
		const location = pathLocation(call);
		const name = newName(call, location);
		const tag = { id: location.newId("tag"), locationId: location.id, name };
		location.tags.put(tag, settings.now());
		return answer(call, { tag });
	});

	app.put("/locations/:locationId/tags/:tagId", (call) => {
		const { tag, location } = pathTag(call);
		const after = { ...tag, name: newName(call, location) };
		location.tags.put(after, settings.now());
		retag(tag.name, after.name, location, settings.now());
		return answer(call, { tag: after });
	});

	app.delete("/locations/:locationId/tags/:tagId", (call) => {
		const { tag, location } = pathTag(call);
		location.tags.delete(tag.id, settings.now());
		retag(tag.name, null, location, settings.now());
		return answer(call, done(settings));
	});

	app.post("/locations/:locationId/customFields", (call) => {
		const location = pathLocation(call);
		const body = checkedBody(call, CREATE_FIELD);
		const model = (body.model as "contact" | undefined) ?? "contact";
		const name = String(body.name);
		const field = fieldWith(
			{
				id: location.newId("customField"),
				locationId: location.id,
				name,
				fieldKey: `${model}.${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_")}`,
				dataType: String(body.dataType),
				placeholder: "",
				position: 0,
				model,
				picklistOptions: null,
				textBoxes: [],
				isAllowedCustomOption: false,
				isMultiFileAllowed: false,
				maxFileLimit: null,
				acceptedFormat: [],
			},
			body,
			location,
		);
		location.customFields.put(field, settings.now());
		return answer(
			call,
			{ customField: singleCustomField(field, settings) },
			created(settings),
		);
	});

	app.put("/locations/:locationId/customFields/:id", (call) => {
		const { field, location } = pathField(call);
		const after = fieldWith(field, checkedBody(call, UPDATE_FIELD), location);
		location.customFields.put(after, settings.now());
		return answer(call, { customField: singleCustomField(after, settings) });
	});

	app.delete("/locations/:locationId/customFields/:id", (call) => {
		const { field, location } = pathField(call);
		location.customFields.delete(field.id, settings.now());
		// [recorded] In one spelling alone.
		return answer(call, { succeded: true });
	});

	return app;
}

const text: Rule = { kind: "string" };
const TAG: Rules = { name: { ...text, required: true, filled: true } };

const UPDATE_FIELD: Rules = {
	name: { ...text, required: true, filled: true },
	placeholder: text,
	acceptedFormat: { kind: "strings" },
	isMultipleFile: { kind: "boolean" },
	maxNumberOfFiles: { kind: "number" },
	textBoxListOptions: { kind: "objects" },
	position: { kind: "number" },
	model: { ...text, values: ["contact", "opportunity"] },
};

const DATA_TYPES = [
	"TEXT",
	"LARGE_TEXT",
	"NUMERICAL",
	"PHONE",
	"MONETORY",
	"CHECKBOX",
	"SINGLE_OPTIONS",
	"MULTIPLE_OPTIONS",
	"FLOAT",
	"TIME",
	"DATE",
	"TEXTBOX_LIST",
	"FILE_UPLOAD",
	"SIGNATURE",
	"RADIO",
	"EMAIL",
];

const CREATE_FIELD: Rules = {
	...UPDATE_FIELD,
	dataType: { ...text, required: true, values: DATA_TYPES },
};

function fieldWith(
	field: CustomFieldRecord,
	body: Record<string, unknown>,
	location: LocationData,
): CustomFieldRecord {
	const boxes = body.textBoxListOptions as
		| { label?: string; prefillValue?: string }[]
		| undefined;
	return {
		...field,
		name: String(body.name ?? field.name),
		placeholder: String(body.placeholder ?? field.placeholder),
		position: Number(body.position ?? field.position),
		isMultiFileAllowed: Boolean(
			body.isMultipleFile ?? field.isMultiFileAllowed,
		),
		maxFileLimit:
			(body.maxNumberOfFiles as number | undefined) ?? field.maxFileLimit,
		acceptedFormat:
			(body.acceptedFormat as string[] | undefined) ?? field.acceptedFormat,
		textBoxes:
			boxes?.map((box, i) => ({
				id: field.textBoxes[i]?.id ?? location.newId("textBox"),
				label: box.label ?? "",
				prefillValue: box.prefillValue ?? "",
			})) ?? field.textBoxes,
	};
}

function pathTag(call: Call) {
	const location = pathLocation(call);
	const id = call.req.param("tagId") ?? "";
	const tag = location.tags.get(id);
	if (tag === undefined) throw notFound("Tag", id);
	return { tag, location };
}

function pathField(call: Call) {
	const location = pathLocation(call);
	const id = call.req.param("id") ?? "";
	const field = location.customFields.get(id);
	if (field === undefined) throw notFound("Custom field", id);
	return { field, location };
}

// The fields a contact search may filter by, with the operators of each, after the vendor's own table.

import type { CustomFieldRecord } from "../store/account-records.ts";
import type { LocationData } from "../store/location-data.ts";
import type { ContactRecord } from "../store/records.ts";

export interface SearchField {
	operators: readonly string[];
	read: (contact: ContactRecord) => unknown;
	/** Ranges over dates compare moments, over numbers amounts. */
	range?: "date" | "number";
}

const EXACT = ["eq", "not_eq", "exists", "not_exists"];
const TEXT = [
	"eq",
	"not_eq",
	"contains",
	"not_contains",
	"exists",
	"not_exists",
];
const DATE = ["range", "exists", "not_exists"];
const NUMBER = ["range", "exists", "not_exists", "eq", "not_eq"];

const exact = (read: SearchField["read"]): SearchField => ({
	operators: EXACT,
	read,
});
const text = (read: SearchField["read"]): SearchField => ({
	operators: TEXT,
	read,
});
const date = (read: SearchField["read"]): SearchField => ({
	operators: DATE,
	read,
	range: "date",
});

const FIELDS: Readonly<Record<string, SearchField>> = {
	id: { operators: ["eq", "not_eq"], read: (one) => one.id },
	contactName: exact((one) => one.name),
	address: text((one) => one.address1),
	assignedTo: exact((one) => one.assignedTo),
	businessName: text((one) => one.companyName),
	city: text((one) => one.city),
	country: exact((one) => one.country),
	companyName: text((one) => one.companyName),
	dateAdded: date((one) => one.dateAdded),
	dateUpdated: date((one) => one.dateUpdated),
	dnd: exact((one) => one.dnd),
	// Not in the table, told by the vendor (contract, section 3).
	"dndSettings.Call.status": exact((one) => one.dndSettings?.Call?.status),
	"dndSettings.Email.status": exact((one) => one.dndSettings?.Email?.status),
	"dndSettings.SMS.status": exact((one) => one.dndSettings?.SMS?.status),
	"inboundDndSettings.all.status": exact(
		(one) => one.inboundDndSettings?.all.status,
	),
	email: exact((one) => one.email),
	followers: exact((one) => one.followers),
	firstNameLowerCase: text((one) => one.firstName),
	lastNameLowerCase: text((one) => one.lastName),
	isValidWhatsapp: exact((one) => one.isValidWhatsapp),
	lastEmailClickedDate: date((one) => one.lastEmailClickedDate),
	lastEmailOpenedDate: date((one) => one.lastEmailOpenedDate),
	phone: text((one) => one.phone),
	postalCode: text((one) => one.postalCode),
	source: text((one) => one.source),
	state: text((one) => one.state),
	tags: text((one) => one.tags),
	timezone: exact((one) => one.timezone),
	type: exact((one) => one.type),
	validEmail: exact((one) => one.validEmail),
	website: exact((one) => one.website),
	dateOfBirth: date((one) => one.dateOfBirth),
	activeWorkflows: exact((one) => one.activeWorkflows),
	finishedWorkflows: exact((one) => one.finishedWorkflows),
};

/** Undefined for a field that cannot be searched. `customFields.{id}` and `customFields.{id}.{boxId}` follow the field's type. */
export function searchField(
	name: string,
	location: LocationData,
): SearchField | undefined {
	if (name === "lastAppointment") return lastAppointment(location);
	if (Object.hasOwn(FIELDS, name)) return FIELDS[name];
	const [head, fieldId, boxId] = name.split(".");
	if (head !== "customFields" || fieldId === undefined) return undefined;
	const definition = location.customFields.get(fieldId);
	return definition === undefined ? undefined : customField(definition, boxId);
}

function customField(
	definition: CustomFieldRecord,
	boxId: string | undefined,
): SearchField | undefined {
	const read = (one: ContactRecord): unknown =>
		one.customFields.find((field) => field.id === definition.id)?.value;
	if (definition.dataType === "TEXTBOX_LIST") {
		if (!definition.textBoxes.some((box) => box.id === boxId)) return undefined;
		return text((one) => (read(one) as Record<string, unknown>)?.[boxId ?? ""]);
	}
	if (boxId !== undefined) return undefined;
	switch (definition.dataType) {
		case "TEXT":
		case "LARGE_TEXT":
		case "SINGLE_OPTIONS":
		case "RADIO":
		case "PHONE":
			return text(read);
		case "CHECKBOX":
		case "MULTIPLE_OPTIONS":
			return exact(read);
		case "NUMERICAL":
		case "MONETORY":
			return { operators: NUMBER, read, range: "number" };
		case "DATE":
			return date(read);
		default:
			return undefined;
	}
}

const lastAppointment = (location: LocationData): SearchField =>
	date((one) => {
		const starts = location.appointments
			.group(one.id)
			.map((appointment) => appointment.startsAt);
		return starts.length === 0 ? null : Math.max(...starts);
	});

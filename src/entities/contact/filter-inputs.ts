/** The typed filters and orders that clients write; filter.ts turns them into the search's grammar. */
import type { InputFieldBuilder } from "@pothos/core";
import { builder } from "../../schema-kit/builder.ts";
import { DndStatus } from "./facets.ts";

// Limits of the search page (contract, search-filters.json).
export const LONGEST_VALUE = 75;
export const SHORTEST_CONTAINS = 3;

type Fields = (typeof builder)["$inferSchemaTypes"];
type FieldBuilder = InputFieldBuilder<Fields, "InputObject">;

const presence = (t: FieldBuilder) => ({
	exists: t.boolean({
		description: "true: it has a value. false: it has none.",
	}),
});

const exact = (t: FieldBuilder) => ({
	eq: t.string({
		description: `Equals this text (at most ${LONGEST_VALUE} characters).`,
	}),
	notEq: t.string({ description: "Differs from this text." }),
	in: t.stringList({ description: "Equals one of these texts." }),
	...presence(t),
});

const ExactFilter = builder.inputType("ExactFilter", {
	description:
		"Conditions on a text that can only be compared whole. All that are given must hold.",
	fields: exact,
});

const ids = (t: FieldBuilder) => ({
	eq: t.id({ description: "This one." }),
	notEq: t.id({ description: "Any but this one." }),
	in: t.idList({ description: "One of these." }),
});

// The search knows no "exists" for a contact's own id: every contact has one.
const IdFilter = builder.inputType("IdFilter", {
	description:
		"Conditions on an id, global or HighLevel's own. All that are given must hold.",
	fields: ids,
});

const ReferenceFilter = builder.inputType("ReferenceFilter", {
	description:
		"Conditions on what is referred to, by id, global or HighLevel's own. All that are given must hold.",
	fields: (t) => ({ ...ids(t), ...presence(t) }),
});

const TextFilter = builder.inputType("TextFilter", {
	description:
		"Conditions on a text that can be searched within. All that are given must hold.",
	fields: (t) => ({
		...exact(t),
		contains: t.string({
			description: `Contains this text: ${SHORTEST_CONTAINS} to ${LONGEST_VALUE} characters, no special characters such as * ? # ( ).`,
		}),
		notContains: t.string({ description: "Does not contain this text." }),
	}),
});

const BooleanFilter = builder.inputType("BooleanFilter", {
	description: "Conditions on a flag. All that are given must hold.",
	fields: (t) => ({
		eq: t.boolean({ description: "Equals this." }),
		...presence(t),
	}),
});

const DndFilter = builder.inputType("DndFilter", {
	description:
		"Conditions on do not disturb over one channel. All that are given must hold.",
	fields: (t) => ({
		eq: t.field({ type: DndStatus, description: "Has this status." }),
		notEq: t.field({ type: DndStatus, description: "Has another status." }),
		in: t.field({
			type: [DndStatus],
			description: "Has one of these statuses.",
		}),
		exists: t.boolean({
			description: "true: the channel was ever set. false: it never was.",
		}),
	}),
});

export const DateTimeFilter = builder.inputType("DateTimeFilter", {
	description: "Conditions on an instant. All that are given must hold.",
	fields: (t) => ({
		gt: t.field({ type: "DateTime", description: "After this instant." }),
		gte: t.field({
			type: "DateTime",
			description: "At or after this instant.",
		}),
		lt: t.field({ type: "DateTime", description: "Before this instant." }),
		lte: t.field({
			type: "DateTime",
			description: "At or before this instant.",
		}),
		...presence(t),
	}),
});

export const DateFilter = builder.inputType("DateFilter", {
	description: "Conditions on a day. All that are given must hold.",
	fields: (t) => ({
		gt: t.field({ type: "Date", description: "After this day." }),
		gte: t.field({ type: "Date", description: "On or after this day." }),
		lt: t.field({ type: "Date", description: "Before this day." }),
		lte: t.field({ type: "Date", description: "On or before this day." }),
		...presence(t),
	}),
});

const NumberFilter = builder.inputType("NumberFilter", {
	description: "Conditions on a number. All that are given must hold.",
	fields: (t) => ({
		eq: t.float({ description: "Equals this number." }),
		notEq: t.float({ description: "Differs from this number." }),
		in: t.floatList({ description: "Equals one of these numbers." }),
		gt: t.float({ description: "Greater than this number." }),
		gte: t.float({ description: "This number or greater." }),
		lt: t.float({ description: "Less than this number." }),
		lte: t.float({ description: "This number or less." }),
		...presence(t),
	}),
});

const CustomFieldFilter = builder.inputType("CustomFieldFilter", {
	description:
		"Conditions on a custom field of the location. Which ones apply depends on the field's type: text, choices and text boxes take `text`, numbers `number`, dates `date`. All that are given must hold.",
	fields: (t) => ({
		key: t.string({
			required: true,
			description:
				"The field's key as `location { customFields { key } }` gives it, with or without `contact.` in front; or its id.",
		}),
		option: t.string({
			description:
				"For a list of text boxes: the box, as `options { value }` of the field gives it.",
		}),
		text: t.field({
			type: TextFilter,
			description: "Of text, of a choice (whole texts only), or of a text box.",
		}),
		number: t.field({
			type: NumberFilter,
			description: "Of a number or an amount of money.",
		}),
		date: t.field({ type: DateTimeFilter, description: "Of a date." }),
	}),
});

const OpportunityFilter = builder.inputType("OpportunityFilter", {
	description:
		"Conditions on one of the contact's opportunities. All that are given must hold for the same opportunity.",
	fields: (t) => ({
		pipelineId: t.field({
			type: ReferenceFilter,
			description: "HighLevel's id of its pipeline.",
		}),
		pipelineStageId: t.field({
			type: ReferenceFilter,
			description: "HighLevel's id of its stage in the pipeline.",
		}),
		status: t.field({
			type: ExactFilter,
			description:
				"Its status as `statusText` has it: open, won, lost or abandoned.",
		}),
	}),
});

// Our field, the search's field, which filter it takes (contract, search-filters.json), what clients read, and for ids
// the type they are of. Adding one is one line.
export const FIELDS = {
	id: ["id", IdFilter, "The contact itself.", "Contact"],
	name: ["contactName", ExactFilter, "The whole name."],
	firstName: [
		"firstNameLowerCase",
		TextFilter,
		"The first name; compared in lower case.",
	],
	lastName: [
		"lastNameLowerCase",
		TextFilter,
		"The last name; compared in lower case.",
	],
	email: ["email", ExactFilter, "The e-mail address."],
	phone: ["phone", TextFilter, "The phone number with country code (E.164)."],
	address1: ["address", TextFilter, "Street and number."],
	city: ["city", TextFilter, "The city."],
	state: ["state", TextFilter, "The state or province."],
	country: ["country", ExactFilter, "The country."],
	postalCode: ["postalCode", TextFilter, "The postal code."],
	companyName: ["companyName", TextFilter, "The company's name."],
	businessName: ["businessName", TextFilter, "The business's name."],
	source: ["source", TextFilter, "Where the contact came from."],
	website: ["website", ExactFilter, "The website."],
	timezone: ["timezone", ExactFilter, "The contact's own time zone."],
	type: [
		"type",
		ExactFilter,
		"The kind of contact as `typeText` has it, such as lead.",
	],
	tags: ["tags", TextFilter, "Any one of the contact's tags."],
	assignedUserId: [
		"assignedTo",
		ReferenceFilter,
		"The user it is assigned to.",
		"User",
	],
	followerIds: [
		"followers",
		ReferenceFilter,
		"Any one of the users following it.",
		"User",
	],
	activeWorkflowIds: [
		"activeWorkflows",
		ReferenceFilter,
		"A workflow it is in now.",
		"Workflow",
	],
	finishedWorkflowIds: [
		"finishedWorkflows",
		ReferenceFilter,
		"A workflow it has been through.",
		"Workflow",
	],
	dnd: ["dnd", BooleanFilter, "Whether it must not be disturbed."],
	// Told by the vendor, not in the table; operators as of the other exact fields. The other channels are [unknown].
	dndCall: ["dndSettings.Call.status", DndFilter, "Do not disturb by call."],
	dndEmail: [
		"dndSettings.Email.status",
		DndFilter,
		"Do not disturb by e-mail.",
	],
	dndSms: [
		"dndSettings.SMS.status",
		DndFilter,
		"Do not disturb by text message.",
	],
	inboundDnd: [
		"inboundDndSettings.all.status",
		DndFilter,
		"Do not disturb for messages from the contact.",
	],
	validEmail: [
		"validEmail",
		BooleanFilter,
		"Whether the e-mail was validated; only where the location validates.",
	],
	isValidWhatsapp: [
		"isValidWhatsapp",
		BooleanFilter,
		"Whether it can be reached over WhatsApp.",
	],
	dateAdded: ["dateAdded", DateTimeFilter, "When it was created."],
	dateUpdated: ["dateUpdated", DateTimeFilter, "When it was last changed."],
	lastEmailClickedDate: [
		"lastEmailClickedDate",
		DateTimeFilter,
		"When it last clicked in an e-mail.",
	],
	lastEmailOpenedDate: [
		"lastEmailOpenedDate",
		DateTimeFilter,
		"When it last opened an e-mail.",
	],
	lastAppointment: [
		"lastAppointment",
		DateTimeFilter,
		"When its last appointment was.",
	],
	dateOfBirth: ["dateOfBirth", DateFilter, "Its date of birth."],
} as const;

export interface Conditions {
	eq?: string | number | boolean | null;
	notEq?: string | number | null;
	in?: readonly (string | number)[] | null;
	contains?: string | null;
	notContains?: string | null;
	exists?: boolean | null;
	gt?: number | string | null;
	gte?: number | string | null;
	lt?: number | string | null;
	lte?: number | string | null;
}

export interface CustomFieldConditions {
	key: string;
	option?: string | null;
	text?: Conditions | null;
	number?: Conditions | null;
	date?: Conditions | null;
}

export type ContactFilterInput = {
	-readonly [name in keyof typeof FIELDS]?: Conditions | null;
} & {
	and?: readonly ContactFilterInput[] | null;
	or?: readonly ContactFilterInput[] | null;
	customFields?: readonly CustomFieldConditions[] | null;
	opportunity?: {
		pipelineId?: Conditions | null;
		pipelineStageId?: Conditions | null;
		status?: Conditions | null;
	} | null;
};

export const ContactFilter =
	builder.inputRef<ContactFilterInput>("ContactFilter");

ContactFilter.implement({
	description:
		"Which contacts to list. All conditions that are given must hold; `or` and `and` combine whole filters.",
	fields: (t) => ({
		...(Object.fromEntries(
			Object.entries(FIELDS).map(([name, [, type, description]]) => [
				name,
				t.field({ type: type as typeof TextFilter, description }),
			]),
		) as Record<keyof typeof FIELDS, never>),
		and: t.field({
			type: [ContactFilter],
			description: "All of these filters hold.",
		}),
		or: t.field({
			type: [ContactFilter],
			description: "At least one of these filters holds.",
		}),
		customFields: t.field({
			type: [CustomFieldFilter],
			description: "Conditions on custom fields; all hold.",
		}),
		opportunity: t.field({
			type: OpportunityFilter,
			description: "The contact has such an opportunity.",
		}),
	}),
});

export const ContactOrderField = builder.enumType("ContactOrderField", {
	description: "What contacts can be ordered by.",
	values: {
		FIRST_NAME: {
			value: "firstNameLowerCase",
			description: "First name, ignoring case.",
		},
		LAST_NAME: {
			value: "lastNameLowerCase",
			description: "Last name, ignoring case.",
		},
		BUSINESS_NAME: { value: "businessName", description: "Business name." },
		DATE_ADDED: { value: "dateAdded", description: "When it was created." },
		DATE_UPDATED: {
			value: "dateUpdated",
			description: "When it was last changed.",
		},
		EMAIL: { value: "email", description: "E-mail address." },
		DND: { value: "dnd", description: "Whether it must not be disturbed." },
		SOURCE: { value: "source", description: "Where the contact came from." },
	} as const,
});

export const OrderDirection = builder.enumType("OrderDirection", {
	description: "Which way to order.",
	values: {
		ASC: { value: "asc", description: "Smallest, earliest or A first." },
		DESC: { value: "desc", description: "Largest, latest or Z first." },
	} as const,
});

export const ContactOrder = builder.inputType("ContactOrder", {
	description: "One key to order contacts by.",
	fields: (t) => ({
		field: t.field({
			type: ContactOrderField,
			required: true,
			description: "What to order by.",
		}),
		direction: t.field({
			type: OrderDirection,
			required: true,
			defaultValue: "asc",
			description: "Which way.",
		}),
	}),
});

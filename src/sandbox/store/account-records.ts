// What a location has once: users, businesses, tags, custom fields, calendars, workflows, campaigns, itself.

export interface UserRecord {
	id: string;
	locationId: string;
	firstName: string;
	lastName: string;
	email: string;
	phone: string;
	extension: string;
	type: string;
	role: string;
	dateAdded: string;
}

export interface BusinessRecord {
	id: string;
	locationId: string;
	name: string;
	phone: string | null;
	email: string | null;
	website: string | null;
	address: string | null;
	city: string | null;
	state: string | null;
	postalCode: string | null;
	country: string | null;
	description: string | null;
	createdAt: string;
	updatedAt: string;
}

export interface TagRecord {
	id: string;
	locationId: string;
	name: string;
}

export interface CustomFieldRecord {
	id: string;
	locationId: string;
	name: string;
	fieldKey: string;
	dataType: string;
	placeholder: string;
	position: number;
	model: "contact" | "opportunity";
	picklistOptions: readonly string[] | null;
	/** Boxes of a TEXTBOX_LIST; their ids are the keys of a contact's value. */
	textBoxes: readonly { id: string; label: string; prefillValue: string }[];
	isAllowedCustomOption: boolean;
	isMultiFileAllowed: boolean;
	maxFileLimit: number | null;
	acceptedFormat: readonly string[];
}

export interface CalendarRecord {
	id: string;
	locationId: string;
	groupId: string;
	name: string;
	description: string;
	slug: string;
	calendarType: string;
	eventColor: string;
	slotDuration: number;
	teamMembers: readonly string[];
	isActive: boolean;
}

export interface WorkflowRecord {
	id: string;
	locationId: string;
	name: string;
	status: string;
	version: number;
	createdAt: string;
	updatedAt: string;
}

export interface CampaignRecord {
	id: string;
	locationId: string;
	name: string;
	status: string;
}

export interface LocationRecord {
	id: string;
	locationId: string;
	companyId: string;
	name: string;
	address: string;
	city: string;
	state: string;
	country: string;
	postalCode: string;
	website: string;
	timezone: string;
	email: string;
	phone: string;
	allowDuplicateContact: boolean;
	/** Which of the two is looked at first by upsert and by the duplicate check. */
	duplicateOrder: readonly ("email" | "phone")[];
}

// What the stand-in keeps of a contact and what hangs on it, wider than any single answer shows.

/** A CRM holds dates that people typed: empty, zero, epoch numbers, other formats. */
export type DirtyDate = string | number | null;

export type CustomValue =
	| string
	| number
	| readonly string[]
	| Readonly<Record<string, unknown>>;

export interface DndChannel {
	status: "active" | "inactive" | "permanent";
	message?: string;
	code?: string;
}

export interface Attribution {
	url: string;
	campaign?: string | null;
	utmSource?: string | null;
	utmMedium?: string | null;
	utmContent?: string | null;
	referrer?: string | null;
	campaignId?: string | null;
	fbclid?: string | null;
	gclid?: string | null;
	msclikid?: string | null;
	dclid?: string | null;
	fbc?: string | null;
	fbp?: string | null;
	fbEventId?: string | null;
	userAgent?: string | null;
	ip?: string | null;
	medium?: string | null;
	mediumId?: string | null;
}

export interface Opportunity {
	id: string;
	pipelineId: string;
	pipelineStageId: string;
	monetaryValue: number;
	status: string;
}

/** Fields that a person left empty are null here; each answer decides whether null shows or the key is left out. */
export interface ContactRecord {
	id: string;
	locationId: string;
	firstName: string | null;
	lastName: string | null;
	name: string | null;
	email: string | null;
	additionalEmails: readonly string[];
	phone: string | null;
	phoneLabel: string | null;
	additionalPhones: readonly string[];
	companyName: string | null;
	gender: string | null;
	type: string;
	source: string | null;
	assignedTo: string | null;
	address1: string | null;
	city: string | null;
	state: string | null;
	country: string | null;
	postalCode: string | null;
	website: string | null;
	timezone: string | null;
	dnd: boolean;
	dndSettings: Readonly<Record<string, DndChannel>> | null;
	inboundDndSettings: { all: { status: string; message?: string } } | null;
	tags: readonly string[];
	followers: readonly string[];
	dateOfBirth: DirtyDate;
	dateAdded: string;
	dateUpdated: string;
	lastActivity: string | null;
	lastEmailOpenedDate: string | null;
	lastEmailClickedDate: string | null;
	isValidWhatsapp: boolean | null;
	validEmail: boolean | null;
	ssn: string | null;
	keyword: string | null;
	visitorId: string | null;
	customFields: readonly { id: string; value: CustomValue }[];
	businessId: string | null;
	attributionSource: Attribution | null;
	lastAttributionSource: Attribution | null;
	opportunities: readonly Opportunity[];
	activeWorkflows: readonly string[];
	finishedWorkflows: readonly string[];
	campaigns: readonly string[];
}

export interface TaskRecord {
	id: string;
	locationId: string;
	contactId: string;
	title: string;
	body: string | null;
	assignedTo: string | null;
	dueDate: string;
	completed: boolean;
	dateAdded: string;
	dateUpdated: string;
}

export interface NoteRecord {
	id: string;
	locationId: string;
	contactId: string;
	body: string;
	userId: string | null;
	title: string | null;
	color: string | null;
	pinned: boolean;
	dateAdded: string;
}

/** `startsAt` and `endsAt` are epoch milliseconds: the answers write them in different ways. */
export interface AppointmentRecord {
	id: string;
	locationId: string;
	contactId: string;
	calendarId: string;
	groupId: string;
	title: string;
	appointmentStatus: string;
	assignedUserId: string | null;
	users: readonly string[];
	notes: string | null;
	description: string | null;
	address: string | null;
	meetingLocationType: string | null;
	startsAt: number;
	endsAt: number;
	rrule: string | null;
	source: string;
	createdBy: string | null;
	assignedResources: readonly string[];
	dateAdded: string;
	dateUpdated: string;
}

export interface AppointmentNoteRecord {
	id: string;
	locationId: string;
	appointmentId: string;
	contactId: string;
	body: string;
	userId: string | null;
	dateAdded: string;
}

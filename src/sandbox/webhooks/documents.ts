// Turns writes to the store into the documents the vendor sends, with their documented gaps (contract, section 9; webhooks.json).
import { withoutNulls } from "../api/contact-shapes.ts";
import { offsetTime } from "../api/zone-time.ts";
import type { LocationData, TableName } from "../store/location-data.ts";
import type {
	AppointmentRecord,
	ContactRecord,
	NoteRecord,
	TaskRecord,
} from "../store/records.ts";

/** Event fields without the envelope. */
export type WebhookDocument = { type: string; locationId?: string } & Record<
	string,
	unknown
>;

export interface Write {
	location: LocationData;
	table: TableName;
	before: unknown;
	after: unknown;
}

/** All events of one write; most have one, some none: an edited task and followers raise nothing. */
export function documentsOf(
	write: Write,
	gaps: { taskWithoutContact: () => boolean },
): WebhookDocument[] {
	const { location, table } = write;
	switch (table) {
		case "contacts":
			return contactEvents(write as Pair<ContactRecord>).map((type) =>
				contactDocument(type, latest(write as Pair<ContactRecord>)),
			);
		case "tasks":
			return taskEvents(write as Pair<TaskRecord>).map((type) =>
				taskDocument(
					type,
					latest(write as Pair<TaskRecord>),
					type === "TaskCreate" && gaps.taskWithoutContact(),
				),
			);
		case "notes":
			return [
				noteDocument(`Note${verb(write)}`, latest(write as Pair<NoteRecord>)),
			];
		case "appointments":
			return [
				appointmentDocument(
					`Appointment${verb(write)}`,
					latest(write as Pair<AppointmentRecord>),
					location,
				),
			];
		default:
			return [];
	}
}

interface Pair<T> {
	before: T | undefined;
	after: T | undefined;
}

function latest<T>({ before, after }: Pair<T>): T {
	const one = after ?? before;
	if (one === undefined) throw new Error("A write has a before or an after.");
	return one;
}

const verb = ({
	before,
	after,
}: {
	before: unknown;
	after: unknown;
}): string =>
	before === undefined ? "Create" : after === undefined ? "Delete" : "Update";

/** The vendor says ContactUpdate fires for some fields and not for which; here for those that its body shows, and time zone. */
const ANNOUNCED = [
	"address1",
	"city",
	"country",
	"source",
	"dateOfBirth",
	"email",
	"name",
	"firstName",
	"lastName",
	"phone",
	"postalCode",
	"state",
	"website",
	"assignedTo",
	"customFields",
	"timezone",
] as const;

function contactEvents({ before, after }: Pair<ContactRecord>): string[] {
	if (before === undefined) return ["ContactCreate"];
	if (after === undefined) return ["ContactDelete"];
	const events: string[] = [];
	const differs = (key: keyof ContactRecord) =>
		JSON.stringify(before[key]) !== JSON.stringify(after[key]);
	// A company name that came with a business is a business event, and there is none.
	const renamed = differs("companyName") && !differs("businessId");
	if (ANNOUNCED.some(differs) || renamed) events.push("ContactUpdate");
	if (differs("tags")) events.push("ContactTagUpdate");
	if (differs("dnd") || differs("dndSettings")) events.push("ContactDndUpdate");
	return events;
}

function contactDocument(type: string, one: ContactRecord): WebhookDocument {
	const day = String(one.dateOfBirth ?? "");
	return {
		type,
		locationId: one.locationId,
		...withoutNulls({
			id: one.id,
			address1: one.address1,
			city: one.city,
			companyName: one.companyName,
			country: one.country,
			source: one.source,
			dateAdded: one.dateAdded,
			dateOfBirth: /^\d{4}-\d{2}-\d{2}$/.test(day)
				? `${day}T00:00:00.000Z`
				: null,
			dnd: one.dnd,
			// A live body had this channel that no schema names (issue 264); inbound settings never come.
			dndSettings:
				type === "ContactDndUpdate"
					? { ...one.dndSettings, RCS: { status: "inactive" } }
					: null,
			email: one.email,
			name: one.name,
			firstName: one.firstName,
			lastName: one.lastName,
			phone: one.phone,
			postalCode: one.postalCode,
			state: one.state,
			tags: one.tags,
			website: one.website,
			attachments: [],
			assignedTo: one.assignedTo,
			customFields: one.customFields,
		}),
	};
}

function taskEvents({ before, after }: Pair<TaskRecord>): string[] {
	if (before === undefined) return ["TaskCreate"];
	if (after === undefined) return ["TaskDelete"];
	return !before.completed && after.completed ? ["TaskComplete"] : [];
}

/** Live TaskCreate bodies were seen without contactId and body (issue 332). */
const taskDocument = (
	type: string,
	one: TaskRecord,
	gap: boolean,
): WebhookDocument => ({
	type,
	locationId: one.locationId,
	...withoutNulls({
		id: one.id,
		assignedTo: one.assignedTo,
		body: gap ? null : one.body,
		contactId: gap ? null : one.contactId,
		title: one.title,
		dateAdded: one.dateAdded,
		dueDate: one.dueDate,
	}),
});

/** A fixed list: neither author nor title (issue 312). */
const noteDocument = (type: string, one: NoteRecord): WebhookDocument => ({
	type,
	locationId: one.locationId,
	id: one.id,
	body: one.body,
	contactId: one.contactId,
	dateAdded: one.dateAdded,
});

const appointmentDocument = (
	type: string,
	one: AppointmentRecord,
	location: LocationData,
): WebhookDocument => ({
	type,
	locationId: one.locationId,
	appointment: withoutNulls({
		id: one.id,
		address: one.address,
		title: one.title,
		calendarId: one.calendarId,
		contactId: one.contactId,
		groupId: one.groupId,
		appointmentStatus: one.appointmentStatus,
		assignedUserId: one.assignedUserId,
		users: one.users,
		notes: one.notes,
		source: one.source,
		startTime: offsetTime(one.startsAt, location.record.timezone),
		endTime: offsetTime(one.endsAt, location.record.timezone),
		dateAdded: one.dateAdded,
		dateUpdated: one.dateUpdated,
	}),
});

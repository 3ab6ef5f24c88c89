// Plausible tasks, notes and appointments, as someone in the CRM would add them.
import type { LocationData } from "../store/location-data.ts";
import type {
	AppointmentRecord,
	NoteRecord,
	TaskRecord,
} from "../store/records.ts";

const DAY = 86_400_000;

export function newTask(
	location: LocationData,
	contactId: string,
	now: number,
): TaskRecord {
	const date = new Date(now).toISOString();
	return {
		id: location.newId("task"),
		locationId: location.id,
		contactId,
		title: "Call back",
		body: "Added in the CRM",
		assignedTo: null,
		dueDate: new Date(now + DAY).toISOString(),
		completed: false,
		dateAdded: date,
		dateUpdated: date,
	};
}

export const newNote = (
	location: LocationData,
	contactId: string,
	now: number,
): NoteRecord => ({
	id: location.newId("note"),
	locationId: location.id,
	contactId,
	body: "Added in the CRM",
	userId: null,
	title: null,
	color: null,
	pinned: false,
	dateAdded: new Date(now).toISOString(),
});

export function newAppointment(
	location: LocationData,
	contactId: string,
	now: number,
): AppointmentRecord {
	const [calendar] = location.calendars.values();
	if (calendar === undefined)
		throw new TypeError(`There is no calendar in ${location.id}.`);
	const startsAt = Math.ceil((now + 7 * DAY) / 1_800_000) * 1_800_000;
	const date = new Date(now).toISOString();
	return {
		id: location.newId("appointment"),
		locationId: location.id,
		contactId,
		calendarId: calendar.id,
		groupId: calendar.groupId,
		title: calendar.name,
		appointmentStatus: "confirmed",
		assignedUserId: calendar.teamMembers[0] ?? null,
		users: [],
		notes: null,
		description: null,
		address: null,
		meetingLocationType: "custom",
		startsAt,
		endsAt: startsAt + calendar.slotDuration * 60_000,
		rrule: null,
		source: "calendar_page",
		createdBy: null,
		assignedResources: [],
		dateAdded: date,
		dateUpdated: date,
	};
}

// Seeds what hangs on contacts: tasks, notes, appointments and their notes.
import type { LocationData } from "../store/location-data.ts";
import type { ContactRecord } from "../store/records.ts";
import { DAY, dirtyDueDate, iso, momentWithin, REFERENCE } from "./dates.ts";
import { type Random, random } from "./random.ts";
import type { Loose } from "./reference.ts";

/** How many each contact gets; undefined: 0 to 12, by seed. */
export interface HowMany {
	tasks: number | undefined;
	notes: number | undefined;
	appointments: number | undefined;
}

export function seedActivity(
	location: LocationData,
	seed: number,
	howMany: HowMany,
	loose: Loose,
): void {
	const users = [...location.users.values()].map((user) => user.id);
	let i = 0;
	for (const contact of location.contacts.values()) {
		i++;
		const tasks = random(seed, location.number, "tasks", i);
		for (let n = howMany.tasks ?? tasks.between(0, 12); n > 0; n--)
			seedTask(location, tasks, contact, users, loose);
		const notes = random(seed, location.number, "notes", i);
		for (let n = howMany.notes ?? notes.between(0, 12); n > 0; n--)
			seedNote(location, notes, contact, users);
		const meetings = random(seed, location.number, "appointments", i);
		for (let n = howMany.appointments ?? meetings.between(0, 12); n > 0; n--)
			seedAppointment(location, meetings, contact);
	}
}

function seedTask(
	location: LocationData,
	chance: Random,
	contact: ContactRecord,
	users: readonly string[],
	loose: Loose,
): void {
	const added = iso(momentWithin(chance, -120, -1));
	location.tasks.seed(
		{
			id: location.newId("task"),
			locationId: location.id,
			contactId: contact.id,
			title: `${chance.pick(VERBS)} ${contact.firstName ?? "the customer"} ${chance.pick(ABOUT)}`,
			body: chance.chance(0.3) ? null : chance.pick(BODIES),
			assignedTo: chance.chance(0.2)
				? null
				: chance.chance(0.02)
					? chance.pick(loose.deletedUsers)
					: chance.pick(users),
			dueDate: dirtyDueDate(chance),
			completed: chance.chance(0.45),
			dateAdded: added,
			dateUpdated: added,
		},
		REFERENCE,
	);
}

function seedNote(
	location: LocationData,
	chance: Random,
	contact: ContactRecord,
	users: readonly string[],
): void {
	location.notes.seed(
		{
			id: location.newId("note"),
			locationId: location.id,
			contactId: contact.id,
			body: chance.pick(NOTES),
			userId: chance.chance(0.2) ? null : chance.pick(users),
			title: chance.chance(0.5) ? null : chance.pick(["Call", "Visit", "見積"]),
			color: chance.chance(0.7) ? null : "#FFF4C2",
			pinned: chance.chance(0.1),
			dateAdded: iso(momentWithin(chance, -700, -1)),
		},
		REFERENCE,
	);
}

function seedAppointment(
	location: LocationData,
	chance: Random,
	contact: ContactRecord,
): void {
	const calendar = chance.pick([...location.calendars.values()]);
	const user = chance.pick(calendar.teamMembers);
	const startsAt =
		Math.floor(momentWithin(chance, -200, 60) / DAY) * DAY +
		chance.between(14 * 2, 22 * 2) * 1_800_000;
	// Nobody has booked anything after the sample data's today.
	const added = iso(
		Math.min(startsAt - chance.between(1, 20) * DAY, REFERENCE),
	);
	const id = location.newId("appointment");
	location.appointments.seed(
		{
			id,
			locationId: location.id,
			contactId: contact.id,
			calendarId: calendar.id,
			groupId: calendar.groupId,
			title: `${calendar.name} with ${contact.name ?? "a customer"}`,
			appointmentStatus: chance.pick(
				startsAt < REFERENCE ? PAST_STATUSES : COMING_STATUSES,
			),
			assignedUserId: user,
			users: [],
			notes: chance.chance(0.7) ? null : "Bring the samples",
			description: chance.chance(0.8) ? null : "First visit",
			address: chance.chance(0.5) ? null : "https://meet.example/abc",
			meetingLocationType: "custom",
			startsAt,
			endsAt: startsAt + calendar.slotDuration * 60_000,
			rrule: null,
			source: chance.pick(["booking_widget", "calendar_page", "third_party"]),
			createdBy: chance.chance(0.5) ? user : null,
			assignedResources: [],
			dateAdded: added,
			dateUpdated: added,
		},
		REFERENCE,
	);
	if (chance.chance(0.15))
		location.appointmentNotes.seed(
			{
				id: location.newId("appointmentNote"),
				locationId: location.id,
				appointmentId: id,
				contactId: contact.id,
				body: chance.pick(NOTES),
				userId: user,
				dateAdded: added,
			},
			REFERENCE,
		);
}

const VERBS = ["Call", "E-mail", "Send a quote to", "Visit", "Remind"];
const ABOUT = [
	"about the roof",
	"about the invoice",
	"before Friday",
	"again",
	"— urgent",
];
const BODIES = [
	"Left a message on the machine.",
	"Needs the new price list.\nAlso asked about delivery.",
	"",
	"Спросить о договоре",
	"Check <b>warranty</b> first",
];
const NOTES = [
	"Wants to decide after the holidays.",
	"<p>Prefers <strong>e-mail</strong> over phone.</p>",
	"<div>Budget: &euro; 12.000<br/>Decision: Q1</div>",
	"Rückruf vereinbart für Montag",
	"打ち合わせ済み。見積もりを送る。",
	"Spoke with the assistant; call back 👍",
];
const PAST_STATUSES = [
	"showed",
	"showed",
	"noshow",
	"cancelled",
	"completed",
	"confirmed",
	"invalid",
];
const COMING_STATUSES = [
	"confirmed",
	"confirmed",
	"new",
	"cancelled",
	"active",
];

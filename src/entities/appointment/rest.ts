/** What the Contacts API says about appointments: a contact's own list, and one event of a calendar. */
import { beforeSending } from "../../upstream/certainty.ts";
import type { Upstream } from "../../upstream/client.ts";
import { operation } from "../../upstream/operation.ts";
import { gone, saysNotFound } from "../../upstream/refusal.ts";
import {
	Flag,
	Id,
	maybe,
	part,
	type Static,
	Text,
	Texts,
	Timestamp,
	Type,
} from "../../upstream/shapes.ts";

export const AppointmentShape = Type.Object({
	id: Id,
	title: Text,
	status: Text,
	appointmentStatus: Text,
	// A misspelt twin appears in answers (contract, section 11).
	appoinmentStatus: Text,
	startTime: Timestamp,
	endTime: Timestamp,
	dateAdded: Timestamp,
	dateUpdated: Timestamp,
	address: Text,
	notes: Text,
	description: Text,
	calendarId: Text,
	contactId: Text,
	groupId: Text,
	assignedUserId: Text,
	users: Texts,
	assignedResources: Texts,
	isRecurring: Flag,
	rrule: Text,
	masterEventId: Text,
	deleted: Flag,
	createdBy: maybe(part({ source: Text, userId: Text })),
});

export interface Appointment extends Static<typeof AppointmentShape> {
	/** From a contact's list, whose rows lack the fields of `Unlisted`. */
	readonly isListed?: true;
}

/** Fields that a contact's list does not have [spec]; the event itself and windows of time do. */
export type Unlisted =
	| "createdBy"
	| "description"
	| "isRecurring"
	| "masterEventId"
	| "rrule";

const listOperation = operation(
	"GET",
	"/contacts/{contactId}/appointments",
	Type.Object({ events: Type.Array(AppointmentShape) }),
	{
		valueOf: ({ events }, { contactId }): Appointment[] =>
			events
				.filter(({ deleted }) => !deleted)
				.map((event) => ({
					...event,
					contactId: event.contactId || contactId,
					isListed: true,
				})),
	},
);

const getOperation = operation(
	"GET",
	"/calendars/events/appointments/{eventId}",
	// [recorded] Specified as `event`, which is read as well.
	Type.Object({ appointment: AppointmentShape }),
);

const eventsOperation = operation(
	"GET",
	"/calendars/events",
	Type.Object({ events: Type.Array(AppointmentShape) }),
);

/** All appointments of one contact, unpaged [spec], their times without offset; null when the contact is gone. */
export const listAppointments = async (
	upstream: Upstream,
	contactId: string,
): Promise<Appointment[] | null> => {
	try {
		return await upstream.call(listOperation, { ids: { contactId } });
	} catch (error) {
		if (saysNotFound(error)) return null;
		throw error;
	}
};

/** One appointment, its times with offset [spec]; null when it is gone, which the API may say by `deleted` [recorded]. */
export const getAppointment = async (
	upstream: Upstream,
	eventId: string,
): Promise<Appointment | null> => {
	try {
		const { appointment } = await upstream.call(getOperation, {
			ids: { eventId },
		});
		return appointment.deleted ? null : appointment;
	} catch (error) {
		if (saysNotFound(error)) return null;
		throw error;
	}
};

/** Whose appointments are listed. */
export type EventOwner =
	| { readonly calendarId: string }
	| { readonly userId: string }
	| { readonly groupId: string };

/** For a write that needs to know what is there. @throws Refusal where nothing is, before anything is sent. */
export const appointmentToWrite = async (
	upstream: Upstream,
	eventId: string,
): Promise<Appointment> => {
	const found = await beforeSending(getAppointment(upstream, eventId));
	if (found) return found;
	throw gone(getOperation.name, `Appointment with id ${eventId}`);
};

/**
 * What a calendar, a user or a group of calendars has in a window of epoch milliseconds, unpaged, times with offset
 * [spec]. [unknown] The largest window, and whether one that is only partly inside is listed.
 */
export const listEvents = async (
	upstream: Upstream,
	owner: EventOwner,
	{ from, to }: { readonly from: number; readonly to: number },
): Promise<Appointment[]> =>
	(
		await upstream.call(eventsOperation, {
			query: {
				locationId: upstream.locationId,
				...owner,
				startTime: String(from),
				endTime: String(to),
			},
		})
	).events;

/** Appointments cost one call a contact, one call a window, or one call each by id: HighLevel has no bulk read for them. */
import { onceForEach, onceForKey } from "../../cost/field-cost.ts";
import { byId, loader } from "../../loading/loader.ts";
import type { LocationFacts } from "../../upstream/location-facts.ts";
import { saysNotFound } from "../../upstream/refusal.ts";
import { inOrder } from "./order.ts";
import {
	type Appointment,
	type EventOwner,
	getAppointment,
	listAppointments,
	listEvents,
} from "./rest.ts";
import {
	APPOINTMENTS,
	APPOINTMENTS_OF_ANY,
	appointmentsOfContact,
	appointmentTag,
	BOOKINGS,
} from "./tags.ts";

/** All appointments of a contact, in their order; null when the contact is gone. */
export const appointmentsByContact = loader<
	string,
	readonly Appointment[] | null
>({
	name: "appointmentsByContact",
	ttl: "webhook",
	cost: onceForEach("appointments"),
	keyOf: byId,
	tags: (contactId) => [appointmentsOfContact(contactId), APPOINTMENTS_OF_ANY],
	fetch: (contactIds, { upstream }) =>
		Promise.all(
			contactIds.map((id) =>
				listAppointments(upstream, id).then(
					(events) => events && inOrder(events),
					(error: Error) => error,
				),
			),
		),
});

/** One appointment; null when it is gone. */
export const appointmentById = loader<string, Appointment | null>({
	name: "appointmentById",
	ttl: "webhook",
	cost: onceForKey("appointment by id"),
	keyOf: byId,
	tags: (id) => [appointmentTag(id), APPOINTMENTS],
	fetch: (ids, { upstream }) =>
		Promise.all(
			ids.map((id) =>
				getAppointment(upstream, id).catch((error: Error) => error),
			),
		),
});

/** Two moments in epoch milliseconds. */
export interface Span {
	readonly from: number;
	readonly to: number;
}

/** The appointments of one calendar, user or group between two moments. */
export interface AppointmentWindow extends Span {
	readonly owner: EventOwner;
}

export const windowKey = ({ owner, from, to }: AppointmentWindow): string =>
	JSON.stringify([owner, from, to]);

/** What a window holds, by start and then by id, without what was deleted; null when whose it is is gone. */
export const appointmentsByWindow = loader<
	AppointmentWindow,
	readonly Appointment[] | null
>({
	name: "appointmentsByWindow",
	ttl: "webhook",
	cost: onceForKey("appointments of a window"),
	keyOf: windowKey,
	tags: () => [BOOKINGS],
	fetch: (windows, { upstream }) =>
		Promise.all(
			windows.map(async ({ owner, ...span }) => {
				try {
					const events = await listEvents(upstream, owner, span);
					const found = inOrder(events.filter(({ deleted }) => !deleted));
					noteSize(upstream.facts, found.length);
					return found;
				} catch (error) {
					if (saysNotFound(error)) return null;
					return error as Error;
				}
			}),
		),
});

const LONGEST_WINDOW = "appointments of a window";

/** How many appointments the longest window held that this process read of the location. */
export const windowSizeSeen = ({ seen }: LocationFacts): number =>
	seen.get(LONGEST_WINDOW) ?? 0;

const noteSize = (facts: LocationFacts, size: number): void => {
	if (size > windowSizeSeen(facts)) facts.seen.set(LONGEST_WINDOW, size);
};

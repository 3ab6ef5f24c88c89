/**
 * Names: one spelling that is at once what a cached value depends on, what a change drops, and what a subscription
 * listens to. `contact/c1` is a contact, `contact/c1/tasks` its tasks, `contacts` the lists of contacts.
 */

/**
 * Every name there is. `L/` in front (the location) is added by whoever keeps them, so that nothing of one location is
 * ever dropped, found or heard in another.
 */
export const TAG = {
	contact: (id: string) => `contact/${id}`,
	tasksOf: (contactId: string) => `contact/${contactId}/tasks`,
	notesOf: (contactId: string) => `contact/${contactId}/notes`,
	appointmentsOf: (contactId: string) => `contact/${contactId}/appointments`,
	appointment: (id: string) => `appointment/${id}`,
	appointmentNotes: (id: string) => `appointment/${id}/notes`,
	business: (id: string) => `business/${id}`,
	/** Every appointment read by its own id: those of a contact that is deleted go with it, and nobody names them. */
	appointments: "appointments",
	/** Every contact's list of appointments: one was written, and nobody knows whose it is. */
	appointmentsOfAny: "contacts/appointments",
	/** Every contact's notes: one changed, and nobody knows whose it is. */
	notesOfAny: "contacts/notes",
	/** Every list of contacts that any change of any contact may concern, such as one with a filter. */
	contacts: "contacts",
	/** Every list of all contacts as they came: one came or went, or changed and nobody knows where it stands. */
	members: "contacts/members",
	/** Every stretch of such a list that the contacts added within a block of time belong to. */
	contactsAdded: (block: string) => `contacts/added/${block}`,
	/** The tags that every single contact carries: one renamed or deleted is on contacts that nobody names. */
	tagged: "contacts/tagged",
	/** Every list of tasks across the location. */
	tasks: "tasks",
	businesses: "businesses",
	calendars: "calendars",
	campaigns: "campaigns",
	customFields: "customFields",
	location: "location",
	tags: "tags",
	users: "users",
	workflows: "workflows",
} as const;

/** Tells whoever keeps what was read that names of it were dropped; remembers nothing itself. */
export interface Invalidations {
	/** After this returns, no value read before it that hangs on one of the names is served again. */
	invalidate(locationId: string, names: Iterable<string>): void;
	/** Called after each drop, synchronously; returns the way to stop. */
	onInvalidate(
		listener: (locationId: string, names: readonly string[]) => void,
	): () => void;
}

export const createInvalidations = (): Invalidations => {
	const listeners = new Set<
		(locationId: string, names: readonly string[]) => void
	>();
	return {
		invalidate(locationId, names) {
			const dropped = [...names];
			for (const listener of listeners) listener(locationId, dropped);
		},
		onInvalidate(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
	};
};

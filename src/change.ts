/**
 * Names: one spelling that is at once what a cached value depends on, what a change drops, and what a subscription
 * listens to. `contact/c1` is a contact, `contact/c1/tasks` its tasks, `contacts` every list of contacts.
 */

/**
 * Every name there is. `L/` in front (the location) is added by whoever keeps them, so that nothing of one location is
 * ever dropped, found or heard in another.
 */
export const NAME = {
	contact: (id: string) => `contact/${id}`,
	tasksOf: (contactId: string) => `contact/${contactId}/tasks`,
	notesOf: (contactId: string) => `contact/${contactId}/notes`,
	appointmentsOf: (contactId: string) => `contact/${contactId}/appointments`,
	appointment: (id: string) => `appointment/${id}`,
	appointmentNotes: (id: string) => `appointment/${id}/notes`,
	business: (id: string) => `business/${id}`,
	/** Every list of contacts, whatever its filter. */
	contacts: "contacts",
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

/** Counts how often each name was dropped, for the life of the process. */
export interface Names {
	/** 0 for a name that was never dropped. */
	version(locationId: string, name: string): number;
	/** Moves the version of every name on. After this returns, no value read before it is served again. */
	drop(locationId: string, names: Iterable<string>): void;
	/** Called after each drop, synchronously; returns the way to stop. */
	onDrop(
		listener: (locationId: string, names: readonly string[]) => void,
	): () => void;
}

export const createNames = (): Names => {
	const versions = new Map<string, number>();
	const listeners = new Set<
		(locationId: string, names: readonly string[]) => void
	>();
	return {
		version: (locationId, name) => versions.get(`${locationId}/${name}`) ?? 0,
		drop(locationId, names) {
			const dropped = [...names];
			for (const name of dropped) {
				const key = `${locationId}/${name}`;
				versions.set(key, (versions.get(key) ?? 0) + 1);
			}
			for (const listener of listeners) listener(locationId, dropped);
		},
		onDrop(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
	};
};

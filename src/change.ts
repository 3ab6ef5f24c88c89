/**
 * Names: one spelling that is at once what a cached value depends on, what a change drops, and what a subscription
 * listens to. `contact/c1` is a contact, `contact/c1/tasks` its tasks, `contacts` the lists of contacts.
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
export interface Names {
	/** After this returns, no value read before it that hangs on one of the names is served again. */
	drop(locationId: string, names: Iterable<string>): void;
	/** Called after each drop, synchronously; returns the way to stop. */
	onDrop(
		listener: (locationId: string, names: readonly string[]) => void,
	): () => void;
}

export const createNames = (): Names => {
	const listeners = new Set<
		(locationId: string, names: readonly string[]) => void
	>();
	return {
		drop(locationId, names) {
			const dropped = [...names];
			for (const listener of listeners) listener(locationId, dropped);
		},
		onDrop(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
	};
};

/** What happened, in the words clients read. */
export const CHANGE_KINDS = [
	"CONTACT_CREATED",
	"CONTACT_UPDATED",
	"CONTACT_DELETED",
	"CONTACT_TAGS_CHANGED",
	"CONTACT_DND_CHANGED",
	"TASK_CREATED",
	"TASK_COMPLETED",
	"TASK_DELETED",
	"NOTE_CREATED",
	"NOTE_UPDATED",
	"NOTE_DELETED",
	"APPOINTMENT_CREATED",
	"APPOINTMENT_UPDATED",
	"APPOINTMENT_DELETED",
] as const;

export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** One verified fact from a webhook: what it was, whom it is about, and every name it touches. */
export interface Change {
	/** Undefined for facts that only drop names: nobody subscribes to them. */
	readonly kind?: ChangeKind;
	/**
	 * The contact it is about. Null where the delivery does not say and somebody may know (`ownerOf`), undefined where
	 * nobody does: it is published without.
	 */
	readonly contactId?: string | null | undefined;
	/** Id of the task, note or appointment. */
	readonly subjectId?: string;
	readonly names: readonly string[];
}

/** Body of a delivery, read as JSON; nothing in it is certain but that the sender signed it. */
export type DeliveryBody = Readonly<Record<string, unknown>>;

/** Turns a delivery into a change; by the sender's `type`. Throws for a body it cannot read: the delivery is set aside. */
export type ChangeReader = (body: DeliveryBody) => Change;

/** A thing as a look at the API showed it: how to tell whether it changed, and what a change that nobody told of drops. */
export interface Sighting {
	readonly id: string;
	/** Another text after every change; compared, never read. */
	readonly state: string;
	/** Epoch milliseconds of its last change by the API's clock; undefined where that cannot be read. */
	readonly updatedAt: number | undefined;
	/** Made only for what may have changed: a look sees many things. */
	touches(): SightingTouches;
}

export interface SightingTouches {
	/** What a change of it drops. */
	readonly names: readonly string[];
	/** Whoever tells of its change drops one of these. */
	readonly told: readonly string[];
	/** What else may have changed unheard where its webhook was lost. */
	readonly around: readonly string[];
	/** Whether every change of it has a webhook; where not, one about what is around it may be the whole story. */
	readonly alwaysTold: boolean;
}

/** A sighting in a list that covers a span of time. */
export interface DatedSighting extends Sighting {
	/** Where it stands in the list, epoch milliseconds; NaN where that cannot be read. */
	readonly at: number;
}

/** A change as subscribers get it. `GAP` says that changes before it are no longer kept. */
export interface ChangeEvent {
	readonly kind: ChangeKind | "GAP";
	/** Opaque place in the log of one location. */
	readonly cursor: string;
	readonly contactId: string | null;
	readonly subjectId: string | null;
	/** Epoch milliseconds by the sender's clock. */
	readonly occurredAt: number | null;
	/** Epoch milliseconds by ours. */
	readonly receivedAt: number;
	readonly payload: DeliveryBody;
}

export interface ChangeFilter {
	readonly kinds?: readonly ChangeKind[] | undefined;
	readonly contactIds?: readonly string[] | undefined;
}

export interface ChangePage {
	readonly events: readonly ChangeEvent[];
	readonly hasNextPage: boolean;
	readonly hasPreviousPage: boolean;
}

/** What a subscription pulls from; ends by itself only through `end`. */
export interface Follower extends AsyncIterableIterator<ChangeEvent> {
	return(): Promise<IteratorResult<ChangeEvent>>;
	/** The last event that was pulled, or where it began. */
	readonly cursor: string;
	/** The next pull throws what `reason` makes of the cursor then, instead of giving an event. */
	end(reason: (cursor: string) => Error): void;
}

/** The log of changes, by location: read in pages, or followed for good. */
export interface ChangeLog {
	/** Where the log of a location stands now. */
	cursor(locationId: string): string;
	/** @throws Failure BAD_USER_INPUT for a cursor that is not one, FORBIDDEN for one of another location. */
	page(
		locationId: string,
		range: {
			after?: string | null | undefined;
			before?: string | null | undefined;
			/** From the start, or from the end when `fromEnd`. */
			limit: number;
			fromEnd?: boolean;
		},
		filter: ChangeFilter,
	): ChangePage;
	/**
	 * Everything behind `after` in the order of the log, then what comes, without a gap or a double; without `after`
	 * what comes from now on. @throws as `page`.
	 */
	follow(
		locationId: string,
		after: string | null | undefined,
		filter: ChangeFilter,
	): Follower;
}

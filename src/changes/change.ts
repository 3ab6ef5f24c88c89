/** Facts from webhooks, and the log that subscribers follow. */

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

/** One verified fact from a webhook: its kind, its contact, and every cache tag it invalidates. */
export interface Change {
	/** Undefined for facts that only invalidate: nobody subscribes to them. */
	readonly kind?: ChangeKind;
	/**
	 * The contact it is about. Null where the delivery does not say and somebody may know (`ownerOf`), undefined where
	 * nobody does: it is published without.
	 */
	readonly contactId?: string | null | undefined;
	/** Id of the task, note or appointment. */
	readonly subjectId?: string;
	readonly tags: readonly string[];
}

/** Body of a delivery, read as JSON; nothing in it is certain but that the sender signed it. */
export type DeliveryBody = Readonly<Record<string, unknown>>;

/** Turns a delivery into a change; by the sender's `type`. Throws for a body it cannot read: the delivery is set aside. */
export type ChangeReader = (body: DeliveryBody) => Change;

/** A change as subscribers get it. `GAP` says that changes before it are no longer kept. */
export interface ChangeEvent {
	readonly kind: ChangeKind | "GAP";
	/** Opaque position in the log of one location. */
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
	/** The cursor of the newest change of a location. */
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
	): Promise<ChangePage>;
	/**
	 * Everything behind `after` in the order of the log, then what comes, without a gap or a duplicate; without `after`
	 * what comes from now on. @throws as `page`.
	 */
	follow(
		locationId: string,
		after: string | null | undefined,
		filter: ChangeFilter,
	): Promise<Follower>;
}

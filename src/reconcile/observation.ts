/** What a poll of the API returns: enough to detect changes that no webhook reported. */

/** An object as a poll returned it: how to detect that it changed, and what an unreported change invalidates. */
export interface Observation {
	readonly id: string;
	/** Another text after every change; compared, never read. */
	readonly state: string;
	/** Epoch milliseconds of its last change by the API's clock; undefined where that cannot be read. */
	readonly updatedAt: number | undefined;
	/** Computed only for what may have changed: a poll returns many objects. */
	touches(): ObservedTags;
}

export interface ObservedTags {
	/** Tags that a change of it invalidates. */
	readonly tags: readonly string[];
	/** A webhook or write that reports its change invalidates one of these. */
	readonly notifiedBy: readonly string[];
	/** Tags of what else may have changed unreported where its webhook was lost. */
	readonly related: readonly string[];
	/** Whether every change of it has a webhook; where not, a webhook about `related` may be the one for its change. */
	readonly alwaysNotified: boolean;
}

/** An observation in a list that covers a span of time. */
export interface DatedObservation extends Observation {
	/** Where it stands in the list, epoch milliseconds; NaN where that cannot be read. */
	readonly at: number;
}

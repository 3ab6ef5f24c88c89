/** What a poll of the API shows: enough to tell whether something changed that no webhook told of. */

/** A thing as a look at the API showed it: how to tell whether it changed, and what a change that nobody told of drops. */
export interface Observation {
	readonly id: string;
	/** Another text after every change; compared, never read. */
	readonly state: string;
	/** Epoch milliseconds of its last change by the API's clock; undefined where that cannot be read. */
	readonly updatedAt: number | undefined;
	/** Made only for what may have changed: a look sees many things. */
	touches(): ObservedTags;
}

export interface ObservedTags {
	/** What a change of it drops. */
	readonly tags: readonly string[];
	/** Whoever tells of its change drops one of these. */
	readonly notifiedBy: readonly string[];
	/** What else may have changed unheard where its webhook was lost. */
	readonly related: readonly string[];
	/** Whether every change of it has a webhook; where not, one about what is around it may be the whole story. */
	readonly alwaysNotified: boolean;
}

/** A sighting in a list that covers a span of time. */
export interface DatedObservation extends Observation {
	/** Where it stands in the list, epoch milliseconds; NaN where that cannot be read. */
	readonly at: number;
}

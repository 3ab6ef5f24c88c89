/** Who takes part in a race: two locations that look alike, their contacts, and how often each is met. */
import type { SandboxOptions } from "../../../src/sandbox/sandbox.ts";
import { SEARCH_GAP_MS, SEARCH_LAG_MS } from "./judge.ts";
import type { About } from "./queries.ts";
import {
	addedAtOf,
	isThere,
	type RaceTable,
	type Subject,
	TABLES,
	type Truth,
} from "./truth.ts";

/** Webhooks arrive for the first and for the second never. Both have the same ids. */
export const LOCATIONS = ["sandbox-location-1", "sandbox-location-3"] as const;

export const CONTACTS = 24;

/** What the sandbox of a race is made of. */
export const PLAYGROUND = {
	contacts: CONTACTS,
	contactsElsewhere: CONTACTS,
	locations: 3,
	tasksEach: 1,
	notesEach: 1,
	appointmentsEach: 1,
	ids: "colliding",
	searchLagMs: SEARCH_LAG_MS,
	searchGapMs: SEARCH_GAP_MS,
} as const satisfies SandboxOptions;

export const isCovered = (locationId: string): boolean =>
	locationId === LOCATIONS[0];

const lastFirst = (a: Subject, b: Subject): number =>
	(b.past.at(-1)?.at ?? 0) - (a.past.at(-1)?.at ?? 0);

export interface Cast {
	location(): string;
	/** Any record that is there, or was. */
	subject(locationId: string, table?: RaceTable): Subject;
	about(locationId: string): About;
}

export const castOf = (truth: Truth, random: () => number): Cast => {
	const below = (limit: number) => Math.floor(random() * limit);
	/** A few are met all the time, most now and then; of those that are gone only those that went last. */
	const subject: Cast["subject"] = (
		locationId,
		table = TABLES[below(TABLES.length)] as RaceTable,
	) => {
		const all = truth.all(table, locationId);
		const there = all.filter(isThere);
		const gone = all.filter((one) => !isThere(one)).sort(lastFirst);
		const isGone = there.length === 0 || (gone.length > 0 && random() < 0.1);
		const among = isGone ? gone.slice(0, 5) : there;
		return among[Math.floor(among.length * random() ** 3)] as Subject;
	};
	const contact = (locationId: string) => subject(locationId, "contacts").id;
	return {
		location: () => LOCATIONS[random() < 0.75 ? 0 : 1],
		subject,
		about: (locationId) => {
			const from = subject(locationId, "contacts");
			const addedAt = addedAtOf(from);
			return {
				a: contact(locationId),
				b: contact(locationId),
				x: subject(locationId, "appointments").id,
				word: random() < 0.5 ? "red" : "blue",
				after: Buffer.from(
					JSON.stringify([locationId, "contacts", "", [addedAt, from.id]]),
				).toString("base64url"),
				addedAt,
			};
		},
	};
};

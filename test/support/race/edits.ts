/** Changes records of the sandbox as its API would, and says which names the gateway's own writes drop for it. */
import { TAG } from "../../../src/cache/tags.ts";
import {
	tagsOfChanged,
	tagsOfMembers,
} from "../../../src/entities/contact/invalidation.ts";
import type { SandboxData } from "../../../src/sandbox/store/data.ts";
import { SEARCH_GAP_MS } from "./judge.ts";
import {
	addedAtOf,
	FIELD_OF,
	isThere,
	type Subject,
	type Truth,
} from "./truth.ts";

export interface Edits {
	/** What hangs on a contact that is gone cannot be changed: then the contact comes back. */
	reachable(subject: Subject): Subject;
	/** Edits a record that is there, or deletes it now and then; one that is gone comes back. False when nothing was done. */
	change(subject: Subject): boolean;
}

const ZONES = [
	"America/Chicago",
	"America/Denver",
	"Asia/Tokyo",
	"Europe/Berlin",
	"Europe/Paris",
	"Africa/Cairo",
];
const DELETED = 0.1;

export const editsOf = ({
	data,
	truth,
	random,
	now,
	steady,
}: {
	data: SandboxData;
	truth: Truth;
	random: () => number;
	now: () => number;
	/** Contacts neither come nor go. */
	steady: boolean;
}): Edits => {
	const below = (limit: number) => Math.floor(random() * limit);
	const newValues = ({ table, locationId }: Subject) => {
		const text = { [FIELD_OF[table]]: truth.newText(locationId) };
		if (table === "tasks") return { ...text, completed: random() < 0.5 };
		if (table !== "contacts") return text;
		return {
			...text,
			timezone: ZONES[below(ZONES.length)],
			followers: [`u${1 + below(12)}`],
		};
	};
	/** What hangs on a contact goes with it, without events of its own. */
	const remove = ({ table, id, locationId, contactId }: Subject) => {
		const location = data.location(locationId);
		if (table === "contacts")
			for (const list of ["tasks", "notes", "appointments"] as const)
				for (const one of location[list].group(contactId))
					location[list].delete(one.id, now(), { quiet: true });
		data.remove(table, id, locationId);
	};
	return {
		reachable(subject) {
			const { locationId, contactId } = subject;
			const owner = truth.find("contacts", locationId, contactId);
			return !owner || isThere(owner) ? subject : owner;
		},
		change(subject) {
			const { table, id, locationId, past } = subject;
			const goneAt = isThere(subject) ? undefined : past.at(-1)?.at;
			// The sandbox's search would take up the end of what was there after its return.
			if (goneAt !== undefined && now() - goneAt < 2 * SEARCH_GAP_MS)
				return false;
			const values = newValues(subject);
			if (goneAt !== undefined) {
				const before = past.findLast(({ value }) => value)?.value;
				data.put(table, { ...before, ...values } as never, locationId);
			} else if (random() < DELETED && !(steady && table === "contacts"))
				remove(subject);
			else data.edit(table, id, values as never, locationId);
			return true;
		},
	};
};

/** The names a mutation drops. Where a contact stands among all it may know from what was read before. */
export const namesOf = (
	subject: Subject,
	{ wasThere, isPlaceKnown }: { wasThere: boolean; isPlaceKnown: boolean },
): string[] => {
	const { table, id, contactId } = subject;
	if (table === "tasks") return [`${TAG.contact(contactId)}/tasks`, "tasks"];
	if (table === "notes") return [`${TAG.contact(contactId)}/notes`];
	if (table === "appointments")
		return [`appointment/${id}`, `${TAG.contact(contactId)}/appointments`];
	if (wasThere && isThere(subject))
		return tagsOfChanged(
			contactId,
			isPlaceKnown ? new Date(addedAtOf(subject)).toISOString() : undefined,
		);
	const members = tagsOfMembers([contactId]);
	if (isThere(subject)) return members;
	return [
		...members,
		`${TAG.contact(contactId)}/tasks`,
		`${TAG.contact(contactId)}/notes`,
		`${TAG.contact(contactId)}/appointments`,
		"appointments",
		"tasks",
	];
};

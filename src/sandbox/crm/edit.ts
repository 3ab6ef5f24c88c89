// Someone works in the CRM: a write that comes not through the API, named after the event it raises.

import { blankContact } from "../store/blank.ts";
import type { SandboxData } from "../store/data.ts";
import {
	type LocationData,
	type Records,
	tableOf,
} from "../store/location-data.ts";
import { newAppointment, newNote, newTask } from "./new-records.ts";

export interface Edit {
	/** ContactUpdate, TaskCreate, NoteDelete, ... */
	type: string;
	/** Default: the first location. */
	locationId?: string;
	/** Whose task, note or appointment, or which contact. Default: the first there is. */
	contactId?: string;
	/** Which task, note or appointment; default: the first of the contact. */
	id?: string;
	/** Fields to set; without, something plausible changes. */
	set?: Record<string, unknown>;
}

type Doer = (edit: Edit, at: Place) => string;

interface Place {
	location: LocationData;
	now: number;
}

/** Does the edit. Answers the id of what was written. Throws a TypeError saying what was expected. */
export function editCrm(edit: Edit, data: SandboxData, now: number): string {
	const act = ACTS[edit.type];
	if (act === undefined)
		throw new TypeError(
			`Expected "type" to be one of ${Object.keys(ACTS).join(", ")}; got ${JSON.stringify(edit.type)}.`,
		);
	const location = data.find(edit.locationId ?? data.locationIds[0] ?? "");
	if (location === undefined)
		throw new TypeError(`There is no location ${edit.locationId}.`);
	return act(edit, { location, now });
}

const ACTS: Readonly<Record<string, Doer>> = {
	ContactCreate: (edit, { location, now }) => {
		const blank = blankContact(location, now);
		const name = `Walk-in ${location.contacts.size + 1}`;
		const contact = { ...blank, firstName: name, name, ...edit.set };
		location.contacts.put(contact, now);
		return contact.id;
	},
	ContactUpdate: change("contacts", (one) => ({
		city: one.city === "Springfield" ? "Shelbyville" : "Springfield",
	})),
	ContactTagUpdate: change("contacts", (one) => ({
		tags: one.tags.includes("called")
			? one.tags.filter((tag) => tag !== "called")
			: [...one.tags, "called"],
	})),
	ContactDndUpdate: change("contacts", (one) => ({ dnd: !one.dnd })),
	ContactDelete: remove("contacts"),
	TaskCreate: create("tasks", newTask),
	// Raises no event: there is none for an edited task.
	TaskUpdate: change("tasks", (one) => ({ title: `${one.title} (changed)` })),
	TaskComplete: change("tasks", () => ({ completed: true })),
	TaskDelete: remove("tasks"),
	NoteCreate: create("notes", newNote),
	NoteUpdate: change("notes", (one) => ({ body: `${one.body} (changed)` })),
	NoteDelete: remove("notes"),
	AppointmentCreate: create("appointments", newAppointment),
	AppointmentUpdate: change("appointments", (one) => ({
		appointmentStatus:
			one.appointmentStatus === "showed" ? "confirmed" : "showed",
	})),
	AppointmentDelete: remove("appointments"),
};

export const EDIT_TYPES: readonly string[] = Object.keys(ACTS);

function change<Name extends Editable>(
	table: Name,
	patch: (one: Records[Name]) => Partial<Records[Name]>,
): Doer {
	return (edit, place) => {
		const one = target(table, edit, place);
		const stamp =
			"dateUpdated" in one
				? { dateUpdated: new Date(place.now).toISOString() }
				: {};
		const after = { ...one, ...stamp, ...(edit.set ?? patch(one)) };
		tableOf(place.location, table).put(after, place.now);
		return one.id;
	};
}

function remove(table: Editable): Doer {
	return (edit, place) => {
		const { id } = target(table, edit, place);
		tableOf(place.location, table).delete(id, place.now);
		return id;
	};
}

function create<Name extends "tasks" | "notes" | "appointments">(
	table: Name,
	make: (
		location: LocationData,
		contactId: string,
		now: number,
	) => Records[Name],
): Doer {
	return (edit, place) => {
		const contact = target("contacts", { ...edit, id: undefined }, place);
		const made = make(place.location, contact.id, place.now);
		tableOf(place.location, table).put({ ...made, ...edit.set }, place.now);
		return made.id;
	};
}

type Editable = "contacts" | "tasks" | "notes" | "appointments";

function target<Name extends Editable>(
	table: Name,
	edit: { contactId?: string | undefined; id?: string | undefined },
	place: Place,
): Records[Name] {
	const home = tableOf(place.location, table);
	const id = table === "contacts" ? (edit.contactId ?? edit.id) : edit.id;
	const [first] =
		id === undefined && edit.contactId !== undefined
			? home.group(edit.contactId)
			: home.values();
	const one = id === undefined ? first : home.get(id);
	if (one === undefined)
		throw new TypeError(
			`There is none of the ${table} ${id ?? `of contact ${edit.contactId}`} in ${place.location.id}.`,
		);
	return one;
}

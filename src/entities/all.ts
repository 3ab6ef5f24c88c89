/** The list of entities: the only file that names them all. Importing it adds all of them to the builder. */
import "./rate-limit/schema.ts";
import "./location/schema.ts";
import "./contact/schema.ts";
import "./contact/queries.ts";
import "./contact/mutations.ts";
import "./contact/membership-mutations.ts";
import "./contact/bulk-mutations.ts";
import "./contact/custom-fields-schema.ts";
import "./contact/changes.ts";
import "./user/schema.ts";
import "./viewer/schema.ts";
import "./opportunity/schema.ts";
import "./business/schema.ts";
import "./calendar/schema.ts";
import "./tag/schema.ts";
import "./tag/mutations.ts";
import "./workflow/schema.ts";
import "./workflow/mutations.ts";
import "./campaign/schema.ts";
import "./campaign/mutations.ts";
import "./task/schema.ts";
import "./task/mutations.ts";
import "./task/changes.ts";
import "./note/schema.ts";
import "./note/mutations.ts";
import "./note/changes.ts";
import "./appointment/schema.ts";
import "./appointment/queries.ts";
import "./appointment/mutations.ts";
import "./appointment-note/schema.ts";
import "./appointment-note/mutations.ts";
import "./appointment/changes.ts";
import "./free-slot/schema.ts";
import { appointmentReaders } from "./appointment/events.ts";
import {
	appointmentObservations,
	calendarsWithAppointments,
} from "./appointment/observations.ts";
import { contactReaders } from "./contact/events.ts";
import { contactsChanged } from "./contact/observations.ts";
import { locationReaders } from "./location/events.ts";
import { noteReaders } from "./note/events.ts";
import { taskReaders } from "./task/events.ts";
import { ownerOfTask } from "./task/owner.ts";

/** What each type of webhook means. */
export const changeReaders = {
	...contactReaders,
	...taskReaders,
	...noteReaders,
	...appointmentReaders,
	...locationReaders,
};

/** How to find the contact of a change that a webhook may report without it. */
export const changeOwners = { TaskCreate: ownerOfTask };

/** Observations for reconciliation, where the API returns objects by when they changed. */
export const changedSince = contactsChanged;

/** The same, where the API only lists objects: the lists, and the observations of one. */
export const listed = {
	parts: calendarsWithAppointments,
	list: appointmentObservations,
};

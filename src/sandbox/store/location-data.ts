// All tables of one location; ids of different locations may collide without harm, since every read starts from here.
import type { IdStyle } from "../options.ts";
import type * as account from "./account-records.ts";
import { idMaker, type Kind, type NewId } from "./ids.ts";
import type * as records from "./records.ts";
import { Table } from "./table.ts";

/** What each table holds. */
export interface Records {
	contacts: records.ContactRecord;
	tasks: records.TaskRecord;
	notes: records.NoteRecord;
	appointments: records.AppointmentRecord;
	appointmentNotes: records.AppointmentNoteRecord;
	users: account.UserRecord;
	businesses: account.BusinessRecord;
	tags: account.TagRecord;
	customFields: account.CustomFieldRecord;
	calendars: account.CalendarRecord;
	workflows: account.WorkflowRecord;
	campaigns: account.CampaignRecord;
}

export type TableName = keyof Records;

export type LocationTables = { [Name in TableName]: Table<Records[Name]> };

export class LocationData implements LocationTables {
	readonly id: string;
	/** 1 for the first location. */
	readonly number: number;
	readonly newId: (kind: Kind) => string;
	record: account.LocationRecord;
	readonly contacts: Table<records.ContactRecord>;
	readonly tasks: Table<records.TaskRecord>;
	readonly notes: Table<records.NoteRecord>;
	readonly appointments: Table<records.AppointmentRecord>;
	readonly appointmentNotes: Table<records.AppointmentNoteRecord>;
	readonly users: Table<account.UserRecord>;
	readonly businesses: Table<account.BusinessRecord>;
	readonly tags: Table<account.TagRecord>;
	readonly customFields: Table<account.CustomFieldRecord>;
	readonly calendars: Table<account.CalendarRecord>;
	readonly workflows: Table<account.WorkflowRecord>;
	readonly campaigns: Table<account.CampaignRecord>;

	constructor(
		number: number,
		record: account.LocationRecord,
		style: {
			ids: IdStyle;
			seed: number;
			lagMs: number;
			gapMs: number;
		},
	) {
		this.id = record.id;
		this.number = number;
		this.record = record;
		const newId: NewId = idMaker(style.ids, style.seed, number);
		this.newId = newId;
		this.contacts = new Table(style);
		this.tasks = new Table(style, (task) => task.contactId);
		this.notes = new Table(style, (note) => note.contactId);
		this.appointments = new Table(style, (one) => one.contactId);
		this.appointmentNotes = new Table(style, (note) => note.appointmentId);
		this.users = new Table(style);
		this.businesses = new Table(style);
		this.tags = new Table(style);
		this.customFields = new Table(style);
		this.calendars = new Table(style);
		this.workflows = new Table(style);
		this.campaigns = new Table(style);
	}
}

/** The table of that name, typed by it. */
export const tableOf = <Name extends TableName>(
	location: LocationTables,
	table: Name,
): Table<Records[Name]> => location[table];

// The whole stand-in account: its locations, made when first touched, and the doors through which tests edit behind everybody's back.
import type { Settings } from "../options.ts";
import { seedLocation } from "../seed/location.ts";
import {
	type LocationData,
	type Records,
	type TableName,
	tableOf,
} from "./location-data.ts";
import type { Table, Version } from "./table.ts";

/** Told of every write to any table. */
export type WriteListener = (write: {
	location: LocationData;
	table: TableName;
	before: unknown;
	after: unknown;
	at: number;
}) => void;

export const TABLES: readonly TableName[] = [
	"contacts",
	"tasks",
	"notes",
	"appointments",
	"appointmentNotes",
	"users",
	"businesses",
	"tags",
	"customFields",
	"calendars",
	"workflows",
	"campaigns",
];

export class SandboxData {
	readonly companyId = "sandbox-company";
	readonly locationIds: readonly string[];
	onWrite: WriteListener | undefined;
	readonly #settings: Settings;
	#made = new Map<string, LocationData>();

	constructor(settings: Settings) {
		this.#settings = settings;
		this.locationIds = Array.from(
			{ length: settings.locations },
			(_, i) => `sandbox-location-${i + 1}`,
		);
		// The first is wanted at once; making it here keeps its cost out of the first call.
		this.location();
	}

	/** A location by id; without one, the first. Throws when there is none of that id. */
	location(id = "sandbox-location-1"): LocationData {
		const found = this.find(id);
		if (found === undefined)
			throw new Error(
				`No location ${id} in the sandbox; there are ${this.locationIds.length}, from sandbox-location-1 on.`,
			);
		return found;
	}

	find(id: string): LocationData | undefined {
		const made = this.#made.get(id);
		if (made !== undefined) return made;
		const index = this.locationIds.indexOf(id);
		if (index < 0) return undefined;
		const location = seedLocation(
			index + 1,
			id,
			this.companyId,
			this.#settings,
		);
		this.#made.set(id, location);
		for (const table of TABLES)
			location[table].onWrite = (event: {
				before: unknown;
				after: unknown;
				at: number;
			}) => this.onWrite?.({ location, table, ...event });
		return location;
	}

	/** The record as it is now, in whichever location made so far has it first. */
	get<Name extends TableName>(
		table: Name,
		id: string,
		locationId?: string,
	): Records[Name] | undefined {
		return this.#home(table, id, locationId)?.get(id);
	}

	/** Changes some fields as someone working in the CRM would: now, with the search lag and the events of a write. */
	edit<Name extends TableName>(
		table: Name,
		id: string,
		patch: Partial<Records[Name]>,
		locationId?: string,
	): Records[Name] {
		const home = this.#home(table, id, locationId);
		const before = home?.get(id);
		if (home === undefined || before === undefined)
			throw new Error(`No record ${id} in ${table}; nothing was edited.`);
		const at = this.#settings.now();
		const stamp =
			"dateUpdated" in before
				? { dateUpdated: new Date(at).toISOString() }
				: {};
		const after = { ...before, ...stamp, ...patch };
		home.put(after, at);
		return after;
	}

	/** Puts a whole record in place, new or not. */
	put<Name extends TableName>(
		table: Name,
		record: Records[Name],
		locationId?: string,
	): void {
		const home = tableOf(this.location(locationId), table);
		home.put(record, this.#settings.now());
	}

	/** Answers whether the record was there. */
	remove(table: TableName, id: string, locationId?: string): boolean {
		const home = this.#home(table, id, locationId);
		return home?.delete(id, this.#settings.now()) ?? false;
	}

	/** Every state a record has had, oldest first; a deletion is a version without value. */
	history<Name extends TableName>(
		table: Name,
		id: string,
		locationId?: string,
	): readonly Version<Records[Name]>[] {
		for (const location of this.#among(locationId)) {
			const past = tableOf(location, table).history(id);
			if (past.length > 0) return past;
		}
		return [];
	}

	#home<Name extends TableName>(
		table: Name,
		id: string,
		locationId: string | undefined,
	): Table<Records[Name]> | undefined {
		for (const location of this.#among(locationId)) {
			const home = tableOf(location, table);
			if (home.get(id) !== undefined) return home;
		}
		return undefined;
	}

	#among(locationId: string | undefined): Iterable<LocationData> {
		return locationId === undefined
			? this.#made.values()
			: [this.location(locationId)];
	}
}

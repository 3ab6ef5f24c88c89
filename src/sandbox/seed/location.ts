// Makes one location with all that is in it, from the seed alone.
import type { Settings } from "../options.ts";
import { LocationData } from "../store/location-data.ts";
import { seedActivity } from "./activity.ts";
import { seedContacts } from "./contacts.ts";
import { seedReference } from "./reference.ts";

export function seedLocation(
	number: number,
	id: string,
	companyId: string,
	settings: Settings,
): LocationData {
	const american = number !== 2;
	const location = new LocationData(
		number,
		{
			id,
			locationId: id,
			companyId,
			name: `Sandbox location ${number}`,
			address: american ? "233 S Wacker Dr" : "Unter den Linden 1",
			city: american ? "Chicago" : "Berlin",
			state: american ? "IL" : "BE",
			country: american ? "US" : "DE",
			postalCode: american ? "60606" : "10117",
			website: "https://www.location.example",
			timezone: american ? "America/Chicago" : "Europe/Berlin",
			email: `hello@${id}.example`,
			phone: "+13125550100",
			allowDuplicateContact: number === 2,
			duplicateOrder: ["email", "phone"],
		},
		{
			ids: settings.ids,
			seed: settings.seed,
			lagMs: settings.searchLagMs,
			gapMs: settings.searchGapMs,
		},
	);
	const loose = seedReference(location, settings.seed);
	const count =
		number === 1
			? settings.contacts
			: number === 2
				? Math.max(1, Math.round(settings.contacts / 10))
				: settings.contactsElsewhere;
	seedContacts(location, settings.seed, count, loose);
	seedActivity(
		location,
		settings.seed,
		{
			tasks: settings.tasksEach,
			notes: settings.notesEach,
			appointments: settings.appointmentsEach,
		},
		loose,
	);
	return location;
}

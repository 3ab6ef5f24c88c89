// Seeds what a location has once: users, businesses, tags, custom fields, calendars, workflows, campaigns.

import type { CustomFieldRecord } from "../store/account-records.ts";
import type { NewId } from "../store/ids.ts";
import type { LocationData } from "../store/location-data.ts";
import { iso, momentWithin, REFERENCE } from "./dates.ts";
import { namePools } from "./names.ts";
import { random } from "./random.ts";

/** Ids that contacts point at, though the user or the pipeline itself is not stored. */
export interface Loose {
	/** Users deleted since: their ids dangle in assignedTo. */
	deletedUsers: readonly string[];
	pipeline: string;
	stages: readonly string[];
}

export function seedReference(location: LocationData, seed: number): Loose {
	const { newId, id: locationId, number } = location;
	const chance = random(seed, number, "reference");
	const pools = namePools(seed);
	for (let i = 0; i < 12; i++) {
		const script = pools.scripts[i % 4] ?? chance.pick(pools.scripts);
		const firstName = chance.pick(script.firstNames);
		const lastName = chance.pick(script.lastNames);
		location.users.seed(
			{
				id: newId("user"),
				locationId,
				firstName,
				lastName,
				email: `user${i + 1}@${locationId}.example`,
				phone: `+1312555${String(8000 + number * 100 + i).padStart(4, "0")}`,
				extension: i % 3 === 0 ? String(100 + i) : "",
				type: "account",
				role: i < 2 ? "admin" : "user",
				dateAdded: iso(momentWithin(chance, -1500, -1000)),
			},
			REFERENCE,
		);
	}
	for (let i = 0; i < 25; i++) {
		const place = chance.pick(pools.places);
		const added = iso(momentWithin(chance, -1200, -100));
		location.businesses.seed(
			{
				id: newId("business"),
				locationId,
				name: pools.companies[(i + number) % pools.companies.length] ?? "",
				phone: chance.chance(0.2)
					? null
					: `+1773555${String(100 + i).padStart(4, "0")}`,
				email: chance.chance(0.3)
					? null
					: `office@${chance.pick(pools.domains)}`,
				website: chance.chance(0.3)
					? null
					: `https://www.${chance.pick(pools.domains)}`,
				address: place.street,
				city: place.city,
				state: place.state,
				postalCode: place.postalCode,
				country: "US",
				description: chance.chance(0.5) ? null : "Imported from the old list",
				createdAt: added,
				updatedAt: added,
			},
			REFERENCE,
		);
	}
	for (const name of TAGS)
		location.tags.seed({ id: newId("tag"), locationId, name }, REFERENCE);
	for (const field of customFields(locationId, newId))
		location.customFields.seed(field, REFERENCE);
	const users = [...location.users.values()].map((user) => user.id);
	for (const [i, name] of CALENDARS.entries())
		location.calendars.seed(
			{
				id: newId("calendar"),
				locationId,
				groupId: newId("calendarGroup"),
				name,
				description: "",
				slug: name.toLowerCase().replaceAll(" ", "-"),
				calendarType: i === 3 ? "personal" : "round_robin",
				eventColor: "#039be5",
				slotDuration: i === 1 ? 60 : 30,
				teamMembers: users.slice(i * 3, i * 3 + 3),
				isActive: true,
			},
			REFERENCE,
		);
	for (const [i, name] of WORKFLOWS.entries())
		location.workflows.seed(
			{
				id: newId("workflow"),
				locationId,
				name,
				status: i === 4 ? "draft" : "published",
				version: i + 1,
				createdAt: iso(momentWithin(chance, -900, -600)),
				updatedAt: iso(momentWithin(chance, -500, -10)),
			},
			REFERENCE,
		);
	for (const [i, name] of CAMPAIGNS.entries())
		location.campaigns.seed(
			{
				id: newId("campaign"),
				locationId,
				name,
				status: i === 2 ? "draft" : "published",
			},
			REFERENCE,
		);
	return {
		deletedUsers: ["GoneUserOne00000000a", "GoneUserTwo00000000b"],
		pipeline: newId("pipeline"),
		stages: [newId("stage"), newId("stage"), newId("stage")],
	};
}

const TAGS = [
	"customer",
	"lead",
	"newsletter",
	"vip",
	"do not call",
	"follow up",
	"webinar 2025",
	"trade fair",
	"referral",
	"cold",
	"hot",
	"überfällig",
	"日本",
	"partner",
	"churned",
];

const CALENDARS = ["First call", "Consultation", "Site visit", "Personal"];

const WORKFLOWS = [
	"Welcome sequence",
	"No-show follow-up",
	"Birthday greeting",
	"Invoice reminder",
	"Win back",
];

const CAMPAIGNS = ["Spring offer", "Autumn webinar", "Reactivation"];

const FIELDS: readonly [name: string, dataType: string, options?: string[]][] =
	[
		["Job title", "TEXT"],
		["Background", "LARGE_TEXT"],
		["Employees", "NUMERICAL"],
		["Second phone", "PHONE"],
		["Yearly revenue", "MONETORY"],
		["Interests", "CHECKBOX", ["Roofing", "Solar", "Heating", "Windows"]],
		["Size", "SINGLE_OPTIONS", ["Small", "Medium", "Large"]],
		[
			"Languages",
			"MULTIPLE_OPTIONS",
			["English", "Deutsch", "Español", "日本語"],
		],
		["Discount", "FLOAT"],
		["Best time to call", "TIME"],
		["Contract start", "DATE"],
		["Vehicles", "TEXTBOX_LIST"],
		["Documents", "FILE_UPLOAD"],
		["Consent", "SIGNATURE"],
		["Preferred channel", "RADIO", ["Phone", "E-mail", "Post"]],
		["Billing e-mail", "EMAIL"],
	];

function customFields(locationId: string, newId: NewId): CustomFieldRecord[] {
	return FIELDS.map(([name, dataType, options], i) => ({
		id: newId("customField"),
		locationId,
		name,
		fieldKey: `contact.${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_")}`,
		dataType,
		placeholder: "",
		position: i * 50,
		model: "contact",
		picklistOptions: options ?? null,
		textBoxes:
			dataType === "TEXTBOX_LIST"
				? ["Car", "Van"].map((label) => ({
						id: newId("textBox"),
						label,
						prefillValue: "",
					}))
				: [],
		isAllowedCustomOption: false,
		isMultiFileAllowed: dataType === "FILE_UPLOAD",
		maxFileLimit: dataType === "FILE_UPLOAD" ? 3 : null,
		acceptedFormat: dataType === "FILE_UPLOAD" ? [".pdf", ".png"] : [],
	}));
}

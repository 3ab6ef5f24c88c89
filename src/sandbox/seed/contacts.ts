// Seeds contacts that look like those of a CRM in use: many scripts, gaps, odd imports, doubles.
import type { LocationData } from "../store/location-data.ts";
import type {
	Attribution,
	ContactRecord,
	DndChannel,
	Opportunity,
} from "../store/records.ts";
import { customValues } from "./custom-values.ts";
import { dirtyBirthDate, iso, momentWithin, REFERENCE } from "./dates.ts";
import { namePools, type Pools, type Script } from "./names.ts";
import { type Random, random } from "./random.ts";
import type { Loose } from "./reference.ts";

/** Every so many contacts one repeats the e-mail and phone of an earlier one: imports do that. */
const DOUBLE_EVERY = 67;

export function seedContacts(
	location: LocationData,
	seed: number,
	count: number,
	loose: Loose,
): void {
	const pools = namePools(seed);
	const lists = {
		users: [...location.users.values()].map((user) => user.id),
		businesses: [...location.businesses.values()],
		tags: [...location.tags.values()].map((tag) => tag.name),
		fields: [...location.customFields.values()],
		workflows: [...location.workflows.values()].map((flow) => flow.id),
	};
	const made: ContactRecord[] = [];
	for (let i = 1; i <= count; i++) {
		const chance = random(seed, location.number, "contact", i);
		const place = chance.pick(pools.places);
		const script = scriptFor(chance, pools);
		const person = personFrom(chance, script);
		const business = chance.chance(0.4)
			? chance.pick(lists.businesses)
			: undefined;
		const original =
			i % DOUBLE_EVERY === 0 ? made[made.length - 30] : undefined;
		const added = momentWithin(chance, -1100, -2);
		const touched = iso(
			Math.floor(added + chance.next() * (REFERENCE - added)),
		);
		const dnd = chance.chance(0.08);
		const email =
			original?.email ??
			(chance.chance(0.12) ? null : emailFor(chance, person, pools, i));
		const phone =
			original?.phone ??
			(chance.chance(0.15) ? null : phoneFor(location.number, i));
		const attribution = chance.chance(0.6) ? attributionFrom(chance) : null;
		const contact: ContactRecord = {
			id: location.newId("contact"),
			locationId: location.id,
			...person,
			email,
			additionalEmails:
				email !== null && chance.chance(0.08) ? [`second.${email}`] : [],
			phone,
			phoneLabel: phone !== null && chance.chance(0.3) ? "Mobile" : null,
			additionalPhones: chance.chance(0.05)
				? [phoneFor(location.number + 20, i)]
				: [],
			companyName:
				business?.name ??
				(chance.chance(0.2) ? chance.pick(pools.companies) : null),
			gender: chance.chance(0.2) ? chance.pick(["male", "female", ""]) : null,
			type: chance.chance(0.7) ? "lead" : "customer",
			source: chance.chance(0.25)
				? null
				: chance.pick([
						"website form",
						"public api",
						"Import 2019",
						"trade fair",
					]),
			assignedTo: chance.chance(0.25)
				? null
				: chance.chance(0.03)
					? chance.pick(loose.deletedUsers)
					: chance.pick(lists.users),
			address1: chance.chance(0.3) ? null : place.street,
			city: chance.chance(0.2) ? null : place.city,
			state: chance.chance(0.2) ? null : place.state,
			country: chance.chance(0.1) ? null : script.country,
			postalCode: chance.chance(0.3) ? null : place.postalCode,
			website: chance.chance(0.7)
				? null
				: `https://www.${chance.pick(pools.domains)}`,
			timezone: chance.chance(0.6)
				? null
				: chance.pick(["America/Chicago", "Europe/Berlin", "Asia/Kolkata"]),
			dnd,
			dndSettings: dnd || chance.chance(0.1) ? dndChannels(chance, dnd) : null,
			inboundDndSettings: chance.chance(0.03)
				? { all: { status: "active", message: "Asked not to be called" } }
				: null,
			tags: chance.some(lists.tags, chance.between(0, 4)),
			followers: chance.chance(0.3)
				? chance.some(lists.users, chance.between(1, 3))
				: [],
			dateOfBirth: dirtyBirthDate(chance),
			dateAdded: iso(added),
			dateUpdated: touched,
			lastActivity: chance.chance(0.5) ? touched : null,
			lastEmailOpenedDate: chance.chance(0.3) ? touched : null,
			lastEmailClickedDate: chance.chance(0.1) ? touched : null,
			isValidWhatsapp: chance.chance(0.5) ? chance.chance(0.5) : null,
			validEmail: email === null ? null : chance.chance(0.9),
			ssn: chance.chance(0.02) ? "000-00-0000" : null,
			keyword: chance.chance(0.05) ? "roof" : null,
			visitorId: chance.chance(0.1)
				? chance.text(20, "abcdefghijklmnopqrstuvwxyz0123456789")
				: null,
			customFields: customValues(chance, lists.fields),
			businessId: business?.id ?? null,
			attributionSource: attribution,
			lastAttributionSource: attribution,
			opportunities: chance.chance(0.2)
				? opportunities(chance, location, loose)
				: [],
			activeWorkflows: chance.chance(0.1)
				? chance.some(lists.workflows, 2)
				: [],
			finishedWorkflows: chance.chance(0.2)
				? chance.some(lists.workflows, 2)
				: [],
			campaigns: [],
		};
		made.push(contact);
		location.contacts.seed(contact, REFERENCE);
	}
}

function scriptFor(chance: Random, pools: Pools): Script {
	let left = chance.next() * 100;
	for (const script of pools.scripts) {
		left -= script.share;
		if (left < 0) return script;
	}
	return chance.pick(pools.scripts);
}

function personFrom(chance: Random, script: Script) {
	let firstName: string | null = chance.pick(script.firstNames);
	let lastName: string | null = chance.pick(script.lastNames);
	const odd = chance.next();
	if (odd < 0.03) lastName = null;
	else if (odd < 0.04) [firstName, lastName] = [null, null];
	else if (odd < 0.055) firstName = `${firstName} 🌸`;
	else if (odd < 0.065) lastName = `  ${lastName} `;
	else if (odd < 0.075) lastName = `O'${lastName}-"${lastName}"`;
	else if (odd < 0.08) firstName = firstName.toUpperCase();
	const name = [firstName, lastName].filter((part) => part !== null).join(" ");
	return { firstName, lastName, name: name === "" ? null : name };
}

function emailFor(
	chance: Random,
	person: { firstName: string | null; lastName: string | null },
	pools: Pools,
	i: number,
): string {
	const latin = [person.firstName, person.lastName]
		.map((part) => (part ?? "").normalize("NFD").replaceAll(/[^A-Za-z]/g, ""))
		.filter((part) => part.length > 1)
		.join(".");
	const local = latin === "" ? `contact${i}` : `${latin}${i}`;
	const tagged = chance.chance(0.05) ? `${local}+crm` : local;
	// Mixed case shows up in real lists; matching has to ignore it.
	const cased = chance.chance(0.1) ? tagged : tagged.toLowerCase();
	return `${cased}@${chance.pick(pools.domains)}`;
}

const phoneFor = (locationNumber: number, i: number): string =>
	`+1${200 + ((locationNumber * 37 + Math.floor(i / 8000)) % 700)}555${String(i % 8000).padStart(4, "0")}`;

function dndChannels(chance: Random, dnd: boolean): Record<string, DndChannel> {
	const channels: Record<string, DndChannel> = {};
	for (const channel of ["Call", "Email", "SMS", "WhatsApp", "GMB", "FB"])
		if (chance.chance(0.6))
			channels[channel] = {
				status: dnd
					? chance.pick(["active", "permanent"] as const)
					: "inactive",
				message: "Set by a user",
				code: "101",
			};
	return channels;
}

function attributionFrom(chance: Random): Attribution {
	return {
		url: "https://offers.example/landing",
		campaign: chance.chance(0.5) ? "autumn" : null,
		utmSource: chance.pick(["google", "facebook", "newsletter", null]),
		utmMedium: chance.pick(["cpc", "email", null]),
		referrer: chance.chance(0.5) ? "https://www.search.example" : null,
		ip: "192.0.2.10",
		medium: chance.pick(["survey", "form", "calendar", null]),
		mediumId: null,
	};
}

function opportunities(
	chance: Random,
	location: LocationData,
	loose: Loose,
): Opportunity[] {
	return Array.from({ length: chance.between(1, 3) }, () => ({
		id: location.newId("opportunity"),
		pipelineId: loose.pipeline,
		pipelineStageId: chance.pick(loose.stages),
		monetaryValue: chance.between(0, 200) * 50,
		status: chance.pick(["open", "won", "lost", "abandoned"]),
	}));
}

// Tags live twice: as names on contacts and as a list of the location. This keeps the two together.

import type { TagRecord } from "../store/account-records.ts";
import type { LocationData } from "../store/location-data.ts";

/** A name used for the first time joins the location's list. */
export function rememberTags(
	names: readonly string[],
	location: LocationData,
	at: number,
): void {
	for (const name of names)
		if (tagNamed(name, location) === undefined)
			location.tags.put(
				{ id: location.newId("tag"), locationId: location.id, name },
				at,
			);
}

export function tagNamed(
	name: string,
	location: LocationData,
): TagRecord | undefined {
	for (const tag of location.tags.values()) if (tag.name === name) return tag;
	return undefined;
}

/** Renames (or with null removes) a tag on every contact that has it. */
export function retag(
	from: string,
	to: string | null,
	location: LocationData,
	at: number,
): void {
	for (const contact of [...location.contacts.values()]) {
		if (!contact.tags.includes(from)) continue;
		const tags = contact.tags
			.map((name) => (name === from ? to : name))
			.filter((name) => name !== null);
		location.contacts.put(
			{
				...contact,
				tags: [...new Set(tags)],
				dateUpdated: new Date(at).toISOString(),
			},
			at,
		);
	}
}

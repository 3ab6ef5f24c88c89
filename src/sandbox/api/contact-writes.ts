// Creating, changing, upserting and deleting contacts, with the duplicate rules of the location.
import { Hono } from "hono";
import { answer, created, done } from "../http/answers.ts";
import { checkedBody, type Rules } from "../http/body-rules.ts";
import type { Api, Call, Env, Parts } from "../http/env.ts";
import { Refusal } from "../http/errors.ts";
import { pathContact, sameLocation } from "../http/input.ts";
import { blankContact } from "../store/blank.ts";
import type { LocationData } from "../store/location-data.ts";
import type { ContactRecord } from "../store/records.ts";
import { normalPhone, withInput } from "./contact-input.ts";
import { CREATE_RULES, UPDATE_RULES, UPSERT_RULES } from "./contact-rules.ts";
import { contactById, editorOf, type Form } from "./contact-shapes.ts";
import { duplicateOf } from "./contacts.ts";
import { rememberTags } from "./tag-store.ts";

export function contactWrites({ settings }: Parts): Api {
	const app: Api = new Hono<Env>({ strict: false });

	const save = (contact: ContactRecord, location: LocationData) => {
		rememberTags(contact.tags, location, settings.now());
		location.contacts.put(contact, settings.now());
		return contact;
	};
	const create = (body: Record<string, unknown>, location: LocationData) => {
		const at = settings.now();
		const blank = blankContact(location, at);
		return save(withInput(blank, body, location, settings, at), location);
	};
	const update = (
		contact: ContactRecord,
		body: Record<string, unknown>,
		location: LocationData,
	) =>
		save(
			withInput(contact, body, location, settings, settings.now()),
			location,
		);

	app.post("/contacts/upsert", (call) => {
		const { body, location } = locatedBody(call, UPSERT_RULES);
		const by = keysOf(body, location);
		const allowed =
			location.record.allowDuplicateContact &&
			body.createNewIfDuplicateAllowed === true;
		const existing = allowed ? undefined : upsertMatch(location, by);
		const contact =
			existing === undefined
				? create(body, location)
				: update(
						existing,
						droppingTaken(body, existing, by, location),
						location,
					);
		return answer(call, {
			new: existing === undefined,
			...(settings.specified ? {} : done(settings)),
			contact: contactById(contact, settings),
		});
	});

	app.post("/contacts", (call) => {
		const { body, location } = locatedBody(call, CREATE_RULES);
		refuseDuplicate(location, keysOf(body, location));
		return answer(
			call,
			{ contact: createdShape(create(body, location), settings) },
			created(settings),
		);
	});

	app.put("/contacts/:contactId", (call) => {
		const contact = pathContact(call);
		const location = call.get("location");
		const body = checkedBody(call, UPDATE_RULES);
		const keys = keysOf(body, location);
		refuseDuplicate(
			location,
			{
				email: keys.email === contact.email ? null : keys.email,
				phone: keys.phone === contact.phone ? null : keys.phone,
			},
			contact.id,
		);
		const after = update(contact, body, location);
		return answer(call, {
			...done(settings),
			contact: contactById(after, settings),
		});
	});

	app.delete("/contacts/:contactId", (call) => {
		const contact = pathContact(call);
		const location = call.get("location");
		const at = settings.now();
		// What hangs on the contact goes with it, without events of its own.
		const quiet = { quiet: true };
		for (const task of location.tasks.group(contact.id))
			location.tasks.delete(task.id, at, quiet);
		for (const note of location.notes.group(contact.id))
			location.notes.delete(note.id, at, quiet);
		for (const appointment of location.appointments.group(contact.id))
			location.appointments.delete(appointment.id, at, quiet);
		location.contacts.delete(contact.id, at);
		return answer(call, done(settings));
	});

	return app;
}

interface Keys {
	email: string | null;
	phone: string | null;
}

function locatedBody(call: Call, rules: Rules) {
	const body = checkedBody(call, rules);
	const location = sameLocation(call, String(body.locationId));
	return { body, location };
}

const keysOf = (
	body: Record<string, unknown>,
	location: LocationData,
): Keys => ({
	email: (body.email as string | null | undefined) || null,
	phone: normalPhone(
		(body.phone as string | null | undefined) ?? null,
		location,
	),
});

/** 400 with `meta`, as four public handlers read it (contract, section 6). */
function refuseDuplicate(
	location: LocationData,
	by: Keys,
	except?: string,
): void {
	if (location.record.allowDuplicateContact) return;
	const twin = duplicateOf(location, by, except);
	if (twin === undefined) return;
	const matchingField =
		by.email !== null && twin.email?.toLowerCase() === by.email.toLowerCase()
			? "email"
			: "phone";
	throw new Refusal(400, "This location does not allow duplicated contacts.", {
		meta: {
			contactId: twin.id,
			matchingField,
			...(twin.name === null ? {} : { contactName: twin.name }),
		},
	});
}

/** By the primary keys, else by a secondary e-mail, which then becomes primary while the old one is lost (issue 337). */
function upsertMatch(
	location: LocationData,
	by: Keys,
): ContactRecord | undefined {
	const primary = duplicateOf(location, by);
	const wanted = by.email?.toLowerCase();
	if (primary !== undefined || wanted === undefined) return primary;
	for (const contact of location.contacts.values()) {
		const others = contact.additionalEmails.filter(
			(one) => one.toLowerCase() !== wanted,
		);
		if (others.length < contact.additionalEmails.length)
			return { ...contact, additionalEmails: others };
	}
	return undefined;
}

/**
 * If e-mail and phone belong to two contacts, the first in the location's order is changed and the other value is
 * dropped without a word (contract, section 6).
 */
function droppingTaken(
	body: Record<string, unknown>,
	match: ContactRecord,
	by: Keys,
	location: LocationData,
): Record<string, unknown> {
	const kept = { ...body };
	for (const key of ["email", "phone"] as const) {
		if (by[key] === null) continue;
		const only = { email: null, phone: null, [key]: by[key] };
		if (duplicateOf(location, only, match.id) !== undefined) delete kept[key];
	}
	return kept;
}

/** The create answer has a few keys more than GET, and the birth date as a moment. */
function createdShape(contact: ContactRecord, form: Form): object {
	const day = contact.dateOfBirth;
	const born =
		typeof day === "string" && day !== ""
			? {
					dateOfBirth: `${day}T00:00:00.000Z`,
					birthMonth: Number(day.slice(5, 7)),
					birthDay: Number(day.slice(8, 10)),
				}
			: {};
	return {
		...contactById(contact, form),
		...born,
		deleted: false,
		bounceEmail: false,
		unsubscribeEmail: false,
		...(form.specified
			? { offers: [], products: [] }
			: {
					lastUpdatedBy: editorOf(contact.dateUpdated),
					lastSessionActivityAt: contact.dateUpdated,
					validEmail: null,
					validEmailDate: null,
				}),
	};
}

// Reads query, path and body of a call, refusing with 422 what the upstream refuses.
import type { LocationData } from "../store/location-data.ts";
import type { ContactRecord } from "../store/records.ts";
import type { Call } from "./env.ts";
import { notFound, Refusal, unprocessable } from "./errors.ts";

export function requiredQuery(call: Call, name: string): string {
	const value = call.req.query(name);
	if (value === undefined || value === "")
		throw unprocessable(
			`${name} should not be empty`,
			`${name} must be a string`,
		);
	return value;
}

/** A whole number from the query within `min` and `max`; both the default and the refusals are the spec's. */
export function numberQuery(
	call: Call,
	name: string,
	bounds: { fallback?: number; min?: number; max?: number },
): number {
	const text = call.req.query(name);
	if (text === undefined || text === "") {
		if (bounds.fallback !== undefined) return bounds.fallback;
		throw unprocessable(`${name} should not be empty`);
	}
	const value = Number(text);
	if (!Number.isInteger(value)) throw unprocessable(`${name} must be a number`);
	return withinBounds(name, value, bounds);
}

export function withinBounds(
	name: string,
	value: number,
	bounds: { min?: number; max?: number },
): number {
	if (bounds.min !== undefined && value < bounds.min)
		throw unprocessable(`${name} must not be less than ${bounds.min}`);
	if (bounds.max !== undefined && value > bounds.max)
		throw unprocessable(`${name} must not be greater than ${bounds.max}`);
	return value;
}

/** The location named in the query must be the token's (contract, section 6). */
export function sameLocation(
	call: Call,
	locationId = requiredQuery(call, "locationId"),
): LocationData {
	const location = call.get("location");
	if (locationId !== location.id)
		throw new Refusal(403, "The token does not have access to this location.");
	return location;
}

/** The location of a `/locations/{locationId}/...` path. */
export const pathLocation = (call: Call): LocationData =>
	sameLocation(call, call.req.param("locationId") ?? "");

/** The contact of the path; one of another location reads as not found. */
export function pathContact(call: Call): ContactRecord {
	const id = call.req.param("contactId") ?? "";
	const contact = call.get("location").contacts.get(id);
	if (contact === undefined) throw notFound("Contact", id);
	return contact;
}

/** The body as an object; anything else is refused. */
export function bodyObject(call: Call): Record<string, unknown> {
	const body = call.get("body");
	if (body === undefined) return {};
	if (typeof body !== "object" || body === null || Array.isArray(body))
		throw new Refusal(400, "Body must be a JSON object");
	return body as Record<string, unknown>;
}

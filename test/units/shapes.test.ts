/** Shapes of answers hold what came without what it said. */
import { expect, test } from "vitest";
import { createRecorder } from "../../src/doctor/shapes.ts";

const keysOf = (...bodies: unknown[]) => {
	const recorder = createRecorder();
	for (const json of bodies)
		recorder.see({
			operation: "GET /things/",
			request: { method: "GET", path: "/things/" },
			status: 200,
			ok: true,
			headers: {},
			json,
			reason: "",
			sentAt: 0,
			answeredAt: 0,
		});
	return recorder.file(new Date(0)).answers[0]?.keys;
};

test.each<[unknown, string]>([
	[null, "null"],
	[true, "boolean"],
	[4.5, "number"],
	["", "text, empty"],
	["Leah Smith", "text"],
	["leah smith", "text, lower case"],
	["leah@example.com", "e-mail"],
	["+13125550100", "phone, E.164"],
	["60606", "text"],
	["ocQHyuzHvysMo5N5VsXc", "id"],
	["63771dcac1116f0e21de8e12", "id"],
	["0b9d5a6e-6c5c-4c5e-9d5e-3f1d7c6c1a2b", "uuid"],
	["https://a.example/leah", "URL"],
	["2026-03-01T09:30:00.000Z", "time, UTC with Z"],
	["2026-03-01T09:30:00-05:00", "time, with the location's offset"],
	["2026-03-01 09:30:00", "time, without offset"],
	["1990-03-01", "day"],
	[[], "empty list"],
	[{}, "{} empty"],
])("%j is of the kind %s", (value, kind) => {
	expect(Object.values(keysOf({ value }) ?? {})).toEqual([kind]);
});

test("kinds of several answers and of all items of a list stand together", () => {
	expect(keysOf({ rows: [{ a: 1 }, { a: null }] }, { rows: [] })).toEqual({
		"rows[]": "empty list",
		"rows[].a": "null | number",
	});
});

test.each([
	"ocQHyuzHvysMo5N5VsXc",
	"ocQHyuzHvysMoKwWtAqE",
	"63771dcac1116f0e21de8e12",
	"0b9d5a6e-6c5c-4c5e-9d5e-3f1d7c6c1a2b",
	"2026-03-01",
	"leah@example.com",
	"Leah Smith",
	"Leah",
	"+13125550100",
])("a key that is data is not written: %s", (key) => {
	expect(keysOf({ slots: { [key]: 1 } })).toEqual({ "slots.{key}": "number" });
});

test.each([
	"firstNameLowerCase",
	"lastAttributionSource",
	"enableSameUserAssignmentForReschedule",
	"address1",
	"_id",
	"__v",
	"Email",
	"WhatsApp",
	"field_value",
	"inboundDndSettings",
	"locationConfigurations",
	"googleInvitationEmails",
])("a key of the API is: %s", (key) => {
	expect(keysOf({ [key]: 1 })).toEqual({ [key]: "number" });
});

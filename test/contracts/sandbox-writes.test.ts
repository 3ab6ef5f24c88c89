// Every writing operation of the vendor's OpenAPI file, sent to the sandbox; requests and answers checked against the file.
import { describe, expect, test } from "vitest";
import type { Exchange } from "../../src/sandbox/sandbox.ts";
import { FIRST, startCaller } from "../sandbox/caller.ts";
import { contractMissing, loadContract } from "./openapi.ts";

if (contractMissing !== undefined)
	process.stderr.write(`sandbox-writes: ${contractMissing}\n`);

const CONTACT = {
	locationId: FIRST,
	firstName: "Ann",
	email: "ann@new.example",
	phone: "+1 555 000 7777",
	dateOfBirth: "1990-09-25",
	tags: ["x"],
	dnd: true,
	dndSettings: { Call: { status: "active", message: "m", code: "1" } },
	inboundDndSettings: { all: { status: "active", message: "m" } },
	customFields: [{ id: "cf1", field_value: "Owner" }],
};
const EDIT = { city: "Ulm", source: null, assignedTo: null, tags: ["y"] };
const TASK = {
	title: "Call",
	dueDate: "2026-12-01T10:00:00Z",
	completed: false,
};
const BOOKING = {
	calendarId: "cal1",
	locationId: FIRST,
	contactId: "c2",
	assignedUserId: "u1",
	startTime: "2027-03-01T10:00:00-06:00",
};
const LOCATION = `/locations/${FIRST}`;

/** In an order in which each finds what it needs; made ids are known, since they count on. */
const WRITES: readonly [method: string, path: string, body?: object][] = [
	["POST", "/contacts/", CONTACT],
	["PUT", "/contacts/c21", EDIT],
	[
		"POST",
		"/contacts/upsert",
		{ ...CONTACT, createNewIfDuplicateAllowed: false },
	],
	["POST", "/contacts/c21/tasks", TASK],
	["PUT", "/contacts/c21/tasks/t41", { title: "Visit" }],
	["PUT", "/contacts/c21/tasks/t41/completed", { completed: true }],
	["DELETE", "/contacts/c21/tasks/t41"],
	[
		"POST",
		"/contacts/c21/notes",
		{ body: "Hello", userId: "u1", color: "#fff" },
	],
	["PUT", "/contacts/c21/notes/n41", { body: "Bye", pinned: true }],
	["DELETE", "/contacts/c21/notes/n41"],
	["POST", "/contacts/c21/tags", { tags: ["z"] }],
	["DELETE", "/contacts/c21/tags", { tags: ["z"] }],
	["POST", "/contacts/c21/followers", { followers: ["u1"] }],
	["DELETE", "/contacts/c21/followers", { followers: ["u1"] }],
	["POST", "/contacts/c21/campaigns/camp1", {}],
	["DELETE", "/contacts/c21/campaigns/camp1"],
	["DELETE", "/contacts/c21/campaigns/removeAll"],
	[
		"POST",
		"/contacts/c21/workflow/w1",
		{ eventStartTime: "2026-12-01T10:00:00+01:00" },
	],
	["DELETE", "/contacts/c21/workflow/w1", {}],
	[
		"POST",
		"/contacts/bulk/tags/update/add",
		{ locationId: FIRST, contacts: ["c1", "none"], tags: ["x"] },
	],
	[
		"POST",
		"/contacts/bulk/tags/update/remove",
		{ locationId: FIRST, contacts: ["c1"], tags: ["x"], removeAllTags: true },
	],
	[
		"POST",
		"/contacts/bulk/business",
		{ locationId: FIRST, ids: ["c1"], businessId: "b1" },
	],
	[
		"POST",
		"/contacts/bulk/business",
		{ locationId: FIRST, ids: ["c1"], businessId: null },
	],
	["POST", "/calendars/events/appointments", BOOKING],
	[
		"PUT",
		"/calendars/events/appointments/a41",
		{ title: "Other", appointmentStatus: "showed" },
	],
	[
		"POST",
		"/calendars/appointments/a41/notes",
		{ body: "Bring pens", userId: "u1" },
	],
	["PUT", "/calendars/appointments/a41/notes/LAST", { body: "Bring paper" }],
	["DELETE", "/calendars/appointments/a41/notes/LAST"],
	["DELETE", "/calendars/events/a41", {}],
	["POST", `${LOCATION}/tags`, { name: "gold" }],
	["PUT", `${LOCATION}/tags/LAST`, { name: "silver" }],
	["DELETE", `${LOCATION}/tags/LAST`],
	[
		"POST",
		`${LOCATION}/customFields`,
		{
			name: "Shoe size",
			dataType: "TEXTBOX_LIST",
			textBoxListOptions: [{ label: "L" }],
			model: "contact",
		},
	],
	["PUT", `${LOCATION}/customFields/LAST`, { name: "Hat size", position: 5 }],
	["DELETE", `${LOCATION}/customFields/LAST`],
	["DELETE", "/contacts/c21"],
];

/** Refused as declared: the operation, then the status. */
const REFUSALS: readonly [number, string, string, object?][] = [
	[400, "POST", "/contacts/", CONTACT],
	[422, "POST", "/contacts/", { ...CONTACT, email: "none" }],
	[422, "PUT", "/contacts/c1", { locationId: FIRST }],
	[400, "PUT", "/contacts/none", {}],
	[422, "POST", "/contacts/c1/tasks", {}],
	[422, "POST", "/contacts/c1/notes", {}],
	[400, "DELETE", "/contacts/c1/tasks/none"],
	[422, "POST", "/contacts/bulk/business", {}],
	[
		400,
		"POST",
		"/calendars/events/appointments",
		{ ...BOOKING, assignedUserId: "u12" },
	],
];

describe.skipIf(contractMissing !== undefined)(
	"against the OpenAPI file",
	() => {
		test("every writing operation, its request and its answer", async () => {
			const contract = loadContract();
			const exchanges: Exchange[] = [];
			await using api = await startCaller({
				onExchange: (exchange) => exchanges.push(exchange),
			});
			let last = "";
			for (const [method, path, body] of WRITES) {
				const answer = await api.send(method, path.replace("LAST", last), body);
				expect([method, path, answer.status]).toEqual([
					method,
					path,
					expect.toSatisfy((status) => status === 200 || status === 201),
				]);
				const made = (answer.body.note ??
					answer.body.tag ??
					answer.body.customField) as { id: string } | undefined;
				if (made !== undefined) last = made.id;
			}
			expect(exchanges).toHaveLength(WRITES.length);
			const faults = exchanges.flatMap((exchange) =>
				[
					...contract.requestFaults(exchange),
					...contract.answerFaults(exchange),
				].map((fault) => `${exchange.method} ${exchange.path}: ${fault}`),
			);
			expect(faults).toEqual([]);
			const seen = new Set(
				exchanges.map(({ method, path }) => contract.operationOf(method, path)),
			);
			const writes = contract.operations.filter(
				(one) =>
					!one.startsWith("GET ") &&
					!one.endsWith("/search") &&
					!one.includes("/oauth/"),
			);
			expect([...seen].sort()).toEqual(writes.sort());
		});

		test("refusals have the declared shape", async () => {
			const contract = loadContract();
			await using api = await startCaller();
			await api.send("POST", "/contacts/", CONTACT);
			for (const [status, method, path, body] of REFUSALS) {
				const { status: got, body: answer } = await api.send(
					method,
					path,
					body,
				);
				expect([method, path, got]).toEqual([method, path, status]);
				const exchange = { method, path, status, answer };
				expect(contract.answerFaults(exchange)).toEqual([]);
			}
		});
	},
);

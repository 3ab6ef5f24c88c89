/** The sandbox answers as the live API was recorded to: its keys, their kinds, its limit headers; and what is specified with `specified`. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Caller, FIRST, startCaller } from "../sandbox/caller.ts";
import { READS, WRITES } from "./every-call.ts";

interface Recorded {
	readonly operation: string;
	readonly statuses: readonly number[];
	readonly limitHeaders: readonly string[];
	/** By path, `[]` for every item of a list: the kinds that were seen, with ` | ` between. */
	readonly keys: Readonly<Record<string, string>>;
}

const path =
	process.env.CONTACTS_API_RECORDED ??
	fileURLToPath(
		new URL("../../../shared/contract/recorded-shapes.json", import.meta.url),
	);
const missing = existsSync(path)
	? undefined
	: `skipped: no file of recorded shapes at ${path}; set CONTACTS_API_RECORDED to check against one`;
if (missing !== undefined)
	process.stderr.write(`recorded-shapes: ${missing}\n`);

// Of these the gateway knows nothing, and neither does the sandbox.
const OF_CALENDARS = /^(POST|PUT|DELETE) \/calendars\/(\{calendarId\})?$/;

const recorded: readonly Recorded[] =
	missing === undefined
		? (JSON.parse(readFileSync(path, "utf8")).answers as Recorded[]).filter(
				({ operation }) => !OF_CALENDARS.test(operation),
			)
		: [];

const isText = (value: unknown): value is string => typeof value === "string";
const matches = (pattern: RegExp) => (value: unknown) =>
	isText(value) && pattern.test(value);

/** What each word for a kind means. A list or an object that was recorded empty may hold something. */
const KINDS: Readonly<Record<string, (value: unknown) => boolean>> = {
	null: (value) => value === null,
	boolean: (value) => typeof value === "boolean",
	number: (value) => typeof value === "number",
	text: (value) => isText(value) && value !== "",
	"text, empty": (value) => value === "",
	"text, lower case": (value) =>
		isText(value) && value !== "" && value === value.toLowerCase(),
	id: matches(/^[\w-]+$/),
	uuid: matches(/^[\w-]+$/),
	"e-mail": matches(/^[^@\s]+@[^@\s]+$/),
	"phone, E.164": matches(/^\+\d{7,15}$/),
	URL: matches(/^https?:\/\//),
	"time, UTC with Z": matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/),
	"time, with the location's offset": matches(
		/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/,
	),
	"empty list": Array.isArray,
	"{} empty": (value) =>
		typeof value === "object" && value !== null && !Array.isArray(value),
};

/** Every value at the path. */
const valuesAt = (value: unknown, path: string): unknown[] => {
	if (path === "") return [value];
	const [, key = "", list, rest = ""] =
		/^([^.[]+)((?:\[\])?)\.?(.*)$/.exec(path) ?? [];
	if (typeof value !== "object" || value === null || !(key in value)) return [];
	const held = (value as Record<string, unknown>)[key];
	if (list === "") return valuesAt(held, rest);
	if (!Array.isArray(held)) return [];
	// The list itself stands for a list that was recorded empty, its items for one that was not.
	return rest === ""
		? [held, ...held]
		: held.flatMap((item) => valuesAt(item, rest));
};

interface Seen {
	readonly status: number;
	readonly body: unknown;
	readonly headers: readonly string[];
}

/** The operation of a call, by its path as the file spells it. */
const operationOf = (method: string, called: string): string | undefined => {
	const bare = called.split("?")[0]?.replace(/\/$/, "");
	return recorded
		.map(({ operation }) => operation)
		.filter((operation) => {
			const [verb, template = ""] = operation.split(" ");
			const pattern = template
				.replace(/\/$/, "")
				.replaceAll(/\{\w+\}/g, "[^/]+");
			return verb === method && new RegExp(`^${pattern}$`).test(bare ?? "");
		})
		.sort((a, b) => a.split("{").length - b.split("{").length)[0];
};

describe.skipIf(missing !== undefined)("as recorded", () => {
	const seen = new Map<string, Seen[]>();
	let api: Caller;

	beforeAll(async () => {
		api = await startCaller({ contacts: 20, specified: false });
		const { data } = api.sandbox;
		// Somebody with everything, and somebody with nothing: the recordings had both.
		data.edit("contacts", "c1", {
			firstName: "ada",
			email: "a@b.example",
			phone: "+13125550142",
			companyName: "Doe Ltd",
			businessId: "b1",
			additionalEmails: ["second@b.example"],
			additionalPhones: ["+13125550143"],
			dndSettings: {
				Call: { status: "active", code: "103" },
				Email: { status: "active", code: "103" },
				SMS: { status: "active", code: "103" },
			},
		});
		data.edit("contacts", "c2", {
			lastName: null,
			email: null,
			phone: null,
			phoneLabel: null,
			companyName: null,
			businessId: null,
			assignedTo: null,
			address1: null,
			city: null,
			state: null,
			postalCode: null,
			source: null,
			website: null,
			validEmail: null,
			dateOfBirth: null,
		});
		data.edit("notes", "n1", { userId: null });
		for (const id of ["a1", "a2", "a3"])
			data.edit("appointments", id, { createdBy: null, address: null });
		let last = "";
		const ask = async (
			method: string,
			path: string,
			body?: unknown,
			operation = operationOf(method, path),
		) => {
			const answer = await api.send(method, path.replace("LAST", last), body);
			const made = (answer.body.note ??
				answer.body.tag ??
				answer.body.customField) as { id: string } | undefined;
			if (method === "POST" && made !== undefined) last = made.id;
			if (operation === undefined) return;
			const list = seen.get(operation) ?? [];
			seen.set(operation, list);
			list.push({
				status: answer.status,
				body: answer.body,
				headers: [...answer.headers.keys()].filter((name) =>
					name.startsWith("x-ratelimit-"),
				),
			});
		};
		for (const [operation, paths, body] of READS)
			for (const path of paths)
				await ask(operation.split(" ")[0] ?? "GET", path, body, operation);
		await ask("POST", "/contacts/c3/notes", { body: "By nobody" });
		await ask("PUT", "/contacts/c1", { lastName: "Doe" });
		await ask("PUT", "/contacts/c1/tasks/t1", { body: "By phone" });
		await ask("POST", "/contacts/upsert", {
			locationId: FIRST,
			email: "a@b.example",
			lastName: "Doe",
		});
		for (const [method, path, body] of WRITES) await ask(method, path, body);
	}, 60_000);
	afterAll(() => api.sandbox.close());

	test.each(recorded)(
		"$operation",
		({ operation, statuses, limitHeaders, keys }) => {
			const answers = (seen.get(operation) ?? []).filter(
				({ status }) => status < 300,
			);
			expect([...new Set(answers.map(({ status }) => status))]).toEqual(
				statuses,
			);
			const unlike = Object.entries(keys).filter(([path, kinds]) => {
				const values = answers.flatMap(({ body }) => valuesAt(body, path));
				return !kinds
					.split(" | ")
					.some((kind) => values.some((value) => KINDS[kind]?.(value)));
			});
			expect(Object.fromEntries(unlike)).toEqual({});
			for (const { headers } of answers)
				expect([...headers].sort()).toEqual([...limitHeaders].sort());
		},
	);

	test("a POST that writes tells of the second bucket alone, with numbers of its own", async () => {
		const { headers } = await api.send("POST", "/contacts/c1/notes", {
			body: "x",
		});
		expect(headers.get("x-ratelimit-limit")).toBe("5000");
		expect(headers.get("x-ratelimit-remaining")).toBe("4983");
		expect(Number(headers.get("x-ratelimit-reset"))).toBe(
			api.clock.now / 1000 + 30,
		);
	});

	test("a deleted appointment is still answered, and says so", async () => {
		await using other = await startCaller({ specified: false });
		await other.send("DELETE", "/calendars/events/a1", {});
		const { status, body } = await other.get(
			"/calendars/events/appointments/a1",
		);
		expect([status, body.appointment]).toEqual([
			200,
			expect.objectContaining({ id: "a1", deleted: true }),
		]);
	});
});

test("with `specified` an appointment comes under `event`, and a deleted one is missing", async () => {
	await using api = await startCaller({ specified: true });
	const there = await api.get("/calendars/events/appointments/a1");
	expect(Object.keys(there.body)).toEqual(["event", "traceId"]);
	await api.send("DELETE", "/calendars/events/a1", {});
	const { status, body } = await api.get("/calendars/events/appointments/a1");
	expect([status, body.message]).toEqual([
		400,
		"Appointment with id a1 not found",
	]);
});

test("with `specified` every answer names the first bucket", async () => {
	await using api = await startCaller({ specified: true });
	const { headers } = await api.send("POST", "/contacts/c1/notes", {
		body: "x",
	});
	expect(headers.get("x-ratelimit-max")).toBe("1000000");
	expect(headers.get("x-ratelimit-limit")).toBeNull();
});

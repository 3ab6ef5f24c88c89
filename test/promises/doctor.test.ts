/** The doctor asks the real API little, says what it saw, what that means and what to set, and leaves nothing behind. */
import { randomBytes } from "node:crypto";
import { mkdtempDisposable, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { MOST_CALLS } from "../../src/doctor/api.ts";
import { CHECKS, mostCalls } from "../../src/doctor/examine.ts";
import {
	type Exchange,
	type SandboxOptions,
	startSandbox,
} from "../../src/sandbox/sandbox.ts";
import { WEBHOOK_KEYS } from "../../src/sandbox/webhooks/keys.ts";
import { createBrowser } from "../support/browser.ts";
import { connect } from "../support/connect.ts";
import { createSender, delivery, SENDER_KEYS } from "../support/deliveries.ts";
import { doctor, startDoctor } from "../support/doctor.ts";
import { startWorld } from "../support/world.ts";

const TEST_MS = 45_000;
const L1 = "sandbox-location-1";
const READY = "Nothing stands in the way of production.";

const start = (options: SandboxOptions = {}) =>
	startSandbox({
		contacts: 5,
		tasksEach: 1,
		notesEach: 1,
		appointmentsEach: 1,
		ids: "readable",
		rateLimit: "off",
		searchLagMs: 0,
		...options,
	});

/** Runs the doctor against a sandbox of its own. */
const examine = async (
	options: SandboxOptions & {
		faults?: Parameters<Awaited<ReturnType<typeof start>>["next"]>[0][];
	} = {},
	asked: Parameters<typeof doctor>[1] = {},
) => {
	const { faults = [], ...rest } = options;
	await using sandbox = await start(rest);
	for (const fault of faults) sandbox.next(fault);
	return await doctor(sandbox, asked);
};

/** Of an API that does all that was documented or recorded. */
const READS = [
	`GET /locations/${L1}`,
	"POST /contacts/search",
	`POST /locations/${L1}/tasks/search`,
	`GET /locations/${L1}/tags`,
	`GET /locations/${L1}/customFields`,
	"GET /businesses/",
	"GET /users/",
	"GET /calendars/",
	"GET /calendars/events",
	"GET /workflows/",
	"GET /campaigns/",
	// Two other versions.
	"GET /calendars/",
	"GET /calendars/",
	"GET /contacts/c5",
	"GET /contacts/c5/tasks",
	"GET /contacts/c5/notes",
	"GET /contacts/c5/appointments",
	"GET /calendars/events/appointments/a5",
	// 2, 50, 200 and 500 ids, and a list of ids.
	...Array<string>(5).fill("POST /contacts/search"),
	...Array<string>(3).fill(`POST /locations/${L1}/tasks/search`),
	// A page behind a cursor, and two in an order.
	...Array<string>(3).fill("POST /contacts/search"),
	"GET /contacts/search/duplicate",
	"GET /contacts/search/duplicate",
];

describe("an API that does what was documented", { timeout: TEST_MS }, () => {
	let seen: Awaited<ReturnType<typeof doctor>>;
	beforeAll(async () => {
		seen = await examine();
	}, TEST_MS);

	test("stands in nobody's way, and the doctor ends with 0", () => {
		expect(seen.firstLine).toBe(READY);
		expect(seen.code).toBe(0);
	});

	test("is asked nothing twice and nothing that changes anything", () => {
		expect(seen.calls).toEqual(READS);
		expect(seen.said).toContain(`${READS.length} calls about ${L1} in `);
	});

	test.each([
		"The token of CONTACTS_API_TOKEN serves the location sandbox-location-1.",
		"The location's time zone is America/Chicago.",
		"The token has 10 reading scopes: contacts.readonly, ",
		"The API takes the gateway's own 2021-04-15 and 2021-07-28; of newer ones it takes 2023-02-21 and v3.",
		"are without offset, in the location's zone (America/Chicago)",
		"One search takes up to 500 ids (OR of `id eq`)",
		"A list of ids as one filter's value is not taken.",
		"One search takes up to 500 contacts, agrees with a contact's own list",
		"Two pages follow each other without gap or repetition, with and without order; 5 contacts in all.",
		"The search for a duplicate answers without one and with one as recorded.",
		"This machine's clock agrees with the API's to the second.",
		"Whether the token may write (contacts.write, calendars/events.write, locations/tags.write) only writing tells.",
	])("%s", (line) => {
		expect(seen.said).toContain(line);
	});
});

test("no run can make more than sixty calls, and one that only reads not more than forty", () => {
	expect(CHECKS.reduce((sum, { calls }) => sum + calls, 0)).toBeLessThanOrEqual(
		MOST_CALLS,
	);
	expect([mostCalls(false), mostCalls(true), MOST_CALLS]).toEqual([40, 60, 60]);
});

test.each([
	[{ burst: 100, intervalMs: 300, daily: 200_000 }, 10],
	[{ burst: 25, intervalMs: 100, daily: 200_000 }, 2],
])(
	"of a limit of %o no window holds more than %i calls",
	{ timeout: TEST_MS },
	async (rateLimit, most) => {
		await using sandbox = await start({ rateLimit });
		const { code } = await doctor(sandbox);
		expect(code).toBe(0);
		// Until the first answer tells, a tenth of the usual limit is kept to.
		const times = sandbox.calls().map(({ at }) => at);
		const crowded = times.filter((from, index) => {
			const beyond = times[index + most];
			return beyond !== undefined && beyond - from < rateLimit.intervalMs;
		});
		expect(times.length).toBe(READS.length);
		expect(crowded).toEqual([]);
	},
);

describe("what stands in the way comes first, ends with 1 and says what to do", {
	timeout: TEST_MS,
}, () => {
	const refusing = (status: number, body: unknown) =>
		({ kind: "status", status, body, count: 99 }) as const;
	const LOCATION = `GET /locations/${L1}`;

	test.each<
		[
			string,
			SandboxOptions & { faults?: ReturnType<typeof refusing>[] },
			Record<string, string>,
			RegExp,
			RegExp,
			string[],
		]
	>([
		[
			"a dead private token",
			{},
			{ CONTACTS_API_TOKEN: "pit-deleted" },
			/it is a Private Integration Token that was deleted or rotated/,
			/set CONTACTS_API_TOKEN to it/,
			[LOCATION],
		],
		[
			"a token that never was",
			{},
			{ CONTACTS_API_TOKEN: "made-up" },
			/it is dead or was never one \(Invalid JWT\)/,
			/set CONTACTS_API_TOKEN to it/,
			[LOCATION],
		],
		[
			"a token of the agency",
			{
				faults: [
					refusing(401, {
						statusCode: 401,
						message: "Token's user type mismatch!",
					}),
				],
			},
			{},
			/is a company's \(agency's\), where a location's is wanted/,
			/in the location's own settings, not the agency's/,
			[LOCATION],
		],
		[
			"a company's token",
			{
				faults: [
					refusing(401, {
						statusCode: 401,
						message:
							"This authClass type is not allowed to access this scope. Please contact support.",
					}),
				],
			},
			{},
			/is a company's \(agency's\), where a location's is wanted/,
			/OAUTH_CLIENT_ID/,
			[LOCATION],
		],
		[
			"a token of another location",
			{},
			{ CONTACTS_API_TOKEN: "sandbox-pit-2" },
			/is of another location than sandbox-location-1/,
			/Set LOCATION_ID to the location whose token it is/,
			[LOCATION, "GET /oauth/installedLocations"],
		],
		[
			"a version that was withdrawn",
			{
				faults: [
					refusing(401, {
						statusCode: 401,
						message: "version header is invalid",
					}),
				],
			},
			{},
			/does not take the Version header that this gateway sends/,
			/Update the gateway/,
			[LOCATION],
		],
		[
			"a page of the edge",
			{ faults: [refusing(403, "<html>error 1010</html>")] },
			{},
			/Something in front of the API answered 403 with a page/,
			/Try again in some minutes/,
			[LOCATION],
		],
		[
			"a budget that is used up",
			{
				faults: [
					refusing(429, { statusCode: 429, message: "Too Many Requests" }),
				],
			},
			{},
			/the API answered 429: this location's calls are used up/,
			/Run the doctor again/,
			[LOCATION],
		],
		[
			"a day that is nearly used up",
			{ rateLimit: { burst: 100, intervalMs: 10, daily: 30 } },
			{},
			/Not everything was asked: only 29 of the day's 30 calls are left/,
			/Run the doctor again/,
			[LOCATION],
		],
	])("%s", async (_what, options, env, reason, advice, calls) => {
		const seen = await examine(options, { env });
		expect(seen.firstLine).toMatch(reason);
		expect(seen.said).toMatch(advice);
		expect(seen.calls).toEqual(calls);
		expect(seen.code).toBe(1);
	});
});

describe("what costs something is told with what it costs", {
	timeout: TEST_MS,
}, () => {
	test.each<
		[
			string,
			Parameters<typeof examine>[0],
			Record<string, string>,
			readonly RegExp[],
		]
	>([
		[
			"no search by ids",
			{ refuseIdSearch: true },
			{},
			[
				/Searching for contacts by their ids is refused \(400: Invalid field id\)/,
				/Lower MAX_PAGE_SIZE/,
			],
		],
		[
			"few contacts in a search for tasks",
			{ maxSearchContactIds: 50 },
			{},
			[
				/One search takes 2 contacts, but not 100 \(422: contactId must contain no more than 50 elements\)/,
				/finds the largest size by itself/,
			],
		],
		[
			"a small limit",
			{ rateLimit: { burst: 25, intervalMs: 100, daily: 10_000 } },
			{},
			[
				/The limit is 25 calls in 0\.1 s/,
				/UPSTREAM_CONNECTIONS is 100; 25 are enough/,
				/would take 40 % of it/,
				/RECONCILE_SECONDS=864 and RECONCILE_CALENDAR_SECONDS=864 take 2 %/,
			],
		],
		[
			"a clock that is behind",
			{ dateAheadMs: 60_000 },
			{},
			[/This machine's clock is 60 s behind the API's/, /Set the clock by NTP/],
		],
		[
			"an appointment as recorded",
			{
				faults: [
					{
						kind: "wrongShape",
						body: {
							appointment: { id: "a5", startTime: "2026-05-02T13:00:00-05:00" },
						},
						match: { path: "/calendars/events/appointments/" },
					},
				],
			},
			{},
			[
				/comes under `appointment`, as recorded/,
				/in the location's zone \(America\/Chicago\), as the gateway reads them/,
			],
		],
		[
			"an appointment as specified",
			{
				faults: [
					{
						kind: "wrongShape",
						body: {
							event: { id: "a5", startTime: "2026-05-02T13:00:00-05:00" },
						},
						match: { path: "/calendars/events/appointments/" },
					},
				],
			},
			{},
			[/comes under `event`, as specified/, /as the gateway reads them/],
		],
		[
			"further locations",
			{ locations: 7 },
			{
				CONTACTS_API_TOKENS: [2, 3, 4, 5, 6, 7]
					.map((n) => `sandbox-location-${n}=sandbox-pit-${n}`)
					.join(","),
			},
			[
				/The token of CONTACTS_API_TOKENS serves the location sandbox-location-5/,
				/2 further locations were not asked about/,
			],
		],
	])("%s", async (_what, options, env, lines) => {
		const seen = await examine(options, { env });
		for (const line of lines) expect(seen.said).toMatch(line);
		expect(seen.firstLine).toBe(READY);
		expect(seen.code).toBe(0);
	});

	test("a clock that would have every webhook refused stands in the way", async () => {
		const { firstLine, said, code } = await examine({ dateAheadMs: 3_600_000 });
		expect(firstLine).toBe(
			"Not ready for production: This machine's clock is 3600 s behind the API's.",
		);
		expect(said).toContain("WEBHOOK_AHEAD_MS");
		expect(code).toBe(1);
	});
});

describe("strange answers stand in the way", { timeout: TEST_MS }, () => {
	const SEARCH = { method: "POST", path: "/contacts/search" };
	const BY_ID = { path: "/calendars/events/appointments/" };
	type Faults = NonNullable<Parameters<typeof examine>[0]>["faults"];

	test.each<[string, Faults, RegExp]>([
		[
			"a location without a time zone",
			[
				{
					kind: "wrongShape",
					remove: ["location.timezone"],
					match: { path: "/locations/" },
				},
			],
			/The location has no time zone/,
		],
		[
			"a search by ids that answers with others",
			[
				{
					kind: "wrongShape",
					body: { contacts: [{ id: "another" }], total: 1 },
					match: SEARCH,
					afterCalls: 1,
				},
			],
			/A search for 2 ids answered with 1 contact not asked for/,
		],
		[
			"a search by ids that leaves some out",
			[
				{
					kind: "wrongShape",
					body: { contacts: [{ id: "c1" }], total: 1 },
					match: SEARCH,
					afterCalls: 1,
				},
			],
			/A search for 2 ids left out 1 of 2 contacts that there are/,
		],
		[
			"a search for tasks that answers with others'",
			[
				{
					kind: "wrongShape",
					body: { tasks: [{ id: "t9", contactId: "c9" }] },
					match: { pattern: "/tasks/search$" },
					afterCalls: 1,
				},
			],
			/A search for the tasks of 2 contacts answered with 1 of others/,
		],
		[
			"rows without a cursor",
			[
				{
					kind: "wrongShape",
					remove: ["contacts.*.searchAfter"],
					match: SEARCH,
				},
			],
			/Rows of the search have no `searchAfter`/,
		],
		[
			"a page that repeats itself",
			[
				{
					kind: "wrongShape",
					body: { contacts: [{ id: "c5", searchAfter: [1] }] },
					match: SEARCH,
					afterCalls: 6,
				},
			],
			/A page behind a cursor repeated contacts of the page before/,
		],
		[
			"an order that is not kept",
			[
				{
					kind: "wrongShape",
					body: {
						contacts: [
							{
								id: "c8",
								dateAdded: "2020-01-01T00:00:00.000Z",
								searchAfter: [1],
							},
							{
								id: "c9",
								dateAdded: "2020-01-02T00:00:00.000Z",
								searchAfter: [2],
							},
						],
					},
					match: SEARCH,
					afterCalls: 7,
				},
			],
			/Rows sorted by dateAdded came out of order/,
		],
		[
			"an appointment in another form",
			[{ kind: "wrongShape", body: { booking: { id: "a5" } }, match: BY_ID }],
			/in a form that nobody recorded or specified/,
		],
		[
			"local times in another zone",
			[
				{
					kind: "wrongShape",
					body: { event: { id: "a5", startTime: "2026-05-02T13:00:00Z" } },
					match: BY_ID,
				},
			],
			/not in the location's zone \(America\/Chicago\), but in UTC/,
		],
		[
			"a contact that cannot be read",
			[
				{
					kind: "status",
					status: 404,
					body: { statusCode: 404, message: "Cannot GET" },
					match: { pattern: "^/contacts/c5/notes$" },
				},
			],
			/GET \/contacts\/\{contactId\}\/notes was refused \(404: Cannot GET\)/,
		],
	])("%s", async (_what, faults, line) => {
		const { firstLine, code } = await examine({ faults: faults ?? [] });
		expect(firstLine).toMatch(/^Not ready for production: /);
		expect(firstLine).toMatch(line);
		expect(code).toBe(1);
	});

	test("a call without an answer costs what it was to tell, and nothing else", async () => {
		const { said, calls, code } = await examine({
			faults: [{ kind: "drop", match: { path: "/workflows/" } }],
		});
		expect(said).toMatch(
			/workflows\.readonly could not be told: GET \/workflows\/ got no answer from http:\/\/127\.0\.0\.1:\d+ \(the connection ended as it was used again\)\./,
		);
		expect(said).toContain("The token has 9 reading scopes");
		expect(calls).toEqual(READS);
		expect(code).toBe(0);
	});
});

describe("scopes", { timeout: TEST_MS }, () => {
	const ALL = [
		"contacts.readonly",
		"contacts.write",
		"locations.readonly",
		"locations/tags.readonly",
		"locations/tasks.readonly",
		"locations/customFields.readonly",
		"businesses.readonly",
		"users.readonly",
		"calendars.readonly",
		"calendars/events.readonly",
		"calendars/events.write",
		"workflows.readonly",
		"campaigns.readonly",
	];
	const without = (...names: string[]) => ({
		scopes: ALL.filter((scope) => !names.includes(scope)),
	});

	test("one that some fields need is told with these fields, and stands in nobody's way", async () => {
		const { said, code, calls } = await examine(
			without("campaigns.readonly", "users.readonly"),
		);
		expect(said).toContain(
			"The scope campaigns.readonly is missing: GET /campaigns/ was refused (The token is not authorized for this scope.).",
		);
		expect(said).toContain(
			"Lost without it: users who are assigned, follow or wrote.",
		);
		expect(said).toContain(
			"Add users.readonly to the private integration in the location's settings; its token stays the same.",
		);
		expect(calls).toEqual(READS);
		expect(code).toBe(0);
	});

	test("without contacts there is nothing to serve", async () => {
		const { firstLine, code } = await examine(without("contacts.readonly"));
		expect(firstLine).toBe(
			"Not ready for production: The scope contacts.readonly is missing: POST /contacts/search was refused (The token is not authorized for this scope.).",
		);
		expect(code).toBe(1);
	});

	test("a token that may not read its location is told from a dead one", async () => {
		const { firstLine, said } = await examine(without("locations.readonly"));
		expect(firstLine).toMatch(
			/is alive, but may not read its location: the scope locations\.readonly is missing/,
		);
		expect(said).toContain("The token has 10 reading scopes");
	});

	test("those that write are told by writing", async () => {
		const { said, code, calls } = await examine(without("contacts.write"), {
			args: ["--write"],
		});
		expect(said).toContain(
			"Creating a contact was refused (POST /contacts/, 401: The token is not authorized for this scope.).",
		);
		expect(said).toContain("Add contacts.write to the private integration");
		expect(
			calls.filter(
				(call) => !call.startsWith("GET") && !call.endsWith("/search"),
			),
		).toEqual(["POST /contacts/"]);
		expect(code).toBe(0);
	});
});

describe("over TLS", { timeout: TEST_MS }, () => {
	test.each([
		["both", "offers HTTP/2"],
		["1.1", "does not offer HTTP/2"],
	] as const)("with HTTP %s the API %s", async (httpVersions, offers) => {
		const { said, code, calls } = await examine({ tls: true, httpVersions });
		expect(said).toContain(
			`is reached over TLS with a certificate that is trusted, and ${offers}.`,
		);
		expect(calls).toEqual(READS);
		expect(code).toBe(0);
	});

	test("a certificate that is not trusted stands in the way of every call", async () => {
		const { firstLine, said, code, calls } = await examine(
			{ tls: true },
			{ env: { NODE_EXTRA_CA_CERTS: "" } },
		);
		expect(firstLine).toMatch(
			/was not reached: its certificate is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\)/,
		);
		expect(said).toContain("Set NODE_EXTRA_CA_CERTS");
		expect(calls).toEqual([]);
		expect(code).toBe(1);
	});
});

describe("--write", { timeout: TEST_MS }, () => {
	const WRITES = [
		"POST /contacts/",
		"PUT /contacts/*",
		"POST /contacts/*/tasks",
		"PUT /contacts/*/tasks/*/completed",
		"POST /contacts/*/notes",
		"PUT /contacts/*/notes/*",
		"POST /calendars/events/appointments",
		"PUT /calendars/events/appointments/*",
		`DELETE /locations/${L1}/tags/*`,
		"DELETE /calendars/events/*",
		"DELETE /contacts/*/notes/*",
		"DELETE /contacts/*/tasks/*",
		"DELETE /contacts/*",
	];

	/** What the location holds, as numbers. */
	const holdings = (sandbox: Awaited<ReturnType<typeof start>>) => {
		const { contacts, tasks, notes, appointments } = sandbox.data.find(
			L1,
		) as NonNullable<ReturnType<typeof sandbox.data.find>>;
		return [contacts, tasks, notes, appointments].map(
			(table) => [...table.values()].length,
		);
	};
	const writesOf = (sandbox: Awaited<ReturnType<typeof start>>) =>
		sandbox
			.calls()
			.filter(
				({ method, path }) => method !== "GET" && !path.endsWith("/search"),
			);

	test("makes one of each, changes it and takes it away, and tells the lag of search", async () => {
		await using sandbox = await start({ searchLagMs: 700 });
		const before = holdings(sandbox);
		const { code, said, firstLine, calls } = await doctor(sandbox, {
			args: ["--write"],
		});
		expect(writesOf(sandbox)).toBeExactly(...WRITES);
		expect(holdings(sandbox)).toEqual(before);
		expect(firstLine).toBe(READY);
		expect(said).toMatch(
			/Search showed the new contact between \d\.\d s and \d\.\d s after it was created/,
		);
		expect(said).toContain("SEARCH_LAG_MS=15000 is enough");
		expect(said).toContain("Everything that was written was taken away again.");
		expect(calls.length).toBeLessThanOrEqual(MOST_CALLS);
		expect(code).toBe(0);
	});

	test("a lag that is longer than the setting stands in the way, with the setting that covers it", async () => {
		const { code, firstLine, said } = await examine(
			{ searchLagMs: 700 },
			{ args: ["--write"], env: { SEARCH_LAG_MS: "1", WRITE_SETTLE_MS: "1" } },
		);
		expect(firstLine).toMatch(
			/^Not ready for production: Search showed the new contact between/,
		);
		expect(said).toMatch(/SEARCH_LAG_MS=1 is too short/);
		expect(said).toMatch(/SEARCH_LAG_MS=\d+000 and WRITE_SETTLE_MS=\d+000\./);
		expect(code).toBe(1);
	});

	test.each(["SIGINT", "SIGTERM"] as const)(
		"interrupted by %s it takes away what it made",
		async (signal) => {
			await using sandbox = await start();
			const before = holdings(sandbox);
			sandbox.next({
				kind: "hold",
				match: { method: "POST", path: "/contacts/", pattern: "/notes$" },
			});
			const running = startDoctor(sandbox, { args: ["--write"] });
			await sandbox.held(1);
			running.child.kill(signal);
			// It is heard before the answer is.
			await running.says(/Interrupted/);
			sandbox.release();
			const { code, firstLine, said } = await running.ended();
			expect(writesOf(sandbox)).toBeExactly(
				...WRITES.slice(0, 5),
				...WRITES.slice(10),
			);
			expect(holdings(sandbox)).toEqual(before);
			expect(firstLine).toBe(
				"Not ready for production: Writing was not gone through with: the run was interrupted.",
			);
			expect(said).toContain(
				"Everything that was written was taken away again.",
			);
			expect(code).toBe(1);
		},
	);

	test("a contact whose creation was not answered is looked for and taken away", async () => {
		await using sandbox = await start();
		const before = holdings(sandbox);
		sandbox.next({
			kind: "lostAnswer",
			match: { method: "POST", pattern: "^/contacts/$" },
		});
		const { code, said } = await doctor(sandbox, { args: ["--write"] });
		expect(writesOf(sandbox)).toBeExactly(
			"POST /contacts/",
			"DELETE /contacts/*",
		);
		expect(holdings(sandbox)).toEqual(before);
		expect(said).toContain("Everything that was written was taken away again.");
		expect(code).toBe(1);
	});

	test("a contact that was created although it was refused is looked for as well", async () => {
		await using sandbox = await start();
		const before = holdings(sandbox);
		sandbox.next({
			kind: "created422",
			match: { method: "POST", pattern: "^/contacts/$" },
		});
		const { said } = await doctor(sandbox, { args: ["--write"] });
		expect(writesOf(sandbox)).toBeExactly(
			"POST /contacts/",
			"DELETE /contacts/*",
		);
		expect(holdings(sandbox)).toEqual(before);
		expect(said).toContain(
			"Creating a contact was refused (POST /contacts/, 422: Unprocessable).",
		);
	});

	test("what cannot be taken away is told with its id, and the rest goes all the same", async () => {
		await using sandbox = await start();
		const [contacts = 0, tasks, notes, appointments] = holdings(sandbox);
		sandbox.next({
			kind: "status",
			status: 500,
			match: { method: "DELETE", pattern: "^/contacts/[^/]+$" },
		});
		const { code, firstLine, said } = await doctor(sandbox, {
			args: ["--write"],
		});
		expect(firstLine).toMatch(
			/^Not ready for production: Not everything could be taken away again\. Left: the contact c6 \(500: /,
		);
		expect(said).toContain(
			"Delete it by hand: the contact is named Contact Graph Doctor.",
		);
		expect(holdings(sandbox)).toEqual([
			contacts + 1,
			tasks,
			notes,
			appointments,
		]);
		expect(code).toBe(1);
	});
});

describe("--record", { timeout: TEST_MS }, () => {
	test("writes which keys and kinds came, and no value of anybody", async () => {
		await using dir = await mkdtempDisposable(join(tmpdir(), "contact-graph-"));
		const file = join(dir.path, "shapes.json");
		const exchanges: Exchange[] = [];
		const { code } = await examine(
			{
				contacts: 40,
				ids: "upstream",
				onExchange: (exchange) => exchanges.push(exchange),
			},
			{ args: ["--write", "--record", file] },
		);
		expect(code).toBe(0);
		const text = await readFile(file, "utf8");
		const { answers, refusals } = JSON.parse(text) as Record<
			"answers" | "refusals",
			{
				operation: string;
				requestKeys: string[];
				statuses: number[];
				limitHeaders: string[];
				keys: Record<string, string>;
			}[]
		>;
		const search = answers.find(
			({ operation }) => operation === "POST /contacts/search",
		);
		expect(search).toMatchObject({
			statuses: [200],
			requestKeys: [
				"data.filters",
				"data.locationId",
				"data.pageLimit",
				"data.searchAfter",
				"data.sort",
			],
			limitHeaders: expect.arrayContaining([
				"x-ratelimit-max",
				"x-ratelimit-remaining",
			]),
			keys: {
				"contacts[].id": "id",
				"contacts[].email": expect.stringContaining("e-mail"),
				"contacts[].dateAdded": "time, UTC with Z",
				"contacts[].searchAfter[]": "id | number",
				total: "number",
			},
		});
		expect(refusals.map(({ operation }) => operation)).toContain(
			"DELETE /locations/{locationId}/tags/{tagId}",
		);

		// A value that is a key's name as well, such as "email", tells nothing of anybody.
		const keys = new Set(exchanges.flatMap(({ answer }) => keysIn(answer)));
		const words = new Set(text.split(/[^\w@.+:/-]+/));
		const values = new Set(
			exchanges
				.flatMap(({ answer, request }) => [answer, request].flatMap(valuesIn))
				.filter((value) => value.length > 3 && !keys.has(value)),
		);
		expect(values.size).toBeGreaterThan(500);
		const leaked = [...values].filter((value) =>
			/\s/.test(value) ? text.includes(value) : words.has(value),
		);
		expect(leaked).toEqual([]);
	});

	const keysIn = (value: unknown): string[] =>
		typeof value === "object" && value !== null
			? Object.entries(value).flatMap(([key, inner]) => [
					...(Array.isArray(value) ? [] : [key]),
					...keysIn(inner),
				])
			: [];
	const valuesIn = (value: unknown): string[] => {
		if (typeof value === "object" && value !== null)
			return Object.values(value).flatMap(valuesIn);
		return typeof value === "string" || typeof value === "number"
			? [String(value)]
			: [];
	};

	test("a file that cannot be written is told before any call", async () => {
		const { code, said, calls } = await examine(
			{},
			{ args: ["--record", "/no/such/directory/shapes.json"] },
		);
		expect(said).toContain("--record expects a file that can be written");
		expect(calls).toEqual([]);
		expect(code).toBe(1);
	});
});

describe("webhooks", { timeout: TEST_MS }, () => {
	test("those that arrived are told with how many, when and by which signature", async () => {
		await using dir = await mkdtempDisposable(join(tmpdir(), "contact-graph-"));
		await using world = await startWorld({
			gateway: {
				dataFile: join(dir.path, "contact-graph.sqlite"),
				webhooks: { keys: SENDER_KEYS },
			},
		});
		const sender = createSender(world.url);
		const first = await doctor(world.sandbox, { env: { DATA_DIR: dir.path } });
		expect(first.said).toContain(`No webhook of ${L1} has arrived in 7 days`);
		expect(first.said).toContain("CACHE_UNCOVERED_SECONDS");
		expect(
			(await sender.send(delivery("ContactCreate", { id: "c9" }))).status,
		).toBe(200);
		const { said, code } = await doctor(world.sandbox, {
			env: { DATA_DIR: dir.path },
		});
		await sender.close();
		expect(said).toMatch(
			new RegExp(
				`1 webhook of ${L1} arrived in 7 days, the last at .*: ContactCreate\\.`,
			),
		);
		expect(said).toMatch(/They are signed by x-ghl-signature \(last at /);
		expect(code).toBe(0);
	});

	test("with --write the webhook about the doctor's own contact is waited for as long as the run lasts", async () => {
		await using dir = await mkdtempDisposable(join(tmpdir(), "contact-graph-"));
		await using world = await startWorld({
			sandbox: { searchLagMs: 700 },
			gateway: {
				dataFile: join(dir.path, "contact-graph.sqlite"),
				webhooks: {
					keys: { ed25519: [WEBHOOK_KEYS.ed25519], rsa: [WEBHOOK_KEYS.rsa] },
				},
			},
		});
		world.sandbox.webhooks.sendTo(`${world.url}/webhooks/contacts`);
		const { said, code } = await doctor(world.sandbox, {
			args: ["--write"],
			env: { DATA_DIR: dir.path },
		});
		expect(said).toMatch(/Its webhook arrived \d s after it was created\./);
		expect(code).toBe(0);
	});
});

describe("an app of the marketplace", { timeout: TEST_MS }, () => {
	const PUBLIC = "http://127.0.0.1:4000";

	/** The app's settings; no private token. */
	const app = (
		sandbox: Awaited<ReturnType<typeof start>>,
		more: Record<string, string> = {},
	) => ({
		env: {
			CONTACTS_API_TOKEN: "",
			LOCATION_ID: "",
			OAUTH_CLIENT_ID: sandbox.oauth.clientId,
			OAUTH_CLIENT_SECRET: sandbox.oauth.clientSecret,
			OAUTH_AUTHORIZE_URL: sandbox.oauth.authorizeUrl,
			PUBLIC_URL: PUBLIC,
			...more,
		},
	});
	const CONSENT = "GET /v2/oauth/chooselocation";

	test("a draft is told, and does not stand in the way", async () => {
		await using sandbox = await start();
		const { said, calls } = await doctor(sandbox, app(sandbox));
		expect(said).toContain(
			"warning  The app is a draft: it has no published version",
		);
		expect(said).toContain("here sandboxapp.");
		expect(calls).toEqual([CONSENT, CONSENT, "POST /oauth/token"]);
	});

	test("an app with a published version is no draft", async () => {
		await using sandbox = await start({ oauth: { answers: "specified" } });
		const { said } = await doctor(sandbox, app(sandbox));
		expect(said).toContain("The consent page takes the client id");
		expect(said).not.toContain("draft");
	});

	test.each<[string, Record<string, string>, RegExp]>([
		[
			"a redirect URL that the app does not know",
			{ PUBLIC_URL: "https://gateway.example.com" },
			/The app does not know the redirect URL https:\/\/gateway\.example\.com\/oauth\/callback/,
		],
		[
			"a client id that there is not",
			{ OAUTH_CLIENT_ID: "another-client" },
			/Compare OAUTH_CLIENT_ID/,
		],
		[
			"a version that the app does not have",
			{ OAUTH_VERSION_ID: "another" },
			/Set OAUTH_VERSION_ID to the version that the developer portal shows/,
		],
		[
			"a scope that the app may not ask for",
			{ OAUTH_SCOPES: "contacts.readonly payments.write" },
			/set OAUTH_SCOPES to those it may ask for/,
		],
	])("%s", async (_what, env, line) => {
		await using sandbox = await start();
		const { said, code, firstLine, calls } = await doctor(
			sandbox,
			app(sandbox, env),
		);
		expect(firstLine).toMatch(
			/^Not ready for production: The consent page refuses the app: (400|error\.noversionid)/,
		);
		expect(said).toMatch(line);
		expect(calls).toEqual([CONSENT, "POST /oauth/token"]);
		expect(code).toBe(1);
	});

	test("a client that the endpoint for tokens does not know stands in the way", async () => {
		await using sandbox = await start();
		sandbox.next({
			kind: "status",
			status: 401,
			body: {
				error: "invalid_client",
				error_description: "Invalid client: client is invalid",
			},
			match: { path: "/oauth/token" },
		});
		const { firstLine, said } = await doctor(sandbox, app(sandbox));
		expect(firstLine).toBe(
			"Not ready for production: The endpoint for tokens does not know the client (Invalid client: client is invalid).",
		);
		expect(said).toContain(
			"Set OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET to one pair",
		);
	});

	test("without a connection there is nobody to ask", async () => {
		await using sandbox = await start();
		const { firstLine, said, code } = await doctor(sandbox, app(sandbox));
		expect(firstLine).toBe(
			"Not ready for production: No location is connected yet, so the app's tokens could not be tried.",
		);
		expect(said).toContain("connect one location at /oauth/connect");
		expect(code).toBe(1);
	});

	/** A gateway on whose file an operator connected `choice`, and its settings. */
	const connected = async (
		choice: "company" | typeof L1,
		asked: (
			world: Awaited<ReturnType<typeof startWorld>>,
			env: Record<string, string>,
		) => Promise<void>,
	) => {
		await using dir = await mkdtempDisposable(join(tmpdir(), "contact-graph-"));
		const key = randomBytes(32);
		await using world = await startWorld({
			oauth: { tokenKeys: [key] },
			gateway: { dataFile: join(dir.path, "contact-graph.sqlite") },
		});
		await using browser = createBrowser();
		await connect(
			world,
			browser,
			choice === "company" ? world.sandbox.oauth.companyId : choice,
		);
		world.sandbox.clearCalls();
		await asked(world, {
			...app(world.sandbox).env,
			DATA_DIR: dir.path,
			TOKEN_KEYS: key.toString("base64url"),
		});
	};

	test("a location that consented is asked with its token, and its scopes need no asking", async () => {
		await connected(L1, async (world, env) => {
			const { said, code, firstLine, calls } = await doctor(world.sandbox, {
				env,
			});
			expect(firstLine).toBe(READY);
			expect(said).toContain("1 location connected, none with a fault.");
			expect(said).toContain("The consent names every writing scope");
			expect(calls.slice(0, 4)).toEqual([
				CONSENT,
				CONSENT,
				"POST /oauth/token",
				`GET /locations/${L1}`,
			]);
			expect(world.sandbox.oauth.tally(L1)).toMatchObject({
				refreshed: 0,
				exchanged: 1,
			});
			expect(code).toBe(0);
		});
	});

	test("an agency whose locations have no token yet is told so, and no location is asked about", async () => {
		await connected("company", async (world, env) => {
			const { firstLine, code, calls } = await doctor(world.sandbox, { env });
			expect(firstLine).toMatch(
				/^Not ready for production: 2 locations connected, and none has a token yet/,
			);
			expect(calls).toEqual([CONSENT, CONSENT, "POST /oauth/token"]);
			expect(code).toBe(1);
		});
	});

	test("a location's token that is dead is told from one that only expired", async () => {
		await connected(L1, async (world, env) => {
			world.sandbox.oauth.expire(L1);
			const { firstLine, said } = await doctor(world.sandbox, { env });
			expect(firstLine).toMatch(
				/^Not ready for production: The API refused the token of OAuth for sandbox-location-1: it is dead or was never one/,
			);
			expect(said).toContain(
				"It may only have expired while no gateway ran to renew it.",
			);
		});
	});

	test("keys that do not open what is stored are told as such", async () => {
		await connected(L1, async (world, env) => {
			const { firstLine, code, calls } = await doctor(world.sandbox, {
				env: { ...env, TOKEN_KEYS: randomBytes(32).toString("base64url") },
			});
			expect(firstLine).toMatch(/^Not ready for production: .*TOKEN_KEYS/);
			expect(calls).toEqual([]);
			expect(code).toBe(1);
		});
	});

	test("a company's token that was set as a location's is told by what it may list", async () => {
		await using sandbox = await start();
		const { accessToken } = sandbox.oauth.issue("company");
		const { firstLine, code, calls } = await doctor(sandbox, {
			env: { CONTACTS_API_TOKEN: accessToken },
		});
		expect(firstLine).toBe(
			`Not ready for production: The token of CONTACTS_API_TOKEN for ${L1} is a company's (agency's), where a location's is wanted.`,
		);
		expect(calls).toEqual([
			`GET /locations/${L1}`,
			"GET /oauth/installedLocations",
		]);
		expect(code).toBe(1);
	});
});

describe("the command", { timeout: TEST_MS }, () => {
	test.each<
		[string, { args?: string[]; env?: Record<string, string> }, number, RegExp]
	>([
		[
			"--help",
			{ args: ["--help"] },
			0,
			/^npm run doctor \[-- --write\] \[--record FILE\]/,
		],
		[
			"a flag that there is not",
			{ args: ["--wriet"] },
			1,
			/^Not ready for production: Unknown option '--wriet'/,
		],
		[
			"no credentials",
			{
				env: { CONTACTS_API_URL: "", CONTACTS_API_TOKEN: "", LOCATION_ID: "" },
			},
			1,
			/^Not ready for production: There is no API to ask: set CONTACTS_API_TOKEN/,
		],
		[
			"half the credentials",
			{ env: { LOCATION_ID: "" } },
			1,
			/LOCATION_ID: expected the location that CONTACTS_API_TOKEN belongs to/,
		],
		[
			"a location without a token",
			{ args: ["--location", "elsewhere"] },
			1,
			/--location expects a location that the gateway has a token for \(sandbox-location-1\), but got elsewhere/,
		],
		[
			"an address where nobody is",
			{ env: { CONTACTS_API_URL: "http://127.0.0.1:9" } },
			1,
			/^Not ready for production: This could not be told: GET \/locations\/\{locationId\} got no answer from http:\/\/127\.0\.0\.1:9 \(ECONNREFUSED\)/,
		],
		[
			"tokens that would travel readable",
			{ env: { CONTACTS_API_URL: "http://api.example.com" } },
			1,
			/^Not ready for production: CONTACTS_API_URL is http:\/\/api\.example\.com, which is plain HTTP/,
		],
	])("%s", async (_what, asked, status, line) => {
		const { code, said, calls } = await examine({}, asked);
		expect(said).toMatch(line);
		expect(calls).toEqual([]);
		expect(code).toBe(status);
	});

	test("--location chooses whom to ask about among several", async () => {
		const { said, calls } = await examine(
			{},
			{
				args: ["--location", "sandbox-location-2"],
				env: { CONTACTS_API_TOKENS: "sandbox-location-2=sandbox-pit-2" },
			},
		);
		expect(calls.slice(0, 2)).toEqual([
			"GET /locations/sandbox-location-2",
			`GET /locations/${L1}`,
		]);
		expect(said).toContain("The location's time zone is Europe/Berlin.");
		expect(said).toContain("in the location's zone (Europe/Berlin)");
		expect(said).toMatch(/calls about sandbox-location-2 in /);
	});
});

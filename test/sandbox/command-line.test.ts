// The flags of `npm run sandbox`.
import { expect, test } from "vitest";
import { editFrom } from "../../src/sandbox/event.ts";
import { optionsFrom } from "../../src/sandbox/main.ts";

test("flags become options", () => {
	expect(
		optionsFrom([
			"--rate-limit",
			"100/10000/200000",
			"--latency-ms",
			"25",
			"--search-lag-ms",
			"0",
			"--contacts",
			"1000",
			"--ids",
			"readable",
			"--refuse-id-search",
			"--specified",
			"--access-ttl-ms",
			"5000",
			"--tls",
			"--http-versions",
			"1.1",
			"--idle-ms",
			"3000",
		]),
	).toEqual({
		port: 4001,
		tls: true,
		httpVersions: "1.1",
		idleMs: 3000,
		rateLimit: { burst: 100, intervalMs: 10_000, daily: 200_000 },
		latencyMs: 25,
		searchLagMs: 0,
		contacts: 1000,
		ids: "readable",
		refuseIdSearch: true,
		specified: true,
		oauth: { accessTtlMs: 5000 },
	});
});

test("the port comes from the flag, else from SANDBOX_PORT, else it is 4001", () => {
	const environment = { SANDBOX_PORT: "5005" };
	expect(optionsFrom(["--port", "0"], environment).port).toBe(0);
	expect(optionsFrom([], environment).port).toBe(5005);
	expect(optionsFrom([]).port).toBe(4001);
});

test.each([
	[["--contacts", "many"], "--contacts expects a whole number; got many."],
	[
		["--rate-limit", "100"],
		"--rate-limit expects off or BURST/INTERVAL_MS/DAILY",
	],
	[["--ids", "nice"], "--ids expects upstream or readable; got nice."],
	[
		["--http-versions", "3"],
		"--http-versions expects both or 1.1 or 2; got 3.",
	],
	[["--port", "99999"], "expects a port number; got 99999."],
	[["--contact", "5"], "Unknown option '--contact'"],
	[["5"], "Unexpected argument '5'"],
])("%j is refused with a clear line", (args, message) => {
	expect(() => optionsFrom(args)).toThrow(message);
});

test("an edit by hand is spelt by flags", () => {
	expect(
		editFrom(
			[
				"--type",
				"ContactUpdate",
				"--contact",
				"c1",
				"--set",
				"city=Ulm",
				"--set",
				'tags=["a"]',
			],
			{ SANDBOX_PORT: "4400" },
		),
	).toEqual({
		url: "http://127.0.0.1:4400/__sandbox/edits",
		edit: {
			type: "ContactUpdate",
			contactId: "c1",
			set: { city: "Ulm", tags: ["a"] },
		},
	});
});

test.each([
	[[], "--type expects one of ContactCreate"],
	[["--type", "ContactRead"], "got ContactRead."],
	[
		["--type", "ContactUpdate", "--set", "city"],
		"--set expects FIELD=VALUE; got city.",
	],
])("%j is no edit", (args, message) => {
	expect(() => editFrom(args)).toThrow(message);
});

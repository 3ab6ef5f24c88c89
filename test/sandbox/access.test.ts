// Tokens, Version header, scopes, and the wall between locations.
import { expect, test } from "vitest";
import { FIRST, SECOND, startCaller } from "./caller.ts";

test.each([
	["no token", { headers: { authorization: "" } }, "Invalid JWT"],
	["an unknown token", { token: "nonsense" }, "Invalid JWT"],
	["no version", { version: "" }, "version header was not found."],
	[
		"an unknown version",
		{ version: "2020-01-01" },
		"version header is invalid",
	],
])("%s is 401", async (_, how, message) => {
	await using api = await startCaller();
	const { status, body } = await api.get("/contacts/c1", how);
	expect([status, body.message]).toEqual([401, message]);
});

test.each(["2021-04-15", "2021-07-28", "2023-02-21", "v3"])(
	"version %s is accepted",
	async (version) => {
		await using api = await startCaller();
		expect((await api.get("/contacts/c1", { version })).status).toBe(200);
	},
);

test.each([
	["GET", `/contacts/?locationId=${SECOND}`, undefined],
	["GET", `/locations/${SECOND}`, undefined],
	["GET", `/calendars/?locationId=${SECOND}`, undefined],
	["POST", "/contacts/search", { locationId: SECOND, pageLimit: 1 }],
	["POST", `/locations/${SECOND}/tasks/search`, {}],
])(
	"%s %s with the token of another location is 403",
	async (method, path, sent) => {
		await using api = await startCaller();
		const { status, body } = await api.send(method, path, sent);
		expect([status, body.message]).toEqual([
			403,
			"The token does not have access to this location.",
		]);
	},
);

test("a contact of another location reads as not found", async () => {
	await using api = await startCaller();
	const token = api.sandbox.tokens[SECOND] ?? "";
	expect((await api.get("/contacts/l2c1", { token })).status).toBe(200);
	expect((await api.get("/contacts/l2c1")).body.message).toBe(
		"Contact with id l2c1 not found",
	);
});

test("a token without the scope is 401", async () => {
	await using api = await startCaller({ scopes: ["contacts.readonly"] });
	expect((await api.get("/contacts/c1")).status).toBe(200);
	expect((await api.search({})).status).toBe(200);
	const { status, body } = await api.get(`/locations/${FIRST}/tags`);
	expect([status, body.message]).toEqual([
		401,
		"The token is not authorized for this scope.",
	]);
});

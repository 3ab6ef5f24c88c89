/** What the upstream may answer, and what a client then sees: never a crash, never a guess, never its words. */
import { expect, test } from "vitest";
import { startWorld } from "../support/world.ts";

const ONE = '{ contact(id: "c1") { name } }';

test.each([
	[
		{ kind: "wrongShape", body: { contact: { id: 7 } } },
		"UPSTREAM_INVALID_RESPONSE",
		"/contact/id must be string",
	],
	[
		{ kind: "wrongShape", body: { contact: { id: "", tags: ["vip"] } } },
		"UPSTREAM_INVALID_RESPONSE",
		"/contact/id",
	],
	[{ kind: "wrongShape", body: {} }, "UPSTREAM_INVALID_RESPONSE", "contact"],
	[
		{ kind: "wrongShape", body: [] },
		"UPSTREAM_INVALID_RESPONSE",
		"must be object",
	],
	[{ kind: "malformed" }, "UPSTREAM_INVALID_RESPONSE", "expected JSON"],
	[{ kind: "status", status: 500 }, "UPSTREAM_UNAVAILABLE", "500"],
	[{ kind: "status", status: 503 }, "UPSTREAM_UNAVAILABLE", "503"],
	[{ kind: "status", status: 401 }, "UPSTREAM_UNAUTHORIZED", "token"],
	[{ kind: "status", status: 403 }, "UPSTREAM_UNAUTHORIZED", "token"],
	[
		{
			kind: "status",
			status: 400,
			body: { statusCode: 400, message: "secret words" },
		},
		"UPSTREAM_REJECTED",
		"GET /contacts/{contactId}",
	],
	[{ kind: "drop" }, "UPSTREAM_UNAVAILABLE", "could not be reached"],
	[{ kind: "cut" }, "UPSTREAM_UNAVAILABLE", "could not be reached"],
] as const)("%j is answered as %s", async (fault, code, words) => {
	await using world = await startWorld({ contacts: 1 });
	world.upstream.next({ ...structuredClone(fault), count: 20 } as never);
	const { data, errors } = await world.answer(ONE);
	expect(data).toEqual({ contact: null });
	expect(errors).toHaveLength(1);
	expect(errors?.[0]?.extensions?.code).toBe(code);
	expect(errors?.[0]?.message).toContain(words);
	expect(errors?.[0]?.path).toEqual(["contact"]);
	expect(JSON.stringify(errors)).not.toContain("secret words");
});

test("an answer with fields nobody knows yet is read as before", async () => {
	await using world = await startWorld({ contacts: 1 });
	world.upstream.next({
		kind: "wrongShape",
		body: { contact: { id: "c1", name: "Ann", brandNew: { deep: [1] } } },
	});
	expect(await world.query(ONE)).toEqual({ contact: { name: "Ann" } });
});

test("a missing contact is null whether the API calls it 400 or 404", async () => {
	await using world = await startWorld({ contacts: 1 });
	for (const status of [400, 404]) {
		world.upstream.next({
			kind: "status",
			status,
			body: { statusCode: status, message: "Contact with id c1 not found" },
		});
		expect(await world.query(ONE)).toEqual({ contact: null });
	}
});

test("every call carries the location's token and the Version of its path, or the API would refuse it", async () => {
	await using world = await startWorld({ contacts: 1 });
	await world.query(
		'{ contact(id: "c1") { name } appointment(id: "a1") { title } }',
	);
	expect(world.calls.map(({ path, status }) => [path, status])).toEqual([
		["/contacts/c1", 200],
		["/calendars/events/appointments/a1", 200],
	]);
});

test("an API that is not there is said to be out of reach, without its address", async () => {
	await using world = await startWorld({
		contacts: 1,
		gateway: {
			contactsApi: {
				url: "http://127.0.0.1:9",
				connections: 2,
				timeoutMs: 500,
				token: () => "token",
			},
		},
	});
	const [error] = await world.fails(ONE);
	expect(error?.extensions?.code).toBe("UPSTREAM_UNAVAILABLE");
	expect(error?.message).not.toContain("127.0.0.1");
});

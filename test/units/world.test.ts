/** The test world keeps its own promises: what the other tests lean on. */
import { expect, test } from "vitest";
import { compareCalls, times } from "../support/calls.ts";
import { startWorld } from "../support/world.ts";

const call = (text: string, status = 200) => {
	const [method = "", path = ""] = text.split(" ");
	return { method, path, status };
};

test("a world answers a query and counts the calls it cost", async () => {
	await using world = await startWorld({ contacts: 2, tasksEach: 3 });
	const data = await world.query(
		"{ contacts(first: 2) { nodes { contactId tasks { nodes { title } } } } }",
	);
	expect(data.contacts.nodes).toHaveLength(2);
	expect(data.contacts.nodes[0].tasks.nodes).toHaveLength(3);
	expect(world.calls).toBeExactly(
		"POST /contacts/search",
		"POST /locations/sandbox-location-1/tasks/search",
	);
});

test("a query that was not expected to fail throws code, path and message", async () => {
	await using world = await startWorld({ contacts: 1 });
	await expect(world.query("{ nope }")).rejects.toThrow(
		/GRAPHQL_VALIDATION_FAILED.*nope/,
	);
	const [error] = await world.fails("{ nope }");
	expect(error?.extensions?.code).toBe("GRAPHQL_VALIDATION_FAILED");
	expect(world.calls).toBeExactly();
});

test("a query that was expected to fail and does not throws its data", async () => {
	await using world = await startWorld({ contacts: 1 });
	await expect(world.fails("{ __typename }")).rejects.toThrow(
		'expected the query to fail, but it answered {"__typename":"Query"}',
	);
});

test("calls that differ are shown in two aligned lists with missing and extra marked", () => {
	const { pass, report } = compareCalls(
		[call("GET /contacts/c2/tasks"), call("GET /users/u1", 404)],
		["GET /contacts/c1/tasks", "GET /contacts/c2/tasks"],
	);
	expect(pass).toBe(false);
	expect(report).toBe(`wanted 2 calls, saw 2: 1 missing, 1 extra

  wanted                  seen
- GET /contacts/c1/tasks
  GET /contacts/c2/tasks  GET /contacts/c2/tasks (200)
+                         GET /users/u1 (404)`);
});

test("the order of calls counts only when it is asked for", () => {
	const seen = [call("GET /a"), call("GET /b"), call("GET /c")];
	expect(compareCalls(seen, ["GET /c", "GET /a", "GET /b"]).pass).toBe(true);
	expect(
		compareCalls(seen, ["GET /c", "GET /a", "GET /b"], { inOrder: true })
			.report,
	).toContain("wanted 3 calls, saw 3: 1 missing, 1 extra");
	expect(
		compareCalls(seen, ["GET /a", "GET /b", "GET /c"], { inOrder: true }).pass,
	).toBe(true);
});

test("a wildcard takes one segment and never the call that an exact one needs", () => {
	const seen = [
		call("GET /contacts/c1/notes?limit=5"),
		call("GET /contacts/c2/notes"),
	];
	expect(
		compareCalls(seen, ["GET /contacts/*/notes", "GET /contacts/c1/notes"])
			.pass,
	).toBe(true);
	expect(compareCalls(seen, times(2, "GET /contacts/*/notes")).pass).toBe(true);
	expect(compareCalls(seen, times(2, "GET /*/notes")).pass).toBe(false);
	expect(
		compareCalls(seen, ["GET /contacts/c1/notes?limit=6", "GET /*/*/*"]).pass,
	).toBe(false);
});

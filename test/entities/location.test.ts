/** What a client can read of its location and its reference data, one call a list. */
import { expect, test } from "vitest";
import { startWorld } from "../support/world.ts";

const LOCATION = "sandbox-location-1";

test("the location's own fields cost one call, and its id alone none", async () => {
	await using world = await startWorld();
	const id = await world.query("{ location { locationId } }");
	expect(id).toEqual({ location: { locationId: LOCATION } });
	expect(world.calls).toBeExactly();
	const { location } = await world.query(
		"{ location { id name timezone country allowsDuplicateContacts } }",
	);
	expect(location.timezone).toBe("America/Chicago");
	expect(location.allowsDuplicateContacts).toBe(false);
	expect(world.calls).toBeExactly(`GET /locations/${LOCATION}`);
});

test("each list of reference data costs one call and has what the API has", async () => {
	await using world = await startWorld();
	const { location } = await world.query(`{ location {
		tags { id tagId name }
		customFields { id key name type options }
		calendars { id calendarId name isActive slotDurationMinutes }
		users { id userId name email role }
		businesses { id businessId name }
		workflows { id workflowId name status dateUpdated }
		campaigns { id campaignId name status }
	} }`);
	const held = world.sandbox.data.location();
	for (const [list, key] of [
		["tags", "tagId"],
		["customFields", "id"],
		["calendars", "calendarId"],
		["users", "userId"],
		["businesses", "businessId"],
		["workflows", "workflowId"],
		["campaigns", "campaignId"],
	] as const) {
		const ids = [...held[list].values()].map(({ id }) => id);
		expect(
			location[list].map((item: Record<string, string>) => item[key]).sort(),
		).toEqual(ids.sort());
	}
	expect(world.calls).toBeExactly(
		`GET /locations/${LOCATION}/tags`,
		`GET /locations/${LOCATION}/customFields?model=contact`,
		`GET /calendars/?locationId=${LOCATION}`,
		`GET /users/?locationId=${LOCATION}`,
		`GET /businesses/?locationId=${LOCATION}&limit=100&skip=0`,
		`GET /workflows/?locationId=${LOCATION}`,
		`GET /campaigns/?locationId=${LOCATION}`,
	);
});

test("whatever has a global id is found again by it", async () => {
	await using world = await startWorld({ contacts: 1 });
	const { location } = await world.query(`{ location {
		id tags { id } calendars { id } users { id } businesses { id } workflows { id } campaigns { id }
	} }`);
	const ids = [
		location.id,
		location.tags[0].id,
		location.calendars[0].id,
		location.users[0].id,
		location.businesses[0].id,
		location.workflows[0].id,
		location.campaigns[0].id,
	];
	const { nodes } = await world.query(
		"query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }",
		{ ids },
	);
	expect(nodes).toEqual(
		[
			"Location",
			"Tag",
			"Calendar",
			"User",
			"Business",
			"Workflow",
			"Campaign",
		].map((__typename, index) => ({ __typename, id: ids[index] })),
	);
});

test("where the list of users is gone the company's search is used, and that is remembered", async () => {
	await using world = await startWorld();
	world.upstream.next({
		kind: "status",
		status: 404,
		body: { statusCode: 404, message: "Cannot GET /users/" },
		match: { pattern: "^/users/\\?" },
	});
	const query = "{ location { users { userId } } }";
	const { location } = await world.query(query);
	expect(location.users.length).toBe(
		[...world.sandbox.data.location().users.values()].length,
	);
	expect(world.calls.map(({ path }) => path.split("?")[0])).toEqual([
		"/users/",
		"/users/search",
	]);
	world.upstream.clearCalls();
	await world.query(query, {}, { headers: { "cache-control": "no-cache" } });
	expect(world.calls.map(({ path }) => path.split("?")[0])).toEqual([
		"/users/search",
	]);
});

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
		customFields { customFieldId key name type options { value label } }
		calendars { id calendarId name isActive slotDurationMinutes }
		users { id userId name email role }
		businesses { id businessId name }
		workflows { id workflowId name status dateUpdated }
		campaigns { id campaignId name status }
	} }`);
	const held = world.sandbox.data.location();
	for (const [list, key] of [
		["tags", "tagId"],
		["customFields", "customFieldId"],
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

test("a viewer is told whom the token is for, what it allows, and its locations by name", async () => {
	await using world = await startWorld({ sandbox: { locations: 2 } });
	const locations = [LOCATION, "sandbox-location-2"];
	const [user] = [...world.sandbox.data.location().users.values()];
	const asked = async (subject: string) => ({
		token: await world.token({ locations, subject }),
		headers: { "x-location-id": LOCATION },
	});
	const query =
		"{ viewer { subject scopes locations { id locationId name } me { userId } } }";
	const { viewer } = await world.query(
		query,
		{},
		await asked(String(user?.email).toUpperCase()),
	);
	expect(viewer).toMatchObject({
		subject: String(user?.email).toUpperCase(),
		scopes: [
			"calendars/events.write",
			"contacts.readonly",
			"contacts.write",
			"locations/tags.write",
		],
		me: { userId: user?.id },
	});
	expect(
		viewer.locations.map(({ locationId, name }: Record<string, string>) => [
			locationId,
			name,
		]),
	).toEqual(
		locations.map((id) => [id, world.sandbox.data.location(id).record.name]),
	);
	expect(world.calls).toBeExactly(
		...locations.map((id) => `GET /locations/${id}`),
		`GET /users/?locationId=${LOCATION}`,
	);
	// Another caller with the same scopes asks the same, and is told of itself.
	const other = await world.query(query, {}, await asked(user?.id ?? ""));
	expect(other.viewer).toMatchObject({
		subject: user?.id,
		me: { userId: user?.id },
	});
	const nobody = await world.query(query, {}, await asked("service"));
	expect(nobody.viewer).toMatchObject({ subject: "service", me: null });
});

test("lists of another of the viewer's locations are refused, and none of the request's own is given for them", async () => {
	await using world = await startWorld({ sandbox: { locations: 2 } });
	const token = await world.token({
		locations: [LOCATION, "sandbox-location-2"],
	});
	for (const list of [
		"tags",
		"customFields",
		"calendars",
		"users",
		"businesses",
		"workflows",
		"campaigns",
	]) {
		const { data, errors } = await world.answer(
			`{ viewer { locations { ${list} { __typename } } } }`,
			{},
			{ token, headers: { "x-location-id": LOCATION } },
		);
		expect(data?.viewer.locations[1]).toEqual({ [list]: null });
		expect(data?.viewer.locations[0][list].length).toBeGreaterThan(0);
		expect(errors).toMatchObject([
			{
				message: expect.stringContaining("X-Location-Id"),
				path: ["viewer", "locations", 1, list],
			},
		]);
	}
});

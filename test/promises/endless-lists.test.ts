/** No list is endless: where the API does not tell how to continue, or gives the same page again, it ends or says so. */
import { expect, test } from "vitest";
import type { Fault } from "../../src/sandbox/sandbox.ts";
import { startWorld, type World } from "../support/world.ts";

const SEARCH = "/contacts/search";

/** Walks on as a client does, for as long as there is a next page; ids, or the error it ends with. */
const walk = async (world: World) => {
	const seen: string[] = [];
	let after: string | null = null;
	for (let pages = 0; pages < 20; pages++) {
		const { data, errors } = await world.answer(
			"query ($after: String) { contacts(first: 2, after: $after) { nodes { contactId } pageInfo { endCursor hasNextPage } } }",
			{ after },
		);
		if (errors) return { seen, error: errors[0] };
		const { nodes, pageInfo } = data.contacts;
		seen.push(...nodes.map((one: { contactId: string }) => one.contactId));
		if (!pageInfo.hasNextPage) return { seen };
		after = pageInfo.endCursor;
	}
	throw new Error("the list did not end within 20 pages");
};

const spoil = (
	world: World,
	path: string,
	fault: Partial<Extract<Fault, { kind: "wrongShape" }>>,
) =>
	world.upstream.next({
		kind: "wrongShape",
		count: 100,
		...fault,
		match: { path },
	});

test("contacts whose rows do not tell where they stand are shown, and continuing behind them is refused", async () => {
	await using world = await startWorld({ contacts: 5 });
	spoil(world, SEARCH, { remove: ["contacts.*.searchAfter"] });
	const { seen, error } = await walk(world);
	expect(seen).toHaveLength(2);
	expect(error).toMatchObject({
		message: expect.stringContaining("no searchAfter"),
		extensions: { code: "UPSTREAM_INVALID_RESPONSE" },
	});
	expect(world.calls).toHaveLength(1);
	const { contacts } = await world.query(
		"{ contacts(first: 5) { nodes { contactId } pageInfo { hasNextPage } } }",
	);
	expect(contacts.nodes).toHaveLength(5);
	expect(contacts.pageInfo.hasNextPage).toBe(false);
});

test.each([
	["contacts", SEARCH],
	["tasks", "/locations/sandbox-location-1/tasks/search"],
] as const)(
	"%s that are searched by an API which does not understand the cursor end with an error, not in a circle",
	async (list, path) => {
		await using world = await startWorld({ contacts: 5 });
		const first = await fetch(`${world.sandbox.url}${path}`, {
			method: "POST",
			headers: {
				authorization: `Bearer ${world.sandbox.tokens["sandbox-location-1"]}`,
				version: "2021-07-28",
				"content-type": "application/json",
			},
			body: JSON.stringify(
				list === "contacts"
					? { locationId: "sandbox-location-1", pageLimit: 3 }
					: { limit: 2 },
			),
		});
		const body = (await first.json()) as Record<string, unknown[]>;
		if (list === "contacts") body.contacts?.splice(2);
		spoil(world, path, { body: { ...body, total: 5 } });
		world.upstream.clearCalls();
		const again = await world.answer(
			`{ ${list}(first: 1) { pageInfo { endCursor hasNextPage } } }`,
		);
		expect(again.data[list].pageInfo.hasNextPage).toBe(true);
		const { answer, calls } = await continued(world, list, body);
		expect(answer.errors?.[0]).toMatchObject({
			message: expect.stringContaining("that it was to continue after"),
			extensions: { code: "UPSTREAM_INVALID_RESPONSE" },
		});
		expect(calls).toBe(2);
	},
);

/** Asks behind the last row that the API gave. */
const continued = async (
	world: World,
	list: string,
	body: Record<string, unknown[]>,
) => {
	const last = body[list]?.at(-1) as { searchAfter: unknown };
	const after = Buffer.from(
		JSON.stringify(["sandbox-location-1", list, "", last.searchAfter]),
	).toString("base64url");
	const answer = await world.answer(
		`query ($after: String) { ${list}(first: 1, after: $after) { pageInfo { endCursor } } }`,
		{ after },
	);
	return { answer, calls: world.calls.length };
};

test("tasks of many contacts, where pages repeat themselves, are read contact by contact", async () => {
	await using world = await startWorld({ contacts: 2, tasksEach: 25 });
	const path = "/locations/sandbox-location-1/tasks/search";
	const rows = Array.from({ length: 25 }, (_, i) => ({
		_id: `t${i}`,
		contactId: "c1",
		title: "again",
	}));
	spoil(world, path, { body: { tasks: rows } });
	const { contacts } = await world.query(
		"{ contacts(first: 2) { nodes { contactId tasks(first: 25) { nodes { taskId } } } } }",
	);
	expect(
		contacts.nodes.map(
			({ tasks }: { tasks: { nodes: unknown[] } }) => tasks.nodes.length,
		),
	).toEqual([25, 25]);
	expect(world.calls).toBeExactly(
		"POST /contacts/search",
		`POST ${path}`,
		`POST ${path}`,
		"GET /contacts/c1/tasks",
		"GET /contacts/c2/tasks",
	);
});

test("businesses that come again and again are an error after the second page", async () => {
	await using world = await startWorld();
	const businesses = Array.from({ length: 100 }, (_, i) => ({
		id: `b${i}`,
		name: `Business ${i}`,
	}));
	spoil(world, "/businesses/", { body: { businesses } });
	const [error] = await world.fails("{ location { businesses { name } } }");
	expect(error?.extensions?.code).toBe("UPSTREAM_INVALID_RESPONSE");
	expect(world.calls).toHaveLength(2);
});

/** Whoever leaves while a write is on its way cuts nothing off: what was sent runs to its end, and its outcome is kept. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { mutate } from "../support/mutate.ts";
import { startWorld, type World } from "../support/world.ts";

const ADA = { firstName: "Ada", email: "ada@example.com" };

const writes = ({ calls }: World) =>
	calls
		.filter(({ method, path }) => method !== "GET" && !/search/.test(path))
		.map(({ method, path, status }) => `${method} ${path} ${status}`);

/** Sends a mutation and leaves once the API holds its first write; resolves when the gateway knows. */
const leaveDuring = async (
	world: World,
	match: { method: string; path: string },
	document: string,
	variables: object,
): Promise<void> => {
	world.upstream.next({ kind: "hold", match });
	const leaving = new AbortController();
	const answer = fetch(`${world.url}/graphql`, {
		method: "POST",
		headers: {
			"content-type": "application/json",
			authorization: `Bearer ${await world.token()}`,
		},
		body: JSON.stringify({ query: document, variables }),
		signal: leaving.signal,
	});
	const left = expect(answer).rejects.toThrow();
	await world.sandbox.held(1);
	leaving.abort();
	await left;
	await world.until(
		() => world.log.some(({ callerLeft }) => callerLeft === true),
		"the gateway to know that its caller has left",
	);
};

const CREATE = {
	match: { method: "POST", path: "/contacts/" },
	document:
		"mutation ($input: CreateContactInput!) { createContact(input: $input) { contact { email } userErrors { message } } }",
};

test("a write whose caller has left is recorded, and its key answers without a call", async () => {
	await using world = await startWorld({
		contacts: 1,
		// Nothing is read back: only the record of the write itself can answer.
		gateway: { writes: { readBackAfterMs: [] } },
	});
	const input = { ...ADA, idempotencyKey: "gone" };
	await leaveDuring(world, CREATE.match, CREATE.document, { input });
	const again = mutate(world, "createContact", input);
	world.sandbox.release();
	expect(await again).toMatchObject({
		contact: { email: ADA.email },
		userErrors: [],
	});
	expect(writes(world)).toEqual(["POST /contacts/ 200"]);
	expect(
		world.calls.filter(({ path }) => path.includes("search/duplicate")),
	).toEqual([]);
});

test("a write without a key whose caller has left is done in all its parts, and later reads show it", async () => {
	await using world = await startWorld({
		contacts: 4,
		sandbox: { bulkMax: 2 },
	});
	const contactIds = ["c1", "c2", "c3", "c4"];
	const tagsShown = async () =>
		(await world.query('{ contact(id: "c4") { tags } }')).contact.tags;
	expect(await tagsShown()).not.toContain("late");
	await leaveDuring(
		world,
		{ method: "POST", path: "/contacts/bulk/tags/update/" },
		"mutation ($input: UpdateTagsOfContactsInput!) { updateTagsOfContacts(input: $input) { results { state } } }",
		{ input: { contactIds, tags: ["late"], action: "ADD" } },
	);
	world.sandbox.release();
	const tagsOf = (id: string) =>
		world.sandbox.data.location("sandbox-location-1").contacts.get(id)?.tags;
	await world.until(
		() => contactIds.every((id) => tagsOf(id)?.includes("late")),
		"every part of the write",
	);
	await expect.poll(tagsShown).toContain("late");
});

test("what follows in the same operation is not begun for a caller who has left", async () => {
	await using world = await startWorld({ contacts: 1 });
	await leaveDuring(
		world,
		CREATE.match,
		'mutation { createContact(input: { email: "ada@example.com" }) { userErrors { message } } createTag(input: { name: "never" }) { userErrors { message } } }',
		{},
	);
	world.sandbox.release();
	await world.until(
		() => writes(world)[0] === "POST /contacts/ 200",
		"the write that was on its way",
	);
	await world.gateway.close();
	expect(writes(world)).toEqual(["POST /contacts/ 200"]);
});

test("a gateway that closes waits until such a write is recorded", async () => {
	const directory = await mkdtemp(join(tmpdir(), "contact-graph-leaving-"));
	const dataFile = join(directory, "gateway.sqlite");
	await using world = await startWorld({
		contacts: 1,
		gateway: { dataFile, writes: { readBackAfterMs: [] } },
	});
	await leaveDuring(world, CREATE.match, CREATE.document, {
		input: { ...ADA, idempotencyKey: "closing" },
	});
	const closed = world.gateway.close();
	world.sandbox.release();
	await closed;
	expect(writes(world)).toEqual(["POST /contacts/ 200"]);
	const file = new DatabaseSync(dataFile, { readOnly: true });
	const kept = file.prepare("SELECT key, outcome FROM idempotency").all();
	file.close();
	await rm(directory, { recursive: true });
	expect(kept).toMatchObject([
		{ key: "closing", outcome: expect.stringContaining("done") },
	]);
});

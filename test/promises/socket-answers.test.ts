/** Whole answers are kept for sockets as for HTTP, in one memory: what either has asked serves the other. */
import { expect, test } from "vitest";
import { createSender, SENDER_KEYS } from "../support/deliveries.ts";
import { greeted, type RawSocket } from "../support/raw-socket.ts";
import { startWorld, type World } from "../support/world.ts";

const QUERY =
	"query ($id: ID!, $n: Int) { contact(id: $id) { companyName firstName notes(first: $n) { nodes { body } } } }";
const VARIABLES = { id: "c1", n: 1 };
const CALLS = ["GET /contacts/c1", "GET /contacts/c1/notes"];

let nth = 0;

/** The payload of the one answer. */
const ask = async (
	socket: RawSocket,
	query = QUERY,
	variables: object = VARIABLES,
) => {
	const id = `q${nth++}`;
	socket.say({ id, type: "subscribe", payload: { query, variables } });
	const { payload } = await socket.hear("next", id);
	await socket.hear("complete", id);
	return payload;
};

const hits = (world: World) => world.gateway.cacheStats().answers.hits;

const open = async (world: World) => greeted(world.url, await world.token());

test("a query asked again over a socket costs no call, and from the third time on its answer is the kept one", async () => {
	await using world = await startWorld();
	const socket = await open(world);
	const cold = await ask(socket);
	expect(world.calls).toBeExactly(...CALLS);
	expect(cold.extensions.price).toEqual({ worst: 2, made: 2, saved: 0 });
	world.upstream.clearCalls();
	const again = await ask(socket);
	expect(again).toEqual({
		data: cold.data,
		extensions: { price: { worst: 2, made: 0, saved: 2 } },
	});
	expect(hits(world)).toBe(0);
	expect(await ask(socket)).toEqual(again);
	expect(hits(world)).toBe(1);
	// On another socket, with the variables in another order.
	const other = await open(world);
	expect(await ask(other, QUERY, { n: 1, id: "c1" })).toEqual(again);
	expect(hits(world)).toBe(2);
	expect(world.calls).toBeExactly();
	await socket.close();
	await other.close();
});

test("an answer kept by HTTP is given again over a socket, and the other way round", async () => {
	await using world = await startWorld();
	const socket = await open(world);
	await world.answer(QUERY, VARIABLES);
	const kept = await world.answer(QUERY, VARIABLES);
	world.upstream.clearCalls();
	expect(await ask(socket)).toEqual(kept);
	expect(hits(world)).toBe(1);

	const other = '{ contact(id: "c2") { email } }';
	await ask(socket, other, {});
	const bySocket = await ask(socket, other, {});
	expect(await world.answer(other, {})).toEqual(bySocket);
	expect(hits(world)).toBe(2);
	expect(world.calls).toBeExactly("GET /contacts/c2");
	await socket.close();
});

test("after a webhook or a mutation a socket reads anew what it was given before", async () => {
	await using world = await startWorld({
		sandbox: { searchLagMs: 10_000 },
		gateway: { webhooks: { keys: SENDER_KEYS } },
	});
	const sender = createSender(world.url);
	const socket = await open(world);
	for (let time = 0; time < 3; time++) await ask(socket);
	expect(hits(world)).toBe(1);

	world.sandbox.data.edit("contacts", "c1", { companyName: "Edited Ltd" });
	await sender.tell("ContactUpdate", { id: "c1" });
	world.upstream.clearCalls();
	expect((await ask(socket)).data.contact.companyName).toBe("Edited Ltd");
	expect(world.calls).toBeExactly("GET /contacts/c1");

	await ask(socket);
	expect(hits(world)).toBe(2);
	const { data } = await ask(
		socket,
		'mutation { updateContact(input: { contactId: "c1", firstName: "Ada" }) { userErrors { message } } }',
		{},
	);
	expect(data.updateContact.userErrors).toEqual([]);
	expect((await ask(socket)).data.contact.firstName).toBe("Ada");
	expect(hits(world)).toBe(2);
	await socket.close();
	await sender.close();
});

test("an answer kept for one location or one set of scopes is no answer for another", async () => {
	await using world = await startWorld({ sandbox: { locations: 2 } });
	const [, elsewhere = ""] = world.sandbox.locations;
	const page = "{ contacts(first: 1) { nodes { contactId name } } }";
	const socket = await open(world);
	for (let time = 0; time < 3; time++) await ask(socket, page, {});
	const own = await ask(socket, page, {});
	expect(hits(world)).toBe(2);
	world.upstream.clearCalls();

	const foreign = await greeted(
		world.url,
		await world.token({ locations: [elsewhere] }),
	);
	const theirs = await ask(foreign, page, {});
	expect(world.calls).toBeExactly("POST /contacts/search");
	expect(theirs.data.contacts.nodes).toHaveLength(1);
	expect(theirs.data).not.toEqual(own.data);
	const reader = await greeted(
		world.url,
		await world.token({ scopes: ["contacts.readonly"] }),
	);
	expect((await ask(reader, page, {})).data).toEqual(own.data);
	expect(hits(world)).toBe(2);

	const nobody = await greeted(world.url, await world.token({ scopes: [] }));
	nobody.say({
		id: "1",
		type: "subscribe",
		payload: { query: page },
	});
	expect((await nobody.hear("error", "1")).payload[0].extensions.code).toBe(
		"FORBIDDEN",
	);
	expect(nobody.seen.filter(({ type }) => type === "next")).toEqual([]);
	for (const one of [socket, foreign, reader, nobody]) await one.close();
});

test("an answer with an error says as much as over HTTP, and is not kept", async () => {
	await using world = await startWorld();
	const socket = await open(world);
	// Met before, so that whatever can be kept of it is.
	await ask(socket);
	const broken = 'query { contact(id: "c2") { notes { nodes { body } } } }';
	for (let time = 0; time < 2; time++) {
		world.upstream.next({
			kind: "status",
			status: 400,
			match: { path: "/contacts/c2/notes" },
		});
		const { data, errors } = await ask(socket, broken, {});
		expect(data).toEqual({ contact: { notes: null } });
		expect(errors).toEqual([
			{
				message: expect.any(String),
				path: ["contact", "notes"],
				locations: [{ line: 1, column: 29 }],
				extensions: expect.objectContaining({
					code: "UPSTREAM_REJECTED",
					requestId: expect.any(String),
				}),
			},
		]);
	}
	const { data, errors } = await ask(socket, broken, {});
	expect(errors).toBeUndefined();
	expect(data.contact.notes.nodes).toHaveLength(1);
	expect(hits(world)).toBe(0);
	await socket.close();
});

test("an operation's id may be any text, and an answer nobody waits for any more is not sent", async () => {
	await using world = await startWorld();
	const socket = await open(world);
	const id = 'odd "id" \\ \n ü';
	socket.say({ id, type: "subscribe", payload: { query: "{ __typename }" } });
	expect((await socket.hear("next", id)).payload.data).toEqual({
		__typename: "Query",
	});
	world.upstream.next({ kind: "hold" });
	socket.say({
		id: "left",
		type: "subscribe",
		payload: { query: QUERY, variables: VARIABLES },
	});
	await world.sandbox.held(1);
	socket.say({ id: "left", type: "complete" });
	// Behind it in the socket, so that the gateway has heard the other.
	await ask(socket, "{ again: __typename }", {});
	world.sandbox.release();
	await ask(socket);
	expect(socket.seen.filter((one) => one.id === "left")).toEqual([]);
	await socket.close();
});

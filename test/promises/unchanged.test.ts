/** What the API says again word for word is not read again, and what it says anew shows at once. */
import { expect, test } from "vitest";
import { createCache } from "../../src/cache/cache.ts";
import { createInvalidations } from "../../src/cache/tags.ts";
import { packed, packedText, unpacked } from "../../src/packed.ts";
import { createSaid } from "../../src/upstream/said.ts";
import { startWorld, type World } from "../support/world.ts";

const QUERY =
	"{ contacts(first: 3) { nodes { contactId companyName tags tasks { nodes { taskId title } } notes { nodes { noteId body } } appointments { nodes { appointmentId title startTime } } } } }";
// One search, one search of tasks, notes and appointments of each of three.
const CALLS = 8;
const FRESH = { headers: { "cache-control": "no-cache" } };

const said = (world: World) => world.gateway.cacheStats().said;

test("what is read anew and has not changed is the same answer, recognised call by call", async () => {
	await using world = await startWorld({ contacts: 3 });
	const first = await world.query(QUERY);
	// What is asked for a second time is remembered from then on.
	let remembered = 0;
	for (let time = 0; time <= 4; time++) {
		world.upstream.clearCalls();
		expect(await world.query(QUERY, {}, FRESH)).toEqual(first);
		// Nothing is taken from the cache: every call is made.
		expect(world.calls).toHaveLength(CALLS);
		if (time === 0) remembered = said(world).bytes;
		expect(said(world)).toMatchObject({
			unchanged: time * CALLS,
			changed: 0,
		});
	}
	// What is made of it is held as well once it was said again: twice as much as its text.
	const held = said(world).bytes;
	expect(held).toBeGreaterThan(2 * remembered);
	await world.query(QUERY, {}, FRESH);
	expect(said(world).bytes).toBe(held);
});

test("a letter that changed shows in the next answer, and the rest is recognised", async () => {
	await using world = await startWorld({ contacts: 3 });
	const first = await world.query(QUERY);
	for (let time = 0; time < 3; time++) await world.query(QUERY, {}, FRESH);
	const [{ notes }] = first.contacts.nodes;
	const [note] = notes.nodes;
	// Behind the gateway's back, and as long as it was.
	const body = `${note.body.slice(0, -1)}#`;
	world.sandbox.edit({ type: "NoteUpdate", id: note.noteId, set: { body } });
	const before = said(world);
	const after = await world.query(QUERY, {}, FRESH);
	expect(after.contacts.nodes[0].notes.nodes[0].body).toBe(body);
	const { unchanged, changed } = said(world);
	expect(changed - before.changed).toBe(1);
	expect(unchanged - before.unchanged).toBe(CALLS - 1);
	note.body = body;
	expect(after).toEqual(first);
	expect(await world.query(QUERY, {}, FRESH)).toEqual(first);
});

test("an answer that cannot be read is refused as often as it comes", async () => {
	await using world = await startWorld({ contacts: 1 });
	const fault = {
		kind: "wrongShape",
		body: { contact: { id: "c1", tags: "not a list" } },
		count: 3,
	} as const;
	world.upstream.next(structuredClone(fault));
	const before = said(world);
	for (let time = 0; time < 3; time++) {
		const { errors } = await world.answer(
			'{ contact(id: "c1") { name } }',
			{},
			FRESH,
		);
		expect(errors?.[0]?.extensions?.code).toBe("UPSTREAM_INVALID_RESPONSE");
	}
	expect(said(world)).toEqual(before);
});

test("what is asked for with no-store is not remembered", async () => {
	await using world = await startWorld({ contacts: 3 });
	const headers = { "cache-control": "no-store, no-cache" };
	const before = said(world);
	for (let time = 0; time < 2; time++)
		await world.query(QUERY, {}, { headers });
	expect(said(world)).toEqual(before);
});

test("what is remembered stays below its share of the ceiling, however much is read", async () => {
	const ceiling = 1024 * 1024;
	await using world = await startWorld({
		contacts: 100,
		gateway: { cache: { bytes: ceiling } },
	});
	for (let time = 0; time < 2; time++)
		for (let n = 1; n <= 100; n++)
			await world.query(`{ contact(id: "c${n}") { name } }`, {}, FRESH);
	expect(said(world).bytes).toBeGreaterThan(0);
	expect(said(world).bytes).toBeLessThanOrEqual(ceiling / 16);
});

test("a value is not kept as its share of a text that others have no need of", () => {
	const cache = createCache(createInvalidations(), { bytes: 1_000_000 });
	const reads = cache.session("l1");
	const raw = (isPart: boolean) => ({
		bytes: 2,
		isPart,
		value: () => "made of the text",
		remember() {},
	});
	const keep = (key: string, isPart: boolean, areAllNew: boolean) => {
		const at = reads.key(key);
		const snapshot = reads.snapshot();
		reads.store(at, {
			value: "by itself",
			ttl: "webhook",
			tags: [],
			snapshot,
			raw: raw(isPart),
			areAllNew,
		});
		return reads.find(at)?.value;
	};
	expect(keep("part of what is at hand", true, false)).toBe("by itself");
	expect(keep("part of what is new", true, true)).toBe("made of the text");
	expect(keep("all of it", false, false)).toBe("made of the text");
	cache.close();
});

const sayingOf = (text: string) => packedText(text);

test("an id of the call at the end of an answer is not what it says", () => {
	const memory = createSaid(100_000);
	const notes = '{"notes":[{"id":"n1","body":"a"}]';
	memory.keep("call", sayingOf(`${notes},"traceId":"1"}`));
	expect(
		memory.again("call", sayingOf(`${notes},"traceId":"2"}`)),
	).toBeDefined();
	expect(memory.again("call", sayingOf(`${notes}}`))).toBeUndefined();
	// Of a thing that is told, it is part of what is told.
	memory.keep("inner", sayingOf('{"contact":{"id":"c1","traceId":"1"}}'));
	expect(
		memory.again("inner", sayingOf('{"contact":{"id":"c1","traceId":"2"}}')),
	).toBeUndefined();
	memory.keep("long", sayingOf(`{"a":1,"traceId":"${"x".repeat(200)}"}`));
	expect(
		memory.again("long", sayingOf(`{"a":1,"traceId":"${"y".repeat(200)}"}`)),
	).toBeUndefined();
});

test("what was asked for lately stays when room is made, and the rest goes", () => {
	const memory = createSaid(40_000);
	const text = sayingOf("x".repeat(500));
	memory.keep("often", text);
	for (let n = 0; n < 200; n++) {
		memory.keep(`call ${n}`, text);
		expect(memory.again("often", text)).toBeDefined();
		expect(memory.stats().bytes).toBeLessThanOrEqual(40_000);
	}
	expect(memory.again("call 0", text)).toBeUndefined();
	expect(memory.again("call 199", text)).toBeDefined();
});

test.each([
	"",
	"plain",
	"Zoë Müller",
	"日本 👍 \ud83d",
	"\u0000\u007f\u0080\u00ff\u0100",
])("%j comes out of its packing as it was", (text) => {
	const whole = Buffer.from(text).toString();
	expect(unpacked(packedText(text))).toBe(whole);
	expect(unpacked(packed(Buffer.from(text)))).toBe(whole);
	expect(packedText(text)).toHaveLength(Buffer.byteLength(text));
});

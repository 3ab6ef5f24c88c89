/** What an answer weighs on the wire, what a request may weigh, and that neither costs the gateway what it saves the network. */
import { promisify } from "node:util";
import * as zlib from "node:zlib";
import { expect, test } from "vitest";
import { rawAnswer } from "../support/raw-answer.ts";
import { startWorld, type World } from "../support/world.ts";

const NESTED =
	"{ contacts(first: 20) { nodes { contactId name email tasks { nodes { taskId title status } } notes { nodes { noteId body } } appointments { nodes { appointmentId title startTime } } } } }";
const TINY = "{ __typename }";

const UNPACK: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
	zstd: (bytes) => zlib.zstdDecompressSync(bytes),
	br: (bytes) => zlib.brotliDecompressSync(bytes),
	gzip: (bytes) => zlib.gunzipSync(bytes),
	identity: (bytes) => bytes,
};

const big = { contacts: 20, tasksEach: 5, notesEach: 3, appointmentsEach: 2 };

/** As it came, and unpacked. */
const ask = async (
	world: World,
	encodings: string | undefined,
	{ query = NESTED, ...more }: { query?: string; origin?: string } = {},
) => {
	const answer = await rawAnswer(world.url, {
		body: JSON.stringify({ query }),
		headers: {
			authorization: `Bearer ${await world.token()}`,
			...(encodings !== undefined && { "accept-encoding": encodings }),
			...more,
		},
	});
	const encoding = answer.headers["content-encoding"] ?? "identity";
	const unpack = UNPACK[encoding];
	if (!unpack) throw new Error(`unknown encoding ${encoding}`);
	return {
		...answer,
		encoding,
		data: JSON.parse(String(unpack(answer.body))).data,
	};
};

test("a nested answer takes a third of its bytes in each encoding, made or kept, and says the same", async () => {
	await using world = await startWorld(big);
	const plain = await ask(world, undefined);
	expect(plain.encoding).toBe("identity");
	for (const encoding of ["zstd", "br", "gzip"])
		for (const isKept of [false, true, true]) {
			const query = `${NESTED} # ${encoding}`;
			const packed = await ask(world, encoding, { query });
			expect(packed.encoding).toBe(encoding);
			expect(packed.headers.vary).toContain("Accept-Encoding");
			expect(packed.data).toEqual(plain.data);
			expect(packed.wireBytes, `kept: ${isKept}`).toBeLessThan(
				plain.wireBytes / 3,
			);
		}
	expect(world.gateway.cacheStats().answers.hits).toBeGreaterThan(0);
});

const CHOICES: readonly (readonly [string, string])[] = [
	["gzip, deflate, br, zstd", "zstd"],
	["gzip, deflate, br", "br"],
	["gzip", "gzip"],
	["x-gzip", "gzip"],
	["GZIP", "gzip"],
	["zstd;q=0.1, gzip;q=0.8", "gzip"],
	["br;q=0, gzip;q=0.2", "gzip"],
	["*", "gzip"],
	["*;q=0, zstd", "zstd"],
	["gzip;q=0, *", "identity"],
	["identity, gzip;q=0.5", "identity"],
	["identity;q=0.5, gzip;q=1.0", "gzip"],
	["gzip;q=0", "identity"],
	["deflate", "identity"],
	["gzipped, brotli", "identity"],
	["", "identity"],
	["identity;q=0", "identity"],
];

test("an answer goes in the encoding that the caller likes best, and as it is where there is none", async () => {
	await using world = await startWorld({ ...big, contacts: 3 });
	for (const [accepted, encoding] of CHOICES) {
		const answer = await ask(world, accepted);
		expect([accepted, answer.encoding]).toEqual([accepted, encoding]);
		expect(answer.data.contacts.nodes).toHaveLength(3);
	}
});

test("a small answer goes as it is", async () => {
	await using world = await startWorld({ contacts: 1 });
	const { encoding } = await ask(world, "gzip, br, zstd", { query: TINY });
	expect(encoding).toBe("identity");
});

test("an answer of many hundred kilobytes is packed as well, for many at once", async () => {
	await using world = await startWorld({
		contacts: 100,
		tasksEach: 10,
		notesEach: 5,
		gateway: { priceCeiling: 1000 },
	});
	const query = NESTED.replace("20", "100");
	const plain = await ask(world, undefined, { query });
	expect(plain.body.byteLength).toBeGreaterThan(100_000);
	const all = await Promise.all(
		Array.from({ length: 12 }, () => ask(world, "br", { query })),
	);
	for (const one of all) expect(one.data).toEqual(plain.data);
});

test("packed bytes are kept with the answer, count as the cache's, and go when the answer goes", async () => {
	await using world = await startWorld(big);
	await ask(world, undefined);
	await ask(world, undefined);
	const before = world.gateway.cacheStats();
	const packed = await ask(world, "br");
	const held = world.gateway.cacheStats().bytes - before.bytes;
	expect(held).toBe(packed.body.byteLength);
	const again = await ask(world, "br");
	expect(world.gateway.cacheStats().bytes - before.bytes).toBe(held);
	expect(again.body.equals(packed.body)).toBe(true);
	// A page of another origin gets the same bytes by way of Yoga.
	const { body } = await ask(world, "br", { origin: "https://a.example" });
	expect(body.equals(packed.body)).toBe(true);
	await world.query(
		'mutation { updateContact(input: { contactId: "c1", firstName: "Ada" }) { contact { firstName } } }',
	);
	const { data } = await ask(world, "br");
	expect(JSON.stringify(data.contacts.nodes)).toContain('"name":"Ada ');
});

const gzipped = async (world: World, body: Buffer, encoding = "gzip") =>
	rawAnswer(world.url, {
		body,
		headers: {
			authorization: `Bearer ${await world.token()}`,
			"content-encoding": encoding,
		},
	});

test("a request's body may be gzip, and what it unpacks to is what the limit counts", async () => {
	await using world = await startWorld({ contacts: 1 });
	const query = JSON.stringify({
		query: '{ contact(id: "c1") { contactId } }',
	});
	for (const encoding of ["gzip", "GZIP", "x-gzip"])
		for (const _ of ["made", "kept"]) {
			const { status, body } = await gzipped(
				world,
				zlib.gzipSync(query),
				encoding,
			);
			expect([status, JSON.parse(String(body)).data]).toEqual([
				200,
				{ contact: { contactId: "c1" } },
			]);
		}
	// 64 MB of blanks behind it are 64 kB on the way.
	const bomb = await promisify(zlib.gzip)(query + " ".repeat(64_000_000));
	expect(bomb.byteLength).toBeLessThan(100_000);
	const before = process.memoryUsage().rss;
	const refused = await gzipped(world, bomb);
	expect([refused.status, code(refused.body)]).toEqual([
		413,
		"PAYLOAD_TOO_LARGE",
	]);
	expect(process.memoryUsage().rss - before).toBeLessThan(40_000_000);
	const whole = zlib.gzipSync(query);
	for (const broken of [
		Buffer.from(query),
		whole.subarray(0, -9),
		Buffer.from(""),
	])
		expect((await gzipped(world, broken)).status).toBe(400);
	for (const other of ["br", "deflate", "gzip, gzip", "gzip2"])
		expect((await gzipped(world, whole, other)).status).toBe(415);
});

const code = (body: Buffer) =>
	JSON.parse(String(body)).errors[0].extensions.code;

test("a GET that is asked again costs at most 400 bytes, and says for whom it may be kept", async () => {
	await using world = await startWorld(big);
	const path = `/graphql?query=${encodeURIComponent(NESTED)}`;
	const get = async (headers: Record<string, string> = {}) =>
		rawAnswer(world.url, {
			path,
			headers: {
				authorization: `Bearer ${await world.token()}`,
				"accept-encoding": "gzip, deflate, br, zstd",
				...headers,
			},
		});
	const first = await get();
	expect(first.status).toBe(200);
	const etag = String(first.headers.etag);
	for (const _ of ["made", "made and kept", "kept"]) {
		const again = await get({ "if-none-match": etag });
		expect([again.status, again.body.byteLength]).toEqual([304, 0]);
		expect(again.wireBytes).toBeLessThanOrEqual(400);
		for (const { headers } of [first, again]) {
			expect(headers["cache-control"]).toBe("private, no-cache");
			expect(headers.vary).toBe(
				"Authorization, X-Location-Id, Accept, Accept-Encoding",
			);
		}
	}
	// The same answer has one tag in every encoding.
	expect((await get({ "accept-encoding": "identity" })).headers.etag).toBe(
		etag,
	);
});

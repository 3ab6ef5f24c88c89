/** Clients send the id of a document in place of its text, over every transport; where only those may run, no other does. */
import { hash } from "node:crypto";
import { mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { generate } from "@graphql-codegen/cli";
import { createClient, fetchExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { expect, test } from "vitest";
import { configFrom } from "../../src/config/config.ts";
import { readTrustedDocuments } from "../../src/config/trusted-documents.ts";
import type { TrustedDocumentsSettings } from "../../src/server/trusted-documents.ts";
import { createSender, SENDER_KEYS } from "../support/deliveries.ts";
import { askInParts, EVENTS } from "../support/in-parts.ts";
import { rawAnswer } from "../support/raw-answer.ts";
import { greeted } from "../support/raw-socket.ts";
import { startWorld, type World } from "../support/world.ts";

const CONTACT = "query Contact($id: ID!) { contact(id: $id) { contactId } }";
const CHANGES = "subscription Changes { changes { contactId } }";
const INTROSPECTION = "{ __schema { queryType { name } } }";
const sha256 = (text: string) => hash("sha256", text, "hex");

const start = (mode: TrustedDocumentsSettings["mode"]) =>
	startWorld({
		contacts: 1,
		gateway: {
			webhooks: { keys: SENDER_KEYS },
			trustedDocuments: {
				mode,
				documents: { [sha256(CONTACT)]: CONTACT, "app-7": CHANGES },
			},
		},
	});

const variables = { id: "c1" };
const DATA = { contact: { contactId: "c1" } };
const persistedQuery = (sha256Hash: string) => ({
	persistedQuery: { version: 1, sha256Hash },
});

const post = async (world: World, body: object) => {
	const answer = await world.request({
		method: "POST",
		headers: {
			"content-type": "application/json",
			authorization: `Bearer ${await world.token()}`,
		},
		body: JSON.stringify(body),
	});
	const { data, errors = [] } = answer.json();
	const [{ message, extensions: { code } = {} } = {} as never] = errors;
	return { status: answer.status, data, code, message };
};

test.each(["log", "only"] as const)(
	"a document runs by its id, however it is written, by POST, GET and socket, in mode %s",
	async (mode) => {
		await using world = await start(mode);
		const id = sha256(CONTACT);
		const named = [
			{ documentId: id },
			{ documentId: `sha256:${id}` },
			{ documentId: id, query: null, operationName: "Contact" },
			{ extensions: persistedQuery(id) },
			{ query: "", extensions: persistedQuery(id) },
			{ query: CONTACT },
			{ query: CONTACT, extensions: persistedQuery(id) },
		];
		const socket = await greeted(world.url, await world.token());
		for (const [n, one] of named.entries()) {
			const payload = { ...one, variables };
			expect(await post(world, payload)).toMatchObject({
				status: 200,
				data: DATA,
			});
			const search = Object.entries(payload).flatMap(([key, value]) =>
				value === null
					? []
					: `${key}=${encodeURIComponent(typeof value === "string" ? value : JSON.stringify(value))}`,
			);
			const get = await world.request({
				path: `/graphql?${search.join("&")}`,
				headers: { authorization: `Bearer ${await world.token()}` },
			});
			expect([get.status, get.json().data]).toEqual([200, DATA]);
			socket.say({ id: `${n}`, type: "subscribe", payload });
			expect((await socket.hear("next", `${n}`)).payload.data).toEqual(DATA);
		}
		await socket.close();
		expect(world.calls).toBeExactly("GET /contacts/c1");
		expect(world.log.filter(({ msg }) => /trusted/.test(String(msg)))).toEqual(
			[],
		);
	},
);

test("a subscription runs by its id over an event stream and a socket", async () => {
	await using world = await start("only");
	const sender = createSender(world.url);
	const stream = await fetch(`${world.url}/graphql`, {
		method: "POST",
		headers: {
			"content-type": "application/json",
			authorization: `Bearer ${await world.token()}`,
			accept: EVENTS,
		},
		body: JSON.stringify({ documentId: "app-7" }),
	});
	const socket = await greeted(world.url, await world.token());
	socket.say({ id: "1", type: "subscribe", payload: { documentId: "app-7" } });
	await world.until(() => world.gateway.subscriptions === 2, "both to run");
	await sender.tell("ContactUpdate", { id: "c1" });
	const told = { changes: { contactId: "c1" } };
	expect((await socket.hear("next", "1")).payload.data).toEqual(told);
	let text = "";
	for await (const bytes of stream.body ?? []) {
		text += new TextDecoder().decode(bytes);
		if (text.includes("event: next")) break;
	}
	expect(JSON.parse(/data: (\{.*\})/.exec(text)?.[1] ?? "").data).toEqual(told);
	await socket.close();
	await sender.close();
});

test("where only trusted documents run, others are refused over every transport, introspection and mutations too", async () => {
	await using world = await start("only");
	for (const query of [
		INTROSPECTION,
		`${CONTACT} `,
		"{ __typename }",
		'mutation { deleteContact(input: { contactId: "c1" }) { deletedId } }',
	]) {
		const refused = await post(world, { query });
		expect([refused.status, refused.code]).toEqual([
			400,
			"PERSISTED_QUERY_ONLY",
		]);
		expect(refused.message).toContain("TRUSTED_DOCUMENTS");
		// An id does not vouch for a text that is not its own.
		const extensions = persistedQuery(sha256(CONTACT));
		const hidden = await post(world, { query, extensions });
		expect(hidden.code).toBe("PERSISTED_QUERY_ONLY");
	}
	const socket = await greeted(world.url, await world.token());
	socket.say({ id: "1", type: "subscribe", payload: { query: `${CHANGES} ` } });
	expect((await socket.hear("error", "1")).payload[0].extensions.code).toBe(
		"PERSISTED_QUERY_ONLY",
	);
	await socket.close();
	const stream = await askInParts({
		url: world.url,
		token: await world.token(),
		query: `${CHANGES} `,
		accept: EVENTS,
	});
	expect((await stream.rest())[0].errors[0].extensions.code).toBe(
		"PERSISTED_QUERY_ONLY",
	);
	expect(world.calls).toBeExactly();
});

test("an id that is in no manifest is told apart from a hash that a client may try again with its text", async () => {
	for (const mode of ["log", "only"] as const) {
		await using world = await start(mode);
		expect(await post(world, { documentId: "app-8" })).toMatchObject({
			status: 404,
			code: "PERSISTED_DOCUMENT_NOT_FOUND",
			message: expect.stringContaining('"app-8"'),
		});
		expect(
			await post(world, { extensions: persistedQuery("0".repeat(64)) }),
		).toMatchObject({
			status: 200,
			code: "PERSISTED_QUERY_NOT_FOUND",
			message: "PersistedQueryNotFound",
		});
	}
	await using world = await start("off");
	expect(
		await post(world, { extensions: persistedQuery(sha256(CONTACT)) }),
	).toMatchObject({
		status: 200,
		code: "PERSISTED_QUERY_NOT_SUPPORTED",
		message: "PersistedQueryNotSupported",
	});
	expect(await post(world, { documentId: "app-7" })).toMatchObject({
		status: 400,
		code: "BAD_REQUEST",
		message: expect.stringContaining("TRUSTED_DOCUMENTS"),
	});
	expect(
		await post(world, { query: CONTACT, variables, documentId: "app-7" }),
	).toMatchObject({ status: 200, data: DATA });
});

test("in mode log every other document runs, and is logged once with what is needed to find it", async () => {
	await using world = await start("log");
	const query = "query Other { __typename }";
	for (const _ of [1, 2, 3])
		expect((await post(world, { query, operationName: "Other" })).data).toEqual(
			{ __typename: "Query" },
		);
	expect(
		world.log.filter(({ msg }) => /not among the trusted/.test(String(msg))),
	).toMatchObject([
		{ sha256: sha256(query), operationName: "Other", subject: "test" },
	]);
});

test("a GET by id is short, and asked again it is a 304", async () => {
	await using world = await start("only");
	const ask = async (headers: object = {}) =>
		rawAnswer(world.url, {
			path: `/graphql?documentId=${sha256(CONTACT)}&variables=%7B%22id%22:%22c1%22%7D`,
			headers: { authorization: `Bearer ${await world.token()}`, ...headers },
		});
	const { status, headers } = await ask();
	expect([status, headers["cache-control"]]).toEqual([
		200,
		"private, no-cache",
	]);
	for (const _ of ["made", "kept"]) {
		const again = await ask({ "if-none-match": headers.etag });
		expect(again.status).toBe(304);
		expect(again.wireBytes).toBeLessThanOrEqual(400);
	}
});

const apollo = (
	world: World,
	token: string,
	useGETForHashedQueries: boolean,
) => {
	const requests: string[] = [];
	const link = new PersistedQueryLink({
		sha256,
		useGETForHashedQueries,
	}).concat(
		new HttpLink({
			uri: `${world.url}/graphql`,
			headers: { authorization: `Bearer ${token}` },
			fetch(url, init) {
				requests.push(
					`${init?.method} ${/query[=":]/.test(`${url}${init?.body}`.replace("persistedQuery", "")) ? "text" : "hash"}`,
				);
				return fetch(url, init);
			},
		}),
	);
	return {
		client: new ApolloClient({ link, cache: new InMemoryCache() }),
		requests,
	};
};

test.each([false, true])(
	"Apollo's client gets all its answers with persisted queries (by GET: %s), in every mode that takes its documents",
	async (byGet) => {
		const withTypenames =
			"query A($id: ID!) {\n  contact(id: $id) {\n    contactId\n    __typename\n  }\n}";
		for (const mode of ["off", "log", "only"] as const) {
			await using world = await startWorld({
				contacts: 3,
				gateway: {
					trustedDocuments: { mode, documents: { a: withTypenames } },
				},
			});
			const { client, requests } = apollo(world, await world.token(), byGet);
			for (const id of ["c1", "c2", "c3"]) {
				const { data, error } = await client.query<typeof DATA>({
					query: gql("query A($id: ID!) { contact(id: $id) { contactId } }"),
					variables: { id },
				});
				expect([error, data?.contact.contactId]).toEqual([undefined, id]);
			}
			const probe = `${byGet ? "GET" : "POST"} hash`;
			expect(requests).toEqual(
				mode === "off"
					? [probe, "POST text", "POST text", "POST text"]
					: [probe, probe, probe],
			);
			client.stop();
		}
	},
);

test("urql's client falls back to the text where its documents are not known, and uses its hashes where they are", async () => {
	for (const mode of ["off", "log"] as const) {
		await using world = await start(mode);
		const token = await world.token();
		const client = createClient({
			url: `${world.url}/graphql`,
			preferGetMethod: false,
			exchanges: [
				persistedExchange({ generateHash: async (text) => sha256(text) }),
				fetchExchange,
			],
			fetchOptions: { headers: { authorization: `Bearer ${token}` } },
		});
		for (const text of [CONTACT, `${CONTACT} # another`]) {
			const { data, error } = await client.query(text, variables);
			expect([error, data?.contact.contactId]).toEqual([undefined, "c1"]);
		}
	}
});

test("the manifest of GraphQL Code Generator is the file it takes, and a file that is none is told", async () => {
	await using folder = await mkdtempDisposable(join(tmpdir(), "manifest-"));
	const files: { filename: string; content: string }[] = await generate(
		{
			schema: "schema.graphql",
			documents: [CONTACT],
			silent: true,
			generates: {
				"gql/": {
					preset: "client",
					presetConfig: {
						persistedDocuments: { hashAlgorithm: "sha256" },
					},
				},
			},
		},
		false,
	);
	const { content } = files.find(({ filename }) =>
		filename.endsWith("persisted-documents.json"),
	) as { content: string };
	const file = join(folder.path, "manifest.json");
	await writeFile(file, content);
	const documents = readTrustedDocuments(file);
	const [[id, text] = []] = Object.entries(documents);
	await using world = await startWorld({
		contacts: 1,
		gateway: { trustedDocuments: { mode: "only", documents } },
	});
	expect(await post(world, { documentId: id, variables })).toMatchObject({
		data: { contact: { contactId: "c1" } },
	});
	expect(await post(world, { query: text, variables })).toMatchObject({
		status: 200,
	});
	for (const wrong of ["[]", '{"a":1}', "nonsense", '{"a":""}']) {
		await writeFile(file, wrong);
		expect(() => readTrustedDocuments(file)).toThrow(file);
	}
	expect(() => readTrustedDocuments(`${file}.not`)).toThrow("ENOENT");
	expect(() => configFrom({ TRUSTED_DOCUMENTS: "only" })).toThrow(
		"TRUSTED_DOCUMENTS_FILE: expected the path of a manifest",
	);
	expect(await readFile("docs/operating.md", "utf8")).toContain(
		"persistedDocuments",
	);
});

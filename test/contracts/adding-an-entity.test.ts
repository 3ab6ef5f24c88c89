/** docs/adding-an-entity.md is true to the letter: what it says is done in a copy of src/, and works there. */
import { execFile } from "node:child_process";
import {
	cp,
	mkdir,
	mkdtemp,
	readdir,
	readFile,
	rm,
	symlink,
	writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { offences } from "../support/layout.ts";

const ROOT = join(import.meta.dirname, "../..");
const run = promisify(execFile);

const GUIDE = await readFile(join(ROOT, "docs/adding-an-entity.md"), "utf8");
const BLOCK = /^```(ts|diff) (src\/\S+)\n(.*?)^```$/gms;

/** Whole files, and lines to add below one that is there. */
const blocks = [...GUIDE.matchAll(BLOCK)].map(
	([, kind = "", path = "", text = ""]) => ({ kind, path, text }),
);

/** A copy of the gateway's sources with what the guide adds; `leave` are lines of a block to leave out. */
const copyWithDeals = async (leave: { path?: string; line?: string } = {}) => {
	const root = await mkdtemp(join(tmpdir(), "contact-graph-guide-"));
	await cp(join(ROOT, "src"), join(root, "src"), { recursive: true });
	for (const file of ["package.json", "tsconfig.json"])
		await cp(join(ROOT, file), join(root, file));
	await symlink(join(ROOT, "node_modules"), join(root, "node_modules"));
	for (const { kind, path, text } of blocks) {
		const file = join(root, path);
		await mkdir(dirname(file), { recursive: true });
		if (kind === "diff") {
			const lines = text.trimEnd().split("\n");
			const known = lines[0]?.slice(1) ?? "";
			const added = lines.slice(1).map((line) => line.replace(/^\+/, ""));
			const now = await readFile(file, "utf8");
			expect(now.split(`${known}\n`)).toHaveLength(2);
			await writeFile(
				file,
				now.replace(`${known}\n`, [known, ...added, ""].join("\n")),
			);
			continue;
		}
		const kept = text
			.split("\n")
			.filter((line) => path !== leave.path || line.trim() !== leave.line);
		if (path === leave.path)
			expect(kept).toHaveLength(text.split("\n").length - 1);
		await writeFile(file, kept.join("\n"));
	}
	return {
		root,
		/** Runs a program of the copy. */
		node: (program: string) =>
			run(process.execPath, ["--input-type=module-typescript", "-e", program], {
				cwd: root,
			}),
		[Symbol.asyncDispose]: () => rm(root, { recursive: true }),
	};
};

test("the guide has a block for every file of the folder, and the lines of the roll call", () => {
	expect(blocks.map(({ path }) => path.replace("src/entities/", ""))).toEqual([
		"deal/rest.ts",
		"deal/tags.ts",
		"deal/loader.ts",
		"deal/schema.ts",
		"deal/mutations.ts",
		"all.ts",
	]);
});

test("an entity added by the guide fits the types and the import table", {
	timeout: 240_000,
}, async () => {
	await using copy = await copyWithDeals();
	await writeFile(
		join(copy.root, "tsconfig.guide.json"),
		JSON.stringify({ extends: "./tsconfig.json", include: ["src"] }),
	);
	const { stdout } = await run(
		join(ROOT, "node_modules/.bin/tsc"),
		["-p", "tsconfig.guide.json"],
		{ cwd: copy.root },
	).catch((error: { stdout: string }) => error);
	expect(stdout).toBe("");

	const src = join(copy.root, "src");
	const files = (await readdir(src, { recursive: true })).filter((file) =>
		file.endsWith(".ts"),
	);
	const tree = new Map(
		await Promise.all(
			files.map(
				async (file) =>
					[file, await readFile(join(src, file), "utf8")] as const,
			),
		),
	);
	expect(tree.has("entities/deal/schema.ts")).toBe(true);
	expect(offences(tree)).toEqual([]);
});

/** Asks the copy's gateway, in front of an API that knows one contact and its deals, and prints what came of it. */
const ASKING = `
import { createServer } from "node:http";
import { mintToken } from "./src/auth/authenticator.ts";
import { createGateway } from "./src/gateway.ts";
import { createLog } from "./src/log.ts";
import { schema } from "./src/schema.ts";

const calls = [];
const deals = [{ id: "d1", title: "Roof" }, { id: "d2", title: "Windows" }];
let isThere = true;
const api = createServer(async (request, response) => {
	const body = await request.setEncoding("utf8").toArray();
	const call = request.method + " " + request.url;
	calls.push(call);
	const [status, answer] = (() => {
		if (!isThere) return [404, { statusCode: 404, message: "Contact with id c1 not found" }];
		switch (call) {
			case "GET /contacts/c1":
				return [200, { contact: { id: "c1", firstName: "Ada" } }];
			case "DELETE /contacts/c1":
				isThere = false;
				return [200, { succeded: true }];
			case "GET /contacts/c1/deals":
				return [200, { deals }];
			case "POST /contacts/c1/deals":
				deals.push({ id: "d3", ...JSON.parse(body.join("")) });
				return [201, { deal: deals.at(-1) }];
			default:
				return [500, { message: "no such route: " + call }];
		}
	})();
	response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
});
await new Promise((listening) => api.listen(0, "127.0.0.1", listening));

const auth = { secret: Buffer.alloc(32, 1), issuer: "guide", audience: "guide" };
const gateway = await createGateway({
	port: 0,
	contactsApi: {
		url: "http://127.0.0.1:" + api.address().port,
		connections: 10,
		timeoutMs: 2000,
		token: () => "token",
	},
	locations: ["L"],
	auth,
	limits: { depth: 12, aliases: 15, directives: 10, rootFields: 10, bodyBytes: 100_000, tokens: 1000, pageSize: 100 },
	cors: { origins: [] },
	production: false,
	schema,
	log: createLog({ level: "silent" }),
});
calls.length = 0;

const ask = async (query, scopes = ["contacts.readonly", "contacts.write"]) => {
	const token = await mintToken({ ...auth, subject: "guide", locations: ["L"], scopes, ttlSeconds: 60 });
	const answer = await fetch(gateway.url + "/graphql", {
		method: "POST",
		headers: { "content-type": "application/json", authorization: "Bearer " + token },
		body: JSON.stringify({ query }),
	});
	const { data, errors, extensions } = await answer.json();
	return { data, errors: errors?.map(({ message }) => message), price: extensions?.price, calls: calls.splice(0) };
};
const list = '{ contact(id: "c1") { name deals(first: 1) { totalCount nodes { title } pageInfo { endCursor } } } }';
const first = await ask(list);
const cursor = first.data.contact.deals.pageInfo.endCursor;
const answers = {
	first,
	again: await ask(list),
	next: await ask('{ contact(id: "c1") { deals(after: "' + cursor + '") { nodes { id dealId } } } }'),
	node: await ask('{ node(id: "' + Buffer.from("Deal:L/c1/d1").toString("base64url") + '") { ... on Deal { title } } }'),
	created: await ask('mutation { createDeal(input: { contactId: "c1", title: "Doors" }) { deal { dealId title } userErrors { message } } }'),
	shown: await ask('{ contact(id: "c1") { deals { totalCount } } }'),
	forbidden: await ask('mutation { createDeal(input: { contactId: "c1", title: "No" }) { deal { title } } }', ["contacts.write"]),
	deleted: await ask('mutation { deleteContact(input: { contactId: "c1" }) { userErrors { message } } }'),
	gone: await ask('{ node(id: "' + Buffer.from("Deal:L/c1/d1").toString("base64url") + '") { id } }'),
};
console.log(JSON.stringify(answers));
await gateway.close();
api.close();
`;

test("it is read, paged, written and forgotten with its contact, at the cost it says", {
	timeout: 60_000,
}, async () => {
	await using copy = await copyWithDeals();
	const { stdout } = await copy.node(ASKING);
	const seen = JSON.parse(stdout);
	expect(seen.first.errors).toBeUndefined();
	expect(seen.first.data.contact).toMatchObject({
		name: "Ada",
		deals: { totalCount: 2, nodes: [{ title: "Roof" }] },
	});
	expect(seen.first.calls).toEqual([
		"GET /contacts/c1",
		"GET /contacts/c1/deals",
	]);
	expect(seen.first.price).toEqual({ worst: 2, made: 2, saved: 0 });
	expect(seen.again.calls).toEqual([]);
	expect(seen.next.data.contact.deals.nodes).toEqual([
		{
			id: Buffer.from("Deal:L/c1/d2").toString("base64url"),
			dealId: "d2",
		},
	]);
	expect(seen.node.data.node).toEqual({ title: "Roof" });
	expect(seen.created.data.createDeal).toEqual({
		deal: { dealId: "d3", title: "Doors" },
		userErrors: [],
	});
	expect(seen.created.calls).toEqual(["POST /contacts/c1/deals"]);
	// What was cached of it is not shown any more.
	expect(seen.shown.data.contact.deals.totalCount).toBe(3);
	expect(seen.shown.calls).toEqual(["GET /contacts/c1/deals"]);
	expect(seen.forbidden.errors).toEqual([
		"The token lacks contacts.readonly, needed for CreateDealPayload.deal. Get a token with these scopes, or leave the fields out.",
	]);
	expect(seen.forbidden.calls).toEqual([]);
	expect(seen.deleted.data.deleteContact.userErrors).toEqual([]);
	expect(seen.gone.data.node).toBeNull();
	expect(seen.gone.calls).toEqual(["GET /contacts/c1/deals"]);
});

test.each([
	[
		"cost of a field",
		"schema.ts",
		'extensions: { cost: costOfList(dealsByContact, "deals") },',
		"Contact.deals says no cost.",
	],
	[
		"cost of a loader",
		"loader.ts",
		'cost: onceForEach("deals"),',
		"The loader dealsByContact must say its cost",
	],
	["scopes", "schema.ts", "extensions: READ,", "type Deal says no scopes."],
])(
	"without its %s the schema is not built, and the message names it",
	{ timeout: 60_000 },
	async (_, file, line, fault) => {
		await using copy = await copyWithDeals({
			path: `src/entities/deal/${file}`,
			line,
		});
		const { stderr } = await copy
			.node('await import("./src/schema.ts");')
			.catch((error: { stderr: string }) => error);
		expect(stderr).toContain(fault);
	},
);

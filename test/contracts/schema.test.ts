/** The generated files are the promise others build on: they say what the code says, and a test shows where they do not. */
import { readFile } from "node:fs/promises";
import { buildSchema } from "graphql";
import { expect, test } from "vitest";
import { generatedFiles, lineDiff, printedSchema } from "../../codegen.ts";
import { ask, NestedContacts } from "../../examples/nested-contacts.ts";
import { schema } from "../../src/schema.ts";
import { startWorld } from "../support/world.ts";

const committed = (path: string) =>
	readFile(new URL(`../../${path}`, import.meta.url), "utf8");

test("schema.graphql is what the code builds", async () => {
	expect(
		lineDiff(await committed("schema.graphql"), printedSchema(schema)),
		"schema.graphql is stale: run `npm run codegen`",
	).toBe("");
});

test("every generated file is what the code makes", async () => {
	for (const { path, content } of await generatedFiles())
		expect(
			lineDiff(await committed(path), content),
			`${path} is stale: run \`npm run codegen\``,
		).toBe("");
});

test("a stale file is shown as a diff with its line numbers", () => {
	const was = buildSchema("type Query { a: Int b: Int c: Int }");
	const is = buildSchema("type Query { a: Int b: String c: Int d: Int }");
	expect(lineDiff(printedSchema(was), printedSchema(is))).toBe(`@@ line 3
 type Query {
   a: Int
-  b: Int
+  b: String
   c: Int
+  d: Int
 }
 `);
});

test("everything in the graph has a description", () => {
	const silent: string[] = [];
	for (const type of Object.values(schema.getTypeMap())) {
		if (type.name.startsWith("__")) continue;
		if (!type.description) silent.push(type.name);
		if ("getValues" in type)
			for (const value of type.getValues())
				if (!value.description) silent.push(`${type.name}.${value.name}`);
		if (!("getFields" in type)) continue;
		for (const field of Object.values(type.getFields())) {
			if (!field.description) silent.push(`${type.name}.${field.name}`);
			for (const argument of "args" in field ? field.args : [])
				if (!argument.description)
					silent.push(`${type.name}.${field.name}(${argument.name}:)`);
		}
	}
	expect(silent).toEqual([]);
});

test("the typed example runs, and its types fit the answer", async () => {
	await using world = await startWorld({ contacts: 3, notesEach: 2 });
	const { data, restCalls } = await ask(
		world.url,
		await world.token(),
		NestedContacts,
		{ first: 3 },
	);
	const notes: (string | null | undefined)[] | undefined =
		data.contacts?.nodes.flatMap((contact) =>
			(contact?.notes?.nodes ?? []).map((note) => note?.body),
		);
	expect(notes).toHaveLength(6);
	expect(notes?.every((body) => typeof body === "string")).toBe(true);
	expect(restCalls).toBe(8);
});

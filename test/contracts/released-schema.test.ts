/** What the schema promised when it was released last is kept, or its breaking is announced. */
import { readFile } from "node:fs/promises";
import { CriticalityLevel, DiffRule, diff } from "@graphql-inspector/core";
import {
	buildSchema,
	type GraphQLSchema,
	isEnumType,
	isInputObjectType,
	isInterfaceType,
	isObjectType,
} from "graphql";
import { expect, test } from "vitest";
import { schema } from "../../src/schema.ts";

const read = (path: string) =>
	readFile(new URL(`../../docs/${path}`, import.meta.url), "utf8");

/** The section of the changelog for the version in the making. */
const unreleased = (changelog: string): string =>
	/^## Unreleased\n(.*?)(?=^## )/ms.exec(changelog)?.[1] ?? "";

/**
 * Breaking changes that the changelog does not list under "Breaking" by their path, each as the path and what it is.
 * The removal of a field is none once it was deprecated.
 */
const unannounced = async (
	was: GraphQLSchema,
	is: GraphQLSchema,
	changelog: string,
): Promise<string[]> => {
	const breaking = unreleased(changelog)
		.split(/^### /m)
		.find((section) => section.startsWith("Breaking\n"));
	const listed = new Set(
		[...(breaking ?? "").matchAll(/`([^`]+)`/g)].map(([, path]) => path),
	);
	const changes = await diff(was, is, [
		DiffRule.suppressRemovalOfDeprecatedField,
	]);
	return changes
		.filter(
			({ criticality, path }) =>
				criticality.level === CriticalityLevel.Breaking &&
				!listed.has(path ?? ""),
		)
		.map(({ path, message }) => `${path}: ${message}`);
};

/** Every deprecation, as where it stands and why. */
const deprecations = (built: GraphQLSchema): Map<string, string> => {
	const found = new Map<string, string>();
	const note = (at: string, reason: string | null | undefined) => {
		if (reason != null) found.set(at, reason);
	};
	for (const type of Object.values(built.getTypeMap())) {
		if (isEnumType(type))
			for (const { name, deprecationReason } of type.getValues())
				note(`${type.name}.${name}`, deprecationReason);
		else if (isInputObjectType(type))
			for (const field of Object.values(type.getFields()))
				note(`${type.name}.${field.name}`, field.deprecationReason);
		else if (
			(isObjectType(type) || isInterfaceType(type)) &&
			!type.name.startsWith("__")
		)
			for (const { name, deprecationReason, args } of Object.values(
				type.getFields(),
			)) {
				note(`${type.name}.${name}`, deprecationReason);
				for (const argument of args)
					note(
						`${type.name}.${name}.${argument.name}`,
						argument.deprecationReason,
					);
			}
	}
	return found;
};

const DATE = /Removed after (\d{4}-\d{2}-\d{2})\./;

test("nothing breaks what was released last, unless the changelog lists it", async () => {
	expect(
		await unannounced(
			buildSchema(await read("released.graphql")),
			schema,
			await read("schema-changelog.md"),
		),
		"list these under `### Breaking` of `## Unreleased` in docs/schema-changelog.md, or deprecate first",
	).toEqual([]);
});

test("a deprecation says until when, and nothing goes before", async () => {
	const now = deprecations(schema);
	for (const [at, reason] of now)
		expect(reason, `@deprecated of ${at}`).toMatch(DATE);
	const today = new Date().toISOString().slice(0, 10);
	for (const [at, reason] of deprecations(
		buildSchema(await read("released.graphql")),
	)) {
		if (now.has(at)) continue;
		const [, until = ""] = DATE.exec(reason) ?? [];
		expect(until <= today, `${at} is gone before ${until}`).toBe(true);
	}
});

const WAS = buildSchema(`
	type Query { task(id: ID!): Task old: Int @deprecated(reason: "Use task. Removed after 2026-01-01.") }
	type Task { title: String status: Status }
	enum Status { OPEN DONE }
`);

const LOG = (breaking: string) =>
	`# Changelog\n\n## Unreleased\n\n### Breaking\n\n${breaking}\n\n## 0.2.0\n\n- \`Task.title\`\n`;

test("a field, an argument or a value that breaks clients is found by its path, and no more once it is listed", async () => {
	const is = buildSchema(`
		type Query { task(id: ID!, of: ID!): Task }
		type Task { status: Status }
		enum Status { OPEN }
	`);
	const found = await unannounced(WAS, is, LOG("- nothing"));
	expect(found.map((one) => one.split(":")[0]).sort()).toEqual([
		"Query.task.of",
		"Status.DONE",
		"Task.title",
	]);
	expect(
		await unannounced(
			WAS,
			is,
			LOG("- `Task.title` is gone, `Status.DONE` too; `Query.task.of`"),
		),
	).toEqual([]);
});

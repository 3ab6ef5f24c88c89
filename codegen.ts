/**
 * Writes every generated file: the public SDL, the settings' table of the docs, the pages of errors and of the schema, the
 * types of the example's documents.
 * With --check it writes nothing, shows what is stale as a diff, and exits with 1.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { diff, parseArgs } from "node:util";
import { generate } from "@graphql-codegen/cli";
import {
	buildSchema,
	type GraphQLSchema,
	isAbstractType,
	lexicographicSortSchema,
	printSchema,
} from "graphql";
import { dependenciesPage } from "./docs/dependencies-page.ts";
import { errorsPage, schemaReference } from "./docs/generated-pages.ts";
import { settingsTable } from "./src/config/settings.ts";
import { metricsTable } from "./src/metrics/names.ts";
import { schema } from "./src/schema.ts";

const ROOT = import.meta.dirname;
const MADE_BY =
	"Made by codegen.ts from the code in src/; change that, then run `npm run codegen`.";

export interface GeneratedFile {
	/** From the root of the repository. */
	readonly path: string;
	readonly content: string;
}

/** The SDL as it is committed: sorted, so that a diff shows what changed and not what moved. */
export const printedSchema = (built: GraphQLSchema): string =>
	`# ${MADE_BY}\n\n${printSchema(lexicographicSortSchema(built))}\n`;

/** The schema as a client knows it, with the default of every argument in its text. */
const builtFromSdl = () => buildSchema(printSchema(schema));

/** Every generated file as it should be. */
export const generatedFiles = async (): Promise<GeneratedFile[]> => [
	{ path: "schema.graphql", content: printedSchema(schema) },
	await tableIn("docs/operating.md", "settings", settingsTable()),
	await tableIn("docs/metrics.md", "metrics", metricsTable()),
	{ path: "docs/dependencies.md", content: dependenciesPage() },
	{ path: "docs/errors.md", content: errorsPage(MADE_BY) },
	{
		path: "docs/schema-reference.md",
		content: schemaReference(builtFromSdl(), MADE_BY),
	},
	...(await exampleTypes()),
	possibleTypes(),
];

/** Where `was` and `is` differ: `-` and `+` in front, two lines of context, and the line number in `is`. */
export const lineDiff = (was: string, is: string): string => {
	const edits = diff(was.split("\n"), is.split("\n"));
	const lines: string[] = [];
	let line = 1;
	let skipped = true;
	for (const [index, [edit, text]] of edits.entries()) {
		const near = edits
			.slice(Math.max(0, index - CONTEXT_LINES), index + CONTEXT_LINES + 1)
			.some(([neighbour]) => neighbour !== 0);
		if (near && skipped) lines.push(`@@ line ${line}`);
		if (near) lines.push(`${edit === 0 ? " " : edit === 1 ? "-" : "+"}${text}`);
		if (edit !== 1) line++;
		skipped = !near;
	}
	return lines.join("\n");
};

const CONTEXT_LINES = 2;

/** A table of the docs that is printed from the code, between two marks. */
const tableIn = async (
	path: string,
	mark: string,
	table: string,
): Promise<GeneratedFile> => {
	const page = await readFile(join(ROOT, path), "utf8");
	const [before, rest] = page.split(`<!-- ${mark} -->\n`);
	const [, after] = rest?.split(`<!-- end of ${mark} -->`) ?? [];
	if (before === undefined || after === undefined)
		throw new Error(
			`${path} should hold a table between <!-- ${mark} --> and <!-- end of ${mark} -->, but does not. Add both lines.`,
		);
	return {
		path,
		content: `${before}<!-- ${mark} -->\n\n${table}\n<!-- end of ${mark} -->${after}`,
	};
};

const SCALARS = { DateTime: "string", Date: "string", JSON: "unknown" };

/** The client preset as docs/frontend.md shows it. */
const clientTypes = (documents: string, config: object) => ({
	documents: [documents],
	preset: "client" as const,
	presetConfig: { fragmentMasking: false },
	plugins: [{ add: { content: `/** ${MADE_BY} */` } }],
	config: {
		useTypeImports: true,
		enumsAsTypes: true,
		importExtension: ".ts",
		emitLegacyCommonJSImports: false,
		strictScalars: true,
		scalars: SCALARS,
		...config,
	},
});

const exampleTypes = async (): Promise<GeneratedFile[]> => {
	const files: { filename: string; content: string }[] = await generate(
		{
			cwd: ROOT,
			schema: printSchema(schema),
			silent: true,
			generates: {
				"examples/generated/": clientTypes("examples/{*,mobile/*}.ts", {
					documentMode: "string",
				}),
				// Apollo Client and urql take documents as syntax trees, and Apollo's cache wants every __typename.
				"examples/react/src/generated/": clientTypes(
					"examples/react/src/*.tsx",
					{ nonOptionalTypename: true, skipTypename: false },
				),
			},
		},
		false,
	);
	return files.map(({ filename, content }) => ({ path: filename, content }));
};

const POSSIBLE_TYPES = "examples/react/src/generated/possible-types.ts";

/**
 * Which types an interface or a union has: without them Apollo's cache drops what fragments on these bring. The
 * generator's plugin for it executes an introspection, which graphql 17 refuses for a schema with `@defer`.
 */
const possibleTypes = (): GeneratedFile => {
	const abstract = Object.values(schema.getTypeMap()).filter(isAbstractType);
	const names = Object.fromEntries(
		abstract
			.map((type): [string, string[]] => [
				type.name,
				schema
					.getPossibleTypes(type)
					.map(({ name }) => name)
					.sort(),
			])
			.sort(([a], [b]) => (a < b ? -1 : 1)),
	);
	return {
		path: POSSIBLE_TYPES,
		content: `/** ${MADE_BY} */\nexport const possibleTypes: Record<string, string[]> = ${JSON.stringify(names, null, "\t")};\n`,
	};
};

const main = async (check: boolean): Promise<void> => {
	for (const { path, content } of await generatedFiles()) {
		const file = join(ROOT, path);
		const now = await readFile(file, "utf8").catch(() => "");
		if (now === content) continue;
		if (check) {
			process.exitCode = 1;
			console.error(
				`${path} is stale: run \`npm run codegen\` and commit it.\n${lineDiff(now, content)}\n`,
			);
		} else {
			await mkdir(dirname(file), { recursive: true });
			await writeFile(file, content);
			console.log(`wrote ${path}`);
		}
	}
};

const HELP = `npm run codegen [-- --check]   (npm run check does the latter, beside format, lint and types)

Writes every generated file: schema.graphql, the table of settings in docs/operating.md, the types of the examples.

  --check  writes nothing, shows what is stale, and ends with 1 where something is
`;

const flagsGiven = () => {
	try {
		return parseArgs({
			options: {
				check: { type: "boolean", default: false },
				help: { type: "boolean", short: "h", default: false },
			},
		}).values;
	} catch (error) {
		process.stderr.write(
			`codegen: ${(error as Error).message}. See npm run codegen -- --help.\n`,
		);
		process.exitCode = 1;
	}
};

if (import.meta.main) {
	const flags = flagsGiven();
	if (flags?.help) process.stdout.write(HELP);
	else if (flags) await main(flags.check);
}

/** docs/dependencies.md: every package that is installed by name, what it is for, and the licences of all that come along. */

import packageJson from "../package.json" with { type: "json" };
import lock from "../package-lock.json" with { type: "json" };

type Production = keyof typeof packageJson.dependencies;
type Development = keyof typeof packageJson.devDependencies;

// A package that is added has no line here, and then this does not compile.
const PRODUCTION: Readonly<Record<Production, string>> = {
	"@graphql-yoga/render-graphiql":
		"GraphiQL from this machine instead of a CDN",
	"@opentelemetry/api": "traces, without cost where nobody listens",
	"@pothos/core": "the schema, written in code",
	cookie: "cookies of the OAuth pages",
	dataloader: "keys of one tick into few calls",
	graphql: "parsing, validation, and what the executor cannot compile",
	"graphql-ws": "subscriptions over WebSockets",
	"graphql-yoga": "the GraphQL server and its plugins",
	ioredis: "Redis, where REDIS_URL asks for it",
	jose: "tokens: signing, verifying, keys of identity providers",
	"libphonenumber-js": "phone numbers of mutations' inputs",
	"lru-cache": "the cache, bounded by bytes",
	oauth4webapi: "OAuth with HighLevel",
	pino: "the log",
	"prom-client": "metrics for Prometheus",
	undici: "REST calls, with connections of our own choice",
	ws: "the sockets below graphql-ws",
};

const DEVELOPMENT: Readonly<Record<Development, string>> = {
	"@apollo/client": "tests with the client, its cache and its links",
	"@biomejs/biome": "format and lint",
	"@envelop/core": "tests that plugins work unchanged",
	"@envelop/disable-introspection": "one of these plugins",
	"@faker-js/faker": "the sandbox's people",
	"@gohighlevel/api-client": "HighLevel's own client against the sandbox",
	"@graphql-codegen/cli": "types of the examples",
	"@graphql-codegen/client-preset": "types of the examples",
	"@graphql-inspector/core": "breaking changes of the schema",
	"@graphql-yoga/plugin-persisted-operations":
		"tests that plugins work unchanged",
	"@graphql-yoga/plugin-response-cache": "tests that plugins work unchanged",
	"@hono/node-server": "the sandbox's HTTP",
	"@opentelemetry/context-async-hooks":
		"traces, preloaded; installed by who wants them",
	"@opentelemetry/core": "traces, preloaded",
	"@opentelemetry/exporter-trace-otlp-http": "traces, preloaded",
	"@opentelemetry/resources": "traces, preloaded",
	"@opentelemetry/sdk-trace": "traces, preloaded",
	"@types/node": "types",
	"@types/react": "types of the React example",
	"@types/react-dom": "types of the React example",
	"@types/relay-runtime": "types",
	"@types/ws": "types",
	"@urql/core": "tests with the client",
	"@urql/exchange-graphcache": "tests with its normalized cache",
	"@urql/exchange-persisted": "tests of persisted queries",
	ajv: "answers and calls against HighLevel's OpenAPI",
	"ajv-formats": "formats of these",
	"graphql-http": "the public audits of GraphQL over HTTP",
	"graphql-sse": "tests of event streams",
	hono: "the sandbox's routes",
	"playwright-core": "Chromium, for the pages",
	react: "the React example",
	"react-dom": "the React example",
	"relay-compiler": "tests with the client",
	"relay-runtime": "tests with the client",
	rxjs: "needed by Apollo Client",
	selfsigned: "the certificate of the sandbox with --tls",
	typebox: "types of HighLevel's answers, from their shapes",
	typescript: "the type check",
	vite: "the React example",
	vitest: "the tests",
	yaml: "reading the alert rules in a test",
};

interface Locked {
	readonly version?: string;
	readonly license?: string;
	readonly dev?: boolean;
	readonly optional?: boolean;
	readonly devOptional?: boolean;
}

const LOCKED: Readonly<Record<string, Locked>> = lock.packages;

/** Of all that a production install brings: how many packages, by licence. */
export const licences = (): Map<string, number> => {
	const counted = new Map<string, number>();
	for (const [path, one] of Object.entries(LOCKED)) {
		if (path === "" || one.dev || one.optional || one.devOptional) continue;
		const licence = one.license ?? "unknown";
		counted.set(licence, (counted.get(licence) ?? 0) + 1);
	}
	return counted;
};

const table = (why: Readonly<Record<string, string>>): string =>
	[
		"| package | version | licence | for |",
		"| --- | --- | --- | --- |",
		...Object.entries(why).map(([name, purpose]) => {
			const { version, license } = LOCKED[`node_modules/${name}`] ?? {};
			return `| \`${name}\` | ${version} | ${license} | ${purpose} |`;
		}),
	].join("\n");

export const dependenciesPage = (): string => {
	const counts = [...licences()].toSorted(([, a], [, b]) => b - a);
	const all = counts.reduce((sum, [, count]) => sum + count, 0);
	return `<!-- Made by codegen.ts from package-lock.json and docs/dependencies-page.ts; change that, then run \`npm run codegen\`. -->

# Dependencies

Versions are exact, and \`package-lock.json\` has the hash of every package. A bill of materials in CycloneDX's form, with all
that comes along:

\`\`\`sh
npm sbom --omit=dev --omit=optional --sbom-format=cyclonedx
\`\`\`

## In production

A production install is ${all} packages: ${counts.map(([licence, count]) => `${count} under ${licence}`).join(", ")}.

${table(PRODUCTION)}

## In development

${table(DEVELOPMENT)}
`;
};

/** Who may import whom in src/, as a table, and the check that reads every import against it. */
import { dirname, normalize } from "node:path/posix";

/** Files without a room, which know nobody. */
const LEAVES = ["errors.ts", "log.ts", "clock.ts", "observer.ts", "tracing.ts"];

/** What an entity is written with. */
const SCHEMA = [
	"schema-kit/",
	"loading/",
	"cost/",
	"upstream/",
	"cache/tags.ts",
	"changes/change.ts",
	"reconcile/observation.ts",
	"errors.ts",
];

/**
 * From the most special room to the most general: the first row whose room fits a file counts. A room that ends in `/`
 * is a folder; `*` is one name. What a room may import is written the same way; its own folder it may always.
 */
export const MAY_IMPORT: ReadonlyArray<readonly [string, readonly string[]]> = [
	// The double shares no code with the gateway, or it would agree with its bugs.
	["sandbox/", []],

	// Programs, and the one file that constructs.
	["main.ts", ["config/", "start.ts"]],
	[
		"start.ts",
		[
			"gateway.ts",
			"gateway-options.ts",
			"metrics/metrics.ts",
			"tracing.ts",
			"version.ts",
			"welcome.ts",
			"config/",
			"auth/",
			"log.ts",
			"changes/verify.ts",
			"store/data-fault.ts",
			"store/private-files.ts",
			"store/redis/shared-keys.ts",
			"oauth/oauth.ts",
			"sandbox/sandbox.ts",
		],
	],
	["token.ts", ["config/", "auth/", "store/", "log.ts"]],
	["doctor.ts", ["config/", "doctor/", "store/"]],
	["doctor/", ["config/", "upstream/", "store/", "oauth/scopes.ts", ...LEAVES]],
	["data.ts", ["config/", "store/"]],
	[
		"gateway.ts",
		[
			"gateway-options.ts",
			"gateway/",
			"metrics/metrics.ts",
			"schema.ts",
			"server/gateway-server.ts",
			"version.ts",
			"tracing.ts",
			"upstream/operation.ts",
			"store/sqlite.ts",
		],
	],
	[
		"gateway/",
		[
			"gateway-options.ts",
			"cost/",
			"loading/",
			"cache/",
			"reconcile/",
			"upstream/",
			"changes/",
			"oauth/",
			"metrics/",
			"idempotency/",
			"store/",
			"auth/",
			"config/signing-key.ts",
			"entities/all.ts",
			...LEAVES,
		],
	],
	[
		"gateway-options.ts",
		[
			"server/",
			"operation/",
			"loading/",
			"cache/",
			"reconcile/",
			"upstream/",
			"changes/",
			"oauth/",
			"metrics/",
			"idempotency/",
			"auth/",
			"store/store.ts",
			...LEAVES,
		],
	],
	[
		"schema.ts",
		["entities/all.ts", "schema-kit/", "operation/", "oauth/schema.ts"],
	],
	[
		"metrics/",
		["cache/stats.ts", "oauth/status.ts", "upstream/budget/", ...LEAVES],
	],
	["config/", ["store/data-fault.ts"]],
	["auth/", LEAVES],
	["version.ts", ["../package.json"]],
	["tracing-preload.ts", []],
	...["welcome.ts", ...LEAVES].map((leaf): [string, string[]] => [leaf, []]),

	// The life of a request, from the socket down.
	[
		"server/",
		[
			"operation/",
			"cost/",
			"executor/",
			"loading/",
			"cache/",
			"upstream/",
			"changes/",
			"auth/",
			...LEAVES,
		],
	],
	["operation/", ["cost/", "executor/", "auth/", ...LEAVES]],
	["cost/", ["upstream/location-facts.ts", "errors.ts"]],
	// It executes any schema, and could be a package of its own.
	["executor/", []],

	// The roll call names every entity; what an entity asks REST knows nothing of GraphQL.
	["entities/all.ts", ["entities/*/"]],
	...["entities/*/rest.ts", "entities/*/writes.ts"].map(
		(calls): [string, string[]] => [
			calls,
			["upstream/", "changes/change.ts", "errors.ts", "entities/*/rest.ts"],
		],
	),
	// Children add their fields to the parent, so that arrows between entities point one way.
	["entities/change/", SCHEMA],
	["entities/rate-limit/", SCHEMA],
	["entities/location/", SCHEMA],
	["entities/contact/", [...SCHEMA, "entities/location/", "entities/change/"]],
	["entities/viewer/", [...SCHEMA, "entities/location/", "entities/user/"]],
	["entities/user/", [...SCHEMA, "entities/location/", "entities/contact/"]],
	[
		"entities/calendar/",
		[...SCHEMA, "entities/location/", "entities/contact/", "entities/user/"],
	],
	[
		"entities/free-slot/",
		[...SCHEMA, "entities/calendar/", "entities/appointment/"],
	],
	[
		"entities/appointment-note/",
		[...SCHEMA, "entities/contact/", "entities/user/", "entities/appointment/"],
	],
	[
		"entities/*/",
		[
			...SCHEMA,
			"entities/location/",
			"entities/contact/",
			"entities/change/",
			"entities/user/",
			"entities/calendar/",
		],
	],
	[
		"schema-kit/",
		["cost/", "loading/", "idempotency/", "upstream/", ...LEAVES],
	],

	// What stands behind resolvers.
	[
		"loading/",
		[
			"cost/field-cost.ts",
			"cache/",
			"upstream/",
			"idempotency/",
			"changes/change.ts",
			"oauth/status.ts",
			"auth/",
			...LEAVES,
		],
	],
	["reconcile/", ["cache/", "upstream/", ...LEAVES]],
	["cache/", LEAVES],
	["oauth/schema.ts", ["schema-kit/", "loading/", "oauth/status.ts"]],
	[
		"oauth/",
		[
			"server/",
			"store/",
			"auth/",
			"upstream/lenient.ts",
			"upstream/one-call-each.ts",
			"upstream/shapes.ts",
			...LEAVES,
		],
	],
	["changes/", ["cache/tags.ts", "store/", ...LEAVES]],
	["idempotency/", ["store/", "upstream/", ...LEAVES]],
	["upstream/", ["store/store.ts", ...LEAVES]],
	["store/", ["changes/change.ts", ...LEAVES]],
];

/** Packages that only some rooms know, so that the rest stays free of them. */
const PACKAGES: ReadonlyArray<readonly [RegExp, readonly string[]]> = [
	[
		/^(graphql|@pothos\/.+|dataloader)$/,
		[
			"server/",
			"operation/",
			"cost/",
			"executor/",
			"loading/",
			"schema-kit/",
			"entities/*/",
			"gateway.ts",
			"gateway-options.ts",
			"gateway/",
			"schema.ts",
		],
	],
	[/^@opentelemetry\/api$/, ["tracing.ts", "tracing-preload.ts"]],
	[/^@opentelemetry\/(?!api)/, ["tracing-preload.ts"]],
	[/^prom-client$/, ["metrics/"]],
	[/^(graphql-yoga|graphql-ws)$/, ["server/", "gateway-options.ts"]],
	[/^(undici)$/, ["upstream/", "oauth/endpoint.ts"]],
	[/^ioredis$/, ["store/redis/"]],
	[/^(hono|@hono\/.+|@faker-js\/.+)$/, ["sandbox/"]],
	// Types alone: see `upstream/shapes.ts`.
	[/^typebox/, ["upstream/"]],
];

/** Files from src/ on, with their text. */
export type Tree = ReadonlyMap<string, string>;

/** One line for every import that the table does not allow, and for every file that has no row. */
export const offences = (tree: Tree): string[] =>
	[...tree].flatMap(([file, source]) => {
		const row = MAY_IMPORT.find(([room]) => fits(file, room));
		if (!row) return [`${file} stands in a room without a row in the table`];
		const faults = importsOf(source).flatMap((target) =>
			target.startsWith(".")
				? wrongFile(file, normalize(`${dirname(file)}/${target}`), row)
				: wrongPackage(file, target),
		);
		return [
			...faults,
			...wrongEnvironment(file, source),
			...wrongClock(file, source),
		];
	});

/** One line for every circle of imports, also of types alone: each file of one is understood only with all the others. */
export const circles = (tree: Tree): string[] => {
	const targets = new Map(
		[...tree].map(([file, source]) => [
			file,
			importsOf(source)
				.filter((target) => target.startsWith("."))
				.map((target) => normalize(`${dirname(file)}/${target}`)),
		]),
	);
	const found = new Set<string>();
	const done = new Set<string>();
	const visit = (file: string, way: readonly string[]): void => {
		const start = way.indexOf(file);
		if (start >= 0) {
			const circle = way.slice(start);
			const first = circle.indexOf(circle.toSorted()[0] as string);
			found.add(
				[...circle.slice(first), ...circle.slice(0, first + 1)].join(" -> "),
			);
			return;
		}
		if (done.has(file)) return;
		for (const target of targets.get(file) ?? []) visit(target, [...way, file]);
		done.add(file);
	};
	for (const file of targets.keys()) visit(file, []);
	return [...found].sort();
};

const wrongFile = (
	file: string,
	target: string,
	[room, allowed]: readonly [string, readonly string[]],
): string[] => {
	const sameFolder = dirname(file) !== "." && dirname(target) === dirname(file);
	const own =
		room.endsWith("/") && !room.includes("*") && target.startsWith(room);
	if (own || (sameFolder && !room.endsWith(".ts"))) return [];
	if (
		sameFolder &&
		room === "entities/*/rest.ts" &&
		!/schema|loader/.test(target)
	)
		return [];
	if (allowed.some((door) => fits(target, door))) return [];
	return [
		`${file} imports ${target}, but ${room} may import ${allowed.join(", ") || "nothing"}`,
	];
};

const wrongPackage = (file: string, target: string): string[] =>
	PACKAGES.flatMap(([packages, rooms]) =>
		packages.test(target) &&
		(!rooms.some((room) => fits(file, room)) ||
			(fits(file, "entities/*/rest.ts") &&
				/graphql|pothos|dataloader/.test(target)))
			? [`${file} imports ${target}, which is for ${rooms.join(", ")}`]
			: [],
	);

/** The sandbox's command line is a process of its own. */
const wrongEnvironment = (file: string, source: string): string[] =>
	/\bprocess\.env\b/.test(source) &&
	file !== "config/config.ts" &&
	!file.startsWith("sandbox/")
		? [`${file} reads process.env, but only config/config.ts may`]
		: [];

/** A resolver that takes its object alone is asked once for as long as the object is kept. */
const wrongClock = (file: string, source: string): string[] =>
	file.startsWith("entities/") &&
	/\bDate\.now\b|\bnew Date\(\)|\bTemporal\.Now\b/.test(source)
		? [`${file} looks at the clock itself: take it from context.cache.now()`]
		: [];

const fits = (file: string, room: string): boolean => {
	const wanted = room.split("/");
	const parts = file.split("/");
	const folder = wanted.at(-1) === "";
	if (folder ? parts.length < wanted.length : parts.length !== wanted.length)
		return false;
	return wanted.every(
		(part, index) => part === "" || part === "*" || part === parts[index],
	);
};

const IMPORT = /(?:^|[\s;}])(?:from|import)\s*\(?\s*"([^"]+)"/g;

const importsOf = (source: string): string[] =>
	[...source.matchAll(IMPORT)].map(([, target = ""]) => target);

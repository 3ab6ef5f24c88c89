/** Who may import whom in src/, as a table, and the check that reads every import against it. */
import { dirname, normalize } from "node:path/posix";

/**
 * From the most special room to the most general: the first row whose room fits a file counts. A room that ends in `/`
 * is a folder; `*` is one name. What a room may import is written the same way; its own folder it may always.
 */
export const MAY_IMPORT: ReadonlyArray<readonly [string, readonly string[]]> = [
	// The double shares no code with the gateway, or it would agree with its bugs.
	["sandbox/", []],

	["main.ts", ["config.ts", "start.ts"]],
	[
		"start.ts",
		[
			"gateway.ts",
			"gateway-options.ts",
			"config.ts",
			"log.ts",
			"auth.ts",
			"signing-key.ts",
			"webhooks/verify.ts",
			"welcome.ts",
			"oauth/oauth.ts",
			"sandbox/sandbox.ts",
		],
	],
	["token.ts", ["config.ts", "auth.ts", "signing-key.ts", "store/"]],
	[
		"gateway.ts",
		[
			"gateway-options.ts",
			"schema.ts",
			"auth.ts",
			"change.ts",
			"clock.ts",
			"errors.ts",
			"log.ts",
			"recent.ts",
			"reconciling.ts",
			"cache/",
			"graphql/",
			"http/",
			"upstream/",
			"store/",
			"webhooks/",
			"oauth/",
			"idempotency/",
			"entities/all.ts",
		],
	],
	[
		"gateway-options.ts",
		[
			"auth.ts",
			"clock.ts",
			"log.ts",
			"reconciling.ts",
			"cache/",
			"graphql/",
			"http/",
			"upstream/",
			"webhooks/",
			"oauth/",
			"idempotency/",
		],
	],
	[
		"reconciling.ts",
		[
			"change.ts",
			"clock.ts",
			"log.ts",
			"cache/",
			"upstream/",
			"entities/all.ts",
		],
	],
	["schema.ts", ["entities/all.ts", "graphql/", "oauth/schema.ts"]],
	["config.ts", ["credentials.ts", "settings.ts"]],
	["credentials.ts", ["settings.ts"]],
	["auth.ts", ["errors.ts", "recent.ts", "graphql/context.ts"]],
	...[
		"settings.ts",
		"signing-key.ts",
		"welcome.ts",
		"errors.ts",
		"change.ts",
		"log.ts",
		"recent.ts",
		"clock.ts",
		"packed.ts",
	].map((leaf): [string, string[]] => [leaf, []]),

	// The roll call names every entity; what an entity asks REST knows nothing of GraphQL.
	["entities/all.ts", ["entities/*/"]],
	...["entities/*/rest.ts", "entities/*/writes.ts"].map(
		(calls): [string, string[]] => [
			calls,
			["upstream/", "change.ts", "errors.ts", "entities/*/rest.ts"],
		],
	),
	// Children add their fields to the parent, so that arrows between entities point one way.
	["entities/location/", ["graphql/", "upstream/", "change.ts", "errors.ts"]],
	[
		"entities/contact/",
		["graphql/", "upstream/", "change.ts", "errors.ts", "entities/location/"],
	],
	...["entities/user/", "entities/calendar/"].map(
		(referred): [string, string[]] => [
			referred,
			[
				"graphql/",
				"upstream/",
				"change.ts",
				"errors.ts",
				"entities/location/",
				"entities/contact/",
			],
		],
	),
	[
		"entities/appointment-note/",
		[
			"graphql/",
			"upstream/",
			"change.ts",
			"errors.ts",
			"entities/contact/",
			"entities/user/",
			"entities/appointment/",
		],
	],
	[
		"entities/*/",
		[
			"graphql/",
			"upstream/",
			"change.ts",
			"errors.ts",
			"entities/location/",
			"entities/contact/",
			"entities/user/",
			"entities/calendar/",
		],
	],

	[
		"http/",
		[
			"cache/",
			"graphql/",
			"auth.ts",
			"clock.ts",
			"errors.ts",
			"log.ts",
			"recent.ts",
			"webhooks/receive.ts",
		],
	],
	["oauth/schema.ts", ["graphql/", "oauth/status.ts"]],
	[
		"oauth/",
		[
			"http/",
			"store/",
			"upstream/lenient.ts",
			"upstream/shapes.ts",
			"auth.ts",
			"errors.ts",
			"log.ts",
		],
	],
	["webhooks/", ["store/", "change.ts", "errors.ts", "log.ts", "recent.ts"]],
	["idempotency/", ["store/", "upstream/", "errors.ts", "recent.ts"]],
	[
		"graphql/",
		[
			"clock.ts",
			"cache/",
			"idempotency/write.ts",
			"upstream/",
			"oauth/status.ts",
			"store/store.ts",
			"change.ts",
			"errors.ts",
			"log.ts",
			"recent.ts",
		],
	],
	[
		"cache/",
		["store/store.ts", "change.ts", "errors.ts", "log.ts", "packed.ts"],
	],
	[
		"upstream/",
		[
			"store/store.ts",
			"change.ts",
			"clock.ts",
			"errors.ts",
			"log.ts",
			"recent.ts",
			"packed.ts",
		],
	],
	["store/", ["change.ts", "errors.ts", "log.ts"]],
];

/** Packages that only some rooms know, so that the rest stays free of them. */
const PACKAGES: ReadonlyArray<readonly [RegExp, readonly string[]]> = [
	[
		/^(graphql|@pothos\/.+|dataloader)$/,
		["graphql/", "entities/*/", "gateway.ts", "gateway-options.ts", "http/"],
	],
	[/^(undici)$/, ["upstream/", "oauth/endpoint.ts"]],
	[/^(lru-cache)$/, ["cache/"]],
	[/^(hono|@hono\/.+|@faker-js\/.+)$/, ["sandbox/"]],
	[
		/^typebox/,
		[
			"upstream/",
			"oauth/endpoint.ts",
			"oauth/granted.ts",
			"entities/*/",
			"settings.ts",
			"webhooks/",
			"http/",
			"store/",
			"graphql/",
		],
	],
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
	file !== "config.ts" &&
	!file.startsWith("sandbox/")
		? [`${file} reads process.env, but only config.ts may`]
		: [];

/** A resolver that takes its object alone is asked once for as long as the object is kept. */
const wrongClock = (file: string, source: string): string[] =>
	file.startsWith("entities/") &&
	/\bDate\.now\b|\bnew Date\(\)|\bTemporal\.Now\b/.test(source)
		? [`${file} looks at the clock itself: take it from context.reads.now()`]
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

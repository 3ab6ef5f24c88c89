// Which scope a call needs, as the table of the contract has it (section 2).

const RULES: readonly [
	pattern: RegExp,
	read: string | undefined,
	write: string | undefined,
][] = [
	// Neither bulk operation declares a scope.
	[/^\/contacts\/bulk\//, undefined, undefined],
	[/^\/contacts/, "contacts.readonly", "contacts.write"],
	[
		/^\/locations\/[^/]+\/tags/,
		"locations/tags.readonly",
		"locations/tags.write",
	],
	[/^\/locations\/[^/]+\/tasks/, "locations/tasks.readonly", undefined],
	[
		/^\/locations\/[^/]+\/customFields/,
		"locations/customFields.readonly",
		"locations/customFields.write",
	],
	[/^\/locations/, "locations.readonly", undefined],
	[/^\/businesses/, "businesses.readonly", undefined],
	[/^\/users/, "users.readonly", undefined],
	[
		/^\/calendars\/(events|appointments)/,
		"calendars/events.readonly",
		"calendars/events.write",
	],
	[/^\/calendars/, "calendars.readonly", undefined],
	[/^\/workflows/, "workflows.readonly", undefined],
	[/^\/campaigns/, "campaigns.readonly", undefined],
];

/** Searches are POSTs that only read. */
const READING_POST = /^(\/contacts\/search|\/locations\/[^/]+\/tasks\/search)/;

export function scopeOf(method: string, path: string): string | undefined {
	const rule = RULES.find(([pattern]) => pattern.test(path));
	if (rule === undefined) return undefined;
	return method === "GET" || isReadingPost(method, path) ? rule[1] : rule[2];
}

export const isReadingPost = (method: string, path: string): boolean =>
	method === "POST" && READING_POST.test(path);

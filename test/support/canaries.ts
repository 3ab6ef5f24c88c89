/** Marks everything a sandbox holds with the number of its location, and finds marks where they do not belong. */
import type { Sandbox } from "../../src/sandbox/sandbox.ts";

export const markOf = (tenant: number): string => `canary-${tenant}-`;

const TABLES = [
	"contacts",
	"tasks",
	"notes",
	"appointments",
	"users",
	"businesses",
	"tags",
	"customFields",
	"calendars",
	"workflows",
	"campaigns",
] as const;

// What other records refer to, or a format that the gateway checks, stays as it is.
const TEXTS = new Set([
	"firstName",
	"lastName",
	"name",
	"companyName",
	"city",
	"address1",
	"source",
	"title",
	"body",
	"notes",
	"address",
	"description",
]);

/** Every record of every location gets its mark, as if it had always had it. */
export const plantCanaries = (sandbox: Sandbox): number => {
	let planted = 0;
	for (const [index, id] of sandbox.locations.entries()) {
		const location = sandbox.data.location(id);
		const mark = markOf(index + 1);
		location.record = { ...location.record, name: `${mark}location` };
		for (const table of TABLES)
			for (const record of [...location[table].values()]) {
				const marked = Object.fromEntries(
					Object.entries(record).map(([key, value]) => [
						key,
						TEXTS.has(key) && typeof value === "string"
							? `${mark}${value}`
							: value,
					]),
				);
				location[table].seed(marked as never, Date.now());
				planted++;
			}
	}
	return planted;
};

/** The parts of a text that are another tenant's: marks, location ids, and both inside global ids. */
export const foreignTo = (tenant: number, text: string): string[] => {
	const own = String(tenant);
	const found: string[] = [];
	for (const [whole, number] of text.matchAll(
		/(?:canary-|sandbox-location-)(\d+)/g,
	))
		if (number !== own) found.push(whole);
	for (const [, id = ""] of text.matchAll(/"(?:id)":"([\w+/=-]{8,})"/g)) {
		const inside = Buffer.from(id, "base64").toString("latin1");
		for (const [whole, number] of inside.matchAll(/sandbox-location-(\d+)/g))
			if (number !== own) found.push(`${whole} in the id ${id}`);
	}
	return found;
};

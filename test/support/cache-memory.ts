/** Fills a cache with contacts as they come from the API and prints what it counts and what the process holds. */
import { createCache } from "../../src/cache/cache.ts";
import { createInvalidations, TAG } from "../../src/cache/tags.ts";
import { getContact } from "../../src/entities/contact/rest.ts";
import { contactById } from "../../src/sandbox/api/contact-shapes.ts";
import { settingsFrom } from "../../src/sandbox/options.ts";
import { SandboxData } from "../../src/sandbox/store/data.ts";
import type { Upstream } from "../../src/upstream/client.ts";
import type { Operation } from "../../src/upstream/operation.ts";

const [contacts = 0, churn = 0, ceiling] = process.argv.slice(2).map(Number);
const data = new SandboxData(settingsFrom({ contacts: 500 }));
const shapes = [...data.location().contacts.values()].map(
	(one) => contactById(one, { specified: true }) as Record<string, unknown>,
);
// What differs from person to person, so that a hundred thousand are as many different people.
const OWN = [
	"name",
	"fullNameLowerCase",
	"email",
	"emailLowerCase",
	"phone",
	"address1",
	"postalCode",
	"website",
	"dateAdded",
	"dateUpdated",
	"lastActivity",
	"businessId",
];
const names = createInvalidations();
const cache = createCache(names, {
	...(ceiling && { bytes: ceiling }),
});
const LOCATION = "sandbox-location-1";

/** What the gateway makes of an answer of the API. */
const asRead = (contact: unknown) =>
	getContact(
		{
			call: async (operation: Operation<unknown>) =>
				operation.valueOf({ contact }, {}),
		} as unknown as Upstream,
		"any",
	);

const put = async (n: number) => {
	const reads = cache.session(LOCATION);
	// Parsed anew each time, as an answer is: no two contacts share their objects.
	const shape = { ...shapes[n % shapes.length], id: `contact-${n}` };
	for (const field of OWN)
		if (field in shape)
			(shape as Record<string, unknown>)[field] =
				`${n}${String((shape as Record<string, unknown>)[field]).slice(String(n).length)}`;
	const row = JSON.parse(JSON.stringify(shape)) as { id: string };
	reads.store(reads.key(`0:${row.id}`), {
		value: await asRead(row),
		ttl: "webhook",
		tags: [TAG.contact(row.id)],
		snapshot: reads.snapshot(),
	});
};

const settle = () => {
	for (let time = 0; time < 3; time++) globalThis.gc?.();
	return process.memoryUsage();
};

const before = settle();
for (let n = 0; n < contacts; n++) await put(n);
const filled = settle();
const { entries: kept, bytes: counted } = cache.stats();
for (let n = contacts; n < contacts + churn; n++) {
	await put(n);
	if (n % 100 === 0)
		names.invalidate(LOCATION, [TAG.contact(`contact-${n - 50}`)]);
}
const churned = settle();
process.stdout.write(
	JSON.stringify({
		kept,
		counted: churn ? cache.stats().bytes : counted,
		heldBytes: filled.heapUsed - before.heapUsed,
		evictions: cache.stats().evictions,
		heldAfterChurn: churned.heapUsed - before.heapUsed,
	}),
);

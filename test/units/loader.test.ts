/** What a loader must say before anything is built of it: a name of its own, and what it costs. */
import { expect, test } from "vitest";
import { onceForKey } from "../../src/cost/field-cost.ts";
import { loader } from "../../src/loading/loader.ts";

const named = (name: string) =>
	loader<string, string>({
		name,
		ttl: "reference",
		cost: onceForKey(name),
		keyOf: (key) => key,
		tags: () => [],
		fetch: async (keys) => keys,
	});

test("two loaders of one name are refused, and the refusal names it", () => {
	named("one");
	expect(() => named("one")).toThrow('two are named "one"');
	named("other");
});

test("a loader without a cost is refused, and the refusal names it and says what to add", () => {
	const forgotten = {
		name: "dealsByContact",
		ttl: "reference",
		keyOf: (key: string) => key,
		tags: () => [],
		fetch: async (keys: readonly string[]) => keys,
	};
	expect(() => loader<string, string>(forgotten as never)).toThrow(
		"The loader dealsByContact must say its cost, the REST calls its fetch may make, but got undefined. Add cost,",
	);
});

/** A loader's name is part of what the cache keeps, so no two have the same. */
import { expect, test } from "vitest";
import { loader } from "../../src/loading/loader.ts";

const named = (name: string) =>
	loader<string, string>({
		name,
		ttl: "reference",
		keyOf: (key) => key,
		tags: () => [],
		fetch: async (keys) => keys,
	});

test("two loaders of one name are refused, and the refusal names it", () => {
	named("one");
	expect(() => named("one")).toThrow('two are named "one"');
	named("other");
});

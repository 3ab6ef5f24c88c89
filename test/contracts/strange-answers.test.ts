/**
 * Every operation that a field reaches, answered in every way that the live API may be thought to answer in: as
 * recorded, as specified, with one odd value, without one container, with a page of the edge. None is an internal
 * error, and none takes along what stands beside it.
 */
import { describe, expect, test } from "vitest";
import type { Exchange } from "../../src/sandbox/sandbox.ts";
import type { Answer, Data } from "../support/ask.ts";
import type { World, WorldOptions } from "../support/world.ts";
import { call, patternOf, reached, worldFor } from "./called-by.ts";

const PAGE =
	"<!DOCTYPE html><html><head><title>Just a moment</title></head></html>";

/** Retries at once, and no breaker: each answer is looked at by itself. */
const OPTIONS: WorldOptions = {
	contactsApi: {
		retry: { baseMs: 1, longestMs: 1 },
		breaker: { failures: 1e9 },
	},
	gateway: { writes: { readBackAfterMs: [0] } },
};

const isFields = (value: unknown): value is Record<string, unknown> =>
	typeof value === "object" && value !== null && !Array.isArray(value);

/** Ids of what was asked for, and whether it was done, are not open to reading: without them there is no answer. */
const STRICT = new Set([
	"id",
	"_id",
	"contactId",
	"succeded",
	"succeeded",
	"success",
	"responses",
	"ids",
	"tags",
	"followers",
	// Where it is missing the id stands in its place.
	"fieldKey",
]);

/** What the graph asks for holds already, so that reading tells that it is done, whatever became of the call. */
const HELD_BEFORE = new Set([
	"DELETE /contacts/{contactId}/tags",
	"DELETE /contacts/{contactId}/followers",
	"DELETE /contacts/{contactId}/workflow/{workflowId}",
	"PUT /contacts/{contactId}/tasks/{taskId}/completed",
]);

/** Told contact by contact, as data. */
const BULK = /^POST \/contacts\/bulk\//;

interface Spoilt {
	/** As the fault of the sandbox takes it. */
	readonly path: string;
	readonly instead: unknown;
}

/** The first thing that the answer holds, and where. */
const firstThing = (
	answer: unknown,
): { at: string; thing: Record<string, unknown> } | undefined => {
	if (!isFields(answer)) return undefined;
	for (const [key, value] of Object.entries(answer)) {
		if (isFields(value)) return { at: `${key}.`, thing: value };
		if (Array.isArray(value) && isFields(value[0]))
			return { at: `${key}.0.`, thing: value[0] };
	}
	// No thing in it: an empty list, or words alone.
	return {
		at: "",
		thing: Object.fromEntries(
			Object.entries(answer).filter(([, value]) => !Array.isArray(value)),
		),
	};
};

const oddOf = (value: unknown): unknown =>
	typeof value === "string" || value === null ? { odd: 1 } : "odd";

/** Each optional value in turn. */
const oddities = (answer: unknown): Spoilt[] => {
	const found = firstThing(answer);
	if (!found) return [];
	const own = Object.entries(found.thing).filter(([key]) => !STRICT.has(key));
	const beside = isFields(answer)
		? Object.entries(answer).filter(
				([key, value]) =>
					!STRICT.has(key) && (typeof value !== "object" || value === null),
			)
		: [];
	return [
		...own.map(([key, value]) => ({
			path: `${found.at}${key}`,
			instead: oddOf(value),
		})),
		...(found.at === "" ? [] : beside).map(([key, value]) => ({
			path: key,
			instead: oddOf(value),
		})),
	];
};

/** Each optional list and object in turn. */
const containers = (answer: unknown): string[] => {
	const found = firstThing(answer);
	return Object.entries(found?.thing ?? {})
		.filter(
			([key, value]) =>
				!STRICT.has(key) && typeof value === "object" && value !== null,
		)
		.map(([key]) => `${found?.at}${key}`);
};

/** True where `read` says the same as `whole`, but for values of the first thing that are null or empty. */
const isAlike = (whole: Data, read: Data, mayLack: boolean): boolean => {
	if (Array.isArray(whole))
		return (
			Array.isArray(read) &&
			(whole.length === read.length || (mayLack && read.length === 0)) &&
			read.every((one, index) =>
				isAlike(whole[index], one, mayLack && index === 0),
			)
		);
	if (isFields(whole) && isFields(read))
		return Object.keys(whole).every((key) =>
			isAlike(whole[key], read[key], mayLack),
		);
	return read === whole || (mayLack && (read === null || read === undefined));
};

const spoil = (
	world: World,
	operation: string,
	fault: Record<string, unknown>,
	count = 9,
): void => {
	const [method] = operation.split(" ");
	world.upstream.next({
		...fault,
		count,
		match: { method, pattern: patternOf(operation) },
	} as never);
};

const codesOf = ({ errors }: Answer): unknown[] =>
	(errors ?? []).map(({ extensions }) => extensions?.code);

const FRESH = { "cache-control": "no-cache" };

describe.each(reached)("$operation", ({ operation, type, field }) => {
	const [method = "GET"] = operation.split(" ");
	const isRead = type !== "Mutation";

	const open = async (specified = false) => {
		const exchanges: Exchange[] = [];
		const world = await worldFor(operation, exchanges, {
			...OPTIONS,
			sandbox: { specified },
		});
		/** What the API said to it last, while nothing went wrong. */
		const said = () =>
			exchanges.findLast(
				(exchange) =>
					exchange.method === method &&
					new RegExp(patternOf(operation)).test(exchange.path) &&
					exchange.status < 300,
			)?.answer;
		return { world, said };
	};

	test("is read the same as recorded and as specified", async () => {
		const answers: Data[] = [];
		for (const specified of [false, true]) {
			const { world, said } = await open(specified);
			await using _ = world;
			const { data, errors } = await call(world, operation, field);
			expect(errors).toBeUndefined();
			expect(said()).toBeDefined();
			answers.push(data);
		}
		expect(answers[1]).toEqual(answers[0]);
	});

	test("loses with one odd value or one missing container that alone", async () => {
		const { world: first, said } = await open();
		await using _first = first;
		const whole = await call(first, operation, field);
		expect(whole.errors).toBeUndefined();
		const answer = said();
		const spoilt = [
			...oddities(answer).map(({ path, instead }) => ({
				set: { [path]: instead },
			})),
			...containers(answer).map((path) => ({ remove: [path] })),
		];
		// A read may be made again in the same world; what a write found there is gone.
		const together = isRead
			? spoilt
			: [{ set: Object.assign({}, ...spoilt.map(({ set }: Data) => set)) }];
		for (const change of together) {
			const { world } = isRead ? { world: first } : await open();
			spoil(world, operation, { kind: "wrongShape", ...change }, 1);
			const { data, errors } = await call(world, operation, field, FRESH);
			expect([change, errors]).toEqual([change, undefined]);
			if (!isAlike(whole.data, data, true))
				expect([change, data]).toEqual([change, whole.data]);
			if (!isRead) await world[Symbol.asyncDispose]();
		}
	});

	test("is answered by a page of the edge: an outage, and no word of the token", async () => {
		for (const status of [200, 403]) {
			const { world } = await open();
			await using _ = world;
			spoil(world, operation, { kind: "status", status, body: PAGE });
			const answer = await call(world, operation, field, FRESH);
			const isUnseen = !isRead && status === 200 && method !== "GET";
			const isTold = BULK.test(operation) || HELD_BEFORE.has(operation);
			const codes = isUnseen
				? isTold
					? []
					: ["OUTCOME_UNKNOWN"]
				: ["UPSTREAM_UNAVAILABLE"];
			expect([status, codesOf(answer)]).toEqual([status, codes]);
			if (BULK.test(operation) && isUnseen)
				expect(
					answer.data[String(field)].results.map(
						({ state }: { state: string }) => state,
					),
				).toEqual(["UNKNOWN", "UNKNOWN"]);
			expect(String(answer.errors?.[0]?.message)).not.toContain("token");
		}
	});
});

/** Runs the public audits of GraphQL over HTTP against the gateway as it ships, limits and token check included. */
import { serverAudits } from "graphql-http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let token: string;
beforeAll(async () => {
	world = await startWorld({ contacts: 1 });
	token = await world.token();
});
afterAll(() => world[Symbol.asyncDispose]());

const audits = serverAudits({
	url: () => `${world.url}/graphql`,
	fetchFn: (url: string, init: RequestInit = {}) => {
		const headers = new Headers(init.headers);
		headers.set("authorization", `Bearer ${token}`);
		return fetch(url, { ...init, headers });
	},
});

describe("GraphQL over HTTP", () => {
	for (const audit of audits)
		test(`${audit.id} ${audit.name}`, async () => {
			const result = await audit.fn();
			expect(
				result.status,
				"reason" in result ? result.reason : undefined,
			).toBe("ok");
		});

	test("all of the audits are here", () => {
		expect(audits.length).toBeGreaterThanOrEqual(60);
	});
});

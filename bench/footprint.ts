/**
 * How much of the source one request meets, which is what a reader has to read to follow it: files of `src/` and
 * functions in them, by V8's own coverage. Others of its kind came before it, so that starting up is left out; documents
 * are new each time but for the kept answer. `--against DIR` does the same in another
 * checkout.
 */
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { Pool } from "undici";
import { mintToken } from "../src/auth/authenticator.ts";
import { tell } from "./cache/sandbox-control.ts";
import { startChild } from "./child.ts";
import type { FootprintSettings, Met } from "./footprint/gateway.ts";
import type { Scenario } from "./main.ts";

const LOCATION = { token: "sandbox-pit-1", locationId: "sandbox-location-1" };
/** In words of its own each time: parsed, checked and compiled, as every document is once. */
const nestedQuery = (n: number) =>
	`query Nested${n} { contacts(first: 20) { nodes { contactId name email tasks { nodes { taskId title status } } notes { nodes { noteId body } } appointments { nodes { appointmentId title startTime } } } } }`;
const updateOf = (n: number) =>
	`mutation Update${n}($id: ID!, $city: String!) { updateContact(input: { contactId: $id, city: $city }) { contact { contactId city } userErrors { message } } }`;

export const footprint: Scenario = {
	measures:
		"files and functions of src/ that one request meets (--full: names the files)",
	async run({ against, full }) {
		const places = against === undefined ? ["."] : [".", against];
		for (const place of places) {
			console.log(`\n${place === "." ? "this checkout" : place}`);
			await measure(place, full);
		}
	},
};

const measure = async (checkout: string, full: boolean): Promise<void> => {
	const secret = randomBytes(32).toString("hex");
	await using sandbox = await startChild("nested/sandbox.ts", {});
	const control = new Pool(sandbox.url, { connections: 2 });
	const { keys } = (await tell(control, "GET", "webhooks")) as Pick<
		FootprintSettings,
		"keys"
	>;
	await using gateway = await startChild("footprint/gateway.ts", {
		source: resolve(checkout, "src"),
		url: sandbox.url,
		...LOCATION,
		secret,
		keys,
	} satisfies FootprintSettings);
	const token = await mintToken({
		secret,
		issuer: "contact-graph",
		audience: "contact-graph",
		locations: [LOCATION.locationId],
		scopes: ["contacts.readonly", "contacts.write"],
		ttlSeconds: 3600,
	});
	const pool = new Pool(gateway.url);
	const ask = async (
		body: { query: string; variables?: object; extensions?: object },
		headers: Record<string, string> = {},
	): Promise<unknown> => {
		const answer = await pool.request({
			path: "/graphql",
			method: "POST",
			headers: {
				"content-type": "application/json",
				authorization: `Bearer ${token}`,
				...headers,
			},
			body: JSON.stringify(body),
		});
		return answer.body.json();
	};
	const { data } = (await ask({ query: nestedQuery(0) })) as {
		data: { contacts: { nodes: { contactId: string }[] } };
	};
	const id = data.contacts.nodes[0]?.contactId;

	await using stream = await subscribe(gateway.url, token);
	await tell(control, "PUT", "webhooks", {
		url: `${gateway.url}/webhooks/contacts`,
	});
	const event = async () => {
		const next = stream.next();
		await tell(control, "POST", "edits", {
			type: "ContactUpdate",
			locationId: LOCATION.locationId,
		});
		await next;
	};

	const kinds: readonly (readonly [string, (n: number) => Promise<unknown>])[] =
		[
			[
				"cold nested query",
				(n) => ask({ query: nestedQuery(n) }, { "cache-control": "no-cache" }),
			],
			["values kept", (n) => ask({ query: nestedQuery(100 + n) })],
			["answer kept", () => ask({ query: nestedQuery(100) })],
			[
				"updateContact",
				(n) =>
					ask({
						query: updateOf(n),
						variables: { id, city: `City ${n}` },
					}),
			],
			["webhook to subscriber", event],
		];
	for (const [name, request] of kinds) {
		for (let n = 0; n < 3; n++) await request(n);
		await gateway.report();
		await request(3);
		const { files, functions } = (await gateway.report()) as Met;
		console.log(
			`  ${name.padEnd(24)} ${String(files.length).padStart(3)} files ${String(functions).padStart(4)} functions`,
		);
		if (full) console.log(`    ${files.join(" ")}`);
	}
	await pool.destroy();
	await control.destroy();
};

/** Every change of the location, over Server-Sent Events. */
const subscribe = async (url: string, token: string) => {
	const leaving = new AbortController();
	const { body } = await fetch(`${url}/graphql`, {
		method: "POST",
		signal: leaving.signal,
		headers: {
			accept: "text/event-stream",
			"content-type": "application/json",
			authorization: `Bearer ${token}`,
		},
		body: JSON.stringify({
			query: "subscription { changes { cursor type contact { name } } }",
		}),
	});
	const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
	return {
		async next() {
			for (;;) {
				const { value, done } = (await reader?.read()) ?? { done: true };
				if (done || value?.includes("event: next")) return;
			}
		},
		async [Symbol.asyncDispose]() {
			leaving.abort();
		},
	};
};

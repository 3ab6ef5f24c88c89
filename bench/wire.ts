/**
 * What an answer weighs on the wire, head and body, and what it costs the gateway in CPU: identity against each encoding,
 * made (its values are kept, its words are new) and kept, by its text and by its id, and a GET that is asked again. All are
 * measured in turn within each round.
 */
import { hash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mintToken } from "../src/auth/authenticator.ts";
import { type Child, startChild } from "./child.ts";
import type { GatewaySettings } from "./gateway.ts";
import type { Scenario } from "./main.ts";
import { table } from "./nested/table.ts";

const LOCATION = { token: "sandbox-pit-1", locationId: "sandbox-location-1" };
const NESTED =
	"{ contacts(first: 20) { nodes { contactId name email tasks { nodes { taskId title status } } notes { nodes { noteId body } } appointments { nodes { appointmentId title startTime } } } } }";
const ENCODINGS = ["identity", "gzip", "br", "zstd"];
const WARM_UPS = 2;

interface Asked {
	readonly path?: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly body?: object;
}

export const wire: Scenario = {
	measures:
		"bytes on the socket and gateway CPU of the nested query: identity, gzip, br, zstd, by id, and asked again",
	async run({ rounds, queries }) {
		await using folder = await mkdtempDisposable(join(tmpdir(), "bench-"));
		const manifest = join(folder.path, "manifest.json");
		const documentId = hash("sha256", NESTED, "hex");
		await writeFile(manifest, JSON.stringify({ [documentId]: NESTED }));
		const secret = randomBytes(32).toString("hex");
		await using sandbox = await startChild("nested/sandbox.ts", {});
		await using gateway = await startChild("gateway.ts", {
			url: sandbox.url,
			...LOCATION,
			secret,
			environment: {
				TRUSTED_DOCUMENTS: "log",
				TRUSTED_DOCUMENTS_FILE: manifest,
				CACHE_UNCOVERED_SECONDS: "3600",
				CACHE_TASK_SECONDS: "3600",
			},
		} satisfies GatewaySettings);
		const token = await mintToken({
			secret,
			issuer: "contact-graph",
			audience: "contact-graph",
			locations: [LOCATION.locationId],
			scopes: ["contacts.readonly"],
			ttlSeconds: 3600,
		});
		await using socket = await openSocket(gateway, token);
		// Twice, since an answer is kept from its second time on.
		for (const _ of [1, 2]) await socket.ask(posted("identity", NESTED));

		let words = 0;
		const kinds: Record<string, () => Asked> = {};
		for (const encoding of ENCODINGS)
			kinds[`kept, ${encoding}`] = () => posted(encoding, NESTED);
		for (const encoding of ENCODINGS)
			kinds[`made, ${encoding}`] = () =>
				posted(encoding, `${NESTED} # ${words++}`);
		const get = {
			path: `/graphql?query=${encodeURIComponent(NESTED)}`,
			headers: { "Accept-Encoding": "gzip, deflate, br, zstd" },
		};
		const { etag } = await socket.ask(get);
		const byId = { ...get, path: `/graphql?documentId=${documentId}` };
		kinds["kept, POST by id, zstd"] = () => ({
			headers: { "Accept-Encoding": "zstd" },
			body: { documentId },
		});
		kinds["kept, GET by id"] = () => byId;
		kinds["kept, GET by id, asked again"] = () => ({
			...byId,
			headers: { ...byId.headers, "If-None-Match": etag },
		});
		kinds["kept, GET, as browsers ask"] = () => get;
		kinds["kept, GET, asked again"] = () => ({
			...get,
			headers: { ...get.headers, "If-None-Match": etag },
		});

		const micros = new Map<string, number[]>();
		const bytes = new Map<string, string>();
		for (let round = -WARM_UPS; round < rounds; round++)
			for (const [kind, ask] of Object.entries(kinds)) {
				const before = await gateway.cpuMicros();
				for (let n = 0; n < queries; n++) {
					const { sent, received, status } = await socket.ask(ask());
					bytes.set(
						kind,
						`${status}  ${sent} bytes asked, ${received} answered`,
					);
				}
				const cost = ((await gateway.cpuMicros()) - before) / queries;
				if (round >= 0) micros.set(kind, [...(micros.get(kind) ?? []), cost]);
			}
		console.log("\nbytes on the socket, head and body");
		for (const [kind, said] of bytes)
			console.log(`  ${kind.padEnd(28)} ${said}`);
		table("CPU of the gateway", micros, "kept, identity", {
			unit: " ms",
			scale: 1e-3,
		});
	},
};

const posted = (encoding: string, query: string): Asked => ({
	headers: { "Accept-Encoding": encoding },
	body: { query },
});

/** One connection that is kept open: what a client in use sends and gets, one request after the other. */
const openSocket = async ({ url }: Child, token: string) => {
	const { hostname, port, host } = new URL(url);
	const socket = connect(Number(port), hostname);
	socket.setNoDelay(true);
	await once(socket, "connect");
	return {
		async ask({ path = "/graphql", headers, body }: Asked) {
			const text = body === undefined ? "" : JSON.stringify(body);
			const fields = Object.entries({
				Host: host,
				Authorization: `Bearer ${token}`,
				...(text && {
					"Content-Type": "application/json",
					"Content-Length": Buffer.byteLength(text),
				}),
				...headers,
			}).map(([name, value]) => `${name}: ${value}\r\n`);
			const request = `${text ? "POST" : "GET"} ${path} HTTP/1.1\r\n${fields.join("")}\r\n${text}`;
			socket.write(request);
			let got = Buffer.alloc(0);
			let whole = Number.POSITIVE_INFINITY;
			let head = "";
			while (got.byteLength < whole) {
				const [chunk] = (await once(socket, "data")) as [Buffer];
				got = Buffer.concat([got, chunk]);
				const end = got.indexOf("\r\n\r\n");
				if (head || end < 0) continue;
				head = String(got.subarray(0, end));
				const [, length = "0"] = /content-length: (\d+)/i.exec(head) ?? [];
				whole = end + 4 + Number(length);
			}
			return {
				status: Number(head.slice(9, 12)),
				etag: /etag: (.*)/i.exec(head)?.[1] ?? "",
				sent: Buffer.byteLength(request),
				received: got.byteLength,
			};
		},
		async [Symbol.asyncDispose]() {
			socket.destroy();
		},
	};
};

/** The gateway under load of events: its journal on disk, its upstream never asked. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGateway } from "../../src/gateway.ts";
import { createLog } from "../../src/log.ts";
import { serveParent } from "../child.ts";

export interface EventsSettings {
	readonly secret: string;
	readonly locationId: string;
	/** Public key of the sender, SPKI in PEM. */
	readonly key: string;
}

serveParent<EventsSettings>(async ({ secret, locationId, key }) => {
	const folder = mkdtempSync(join(tmpdir(), "bench-events-"));
	process.on("exit", () => rmSync(folder, { recursive: true }));
	const gateway = await createGateway({
		port: 0,
		// Nothing listens there: no figure of this scenario may depend on the Contacts API.
		contactsApi: {
			url: "http://127.0.0.1:9",
			connections: 1,
			timeoutMs: 1000,
			token: () => "none",
		},
		locations: [locationId],
		dataFile: join(folder, "gateway.db"),
		auth: { secret, issuer: "contact-graph", audience: "contact-graph" },
		limits: {
			bodyBytes: 262_144,
			depth: 15,
			aliases: 50,
			rootFields: 20,
			directives: 50,
			tokens: 4000,
			pageSize: 100,
		},
		cors: { origins: [] },
		production: true,
		log: createLog({ level: "error" }),
		webhooks: { keys: { ed25519: [key], rsa: [] }, queue: 20_000 },
		streams: { most: 20_000, operations: 1000 },
	});
	return gateway.url;
});

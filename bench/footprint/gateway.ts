/** A gateway whose process counts which functions of its source were called since it was last asked. */
import { mkdtempSync, rmSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { createGateway } from "../../src/gateway.ts";
import type { createLog } from "../../src/log.ts";
import { serveParent } from "../child.ts";
import type { GatewaySettings } from "../gateway.ts";

export interface FootprintSettings extends GatewaySettings {
	/** The `src` folder to run. */
	readonly source: string;
}

/** What was called since the last report. */
export interface Met {
	/** Below `src/`, sorted. */
	readonly files: readonly string[];
	readonly functions: number;
}

serveParent<FootprintSettings>(
	async ({ source, url, token, locationId, secret, keys }) => {
		const session = new Session();
		session.connect();
		await session.post("Profiler.enable");
		await session.post("Profiler.startPreciseCoverage", {
			callCount: true,
			detailed: false,
		});
		const load = async <M>(file: string): Promise<M> =>
			(await import(pathToFileURL(join(source, file)).href)) as M;
		const gateway = await load<{ createGateway: typeof createGateway }>(
			"gateway.ts",
		);
		const log = await load<{ createLog: typeof createLog }>("log.ts");
		const folder = mkdtempSync(join(tmpdir(), "bench-footprint-"));
		process.on("exit", () => rmSync(folder, { recursive: true }));
		const running = await gateway.createGateway({
			port: 0,
			contactsApi: {
				url,
				connections: 100,
				timeoutMs: 10_000,
				token: () => token,
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
			log: log.createLog({ level: "error" }),
			...(keys && {
				webhooks: { keys: { ed25519: [keys.ed25519], rsa: [keys.rsa] } },
			}),
		});
		const root = pathToFileURL(source).href;
		const met = async (): Promise<Met> => {
			const { result } = await session.post("Profiler.takePreciseCoverage");
			const files: string[] = [];
			let functions = 0;
			for (const script of result) {
				if (!script.url.startsWith(root)) continue;
				// The first function of a script is the script itself.
				const called = script.functions
					.slice(1)
					.filter(({ ranges }) => (ranges[0]?.count ?? 0) > 0);
				if (called.length === 0) continue;
				files.push(script.url.slice(root.length + 1));
				functions += called.length;
			}
			return { files: files.sort(), functions };
		};
		return { url: running.url, report: met };
	},
);

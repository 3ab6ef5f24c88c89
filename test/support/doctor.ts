/** The doctor as a process of its own, against a sandbox, as a user starts it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";

const DOCTOR = join(import.meta.dirname, "../../src/doctor.ts");

export interface Examination {
	/** The exit status. */
	readonly code: number | null;
	/** Standard output, then standard error. */
	readonly said: string;
	readonly firstLine: string;
	/** `GET /contacts/`: a call without its query. */
	readonly calls: readonly string[];
}

export interface Running {
	readonly child: ChildProcess;
	/** Resolves when standard error matches. */
	says(pattern: RegExp): Promise<void>;
	ended(): Promise<Examination>;
}

/** The settings of the sandbox's first location; others come on top, and an empty one takes a setting away. */
export const startDoctor = (
	sandbox: Pick<
		Sandbox,
		"url" | "tokens" | "locations" | "certificate" | "calls"
	>,
	{
		args = [],
		env = {},
	}: { args?: string[]; env?: Record<string, string> } = {},
): Running => {
	const [location = ""] = sandbox.locations;
	const child = spawn(process.execPath, [DOCTOR, ...args], {
		env: {
			PATH: process.env.PATH ?? "",
			DATA_DIR: join(import.meta.dirname, "no-such-directory"),
			CONTACTS_API_URL: sandbox.url,
			CONTACTS_API_TOKEN: sandbox.tokens[location] ?? "",
			LOCATION_ID: location,
			...(sandbox.certificate && {
				NODE_EXTRA_CA_CERTS: sandbox.certificate.file,
			}),
			...env,
		},
	});
	const text = { out: "", err: "" };
	child.stdout?.on("data", (part) => {
		text.out += part;
	});
	child.stderr?.on("data", (part) => {
		text.err += part;
	});
	const closed = once(child, "close");
	return {
		child,
		async says(pattern) {
			while (!pattern.test(text.err))
				await once(child.stderr as Readable, "data");
		},
		async ended() {
			const [code] = await closed;
			const said = text.out + text.err;
			return {
				code: code as number | null,
				said,
				firstLine: said.split("\n")[0] ?? "",
				calls: sandbox
					.calls()
					.map(({ method, path }) => `${method} ${path.split("?")[0]}`),
			};
		},
	};
};

export const doctor = (
	...asked: Parameters<typeof startDoctor>
): Promise<Examination> => startDoctor(...asked).ended();

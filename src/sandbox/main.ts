// The command line of the sandbox: `npm run sandbox -- --rate-limit off --contacts 1000`.
import { parseArgs } from "node:util";
import { type SandboxOptions, startSandbox } from "./sandbox.ts";

const HELP = `npm run sandbox -- [flags]

Starts a stand-in for the Contacts API, with generated contacts. Flags, all of them optional; docs/sandbox.md has the rest:

  --port PORT               default SANDBOX_PORT or 4001; 0 for any free one
  --contacts N              contacts of the first location, default 1000
  --tasks-each N, --notes-each N, --appointments-each N
                            exact counts for every contact
  --locations N             default 2
  --seed N                  same seed, same data; default 1
  --ids readable            ids such as c1 and t1
  --rate-limit off          or BURST/INTERVAL_MS/DAILY, default 100/10000/200000
  --search-lag-ms N         how far searches run behind writes, default 10000
  --latency-ms N            every answer takes this much longer
  --tls                     HTTPS with a certificate of its own
  --webhook-url URL         where events go
  --edits-per-second N      simulated edits in the CRM
`;

/** Somebody asked what there is. */
class Help extends Error {}

/** Reads flags into options. Throws an Error whose message names the flag and what it expects. */
export function optionsFrom(
	args: readonly string[],
	environment: { SANDBOX_PORT?: string | undefined } = {},
): SandboxOptions {
	const { values } = parseArgs({
		args: [...args],
		strict: true,
		allowPositionals: false,
		options: {
			port: { type: "string" },
			tls: { type: "boolean" },
			"http-versions": { type: "string" },
			"idle-ms": { type: "string" },
			contacts: { type: "string" },
			"tasks-each": { type: "string" },
			"notes-each": { type: "string" },
			"appointments-each": { type: "string" },
			seed: { type: "string" },
			ids: { type: "string" },
			"rate-limit": { type: "string" },
			"search-lag-ms": { type: "string" },
			"search-gap-ms": { type: "string" },
			"latency-ms": { type: "string" },
			"latency-jitter-ms": { type: "string" },
			"access-ttl-ms": { type: "string" },
			specified: { type: "boolean" },
			"oauth-answers": { type: "string" },
			"search-names": { type: "string" },
			"refuse-id-search": { type: "boolean" },
			"max-search-contact-ids": { type: "string" },
			"tasks-search-max": { type: "string" },
			"webhook-url": { type: "string" },
			"edits-per-second": { type: "string" },
			"bulk-max": { type: "string" },
			"tag-case": { type: "string" },
			locations: { type: "string" },
			"contacts-elsewhere": { type: "string" },
			help: { type: "boolean", short: "h" },
		},
	});
	if (values.help) throw new Help();
	const whole = (flag: keyof typeof values): number | undefined => {
		const text = values[flag];
		if (text === undefined) return undefined;
		if (typeof text === "string" && /^\d+$/.test(text)) return Number(text);
		throw new Error(`--${flag} expects a whole number; got ${String(text)}.`);
	};
	const port = values.port ?? environment.SANDBOX_PORT ?? "4001";
	if (!/^\d+$/.test(port) || Number(port) > 65_535)
		throw new Error(
			`--port (or SANDBOX_PORT) expects a port number; got ${port}.`,
		);
	return given({
		port: Number(port),
		tls: values.tls,
		httpVersions: oneOf("http-versions", values["http-versions"], [
			"both",
			"1.1",
			"2",
		]),
		idleMs: whole("idle-ms"),
		contacts: whole("contacts"),
		tasksEach: whole("tasks-each"),
		notesEach: whole("notes-each"),
		appointmentsEach: whole("appointments-each"),
		seed: whole("seed"),
		ids: oneOf("ids", values.ids, ["upstream", "readable"]),
		rateLimit: rateLimitFrom(values["rate-limit"]),
		searchLagMs: whole("search-lag-ms"),
		searchGapMs: whole("search-gap-ms"),
		latencyMs: whole("latency-ms"),
		latencyJitterMs: whole("latency-jitter-ms"),
		oauth: oauthFrom(
			whole("access-ttl-ms"),
			oneOf("oauth-answers", values["oauth-answers"], [
				"measured",
				"specified",
			]),
		),
		specified: values.specified,
		searchNames: oneOf("search-names", values["search-names"], [
			"both",
			"lower",
		]),
		refuseIdSearch: values["refuse-id-search"],
		maxSearchContactIds: whole("max-search-contact-ids"),
		tasksSearchMax: whole("tasks-search-max"),
		webhooks: webhooksFrom(values["webhook-url"]),
		editsPerSecond: whole("edits-per-second"),
		bulkMax: whole("bulk-max"),
		tagCase: oneOf("tag-case", values["tag-case"], ["lower", "keep"]),
		locations: whole("locations"),
		contactsElsewhere: whole("contacts-elsewhere"),
	});
}

function oneOf<Value extends string>(
	flag: string,
	text: string | undefined,
	values: readonly Value[],
): Value | undefined {
	if (text === undefined) return undefined;
	const value = values.find((one) => one === text);
	if (value === undefined)
		throw new Error(`--${flag} expects ${values.join(" or ")}; got ${text}.`);
	return value;
}

function webhooksFrom(url: string | undefined): { url: string } | undefined {
	if (url === undefined) return undefined;
	if (URL.canParse(url)) return { url };
	throw new Error(`--webhook-url expects a URL; got ${url}.`);
}

function rateLimitFrom(
	text: string | undefined,
): SandboxOptions["rateLimit"] | undefined {
	if (text === undefined || text === "off") return text;
	const [, burst, intervalMs, daily] =
		/^([1-9]\d*)\/([1-9]\d*)\/([1-9]\d*)$/.exec(text) ?? [];
	if (daily === undefined)
		throw new Error(
			`--rate-limit expects off or BURST/INTERVAL_MS/DAILY, such as 100/10000/200000; got ${text}.`,
		);
	return {
		burst: Number(burst),
		intervalMs: Number(intervalMs),
		daily: Number(daily),
	};
}

const oauthFrom = (
	accessTtlMs: number | undefined,
	answers: "measured" | "specified" | undefined,
): SandboxOptions["oauth"] =>
	accessTtlMs === undefined && answers === undefined
		? undefined
		: {
				...(accessTtlMs !== undefined && { accessTtlMs }),
				...(answers && { answers }),
			};

/** Leaves out what was not said, so that the defaults stand. */
function given(
	options: { [Key in keyof SandboxOptions]: SandboxOptions[Key] | undefined },
): SandboxOptions {
	return Object.fromEntries(
		Object.entries(options).filter(([, value]) => value !== undefined),
	);
}

/** What Node says of a flag or a port, with what to do about it. */
function helpful({ message, code, port }: SystemError): string {
	if (code === "EADDRINUSE")
		return `port ${port} is taken: stop what uses it, or choose another with --port.`;
	return code?.startsWith("ERR_PARSE_ARGS")
		? `${message}. See npm run sandbox -- --help.`
		: message;
}

/** As Node throws them. */
interface SystemError extends Error {
	readonly code?: string;
	readonly port?: number;
}

const parent = process.ppid;

async function main(): Promise<void> {
	const sandbox = await startSandbox(
		optionsFrom(process.argv.slice(2), {
			SANDBOX_PORT: process.env.SANDBOX_PORT,
		}),
	);
	const [location = ""] = sandbox.locations;
	const shown = sandbox.locations
		.slice(0, 2)
		.map((id) => `  ${id}  ${sandbox.tokens[id]}`);
	const more = sandbox.locations.length - shown.length;
	const trusted = sandbox.certificate && [
		`Certificate: ${sandbox.certificate.file}`,
		`Trust it: NODE_EXTRA_CA_CERTS=${sandbox.certificate.file} CONTACTS_API_URL=${sandbox.url} CONTACTS_API_TOKEN=${sandbox.tokens[location]} LOCATION_ID=${location} npm start`,
	];
	process.stdout.write(
		[
			`Sandbox of the Contacts API: ${sandbox.url}`,
			...(trusted ?? []),
			"Locations and their tokens:",
			...shown,
			...(more > 0 ? [`  and ${more} more, numbered on`] : []),
			"Try it:",
			`  curl ${sandbox.certificate ? `--cacert ${sandbox.certificate.file} ` : ""}-H "Authorization: Bearer ${sandbox.tokens[location]}" -H "Version: 2021-07-28" "${sandbox.url}/contacts/?locationId=${location}&limit=1"`,
			`Control: ${sandbox.url}/__sandbox/calls and /__sandbox/faults`,
			"",
		].join("\n"),
	);
	let stopping = false;
	const stop = () => {
		if (!stopping) void sandbox.close();
		stopping = true;
	};
	for (const signal of ["SIGINT", "SIGTERM"] as const)
		process.once(signal, stop);
	if (process.env.npm_lifecycle_event !== undefined) onOrphaned(stop);
}

/** npm hands a signal to the shell between us, which may die of it without telling us: nobody would stop us then. */
function onOrphaned(stop: () => void): void {
	const timer = setInterval(() => {
		if (process.ppid === parent) return;
		clearInterval(timer);
		stop();
	}, 200);
	timer.unref();
}

if (import.meta.main)
	await main().catch((error: Error) => {
		if (error instanceof Help) {
			process.stdout.write(HELP);
			return;
		}
		process.stderr.write(`sandbox: ${helpful(error)}\n`);
		process.exitCode = 1;
	});

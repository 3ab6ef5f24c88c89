/**
 * `npm run doctor` asks the real API, with the gateway's own settings, what nobody can tell without an account: what
 * works, what does not, and what to set. Ends with 0 when nothing stands in the way of production.
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { ConfigError, configFrom } from "./config/config.ts";
import { createApi, MOST_CALLS } from "./doctor/api.ts";
import { openData } from "./doctor/data-file.ts";
import { examine, mostCalls } from "./doctor/examine.ts";
import { problemsOf, reportOn } from "./doctor/report.ts";
import { type Target, targetsOf } from "./doctor/target.ts";
import { DataFault } from "./store/data-fault.ts";
import { SealBroken } from "./store/seal.ts";

const HELP = `npm run doctor [-- --write] [--record FILE] [--location ID]

Asks the Contacts API with the settings of the gateway what works there, and says what to set.
Reads only: at most ${mostCalls(false)} calls, never more than a tenth of the location's limit, in about half a minute.

  --write        also makes one contact of its own with a task, a note and an appointment, changes them and
                 takes them away again: at most ${MOST_CALLS} calls in all
  --record FILE  writes the shapes of the answers to FILE: keys and kinds of values, and nothing of what they say
  --location ID  the location to ask about, where there are several

Ends with 0 when nothing stands in the way of production, else with 1 and the reason first.
Every check is described in docs/doctor.md.
`;

/** What the caller can mend; told without a stack. */
class Unfit extends Error {}

const flags = (args: readonly string[]) => {
	try {
		return parseArgs({
			args: [...args],
			strict: true,
			allowPositionals: false,
			options: {
				write: { type: "boolean", default: false },
				record: { type: "string" },
				location: { type: "string" },
				help: { type: "boolean", short: "h", default: false },
			},
		}).values;
	} catch (error) {
		throw new Unfit(`${(error as Error).message}\n\n${HELP}`);
	}
};

const chosen = (
	targets: readonly Target[],
	location: string | undefined,
): Target | undefined => {
	if (location === undefined) return targets[0];
	const target = targets.find(({ locationId }) => locationId === location);
	if (target) return target;
	throw new Unfit(
		`--location expects a location that the gateway has a token for (${targets.map(({ locationId }) => locationId).join(", ") || "it has none"}), but got ${location}`,
	);
};

/** Resolves with the exit status. */
const main = async (args: readonly string[]): Promise<number> => {
	const { write, record, location, help } = flags(args);
	if (help) {
		process.stdout.write(HELP);
		return 0;
	}
	const config = configFrom();
	const { upstream } = config;
	if (upstream.kind !== "api")
		throw new Unfit(
			"There is no API to ask: set CONTACTS_API_TOKEN and LOCATION_ID (or CONTACTS_API_TOKENS, or OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET) as for the gateway.",
		);
	// Better told now than after all the calls.
	if (record !== undefined)
		await writeFile(record, "", { flag: "a" }).catch((error: Error) => {
			throw new Unfit(
				`--record expects a file that can be written, but got ${record}: ${error.message}`,
			);
		});
	using data = await openData(config);
	const targets = targetsOf(config, data, config.tokenLocationId);
	const target = chosen(targets, location);
	const stop = new AbortController();
	for (const signal of ["SIGINT", "SIGTERM"] as const)
		process.on(signal, () => {
			if (stop.signal.aborted) return;
			stop.abort();
			process.stderr.write(
				"Interrupted: taking away what was written, then the report.\n",
			);
		});
	await using api = createApi(
		{ ...config, url: upstream.url, token: target?.token ?? "" },
		stop.signal,
	);
	const startedAt = Date.now();
	const findings = await examine(
		{
			config,
			api,
			target,
			targets,
			data,
			write,
			signal: stop.signal,
			startedAt,
		},
		(check) => {
			if (process.stderr.isTTY) process.stderr.write(`${check} ...\n`);
		},
	);
	if (record !== undefined)
		await writeFile(
			record,
			`${JSON.stringify(api.recorder.file(new Date(startedAt)), null, 1)}\n`,
		);
	process.stdout.write(
		reportOn(findings, {
			locationId: target?.locationId,
			calls: api.calls,
			seconds: Math.round((Date.now() - startedAt) / 1000),
			colours: process.stdout.isTTY && process.stdout.hasColors(),
		}),
	);
	return problemsOf(findings).length > 0 ? 1 : 0;
};

try {
	process.exitCode = await main(process.argv.slice(2));
} catch (error) {
	if (
		!(
			error instanceof ConfigError ||
			error instanceof Unfit ||
			error instanceof DataFault ||
			error instanceof SealBroken
		)
	)
		throw error;
	process.stderr.write(`Not ready for production: ${error.message}\n`);
	process.exitCode = 1;
}

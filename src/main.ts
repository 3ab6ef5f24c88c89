/** The process: starts, drains on a signal, and tells faults that can be mended without a stack. */
import { enableCompileCache } from "node:module";

// Taken before anything is loaded: a parent that ends meanwhile must be missed afterwards.
const parent = process.ppid;
// There is no build: without it every start strips the types of all sources and compiles them again.
enableCompileCache();
const { ConfigError, configFrom } = await import("./config/config.ts");

const HELP = `npm start (or npm run dev, which starts again on every change)

Starts the gateway, and the sandbox beside it where there are no credentials. It takes no flags: settings are environment
variables, such as PORT=5000 npm start; docs/operating.md lists them all.
`;

/** The first signal drains; a second one, from somebody who will not wait, ends the process at once. */
const stopOnSignal = (stop: () => Promise<void>, underNpm: boolean): void => {
	let stopping = false;
	const stopOnce = () => {
		if (stopping) return;
		stopping = true;
		void stop();
	};
	for (const signal of ["SIGTERM", "SIGINT"] as const)
		process.on(signal, () => {
			if (stopping) process.exit(1);
			stopOnce();
		});
	if (underNpm) onOrphaned(stopOnce);
};

const PARENT_CHECK_MS = 200;

/**
 * npm hands a signal to the shell between us, and a shell such as dash dies of it without telling us. What would be
 * left is a gateway that nobody knows of, on a port that is taken. Under npm alone: a daemon's parent may leave it.
 */
const onOrphaned = (stop: () => void): void => {
	const timer = setInterval(() => {
		if (process.ppid === parent) return;
		clearInterval(timer);
		stop();
	}, PARENT_CHECK_MS);
	timer.unref();
};

const run = async (): Promise<void> => {
	const config = configFrom();
	// To somebody who waits in front of it: all that is needed takes seconds to load.
	if (config.underNpm)
		process.stderr.write(
			`contact-graph is starting${config.upstream.kind === "sandbox" ? ", with its sandbox" : ""} ...\n`,
		);
	const { start, StartError } = await import("./start.ts");
	try {
		stopOnSignal(await start(config), config.underNpm);
	} catch (error) {
		if (!(error instanceof StartError)) throw error;
		fail(error.message);
	}
};

const fail = (message: string): void => {
	process.stderr.write(`${message}\n`);
	process.exitCode = 1;
};

const [flag] = process.argv.slice(2);
if (flag === undefined)
	await run().catch((error: unknown) => {
		if (!(error instanceof ConfigError)) throw error;
		fail(error.message);
	});
else if (flag === "--help" || flag === "-h") process.stdout.write(HELP);
else fail(`npm start takes no flags, but got ${flag}.\n\n${HELP}`);
// Under --watch, which would wait for a change of the sources to show the same again.
if (flag !== undefined && process.send) process.kill(process.ppid);

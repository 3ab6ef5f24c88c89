/** The process: starts, drains on a signal, and tells faults that can be mended without a stack. */
import { enableCompileCache } from "node:module";

// Taken before anything is loaded: a parent that ends meanwhile must be missed afterwards.
const parent = process.ppid;
// There is no build: without it every start strips the types of all sources and compiles them again.
enableCompileCache();
const { ConfigError, configFrom } = await import("./config/config.ts");
const { start, StartError } = await import("./start.ts");

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

try {
	const config = configFrom();
	stopOnSignal(await start(config), config.underNpm);
} catch (error) {
	if (!(error instanceof ConfigError || error instanceof StartError))
		throw error;
	process.stderr.write(`${error.message}\n`);
	process.exitCode = 1;
}

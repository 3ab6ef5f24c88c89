/** The upstream of the bench: the sandbox, with its limit counted on time that runs faster. */
import { type RateLimit, startSandbox } from "../../src/sandbox/sandbox.ts";
import { serveParent } from "../child.ts";
import { type FastTime, fastClock } from "../fast-clock.ts";

export interface OverloadSandbox {
	readonly contacts: number;
	readonly rateLimit: RateLimit | "off";
	readonly time: FastTime;
}

serveParent<OverloadSandbox>(async ({ contacts, rateLimit, time }) => {
	const sandbox = await startSandbox({
		contacts,
		tasksEach: 1,
		notesEach: 1,
		appointmentsEach: 1,
		rateLimit,
		searchLagMs: 0,
		now: fastClock(time).epoch,
	});
	return sandbox.url;
});

/** The upstream of the bench: the sandbox with the rate limit the bench is about. */
import { type RateLimit, startSandbox } from "../../src/sandbox/sandbox.ts";
import { serveParent } from "../child.ts";

interface Settings {
	readonly rateLimit: RateLimit;
	/** Any free one when left out. */
	readonly port?: number;
}

serveParent<Settings>(async ({ rateLimit, port = 0 }) => {
	const sandbox = await startSandbox({
		rateLimit,
		port,
		latencyMs: 25,
		latencyJitterMs: 25,
		searchLagMs: 0,
	});
	return sandbox.url;
});

/** The upstream of the bench: the sandbox with the rate limit the bench is about. */
import { type RateLimit, startSandbox } from "../../src/sandbox/sandbox.ts";
import { serveParent } from "../child.ts";

serveParent<{ readonly rateLimit: RateLimit }>(async ({ rateLimit }) => {
	const sandbox = await startSandbox({
		rateLimit,
		latencyMs: 25,
		latencyJitterMs: 25,
		searchLagMs: 0,
	});
	return sandbox.url;
});

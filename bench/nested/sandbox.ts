/** The upstream of the bench: the sandbox without limits, lag or latency. */
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { serveParent } from "../child.ts";

serveParent(async () => {
	const sandbox = await startSandbox({ rateLimit: "off", searchLagMs: 0 });
	return sandbox.url;
});

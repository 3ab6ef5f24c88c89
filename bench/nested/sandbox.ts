/** The upstream of the benches: the sandbox without limits or lag, as slow as a bench wants it. */
import {
	type SandboxOptions,
	startSandbox,
} from "../../src/sandbox/sandbox.ts";
import { serveParent } from "../child.ts";

serveParent<SandboxOptions>(async (settings) => {
	const sandbox = await startSandbox({
		rateLimit: "off",
		searchLagMs: 0,
		...settings,
	});
	return sandbox.url;
});

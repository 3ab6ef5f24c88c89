/** The upstream of the bench: the sandbox over TLS, 30 ms away. It reports the certificate to trust. */
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { serveParent } from "../child.ts";

serveParent<object>(async () => {
	const { url, certificate } = await startSandbox({
		tls: true,
		latencyMs: 30,
		rateLimit: "off",
		contacts: 50,
		ids: "readable",
	});
	return { url, report: () => certificate?.pem };
});

/** How connections to HighLevel are opened: each carries one call at a time, whichever version of HTTP it speaks. */
import { buildConnector, type Client } from "undici";

/** Options of undici's. `timeoutMs` is the longest wait for a connection. */
export const oneCallEach = (timeoutMs: number): Client.Options => ({
	pipelining: 1,
	connect: connector(timeoutMs),
	// Else a pool sends everything over its first session of HTTP/2, and waits for that to be open.
	allowH2: false,
	h2Options: { maxConcurrentStreams: 1 },
});

// RFC 7301: the alert of a server that speaks none of the versions offered.
const NO_VERSION_IN_COMMON = "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL";

/** Offers HTTP/1.1 alone, since most fronts choose HTTP/2 where they may, and HTTP/2 once HTTP/1.1 was refused. */
const connector = (timeout: number): buildConnector.connector => {
	const http1 = buildConnector({ timeout, allowH2: false });
	const both = buildConnector({ timeout, allowH2: true });
	let offered = http1;
	return (to, callback) => {
		const tried = offered;
		tried(to, (...[error, socket]) => {
			if (!error) return callback(null, socket);
			const { code } = error as { code?: string };
			if (tried === both || code !== NO_VERSION_IN_COMMON)
				return callback(error, null);
			offered = both;
			both(to, callback);
		});
	};
};

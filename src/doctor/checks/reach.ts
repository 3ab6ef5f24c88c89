/** Whether the API is there, over TLS that is trusted, and which versions of HTTP it offers. */
import { isIP } from "node:net";
import { connect } from "node:tls";
import type { Check, Verdict } from "../check.ts";

export const reach: Check = {
	name: "Connection",
	calls: 0,
	async run({ config }) {
		if (config.upstream.kind !== "api") return [];
		const url = new URL(config.upstream.url);
		if (url.protocol !== "https:") return [plain(url)];
		try {
			const protocol = await offered(url, config.timeoutMs);
			return [
				{
					level: "good",
					saw: `${url.origin} is reached over TLS with a certificate that is trusted, and ${protocol === "h2" ? "offers" : "does not offer"} HTTP/2.`,
					means: `The gateway speaks HTTP/1.1 all the same, one call on each connection: up to UPSTREAM_CONNECTIONS=${config.connections} of them.`,
				},
			];
		} catch (error) {
			return [unreached(url, error as NodeJS.ErrnoException)];
		}
	},
};

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

const plain = ({ hostname, origin }: URL): Verdict =>
	LOOPBACK.test(hostname)
		? {
				level: "good",
				saw: `${origin} is plain HTTP on this machine, and so not HighLevel's API.`,
				means: "What follows is about whatever answers there.",
			}
		: {
				level: "problem",
				saw: `CONTACTS_API_URL is ${origin}, which is plain HTTP.`,
				means: "Tokens and contacts would travel readable.",
				set: "Set CONTACTS_API_URL to an https address, or leave it out for HighLevel's own.",
				stop: true,
			};

/** The version of HTTP that the other side chooses of both. */
const offered = (url: URL, timeoutMs: number): Promise<string | false | null> =>
	new Promise((resolve, reject) => {
		const socket = connect({
			host: url.hostname,
			port: Number(url.port) || 443,
			...(!isIP(url.hostname) && { servername: url.hostname }),
			ALPNProtocols: ["h2", "http/1.1"],
			timeout: timeoutMs,
		});
		socket.once("secureConnect", () => {
			resolve(socket.alpnProtocol);
			socket.destroy();
		});
		socket.once("timeout", () =>
			socket.destroy(new Error("no answer in time")),
		);
		socket.once("error", reject);
	});

const unreached = (
	{ origin }: URL,
	{ code, message }: NodeJS.ErrnoException,
): Verdict => {
	const mistrusted = /CERT|SELF_SIGNED|UNABLE_TO/.test(code ?? "");
	return {
		level: "problem",
		saw: `${origin} was not reached: ${mistrusted ? "its certificate is not trusted" : "no connection"} (${code ?? message}).`,
		set: mistrusted
			? "Set NODE_EXTRA_CA_CERTS to the certificate's file if that is a front of your own; otherwise somebody stands in between."
			: "Check CONTACTS_API_URL, and that this machine may connect to it (firewall, proxy, DNS).",
		stop: true,
	};
};

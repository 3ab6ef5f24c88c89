// Puts the sandbox on a port: over plain HTTP, or over TLS with the versions of HTTP that a caller may choose from.
import { createServer as http1 } from "node:http";
import { createSecureServer as http2 } from "node:http2";
import { createServer as https } from "node:https";
import type { Socket } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { HttpVersions, Settings } from "../options.ts";
import { type Certificate, makeCertificate } from "./certificate.ts";
import type { Api } from "./env.ts";

export interface Served {
	/** https://127.0.0.1:PORT, or http: without TLS. */
	readonly url: string;
	readonly certificate: Certificate | undefined;
	/** How many are open now. */
	connections(): number;
	/** Ends every connection, and resolves when nothing listens any more. */
	close(): Promise<void>;
}

/** On 127.0.0.1. Rejects when the port is taken. */
export async function serve(app: Api, settings: Settings): Promise<Served> {
	const { tls, httpVersions, idleMs } = settings;
	const certificate = tls ? await makeCertificate() : undefined;
	const server = createAdaptorServer({
		fetch: app.fetch as never,
		createServer: (certificate ? SECURE[httpVersions] : http1) as never,
		serverOptions: {
			...(certificate && { key: certificate.key, cert: certificate.cert }),
			...(httpVersions === "both" && { allowHTTP1: true }),
			// A front that closes idle connections seldom says when; Node would say so in a header.
			...(idleMs !== undefined && { keepAliveTimeout: 0 }),
		} as never,
	});
	const sockets = new Set<Socket>();
	server.on("connection", (socket: Socket) => {
		sockets.add(socket);
		socket.once("close", () => sockets.delete(socket));
	});
	const port = await listen(server, settings.port);
	return {
		url: `${certificate ? "https" : "http"}://127.0.0.1:${port}`,
		certificate,
		connections: () => sockets.size,
		async close() {
			const closed = new Promise((done) => server.close(done));
			for (const socket of sockets) socket.destroy();
			await closed;
			await certificate?.remove();
		},
	};
}

const SECURE: Record<HttpVersions, unknown> = {
	"1.1": https,
	"2": http2,
	both: http2,
};

type Server = ReturnType<typeof createAdaptorServer>;

const listen = (server: Server, port: number): Promise<number> =>
	new Promise((done, failed) => {
		server.once("error", failed);
		server.listen(port, "127.0.0.1", () => {
			server.off("error", failed);
			const address = server.address();
			if (address === null || typeof address === "string")
				failed(new Error(`Expected a TCP address, got ${String(address)}.`));
			else done(address.port);
		});
	});

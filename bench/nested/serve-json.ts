/** The least server all baselines share: reads the request's body, answers JSON. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export const serveJson = async (
	answer: (asked: unknown) => Promise<unknown>,
): Promise<string> => {
	const server = createServer((req, res) => {
		const parts: Buffer[] = [];
		req.on("data", (part: Buffer) => parts.push(part));
		req.on("end", async () => {
			try {
				const asked: unknown = JSON.parse(Buffer.concat(parts).toString());
				const body = JSON.stringify(await answer(asked));
				res.writeHead(200, {
					"content-type": "application/json; charset=utf-8",
					"content-length": Buffer.byteLength(body),
				});
				res.end(body);
			} catch (error) {
				res.writeHead(500).end(String(error));
			}
		});
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** The floor under any whole answer from memory: node:http looks the request's body up and writes prebuilt bytes. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { serveParent } from "../child.ts";

serveParent<{ body: string; answer: string }>(async ({ body, answer }) => {
	const answers = new Map([[body, Buffer.from(answer)]]);
	const server = createServer((req, res) => {
		const parts: Buffer[] = [];
		req.on("data", (part: Buffer) => parts.push(part));
		req.on("end", () => {
			const found = answers.get(Buffer.concat(parts).toString());
			if (!found) {
				res.writeHead(404).end();
				return;
			}
			res.writeHead(200, {
				"content-type": "application/json; charset=utf-8",
				"content-length": found.byteLength,
			});
			res.end(found);
		});
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

// A receiver of webhooks that keeps what it gets and answers as told.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Received {
	headers: Record<string, string | string[] | undefined>;
	bytes: Buffer;
	body: Record<string, unknown> & {
		type: string;
		webhookId: string;
		id?: string;
		contactId?: string;
	};
}

export interface Receiver extends AsyncDisposable {
	url: string;
	received: Received[];
	/** Statuses for the next deliveries, then 200. */
	answers: number[];
	types(): string[];
}

export async function startReceiver(): Promise<Receiver> {
	const received: Received[] = [];
	const answers: number[] = [];
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on("data", (chunk: Buffer) => chunks.push(chunk));
		request.on("end", () => {
			const bytes = Buffer.concat(chunks);
			received.push({
				headers: request.headers,
				bytes,
				body: asJson(bytes.toString()) as Received["body"],
			});
			response.writeHead(answers.shift() ?? 200).end();
		});
	});
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}/webhooks`,
		received,
		answers,
		types: () => received.map(({ body }) => body.type),
		[Symbol.asyncDispose]: () =>
			new Promise((done) => {
				server.close(() => done());
				server.closeAllConnections();
			}),
	};
}

function asJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return {};
	}
}

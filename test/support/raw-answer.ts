/** One HTTP answer byte by byte, as it came over the socket: nothing is added to the request, and nothing unpacked. */
import { connect } from "node:net";
import { buffer } from "node:stream/consumers";

export interface RawAnswer {
	readonly status: number;
	readonly headers: Readonly<Record<string, string | undefined>>;
	readonly body: Buffer;
	/** Of head and body together. */
	readonly wireBytes: number;
}

/** A POST of JSON where there is a body, else a GET. The connection is closed behind it. */
export const rawAnswer = async (
	url: string,
	{
		path = "/graphql",
		headers,
		body,
	}: {
		readonly path?: string;
		readonly headers: Readonly<Record<string, string>>;
		readonly body?: string | Buffer;
	},
): Promise<RawAnswer> => {
	const { hostname, port } = new URL(url);
	const socket = connect(Number(port), hostname);
	const lines = Object.entries({
		Host: `${hostname}:${port}`,
		Connection: "close",
		...(body !== undefined && {
			"Content-Type": "application/json",
			"Content-Length": String(Buffer.byteLength(body)),
		}),
		...headers,
	}).map(([name, value]) => `${name}: ${value}\r\n`);
	socket.write(
		`${body === undefined ? "GET" : "POST"} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`,
	);
	if (body !== undefined) socket.write(body);
	const all = await buffer(socket);
	const end = all.indexOf("\r\n\r\n");
	const [first = "", ...fields] = String(all.subarray(0, end)).split("\r\n");
	return {
		status: Number(first.split(" ")[1]),
		headers: Object.fromEntries(
			fields.map((field) => {
				const colon = field.indexOf(":");
				return [
					field.slice(0, colon).toLowerCase(),
					field.slice(colon + 1).trim(),
				];
			}),
		),
		body: all.subarray(end + 4),
		wireBytes: all.byteLength,
	};
};

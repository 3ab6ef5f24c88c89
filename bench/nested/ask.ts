/** Asks a server under measure, and holds it to the calls it says it made. */
import { Pool } from "undici";
import type { Child } from "../child.ts";

export interface Query {
	readonly query: string;
	readonly variables?: object;
	readonly extensions?: object;
	readonly cacheControl?: string;
	/** The REST calls a gateway must report, or its figure compares with nothing. */
	readonly calls?: number;
}

export interface Answer {
	readonly data?: unknown;
	readonly errors?: unknown;
}

export const askOnce = async (
	{ url }: Child,
	token: string,
	query: Query,
): Promise<Answer> => {
	const pool = new Pool(url);
	try {
		const answer = JSON.parse(await send(pool, token, query)) as Answer;
		if (!answer.errors) return answer;
		throw new Error(`the query failed: ${JSON.stringify(answer.errors)}`);
	} finally {
		await pool.close();
	}
};

/** In microseconds, user and system, of the server's process. */
export const cpuPerQuery = async (
	server: Child,
	token: string,
	query: (n: number) => Query,
	count: number,
	atOnce: number,
): Promise<number> => {
	const pool = new Pool(server.url, { connections: atOnce, pipelining: 1 });
	const before = await server.cpuMicros();
	let left = count;
	const worker = async () => {
		while (left-- > 0) await send(pool, token, query(asked++));
	};
	await Promise.all(Array.from({ length: atOnce }, worker));
	const after = await server.cpuMicros();
	await pool.close();
	return (after - before) / count;
};

let asked = 0;

const send = async (
	pool: Pool,
	token: string,
	{ cacheControl, calls, ...body }: Query,
): Promise<string> => {
	const answer = await pool.request({
		path: "/graphql",
		method: "POST",
		headers: {
			"content-type": "application/json",
			authorization: `Bearer ${token}`,
			...(cacheControl && { "cache-control": cacheControl }),
		},
		body: JSON.stringify(body),
	});
	const text = await answer.body.text();
	if (answer.statusCode !== 200)
		throw new Error(
			`a server answered ${answer.statusCode}: ${text.slice(0, 500)}`,
		);
	const [, made] = /"made":(\d+)/.exec(text.slice(-200)) ?? [];
	if (calls !== undefined && made !== undefined && Number(made) !== calls)
		throw new Error(
			`the query was to make ${calls} REST calls and made ${made}, so its cost compares with nothing`,
		);
	return text;
};

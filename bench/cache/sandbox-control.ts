/** The sandbox's control door, for benches: asked for what it saw, told what shall hold from now on. */
import type { Pool } from "undici";

/** @throws Error with what the sandbox said where it refuses. */
export const tell = async (
	control: Pool,
	method: "GET" | "PUT" | "POST",
	path: string,
	said?: unknown,
): Promise<unknown> => {
	const { statusCode, body } = await control.request({
		method,
		path: `/__sandbox/${path}`,
		headers: { "content-type": "application/json" },
		body: said === undefined ? null : JSON.stringify(said),
	});
	const answer = await body.json();
	if (statusCode >= 300)
		throw new Error(`the sandbox refused: ${JSON.stringify(answer)}`);
	return answer;
};

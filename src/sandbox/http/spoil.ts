// Carries a fault out: answers instead of the API, or spoils the answer that the API has made.
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Connection } from "./connections.ts";
import type { Call } from "./env.ts";
import { errorBody, traceId } from "./errors.ts";
import type { FaultAfter, FaultBefore } from "./faults.ts";

export function answerInstead(
	connection: Connection,
	fault: FaultBefore,
	budget: Record<string, string>,
): Response {
	if (fault.kind !== "status") return endNow(connection);
	const body = fault.body ?? defaultBody(fault.status);
	const text = typeof body === "string" ? body : JSON.stringify(body);
	return new Response(text, {
		status: fault.status,
		headers: {
			"Content-Type":
				typeof body === "string" ? "text/html" : "application/json",
			...budget,
			...(fault.status === 429 && "X-RateLimit-Remaining" in budget
				? { "X-RateLimit-Remaining": "0" }
				: {}),
			...fault.headers,
		},
	});
}

/** The answer in its spoilt form. */
export async function spoil(
	call: Call,
	connection: Connection,
	fault: FaultAfter,
	answer: Response,
): Promise<Response> {
	if (fault.kind === "hold") return answer;
	const text = await answer.text();
	switch (fault.kind) {
		case "slow":
			await new Promise((done) => setTimeout(done, fault.delayMs));
			return new Response(text, answer);
		case "cut":
		case "cutBefore":
		case "cutAfter":
			return cutShort(call, connection, answer, text, fault.kind);
		case "lostAnswer":
			return endNow(connection);
		case "goaway":
			return lastAnswer(connection, answer, text);
		case "created422": {
			const { status = 422, message = ["Unprocessable"] } = fault;
			return Response.json(
				{ ...errorBody(status, message), traceId: traceId() },
				{ status },
			);
		}
		case "malformed":
			return rewritten(answer, `${text.slice(0, text.length / 2)}\u0000`);
		case "wrongShape": {
			if (fault.body !== undefined)
				return rewritten(answer, JSON.stringify(fault.body));
			const value: unknown = JSON.parse(text);
			for (const path of fault.remove ?? []) changeAt(value, path.split("."));
			for (const [path, instead] of Object.entries(fault.set ?? {}))
				changeAt(value, path.split("."), instead);
			return rewritten(answer, JSON.stringify(value));
		}
	}
}

/** All calls on the connection end with it. */
function endNow(connection: Connection): Response {
	connection.end();
	return RESPONSE_ALREADY_SENT;
}

/** What is under way on the connection may finish; nothing new is taken. */
function lastAnswer(
	connection: Connection,
	answer: Response,
	text: string,
): Response {
	const headers = new Headers(answer.headers);
	if (connection.http === "1.1") headers.set("connection", "close");
	else connection.announceEnd();
	return new Response(text, { status: answer.status, headers });
}

/** With a length promised, half of it is seen as cut; without one, an unfinished chunked body is. */
function cutShort(
	call: Call,
	connection: Connection,
	answer: Response,
	text: string,
	kind: "cut" | "cutBefore" | "cutAfter",
): Response {
	const { outgoing } = call.env;
	const bytes = Buffer.from(text);
	const headers = Object.fromEntries(answer.headers);
	delete headers["content-length"];
	if (kind !== "cutAfter") headers["content-length"] = String(bytes.length);
	outgoing.writeHead(answer.status, headers);
	const sent = { cut: bytes.length / 2, cutBefore: 0, cutAfter: bytes.length };
	outgoing.flushHeaders();
	outgoing.write(bytes.subarray(0, Math.floor(sent[kind])), () =>
		connection.end(),
	);
	return RESPONSE_ALREADY_SENT;
}

const rewritten = (answer: Response, text: string): Response => {
	const headers = new Headers(answer.headers);
	headers.delete("content-length");
	return new Response(text, { status: 200, headers });
};

/** Without `instead` the key goes. */
function changeAt(
	value: unknown,
	[key, ...rest]: string[],
	instead?: unknown,
): void {
	if (typeof value !== "object" || value === null || key === undefined) return;
	const holder = value as Record<string, unknown>;
	const keys = key === "*" ? Object.keys(holder) : [key];
	for (const one of keys)
		if (rest.length > 0) changeAt(holder[one], rest, instead);
		else if (instead === undefined) delete holder[one];
		else holder[one] = instead;
}

function defaultBody(status: number): unknown {
	if (status === 429) return { statusCode: 429, message: "Too Many Requests" };
	// Errors of the proxy in front of an API come as HTML, not JSON.
	if (status >= 502)
		return `<html><head><title>${status}</title></head><body><center><h1>${status}</h1></center></body></html>`;
	if (status === 500)
		return { statusCode: 500, message: "Internal server error" };
	return { ...errorBody(status, "Fault on demand"), traceId: traceId() };
}

/** Asks the Contacts API on the gateway's own connections, slowly and counted, and keeps what came as it came. */
import type { Config } from "../config/config.ts";
import { createConnections } from "../upstream/connections.ts";
import { fillPath, versionOf } from "../upstream/operation.ts";
import { reportOf } from "../upstream/rate-limit-headers.ts";
import { Refusal } from "../upstream/refusal.ts";
import { OnTheWire } from "../upstream/wire.ts";
import type { Answer, Request } from "./call.ts";
import { createPace } from "./pace.ts";
import { createRecorder, type Recorder } from "./shapes.ts";

/** The most calls of one run, those that clean up among them. */
export const MOST_CALLS = 60;

/** Why a question has no answer; the message completes "could not be told: ". */
export class NoAnswer extends Error {
	override readonly name = "NoAnswer";
	/** Whether the call may have taken effect. */
	readonly sent: boolean;

	constructor(
		message: string,
		{ sent = false, cause }: { sent?: boolean; cause?: unknown } = {},
	) {
		super(message, { cause });
		this.sent = sent;
	}
}

export interface Api extends AsyncDisposable {
	/** @throws NoAnswer when there is none, or the question was not put: too many calls, a used up budget, an interruption. */
	ask(request: Request): Promise<Answer>;
	/** The head of a page elsewhere, a redirect included, and the start of its text. @throws NoAnswer */
	page(url: URL): Promise<{ status: number; location: string; text: string }>;
	/** The call of OAuth that carries a form and no token. @throws NoAnswer */
	form(path: string, fields: Record<string, string>): Promise<Answer>;
	/** Those of the API so far, oldest first. */
	readonly answers: readonly Answer[];
	/** Why nothing more is asked: a limit that is used up, or an interruption. */
	readonly ended: string | undefined;
	/** Calls so far, answered or not. */
	readonly calls: number;
	/** At most so many more until the next one is given. */
	allow(calls: number): void;
	readonly recorder: Recorder;
}

const INTERRUPTED = "the run was interrupted";

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

export const createApi = (
	{
		url,
		token,
		connections,
		timeoutMs,
	}: Pick<Config, "connections" | "timeoutMs"> & { url: string; token: string },
	signal: AbortSignal,
): Api => {
	const base = new URL(url);
	const prefix = base.pathname.replace(/\/$/, "");
	const pool = createConnections(base.origin, {
		connections,
		timeoutMs,
		maxResponseSize: MAX_ANSWER_BYTES,
	});
	const wire = new OnTheWire(undefined);
	const pace = createPace();
	const recorder = createRecorder();
	const answers: Answer[] = [];
	const known = new Map<string, Promise<Answer>>();
	let calls = 0;
	let allowed = MOST_CALLS;
	let usedUp: string | undefined;

	/** Waits for a turn and takes it. */
	const begin = async (cleanup = false): Promise<void> => {
		if (signal.aborted && !cleanup) throw new NoAnswer(INTERRUPTED);
		if (usedUp && !cleanup) throw new NoAnswer(usedUp);
		if (calls >= MOST_CALLS || (allowed <= 0 && !cleanup))
			throw new NoAnswer(
				`as many calls were made as are planned for (${MOST_CALLS} in all)`,
			);
		await pace.turn(cleanup ? undefined : signal).catch((cause) => {
			throw new NoAnswer(INTERRUPTED, { cause });
		});
		calls++;
		allowed--;
	};

	const send = async (
		request: Request,
		headers: string[],
		text: string | null,
	): Promise<Answer> => {
		await begin(request.cleanup);
		const operation = `${request.method} ${request.path}`;
		const query = request.query ? `?${new URLSearchParams(request.query)}` : "";
		const sentAt = Date.now();
		let head: { status: number; headers: Answer["headers"] } | undefined;
		let sent = false;
		let body: Buffer;
		try {
			body = await wire.send(
				pool,
				{
					method: request.method,
					path: prefix + fillPath(request.path, request.ids) + query,
					headers,
					body: text,
				},
				{
					onStart() {
						sent = true;
					},
					onHead(status, received) {
						head = { status, headers: received };
					},
				},
			);
		} catch (cause) {
			const { code = "", message } = cause as NodeJS.ErrnoException;
			throw new NoAnswer(
				`${operation} got no answer from ${base.origin} (${code || message})`,
				{ sent, cause },
			);
		} finally {
			pace.ended();
		}
		const { status, headers: received } = head ?? { status: 0, headers: {} };
		const answer = answerOf({
			operation,
			request,
			status,
			headers: received,
			text: body.toString("utf8"),
			sentAt,
		});
		if (request.token === undefined) answers.push(answer);
		recorder.see(answer);
		const { burst, day } = reportOf(received);
		if (burst) pace.learn(burst.limit, burst.intervalMs);
		if (status === 429)
			usedUp =
				"the API answered 429: this location's calls are used up, by a gateway or another app";
		else if (day && day.remaining < MOST_CALLS - calls)
			usedUp = `only ${day.remaining} of the day's ${day.limit} calls are left`;
		if (status === 429) throw new NoAnswer(usedUp as string);
		return answer;
	};

	const ask = (request: Request): Promise<Answer> => {
		const { method, path, body } = request;
		const headers = [
			"authorization",
			`Bearer ${request.token ?? token}`,
			"version",
			request.version ?? versionOf(path),
			"accept",
			"application/json",
		];
		if (body !== undefined) headers.push("content-type", "application/json");
		const put = () =>
			send(request, headers, body === undefined ? null : JSON.stringify(body));
		const reads = method === "GET" || path.endsWith("/search");
		if (!reads || request.fresh) return put();
		const key = JSON.stringify([request]);
		const answer = known.get(key) ?? put();
		known.set(key, answer);
		return answer;
	};

	return {
		ask,
		form: (path, fields) =>
			send(
				{ method: "POST", path },
				[
					"content-type",
					"application/x-www-form-urlencoded",
					"accept",
					"application/json",
				],
				new URLSearchParams(fields).toString(),
			),
		async page(at) {
			await begin();
			try {
				const answer = await fetch(at, {
					redirect: "manual",
					signal: AbortSignal.timeout(timeoutMs),
				});
				const text = (await answer.text()).slice(0, 200_000);
				return {
					status: answer.status,
					location: answer.headers.get("location") ?? "",
					text,
				};
			} catch (cause) {
				throw new NoAnswer(
					`${at.origin}${at.pathname} got no answer (${codeOf(cause)})`,
					{ cause },
				);
			} finally {
				pace.ended();
			}
		},
		answers,
		get ended() {
			return signal.aborted ? INTERRUPTED : usedUp;
		},
		get calls() {
			return calls;
		},
		allow(count) {
			allowed = count;
		},
		recorder,
		[Symbol.asyncDispose]: () => pool.close(),
	};
};

const answerOf = ({
	text,
	...answer
}: Omit<Answer, "ok" | "json" | "reason" | "answeredAt"> & {
	text: string;
}): Answer => {
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch {
		json = undefined;
	}
	const ok = answer.status >= 200 && answer.status < 300;
	return {
		...answer,
		ok,
		json,
		reason: ok ? "" : new Refusal(answer.operation, answer.status, text).reason,
		answeredAt: Date.now(),
	};
};

const codeOf = (error: unknown): string => {
	const { cause, message } = error as {
		cause?: { code?: string };
		message: string;
	};
	return cause?.code ?? message;
};

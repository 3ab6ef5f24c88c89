// Starts a small sandbox with a clock the test moves, and calls it as a client would.
import {
	type Sandbox,
	type SandboxOptions,
	startSandbox,
} from "../../src/sandbox/sandbox.ts";

export const FIRST = "sandbox-location-1";
export const SECOND = "sandbox-location-2";

/** Any record in an answer; tests look at what they need. */
export interface Row {
	id: string;
	_id: string;
	name: string;
	title: string;
	email: string | null;
	city: string;
	contactId: string;
	dateAdded: string;
	startTime: string;
	endTime: string;
	appointmentStatus: string;
	appoinmentStatus: string;
	tags: string[];
	searchAfter: unknown[];
	[key: string]: unknown;
}

/** All keys that any answer of the API may have at its top. */
export interface Body extends Row {
	statusCode: number;
	message: string | string[];
	error: string;
	traceId: string;
	contact: Row;
	contacts: Row[];
	total: number;
	count: number;
	meta: { total: number; nextPageUrl?: string };
	task: Row;
	tasks: Row[];
	note: Row;
	notes: Row[];
	event: Row;
	appointment: Row;
	events: Row[];
	hasMore: boolean;
}

export interface Answer {
	status: number;
	headers: Headers;
	/** Parsed JSON; text where the answer is no JSON. */
	body: Body;
}

export interface Caller extends AsyncDisposable {
	sandbox: Sandbox;
	clock: { now: number };
	get(path: string, how?: How): Promise<Answer>;
	send(
		method: string,
		path: string,
		body?: unknown,
		how?: How,
	): Promise<Answer>;
	search(body: Record<string, unknown>): Promise<Answer>;
}

export interface How {
	token?: string;
	version?: string;
	headers?: Record<string, string>;
}

/**
 * Readable ids, 20 contacts with two of everything, no rate limit and no lag, answers as specified, unless told
 * otherwise; test/contracts/recorded-shapes.test.ts asks for the recorded form.
 */
export async function startCaller(
	options: SandboxOptions = {},
): Promise<Caller> {
	const clock = { now: Date.UTC(2026, 10, 20, 12) };
	const sandbox = await startSandbox({
		contacts: 20,
		tasksEach: 2,
		notesEach: 2,
		appointmentsEach: 2,
		ids: "readable",
		rateLimit: "off",
		searchLagMs: 0,
		specified: true,
		now: () => clock.now,
		...options,
	});
	const send: Caller["send"] = async (method, path, body, how = {}) => {
		const response = await fetch(sandbox.url + path, {
			method,
			headers: {
				authorization: `Bearer ${how.token ?? sandbox.tokens[FIRST]}`,
				version: how.version ?? "2021-07-28",
				"content-type": "application/json",
				...how.headers,
			},
			...(body === undefined
				? {}
				: { body: typeof body === "string" ? body : JSON.stringify(body) }),
		});
		const text = await response.text();
		return {
			status: response.status,
			headers: response.headers,
			body: asJson(text),
		};
	};
	return {
		sandbox,
		clock,
		send,
		get: (path, how) => send("GET", path, undefined, how),
		search: (body) =>
			send("POST", "/contacts/search", {
				locationId: FIRST,
				pageLimit: 500,
				...body,
			}),
		[Symbol.asyncDispose]: () => sandbox.close(),
	};
}

function asJson(text: string): Body {
	try {
		return JSON.parse(text);
	} catch {
		return text as unknown as Body;
	}
}

/** The one door to the Contacts API: every REST call of the gateway is made here. */
import { Pool } from "undici";
import { type ERRORS, Failure, fail } from "../errors.ts";
import type { LocationFacts } from "./location-facts.ts";
import type { Operation } from "./operation.ts";
import { fillPath } from "./path.ts";
import { Refusal, saysTokenDead } from "./refusal.ts";

export interface ClientOptions {
	/** Origin of the REST API, with or without a path in front of it: `https://services.leadconnectorhq.com`. */
	readonly baseUrl: string;
	/** Sockets kept to the API. At most this many calls are on the wire at once, so it should reach the burst limit. */
	readonly connections: number;
	/** Longest wait for the headers and for each part of the body, in milliseconds. */
	readonly timeoutMs: number;
	/** The bearer token for a location, fetched for every call so that a refreshed one is used at once. */
	token(locationId: string): string | Promise<string>;
	/**
	 * Called when the API no longer takes `refused`: the token to repeat the call with, once, or undefined when there
	 * is no other. May throw the Failure that the caller shall see.
	 */
	renew?(locationId: string, refused: string): Promise<string | undefined>;
}

/** REST calls made for one operation, as `extensions.price` reports them. */
export interface Meter {
	made: number;
}

export interface CallRequest {
	/** Values of the `{...}` segments of the path. */
	readonly ids?: Readonly<Record<string, string>>;
	readonly query?: Readonly<
		Record<string, string | number | boolean | undefined>
	>;
	readonly body?: unknown;
}

/** The Contacts API as one location and one operation of ours see it. */
export interface Upstream {
	readonly locationId: string;
	readonly meter: Meter;
	/** Aborted when the operation's caller has left or its deadline has passed. */
	readonly signal: AbortSignal | undefined;
	/** What is learnt once of the location and kept: its time zone and company. */
	readonly facts: LocationFacts;
	/**
	 * Makes one REST call and returns its answer, checked against the operation's shape.
	 * @throws Refusal for 4xx; Failure BAD_USER_INPUT (an id that cannot be part of a path; nothing is sent),
	 * UPSTREAM_INVALID_RESPONSE, UPSTREAM_UNAVAILABLE, UPSTREAM_TIMEOUT, DEADLINE_EXCEEDED.
	 */
	call<A>(operation: Operation<A>, request?: CallRequest): Promise<A>;
}

export interface Client {
	/** `signal` aborts the calls of one operation down to the socket, when its caller leaves or its deadline passes. */
	at(
		locationId: string,
		facts: LocationFacts,
		options?: { signal?: AbortSignal; meter?: Meter },
	): Upstream;
	close(): Promise<void>;
}

// An answer larger than this is not one of the Contacts API's and must not take the process down with it.
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

export const createClient = (options: ClientOptions): Client => {
	const base = new URL(options.baseUrl);
	const prefix = base.pathname.replace(/\/$/, "");
	const pool = new Pool(base.origin, {
		connections: options.connections,
		pipelining: 1,
		headersTimeout: options.timeoutMs,
		bodyTimeout: options.timeoutMs,
		connect: { timeout: options.timeoutMs },
		maxResponseSize: MAX_ANSWER_BYTES,
	});

	/** A refused token is renewed and the call repeated, once: a 401 means that nothing happened, so writes repeat too. */
	const send = async <A>(
		operation: Operation<A>,
		path: string,
		locationId: string,
		request: CallRequest,
		signal: AbortSignal | undefined,
		meter: Meter,
	): Promise<A> => {
		const token = await options.token(locationId);
		try {
			return await sendWith(token, operation, path, request, signal, meter);
		} catch (error) {
			if (!options.renew || !saysTokenDead(error)) throw error;
			const fresh = await options.renew(locationId, token);
			if (fresh === undefined) throw error;
			return await sendWith(fresh, operation, path, request, signal, meter);
		}
	};

	const sendWith = async <A>(
		token: string,
		operation: Operation<A>,
		path: string,
		request: CallRequest,
		signal: AbortSignal | undefined,
		meter: Meter,
	): Promise<A> => {
		meter.made++;
		const hasBody = request.body !== undefined;
		const headers: Record<string, string> = {
			authorization: `Bearer ${token}`,
			version: operation.version,
			accept: "application/json",
		};
		if (hasBody) headers["content-type"] = "application/json";
		const {
			statusCode,
			headers: answered,
			body,
		} = await pool.request({
			method: operation.method,
			path: prefix + path + queryString(request.query),
			headers,
			body: hasBody ? JSON.stringify(request.body) : null,
			signal: signal ?? null,
		});
		const text = await body.text();
		if (statusCode >= 200 && statusCode < 300)
			return read(operation, statusCode, text);
		if (statusCode >= 400 && statusCode < 500)
			throw new Refusal(
				operation.name,
				statusCode,
				text,
				statusCode === 429
					? Number(answered["x-ratelimit-interval-milliseconds"]) || 10_000
					: undefined,
			);
		throw fail(
			"UPSTREAM_UNAVAILABLE",
			`The Contacts API answered ${operation.name} with ${statusCode}. Try again later.`,
			{
				cause: { status: statusCode, body: text.slice(0, 2000) },
				extensions: { operation: operation.name, upstreamStatus: statusCode },
			},
		);
	};

	return {
		at(locationId, facts, { signal, meter = { made: 0 } } = {}) {
			const upstream: Upstream = {
				locationId,
				meter,
				signal,
				facts,
				async call(operation, request = {}) {
					const path = fillPath(operation.path, request.ids);
					try {
						return await send(
							operation,
							path,
							locationId,
							request,
							signal,
							meter,
						);
					} catch (error) {
						throw understood(error, operation, signal);
					}
				},
			};
			return upstream;
		},
		close: () => pool.close(),
	};
};

const read = <A>(operation: Operation<A>, status: number, text: string): A => {
	const invalid = (what: string, cause?: unknown) =>
		fail(
			"UPSTREAM_INVALID_RESPONSE",
			`The Contacts API answered ${operation.name} with something this gateway cannot read: ${what}.`,
			{
				cause: cause ?? { status, body: text.slice(0, 2000) },
				extensions: { operation: operation.name },
			},
		);
	let answer: unknown;
	try {
		answer = JSON.parse(text);
	} catch (cause) {
		throw invalid(
			`expected JSON, got ${text.length} characters that are not`,
			cause,
		);
	}
	const mismatch = operation.mismatch(answer);
	if (mismatch !== undefined) throw invalid(mismatch);
	return answer as A;
};

/** Transport faults become Failures; anything of ours passes unchanged. */
const understood = (
	error: unknown,
	operation: { name: string },
	signal: AbortSignal | undefined,
): unknown => {
	if (error instanceof Failure) return error;
	if (signal?.aborted)
		return signal.reason instanceof Failure
			? signal.reason
			: fail(
					"DEADLINE_EXCEEDED",
					`The request ended before the Contacts API answered ${operation.name}.`,
					{ cause: error },
				);
	const code = (error as { code?: string }).code ?? "";
	const timedOut = /TIMEOUT|ETIMEDOUT/.test(code);
	const kind: keyof typeof ERRORS = timedOut
		? "UPSTREAM_TIMEOUT"
		: "UPSTREAM_UNAVAILABLE";
	return fail(
		kind,
		timedOut
			? `The Contacts API did not answer ${operation.name} in time. Try again later.`
			: `The Contacts API could not be reached for ${operation.name}. Try again later.`,
		{ cause: error, extensions: { operation: operation.name } },
	);
};

const queryString = (query: CallRequest["query"]): string => {
	if (!query) return "";
	const pairs = new URLSearchParams();
	for (const [name, value] of Object.entries(query))
		if (value !== undefined) pairs.append(name, String(value));
	const text = pairs.toString();
	return text ? `?${text}` : "";
};

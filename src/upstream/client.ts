/** The one door to the Contacts API: every REST call of the gateway is made here. */
import { type Clock, systemClock } from "../clock.ts";
import type { CallEnd } from "../observer.ts";
import type { Span, Tracing } from "../tracing.ts";
import type { ApiClock } from "./api-clock.ts";
import { type Breaker, type BreakerOptions, createBreaker } from "./breaker.ts";
import {
	type Budget,
	type BudgetOptions,
	type BudgetSession,
	type BudgetState,
	createBudget,
	type Permit,
} from "./budget/budget.ts";
import type { Lane } from "./budget/fair-queue.ts";
import { createConnections } from "./connections.ts";
import type { Mismatch } from "./lenient.ts";
import type { LocationFacts } from "./location-facts.ts";
import {
	type CallRequest,
	fillPath,
	type Ids,
	type Operation,
} from "./operation.ts";
import {
	isPage,
	outcomeOf,
	read,
	refusalOf,
	understood,
	unsent,
} from "./outcome.ts";
import { reportOf, waitAfter429 } from "./rate-limit-headers.ts";
import { type TokenFault, tokenFaultOf } from "./refusal.ts";
import { createResponseMemo } from "./response-memo.ts";
import { type RetryOptions, withRetries } from "./retry.ts";
import { whileWanted } from "./while-wanted.ts";
import { OnTheWire } from "./wire.ts";

export interface ClientOptions {
	/** Origin of the REST API, with or without a path in front of it: `https://services.leadconnectorhq.com`. */
	readonly baseUrl: string;
	/** Most connections to the API, each for one call at a time, so it should reach the burst limit. */
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
	/** Told of each answer what it says of the location's token: undefined for a 2xx, which shows that it is good. */
	onAnswer?(
		locationId: string,
		token: string,
		fault: TokenFault | undefined,
	): void;
	/** Default: the system's. */
	readonly clock?: Clock;
	/** Taken for every location until its answers' headers tell. */
	readonly budget?: Omit<BudgetOptions, "clock">;
	/** The budget of a location, where it is kept elsewhere than in this process. */
	budgetOf?(locationId: string): Budget;
	readonly retry?: RetryOptions;
	readonly breaker?: BreakerOptions;
	readonly tracing?: Tracing | undefined;
	/** Told of each call when it has ended. */
	onCall?(end: CallEnd): void;
	/** Bytes for remembering what was read of answers, so that the same is not parsed again. Default 0: not remembered. */
	readonly memoBytes?: number;
	/** Learns what time it is at the API. */
	readonly apiClock?: ApiClock;
	/** Told once of each operation and path where an answer is not as it was expected to be, and is read all the same. */
	onMismatch?(operation: string, mismatch: Mismatch): void;
}

/** REST calls made for one operation, as `extensions.price` reports them. */
export interface Meter {
	made: number;
}

/** The Contacts API as one location and one operation of ours see it. */
export interface Upstream {
	readonly locationId: string;
	readonly meter: Meter;
	/** Aborted when the operation's caller has left or its deadline has passed. */
	readonly signal: AbortSignal | undefined;
	/** What is learnt once of the location and kept: its time zone and company. */
	readonly facts: LocationFacts;
	/** The most calls the operation may make, as reckoned before it ran; 0 where nobody reckoned. */
	readonly maxCost: number;
	/** How the location's budget stands now. */
	rateLimit(): BudgetState;
	/** Whether a call could be sent now without taking from those who may want to call in a moment. */
	hasRoom(): boolean;
	/** The operation has ended: what it was reckoned for and did not use goes back. */
	end(): void;
	/**
	 * Makes one REST call and returns what the operation makes of its answer, which is checked against its shape. An
	 * answer that is the same as before may be given as the same object, so nobody may change it.
	 * @throws Refusal for 4xx; Failure BAD_USER_INPUT (an id that cannot be part of a path; nothing is sent),
	 * UPSTREAM_INVALID_RESPONSE, UPSTREAM_UNAVAILABLE, UPSTREAM_TIMEOUT, DEADLINE_EXCEEDED, RATE_LIMITED.
	 */
	call<V>(operation: Operation<V>, request?: CallRequest): Promise<V>;
}

/** One operation of ours, as far as the calls made for it go. */
export interface OperationOptions {
	/** Aborts its calls, queued or on the wire, when its caller leaves or its deadline passes. */
	readonly signal?: AbortSignal;
	readonly meter?: Meter;
	/** Whether what its calls read may be remembered. Default true. */
	readonly keep?: boolean;
	/** Default background: work that nobody waits for. */
	readonly lane?: Lane;
	/** Whom the budget is shared with fairly. Default: the gateway itself. */
	readonly subject?: string;
	/** Default 0: not known, so the budget is asked call by call. */
	readonly maxCost?: number;
	/** How many of them it is likely to make; by default, all. */
	readonly expectedCost?: number | undefined;
	/** Names what is asked for, so that it is known where several ask for the same. */
	asks?(): string;
	/** Milliseconds from now after which nobody waits any more. Default: never. */
	readonly deadlineMs?: number;
	/** Called whenever a call that may change something goes on the wire. */
	onWrite?(): void;
}

export interface Client {
	at(
		locationId: string,
		facts: LocationFacts,
		options?: OperationOptions,
	): Upstream;
	/** Of every location that was called. */
	budgets(): readonly (readonly [locationId: string, state: BudgetState])[];
	/** How many let no call through now. */
	openBreakers(): number;
	close(): Promise<void>;
}

// An answer larger than this is not one of the Contacts API's and must not take the process down with it.
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

export const createClient = (options: ClientOptions): Client => {
	const { tracing } = options;
	const base = new URL(options.baseUrl);
	const prefix = base.pathname.replace(/\/$/, "");
	const pool = createConnections(base.origin, {
		connections: options.connections,
		timeoutMs: options.timeoutMs,
		maxResponseSize: MAX_ANSWER_BYTES,
	});

	const memo = createResponseMemo(options.memoBytes ?? 0);
	const clock = options.clock ?? systemClock;
	const budgets = remembered(
		options.budgetOf ?? (() => createBudget({ ...options.budget, clock })),
	);
	const breakers = remembered((key) => {
		const [family = ""] = key.split(" ");
		return createBreaker(`/${family}`, clock, options.breaker);
	});

	/** A refused token is renewed and the call repeated, once: a 401 means that nothing happened, so writes repeat too. */
	const send = async <V>(call: Call<V>): Promise<V> => {
		const { locationId } = call;
		const held = options.token(locationId);
		// No waiting for what is at hand: each wait is another turn for each of many calls.
		const token =
			typeof held === "string" ? held : await whileWanted(held, call.signal);
		try {
			return await sendWith(token, call);
		} catch (error) {
			if (!options.renew || tokenFaultOf(error) !== "dead") throw error;
			const fresh = await whileWanted(
				options.renew(locationId, token),
				call.signal,
			);
			if (fresh === undefined) throw error;
			return await sendWith(fresh, call);
		}
	};

	/** Waits for budget, unless the breaker says that there is nobody to ask. */
	const sendWith = async <V>(token: string, call: Call<V>): Promise<V> => {
		const { operation, errand, locationId, signal, lane } = call;
		const askedAt = performance.now();
		const breaker = breakers(`${operation.family} ${locationId}`);
		const refusal = breaker.refusal();
		if (refusal) throw refusal;
		const given = errand.acquire();
		const leave =
			given instanceof Promise
				? await (tracing
						? tracing.span("wait for budget", { lane }, () => given)
						: given)
				: given;
		let tell: ReturnType<Breaker["begin"]>;
		try {
			signal?.throwIfAborted();
			// It may have opened while this call waited.
			tell = breaker.begin();
		} catch (error) {
			leave.unused();
			throw error;
		}
		const sentAt = performance.now();
		call.status = 0;
		try {
			const answer = await (tracing
				? traced(tracing, call, () => onTheWire(token, call, leave))
				: onTheWire(token, call, leave));
			tell("good");
			return answer;
		} catch (error) {
			const failure = understood(error, operation, signal);
			tell(outcomeOf(failure, signal));
			throw call.sent ? failure : unsent(failure);
		} finally {
			options.onCall?.({
				operation: operation.name,
				locationId,
				lane,
				status: call.status,
				waitedMs: sentAt - askedAt,
				durationMs: performance.now() - sentAt,
			});
		}
	};

	const onTheWire = async <V>(
		token: string,
		call: Call<V>,
		leave: Permit,
	): Promise<V> => {
		const { operation, request, locationId, wire, meter } = call;
		const path = call.path + queryString(request.query);
		const body =
			request.body === undefined ? null : JSON.stringify(request.body);
		meter.made++;
		if (!operation.safe) call.onWrite?.();
		const headers = [
			"authorization",
			`Bearer ${token}`,
			"version",
			operation.version,
			"accept",
			"application/json",
		];
		if (body !== null) headers.push("content-type", "application/json");
		if (tracing) headers.push(...tracing.headers());
		let status = 0;
		let refused: number | undefined;
		let answer: Buffer;
		call.sent = false;
		let sentAt = 0;
		try {
			answer = await wire.send(
				pool,
				{
					method: operation.method,
					path: prefix + path,
					headers,
					body,
				},
				{
					onStart() {
						call.sent = true;
						sentAt = options.apiClock?.now() ?? 0;
					},
					onHead(code, head) {
						status = code;
						call.status = code;
						call.span?.setAttribute("http.response.status_code", code);
						options.apiClock?.answered(head.date, sentAt);
						const report = reportOf(head);
						// The upstream counted the call before it wrote the headers; the body may still fail.
						if (code !== 429) return leave.answered(report);
						refused = waitAfter429(report);
						leave.lost();
						budgets(locationId).refused(refused, report);
					},
				},
			);
		} catch (error) {
			if (status === 0) leave.lost();
			throw error;
		}
		if (call.span) noteTraceId(call.span, answer);
		if (status < 300 && !isPage(answer)) {
			options.onAnswer?.(locationId, token, undefined);
			const parse = () =>
				read(
					operation,
					request.ids ?? NO_IDS,
					status,
					answer.toString("utf8"),
					(mismatch) => note(operation.name, mismatch),
				);
			if (!operation.safe) return parse();
			return memo.read(
				`${operation.number} ${locationId} ${path} ${body}`,
				answer,
				parse,
				call.keep,
			);
		}
		const failure = refusalOf(
			operation,
			status,
			answer.toString("utf8"),
			refused,
		);
		const fault = tokenFaultOf(failure);
		if (fault) options.onAnswer?.(locationId, token, fault);
		throw failure;
	};

	const noted = new Set<string>();
	const note = (operation: string, mismatch: Mismatch): void => {
		const where = `${operation} ${mismatch.path}`;
		if (noted.has(where)) return;
		noted.add(where);
		options.onMismatch?.(operation, mismatch);
	};

	return {
		at(
			locationId,
			facts,
			{
				signal,
				meter = { made: 0 },
				keep = true,
				lane = "background",
				subject = "",
				maxCost = 0,
				expectedCost,
				asks,
				deadlineMs = Number.POSITIVE_INFINITY,
				onWrite,
			} = {},
		) {
			const budget = budgets(locationId);
			const deadlineAt = clock.now() + deadlineMs;
			const wire = new OnTheWire(signal);
			const errand = budget.session({
				lane,
				subject,
				maxCost,
				expectedCost,
				...(asks && { asks }),
				deadlineAt,
				signal,
			});
			return {
				locationId,
				meter,
				signal,
				facts,
				maxCost: maxCost,
				rateLimit: () => budget.state(),
				hasRoom: () => budget.hasRoom(),
				end: () => errand.end(),
				async call(operation, request = {}) {
					const path = fillPath(operation.path, request.ids);
					const call = {
						operation,
						path,
						request,
						locationId,
						errand,
						signal,
						wire,
						meter,
						keep,
						onWrite,
						lane,
						status: 0,
						span: undefined,
						sent: false,
					};
					try {
						return await withRetries(
							() => send(call),
							{ safe: operation.safe, clock, deadlineAt, signal },
							options.retry,
						);
					} catch (error) {
						const failure = understood(error, operation, signal);
						throw call.sent ? failure : unsent(failure);
					}
				},
			};
		},
		budgets: () =>
			budgets.all().map(([locationId, budget]) => [locationId, budget.state()]),
		openBreakers: () =>
			breakers.all().filter(([, breaker]) => breaker.refusal()).length,
		close() {
			memo.clear();
			return pool.close();
		},
	};
};

interface Call<V> {
	readonly operation: Operation<V>;
	readonly path: string;
	readonly request: CallRequest;
	readonly locationId: string;
	readonly errand: BudgetSession;
	readonly signal: AbortSignal | undefined;
	readonly wire: OnTheWire;
	readonly meter: Meter;
	readonly keep: boolean;
	readonly onWrite: (() => void) | undefined;
	readonly lane: Lane;
	/** Of its latest attempt; 0 while there is no answer. */
	status: number;
	/** Of its latest attempt, where there are traces. */
	span: Span | undefined;
	/** Whether a byte of its latest attempt left: if not, it is certain that nothing happened. */
	sent: boolean;
}

interface Remembered<V> {
	(key: string): V;
	all(): [string, V][];
}

const remembered = <V>(make: (key: string) => V): Remembered<V> => {
	const made = new Map<string, V>();
	const of = (key: string): V => {
		let value = made.get(key);
		if (value === undefined) {
			value = make(key);
			made.set(key, value);
		}
		return value;
	};
	return Object.assign(of, { all: () => [...made] });
};

/** By OpenTelemetry's conventions for HTTP clients: the template of the path, without ids. */
const traced = <V>(
	tracing: Tracing,
	call: Call<V>,
	send: () => Promise<V>,
): Promise<V> =>
	tracing.span(
		call.operation.name,
		{
			"http.request.method": call.operation.method,
			"url.template": call.operation.path,
			"contact_graph.location": call.locationId,
		},
		(span) => {
			call.span = span;
			return send();
		},
		"client",
	);

// In the body of every recorded answer (contract, section 1), at its start or its end.
const TRACE_ID = /"traceId":"([\w-]{1,64})"/;

/** What HighLevel's support asks for. */
const noteTraceId = (span: Span, answer: Buffer): void => {
	const [, traceId] =
		TRACE_ID.exec(answer.toString("latin1", 0, 300)) ??
		TRACE_ID.exec(
			answer.toString("latin1", Math.max(0, answer.length - 300)),
		) ??
		[];
	if (traceId) span.setAttribute("contact_graph.upstream_trace_id", traceId);
};

const NO_IDS: Ids = {};

const queryString = (query: CallRequest["query"]): string => {
	if (!query) return "";
	const pairs = new URLSearchParams();
	for (const [name, value] of Object.entries(query))
		if (value !== undefined) pairs.append(name, String(value));
	const text = pairs.toString();
	return text ? `?${text}` : "";
};

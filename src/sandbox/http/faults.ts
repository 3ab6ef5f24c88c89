// Faults on demand: a queue of things that shall go wrong, and the checks on how they are asked for.

import type { Connection } from "./connections.ts";

/** Which calls a fault is for; absent parts match every call. */
export interface FaultMatch {
	method?: string;
	/** Start of the path, e.g. "/contacts/c1". */
	path?: string;
	/** Regular expression over path and query string. */
	pattern?: string;
}

interface FaultTiming {
	match?: FaultMatch;
	/** How many matching calls go wrong; default 1, and with `every` no end. */
	count?: number;
	/** How many matching calls go well before that, default 0. */
	afterCalls?: number;
	/** Only each Nth matching call goes wrong: 60 spares 59 and takes the next, and so on. */
	every?: number;
}

/** Instead of the answer: nothing was done when one of these is met. */
export type FaultBefore =
	| {
			kind: "status";
			status: number;
			body?: unknown;
			headers?: Record<string, string>;
	  }
	/** The connection is destroyed before the call is looked at, with all other calls on it. */
	| { kind: "drop" }
	/**
	 * The connection had been idle and is closed as the call arrives, which is not looked at. Calls on connections that
	 * are new or in use pass.
	 */
	| { kind: "idleClosed" };

/** Around the answer: the call was carried out. */
export type FaultAfter =
	/** The connection is destroyed after headers and half of the body. */
	| { kind: "cut" }
	/** The connection is destroyed after the headers, before the body. */
	| { kind: "cutBefore" }
	/** The whole body is sent, but the connection ends before the answer is finished. */
	| { kind: "cutAfter" }
	/** The connection is destroyed without an answer, with all other calls on it. */
	| { kind: "lostAnswer" }
	/** The connection is announced to end (GOAWAY, `Connection: close`): calls on it are answered, new ones refused. */
	| { kind: "goaway" }
	/** 422 (or another status of a refusal) is answered although it was done. */
	| { kind: "created422"; message?: string[]; status?: number }
	/** The answer waits this long, on top of the latency. */
	| { kind: "slow"; delayMs: number }
	/** The call ("before") or its answer ("after", the default) is held until released. */
	| { kind: "hold"; when?: "before" | "after" }
	/** 200 with JSON that does not parse. */
	| { kind: "malformed" }
	/**
	 * 200 with JSON of another shape: `body` instead, or without the keys in `remove` and with the values of `set`
	 * (dotted paths, `*` for all items).
	 */
	| {
			kind: "wrongShape";
			body?: unknown;
			remove?: string[];
			set?: Record<string, unknown>;
	  };

export type Fault = (FaultBefore | FaultAfter) & FaultTiming;

interface Queued {
	fault: Fault;
	left: number;
	wait: number;
	pattern: RegExp | undefined;
}

export class FaultQueue {
	#queue: Queued[] = [];

	/** Accepts a fault or, for short, the status that the next call shall get. Throws a TypeError saying what is wrong. */
	add(asked: unknown): void {
		const fault = parseFault(asked);
		this.#queue.push({
			fault,
			left:
				fault.count ??
				(fault.every === undefined ? 1 : Number.POSITIVE_INFINITY),
			wait: fault.afterCalls ?? (fault.every ?? 1) - 1,
			pattern:
				fault.match?.pattern === undefined
					? undefined
					: new RegExp(fault.match.pattern),
		});
	}

	/** The fault this call has to suffer, if any. The first that matches counts. */
	take(
		method: string,
		path: string,
		connection: Pick<Connection, "open" | "ended">,
	): Fault | undefined {
		if (this.#queue.length === 0) return undefined;
		for (const [index, queued] of this.#queue.entries()) {
			if (!matches(queued, method, path)) continue;
			if (queued.fault.kind === "idleClosed" && !wasIdle(connection)) continue;
			if (queued.wait > 0) {
				queued.wait--;
				continue;
			}
			queued.wait = (queued.fault.every ?? 1) - 1;
			if (--queued.left <= 0) this.#queue.splice(index, 1);
			return queued.fault;
		}
		return undefined;
	}

	waiting(): Fault[] {
		return this.#queue.map(({ fault, left, wait }) => ({
			...fault,
			...(Number.isFinite(left) && { count: left }),
			afterCalls: wait,
		}));
	}

	clear(): void {
		this.#queue = [];
	}
}

function matches(queued: Queued, method: string, path: string): boolean {
	const { match } = queued.fault;
	if (match?.method !== undefined && match.method.toUpperCase() !== method)
		return false;
	if (match?.path !== undefined && !path.startsWith(match.path)) return false;
	return queued.pattern?.test(path) ?? true;
}

const EXPECTED =
	'a fault like { "kind": "status", "status": 503 }, { "kind": "slow", "delayMs": 200 }, one of the kinds status, drop, idleClosed, goaway, cut, cutBefore, cutAfter, lostAnswer, created422, slow, hold, malformed, wrongShape, with optional "match" { method, path, pattern }, "count", "afterCalls" and "every"; or for short { "next": 429 }';

export function parseFault(asked: unknown): Fault {
	if (typeof asked === "number") return parseFault({ next: asked });
	if (typeof asked !== "object" || asked === null)
		throw new TypeError(`Expected ${EXPECTED}; got ${JSON.stringify(asked)}.`);
	const given = asked as Record<string, unknown>;
	if (typeof given.next === "number") {
		const { next, ...rest } = given;
		return parseFault({ kind: "status", status: next, ...rest });
	}
	const faults = [...kindFaults(given), ...timingFaults(given)];
	if (faults.length > 0)
		throw new TypeError(
			`${faults.join(" ")} Expected ${EXPECTED}; got ${JSON.stringify(asked)}.`,
		);
	return given as unknown as Fault;
}

const KINDS = [
	"status",
	"drop",
	"idleClosed",
	"goaway",
	"cut",
	"cutBefore",
	"cutAfter",
	"lostAnswer",
	"created422",
	"slow",
	"hold",
	"malformed",
	"wrongShape",
];

function* kindFaults(given: Record<string, unknown>): Generator<string> {
	if (!KINDS.includes(String(given.kind)))
		yield `Unknown kind ${JSON.stringify(given.kind)}.`;
	if (
		given.kind === "status" &&
		!(isWhole(given.status) && given.status >= 200 && given.status <= 599)
	)
		yield '"status" must be a whole number from 200 to 599.';
	if (given.kind === "slow" && !(isWhole(given.delayMs) && given.delayMs >= 0))
		yield '"delayMs" must be a whole number of milliseconds.';
	if (
		given.kind === "hold" &&
		![undefined, "before", "after"].includes(given.when as undefined)
	)
		yield '"when" must be before or after.';
	if (
		given.kind === "created422" &&
		given.message !== undefined &&
		!Array.isArray(given.message)
	)
		yield '"message" must be a list of texts.';
	if (
		given.kind === "created422" &&
		given.status !== undefined &&
		!(isWhole(given.status) && given.status >= 400 && given.status <= 499)
	)
		yield '"status" of created422 must be a whole number from 400 to 499.';
	if (
		given.kind === "wrongShape" &&
		given.body === undefined &&
		!Array.isArray(given.remove) &&
		(typeof given.set !== "object" || given.set === null)
	)
		yield '"wrongShape" needs "body", a list "remove" or an object "set".';
}

function* timingFaults(given: Record<string, unknown>): Generator<string> {
	if (given.count !== undefined && !(isWhole(given.count) && given.count >= 1))
		yield '"count" must be a whole number from 1.';
	if (
		given.afterCalls !== undefined &&
		!(isWhole(given.afterCalls) && given.afterCalls >= 0)
	)
		yield '"afterCalls" must be a whole number from 0.';
	if (given.every !== undefined && !(isWhole(given.every) && given.every >= 1))
		yield '"every" must be a whole number from 1.';
	const match = given.match;
	if (match === undefined) return;
	if (typeof match !== "object" || match === null) {
		yield '"match" must be an object.';
		return;
	}
	for (const [key, value] of Object.entries(match)) {
		if (!["method", "path", "pattern"].includes(key))
			yield `"match" knows no ${JSON.stringify(key)}.`;
		else if (typeof value !== "string") yield `"match.${key}" must be text.`;
		else if (key === "pattern" && !compiles(value))
			yield '"match.pattern" is not a regular expression.';
	}
}

/** It had answered, and this call is the only one on it. */
const wasIdle = ({
	open,
	ended,
}: Pick<Connection, "open" | "ended">): boolean => ended > 0 && open === 1;

const isWhole = (value: unknown): value is number =>
	typeof value === "number" && Number.isInteger(value);

function compiles(pattern: string): boolean {
	try {
		new RegExp(pattern);
		return true;
	} catch {
		return false;
	}
}

// What every API call passes, in order: record, fault, token, version, budget; then the route; then latency and spoilt answers.
import type { MiddlewareHandler } from "hono";
import { isOAuthPath } from "../oauth/paths.ts";
import type { Settings } from "../options.ts";
import { random } from "../seed/random.ts";
import type { Access } from "./access.ts";
import type { CallLog, SandboxCall } from "./calls.ts";
import type { Connections } from "./connections.ts";
import type { Call, Env } from "./env.ts";
import { errorBody, Refusal } from "./errors.ts";
import type { Fault, FaultAfter, FaultBefore, FaultQueue } from "./faults.ts";
import type { Holds } from "./holds.ts";
import type { RateLimiter } from "./rate-limit.ts";
import { isReadingPost, scopeOf } from "./scopes.ts";
import { answerInstead, spoil } from "./spoil.ts";

export interface GateParts {
	settings: Settings;
	log: CallLog;
	faults: FaultQueue;
	access: Access;
	limiter: RateLimiter;
	holds: Holds;
	connections: Connections;
}

export function gate(parts: GateParts): MiddlewareHandler<Env> {
	const { settings, log, faults } = parts;
	const jitter = random(settings.seed, "latency");
	return async (call, next) => {
		const url = call.env.incoming.url ?? "/";
		const connection = parts.connections.begin(call);
		const record: SandboxCall = {
			method: call.req.method,
			path: url,
			status: 0,
			connection: connection.number,
			http: connection.http,
			at: settings.now(),
		};
		log.add(record);
		const fault = faults.take(record.method, url, connection);
		if (fault !== undefined && isBefore(fault)) {
			const instead = answerInstead(
				connection,
				fault,
				budgetHeaders(call, parts),
			);
			if (fault.kind === "status") {
				record.status = fault.status;
				instead.headers.set("date", dateOf(settings));
			}
			await wait(settings, jitter.next());
			return instead;
		}
		const hold = fault?.kind === "hold" ? (fault.when ?? "after") : undefined;
		if (hold === "before") await parts.holds.wait();
		const refused = await admit(call, parts, record);
		if (refused === undefined) await next();
		else call.res = refused;
		call.res.headers.set("date", dateOf(settings));
		if (hold === "after") await parts.holds.wait();
		await wait(settings, jitter.next());
		record.status = call.res.status;
		if (settings.onExchange !== undefined)
			settings.onExchange({
				method: record.method,
				path: record.path,
				request: record.body,
				status: record.status,
				answer: parsed(await call.res.clone().text()),
			});
		if (fault === undefined || hold !== undefined) return;
		const spoilt = await spoil(call, connection, fault as FaultAfter, call.res);
		if (spoilt.headers.has("x-hono-already-sent")) record.status = 0;
		else record.status = spoilt.status;
		// Taking the old one away first keeps its headers from being merged into the new one.
		call.res = undefined;
		call.res = spoilt;
	};
}

async function admit(
	call: Call,
	parts: GateParts,
	record: SandboxCall,
): Promise<Response | undefined> {
	const { access, limiter } = parts;
	if (isOAuthPath(call.req.path)) return undefined;
	try {
		const location = access.locationOf(call);
		record.locationId = location.id;
		const allowed = limiter.take(location.id);
		const headers = parts.settings.specified
			? limiter.headers(location.id)
			: limiter.recordedHeaders(location.id, allowed && tellsLittle(record));
		for (const [name, value] of Object.entries(headers))
			call.header(name, value);
		if (!allowed)
			return call.json({ statusCode: 429, message: "Too Many Requests" }, 429);
		access.checkVersion(call);
		access.checkScope(call, scopeOf(record.method, call.req.path));
		call.set("location", location);
		if (record.method !== "GET") {
			record.body = await readBody(call);
			call.set("body", record.body);
		}
		return undefined;
	} catch (error) {
		return refusalAnswer(call, error);
	}
}

/** By the clock that stamps what is made. */
const dateOf = ({ now, dateAheadMs }: Settings): string =>
	new Date(now() + dateAheadMs).toUTCString();

/** [recorded] POSTs that write, and the read of a single user. */
const tellsLittle = ({ method, path }: SandboxCall): boolean =>
	method === "POST"
		? !isReadingPost(method, path)
		: method === "GET" && /^\/users\/(?!search\b)[^/?]+/.test(path);

async function readBody(call: Call): Promise<unknown> {
	const text = await call.req.text();
	if (text === "") return undefined;
	try {
		return JSON.parse(text);
	} catch (error) {
		throw new Refusal(400, (error as Error).message);
	}
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}

/** The answer to a thrown refusal; anything else is a fault of the sandbox itself and says so. */
export function refusalAnswer(call: Call, error: unknown): Response {
	if (error instanceof Refusal)
		return call.json(error.body(), error.status as 400);
	process.stderr.write(
		`sandbox: ${call.req.method} ${call.req.path}: ${error instanceof Error ? error.stack : String(error)}\n`,
	);
	return call.json(errorBody(500, "Internal server error"), 500);
}

/** Even an answer on demand tells the budget, as long as it is known whose it is. */
function budgetHeaders(call: Call, parts: GateParts): Record<string, string> {
	const locationId = parts.access.locationIdOf(call);
	if (locationId === undefined || parts.limiter.isOff) return {};
	return parts.limiter.headers(locationId);
}

const isBefore = (fault: Fault): fault is FaultBefore & Fault =>
	fault.kind === "status" ||
	fault.kind === "drop" ||
	fault.kind === "idleClosed";

/** Latency comes after the work: an answer made before a write may arrive after it, which is the harder case for a cache. */
async function wait(settings: Settings, chance: number): Promise<void> {
	const delay = settings.latencyMs + settings.latencyJitterMs * chance;
	if (delay > 0) await new Promise((done) => setTimeout(done, delay));
}

// The control room under /__sandbox: outside the API, so neither recorded nor counted against the budget.
import { Hono } from "hono";
import type { RateLimit } from "../options.ts";
import type { CallLog } from "./calls.ts";
import type { Api, Env } from "./env.ts";
import type { FaultQueue } from "./faults.ts";
import type { Holds } from "./holds.ts";
import type { RateLimiter } from "./rate-limit.ts";

export function control(parts: {
	log: CallLog;
	faults: FaultQueue;
	holds: Holds;
	limiter: RateLimiter;
	locationIds: readonly string[];
}): Api {
	const { log, faults, holds, limiter, locationIds } = parts;
	const app: Api = new Hono<Env>();
	app.get("/calls", (call) => call.json(log.list()));
	app.delete("/calls", (call) => {
		log.clear();
		return call.body(null, 204);
	});
	app.get("/faults", (call) => call.json(faults.waiting()));
	app.post("/faults", async (call) => {
		try {
			faults.add(await call.req.json());
			return call.json({ waiting: faults.waiting().length }, 201);
		} catch (error) {
			return call.json({ error: (error as Error).message }, 400);
		}
	});
	app.delete("/faults", (call) => {
		faults.clear();
		return call.body(null, 204);
	});
	app.get("/held", (call) => call.json({ held: holds.count }));
	app.post("/release", (call) => call.json({ released: holds.release() }));
	app.put("/rate-limit", async (call) => {
		const body: unknown = await call.req.json().catch(() => undefined);
		const limit = rateLimitOf(body);
		if (limit === undefined)
			return call.json(
				{
					error: `Expected "off" or { "burst", "intervalMs", "daily" }, whole numbers from 1; got ${JSON.stringify(body)}.`,
				},
				400,
			);
		limiter.change(limit);
		return call.json(limit);
	});
	// Another app's calls eat the same location's budget without showing up in the log.
	app.post("/foreign", async (call) => {
		const body: unknown = await call.req.json().catch(() => undefined);
		const { locationId, count } = (body ?? {}) as Record<string, unknown>;
		if (
			typeof locationId !== "string" ||
			!locationIds.includes(locationId) ||
			typeof count !== "number" ||
			!Number.isInteger(count) ||
			count < 1
		)
			return call.json(
				{
					error: `Expected { "locationId": "${locationIds[0]}", "count": 1 or more }; got ${JSON.stringify(body)}.`,
				},
				400,
			);
		let taken = 0;
		while (taken < count && limiter.take(locationId)) taken++;
		return call.json({ taken }, 201);
	});
	return app;
}

function rateLimitOf(body: unknown): RateLimit | "off" | undefined {
	if (body === "off") return body;
	const { burst, intervalMs, daily, silent } = (body ?? {}) as Record<
		string,
		unknown
	>;
	return isCount(burst) && isCount(intervalMs) && isCount(daily)
		? { burst, intervalMs, daily, ...(silent === true && { silent }) }
		: undefined;
}

const isCount = (value: unknown): value is number =>
	Number.isInteger(value) && (value as number) >= 1;

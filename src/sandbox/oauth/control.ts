// OAuth's part of the control room: what was done with the app's tokens, and mishaps that befall them.
import { Hono } from "hono";
import type { Api, Env } from "../http/env.ts";
import type { Acts } from "./oauth.ts";

type Act = (id: string) => void;

export function oauthControl(oauth: Acts, ids: readonly string[]): Api {
	const app: Api = new Hono<Env>();
	const acts: Readonly<Record<string, Act>> = {
		expire: oauth.expire,
		install: oauth.install,
		uninstall: oauth.uninstall,
	};
	app.get("/oauth", (call) => call.json(oauth.tallies()));
	app.post("/oauth/:act", async (call) => {
		const act = acts[call.req.param("act")];
		if (act === undefined)
			return call.json(
				{ error: `Expected one of ${Object.keys(acts).join(", ")}.` },
				404,
			);
		const body: unknown = await call.req.json().catch(() => undefined);
		const { id } = (body ?? {}) as { id?: unknown };
		if (typeof id !== "string" || !ids.includes(id))
			return call.json(
				{
					error: `Expected { "id": a location's or the company's, such as "${ids[0]}" }; got ${JSON.stringify(body)}.`,
				},
				400,
			);
		act(id);
		return call.json({ done: id }, 201);
	});
	return app;
}

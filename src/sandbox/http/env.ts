// What travels with one call through the sandbox's routes.
import type { HttpBindings } from "@hono/node-server";
import type { Context, Hono } from "hono";
import type { Settings } from "../options.ts";
import type { SandboxData } from "../store/data.ts";
import type { LocationData } from "../store/location-data.ts";

export interface Env {
	Bindings: HttpBindings;
	Variables: {
		/** The location the token is for. */
		location: LocationData;
		/** The JSON body, or undefined. */
		body: unknown;
	};
}

export type Api = Hono<Env>;
export type Call = Context<Env>;

/** What routes are made from. */
export interface Parts {
	settings: Settings;
	data: SandboxData;
}

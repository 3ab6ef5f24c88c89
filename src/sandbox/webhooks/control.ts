// The control room's part for events: where they go, what goes wrong, edits in the CRM, events by hand.
import { Hono } from "hono";
import { type Edit, editCrm } from "../crm/edit.ts";
import type { Simulator } from "../crm/simulator.ts";
import type { Api, Env } from "../http/env.ts";
import type { SandboxData } from "../store/data.ts";
import type { WebhookDocument } from "./documents.ts";
import { WEBHOOK_KEYS } from "./keys.ts";
import type { WebhookSender } from "./sender.ts";
import { MISHAPS, type WebhookMishap } from "./settings.ts";

export function webhookControl(parts: {
	sender: WebhookSender;
	data: SandboxData;
	simulator: Simulator;
	now: () => number;
}): Api {
	const { sender, data, simulator, now } = parts;
	const app: Api = new Hono<Env>();
	app.onError((error, call) => call.json({ error: error.message }, 400));

	app.get("/webhooks", (call) =>
		call.json({
			url: sender.settings.url ?? null,
			keys: WEBHOOK_KEYS,
			deliveries: sender.deliveries(),
		}),
	);
	app.delete("/webhooks", (call) => {
		sender.clear();
		return call.body(null, 204);
	});
	app.put("/webhooks", async (call) => {
		const asked = (await call.req.json()) as Record<string, unknown>;
		const changes = Object.entries(asked).map(checkedSetting);
		Object.assign(sender.settings, Object.fromEntries(changes));
		return call.json(asked);
	});
	app.post("/webhooks/mishaps", async (call) => {
		const { kind, count = 1 } = (await call.req.json()) as {
			kind?: WebhookMishap;
			count?: number;
		};
		if (kind === undefined || !MISHAPS.includes(kind))
			throw new TypeError(
				`Expected "kind" to be one of ${MISHAPS.join(", ")}; got ${JSON.stringify(kind)}.`,
			);
		for (let i = 0; i < count; i++) sender.next(kind);
		return call.json({ kind, count }, 201);
	});
	// Any document, signed and sent as it is: for events that no edit raises.
	app.post("/webhooks", async (call) => {
		const document = (await call.req.json()) as WebhookDocument;
		if (typeof document?.type !== "string")
			throw new TypeError('Expected an event with a "type".');
		sender.send(document);
		return call.json({ type: document.type }, 202);
	});
	app.post("/edits", async (call) => {
		const edit = (await call.req.json()) as Edit;
		return call.json({ id: editCrm(edit, data, now()) }, 201);
	});
	app.put("/edits", async (call) => {
		const { perSecond } = (await call.req.json()) as { perSecond?: unknown };
		if (typeof perSecond !== "number" || perSecond < 0 || perSecond > 10_000)
			throw new TypeError(
				`Expected { "perSecond": 0 to 10000 }; got ${JSON.stringify(perSecond)}.`,
			);
		simulator.pace(perSecond);
		return call.json({ perSecond });
	});
	return app;
}

const CHANCES = [
	"loss",
	"duplicates",
	"reorder",
	"forgeries",
	"oversize",
	"notJson",
	"taskWithoutContact",
];
const AMOUNTS = ["delayMs", "reorderMs", "retryIntervalMs", "retries"];

/** One setting that may change while events go out; anything else is refused. */
function checkedSetting([key, value]: [string, unknown]): [string, unknown] {
	const isNumber = typeof value === "number" && value >= 0;
	if (key === "url" && value === null) return [key, undefined];
	if (key === "url" && typeof value === "string" && URL.canParse(value))
		return [key, value];
	if (CHANCES.includes(key) && isNumber && value <= 1) return [key, value];
	if (AMOUNTS.includes(key) && isNumber) return [key, value];
	throw new TypeError(
		`Expected "url" (http://... or null), chances from 0 to 1 (${CHANCES.join(", ")}) or amounts (${AMOUNTS.join(", ")}); got ${key}: ${JSON.stringify(value)}.`,
	);
}

// Events of the sandbox against the vendor's schemas, and against the vendor's own verifier.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { HighLevel } from "@gohighlevel/api-client";
import { Ajv } from "ajv";
import formats from "ajv-formats";
import { describe, expect, test } from "vitest";
import { FIRST, startCaller } from "../sandbox/caller.ts";
import { startReceiver } from "../sandbox/receiver.ts";
import { contractPath } from "./openapi.ts";

const schemasPath = fileURLToPath(
	new URL("../webhooks.json", pathToFileURL(contractPath)),
);
const missing = !existsSync(schemasPath);
if (missing)
	process.stderr.write(
		`sandbox-webhooks: schemas skipped: no file at ${schemasPath}\n`,
	);

const EDITS = [
	"ContactCreate",
	"ContactUpdate",
	"ContactTagUpdate",
	"ContactDndUpdate",
	"TaskCreate",
	"TaskComplete",
	"TaskDelete",
	"NoteCreate",
	"NoteUpdate",
	"NoteDelete",
	"AppointmentCreate",
	"AppointmentUpdate",
	"AppointmentDelete",
	"ContactDelete",
];

test.skipIf(missing)(
	"every event of the contacts graph keeps to its schema and adds nothing but the envelope",
	async () => {
		const { events } = JSON.parse(readFileSync(schemasPath, "utf8"));
		await using to = await startReceiver();
		await using api = await startCaller({
			webhooks: { url: to.url, concurrency: 1, taskWithoutContact: 0 },
		});
		api.sandbox.data.edit("tasks", "t3", { completed: false });
		for (const type of EDITS) api.sandbox.edit({ type, contactId: "c2" });
		api.sandbox.oauth.install(FIRST);
		api.sandbox.oauth.uninstall(FIRST);
		await api.sandbox.webhooks.settled();
		expect(to.types()).toEqual([...EDITS, "INSTALL", "UNINSTALL"]);
		const ajv = new Ajv({ strict: false });
		formats.default(ajv);
		const names: Record<string, string> = {
			INSTALL: "AppInstall",
			UNINSTALL: "AppUninstall",
		};
		for (const { body } of to.received) {
			const { schema } = events[names[body.type] ?? body.type];
			const envelope = ["timestamp", "webhookId", "appId", "versionId"];
			const extra = Object.keys(body).filter(
				(key) => !(key in schema.properties) && !envelope.includes(key),
			);
			expect([body.type, extra]).toEqual([body.type, []]);
			const validate = ajv.compile(schema);
			validate(body);
			expect([body.type, validate.errors]).toEqual([body.type, null]);
		}
	},
);

describe("the official library", () => {
	test("accepts the signature of an event and refuses a changed body", async () => {
		await using to = await startReceiver();
		await using api = await startCaller({ webhooks: { url: to.url } });
		api.sandbox.edit({ type: "ContactUpdate", contactId: "c1" });
		await api.sandbox.webhooks.settled();
		const [got] = to.received;
		const { webhooks } = new HighLevel({
			privateIntegrationToken: "none",
			logLevel: "none",
		});
		const { ed25519, rsa } = api.sandbox.webhookKeys;
		const header = (name: string) => String(got?.headers[name]);
		const check = (payload: string) => [
			webhooks.verifyEd25519Signature(
				payload,
				header("x-ghl-signature"),
				ed25519,
			),
			webhooks.verifySignature(payload, header("x-wh-signature"), rsa),
		];
		const payload = got?.bytes.toString() ?? "";
		expect(check(payload)).toEqual([true, true]);
		expect(check(payload.replace("c1", "c2"))).toEqual([false, false]);
	});
});

// Calls held until a test lets them go.
import { expect, test } from "vitest";
import { startCaller } from "./caller.ts";

const body = { city: "Held" };

test("an answer is held after the write was done", async () => {
	await using api = await startCaller();
	api.sandbox.next({ kind: "hold", match: { method: "PUT" } });
	const answer = api.send("PUT", "/contacts/c1", body);
	await api.sandbox.held(1);
	expect((await api.get("/contacts/c1")).body.contact.city).toBe("Held");
	expect((await api.get("/__sandbox/held")).body).toEqual({ held: 1 });
	expect(api.sandbox.release()).toBe(1);
	expect((await answer).status).toBe(200);
});

test("a call is held before the write is done", async () => {
	await using api = await startCaller();
	api.sandbox.next({ kind: "hold", when: "before", match: { method: "PUT" } });
	const answer = api.send("PUT", "/contacts/c1", body);
	await api.sandbox.held(1);
	expect((await api.get("/contacts/c1")).body.contact.city).not.toBe("Held");
	await api.send("POST", "/__sandbox/release");
	expect((await answer).body.contact.city).toBe("Held");
});

test("closing lets held calls go", async () => {
	const api = await startCaller();
	api.sandbox.next({ kind: "hold" });
	const answer = api.get("/contacts/c1").catch(() => undefined);
	await api.sandbox.held(1);
	await api.sandbox.close();
	await answer;
	expect(api.sandbox.release()).toBe(0);
});

// Faults around writes: the write is done, yet the caller does not learn it properly.
import { expect, test } from "vitest";
import { FIRST, startCaller } from "./caller.ts";

const body = { locationId: FIRST, email: "lost@new.example" };

test.each(["lostAnswer", "cut", "cutBefore", "cutAfter"] as const)(
	"%s: the contact is made, the caller gets no whole answer",
	async (kind) => {
		await using api = await startCaller();
		api.sandbox.next({ kind, match: { method: "POST", path: "/contacts" } });
		await expect(api.send("POST", "/contacts/", body)).rejects.toThrow(
			/fetch failed|terminated/,
		);
		expect(api.sandbox.data.location().contacts.size).toBe(21);
		expect(api.sandbox.calls()).toMatchObject([{ status: 0, body }]);
	},
);

test("drop: the write is not done", async () => {
	await using api = await startCaller();
	api.sandbox.next({ kind: "drop" });
	await expect(api.send("POST", "/contacts/", body)).rejects.toThrow();
	expect(api.sandbox.data.location().contacts.size).toBe(20);
});

test("created422: 422 is answered although the contact was made", async () => {
	await using api = await startCaller();
	api.sandbox.next({ kind: "created422", message: ["email must be an email"] });
	const answer = await api.send("POST", "/contacts/", body);
	expect([answer.status, answer.body.message]).toEqual([
		422,
		["email must be an email"],
	]);
	expect(api.sandbox.calls()).toMatchObject([{ status: 422 }]);
	const found = await api.get(
		`/contacts/search/duplicate?locationId=${FIRST}&email=lost%40new.example`,
	);
	expect(found.body.contact.email).toBe("lost@new.example");
});

test("every state of a record can be looked up afterwards", async () => {
	await using api = await startCaller();
	const made = await api.send("POST", "/contacts/", body);
	const { id } = made.body.contact;
	await api.send("PUT", `/contacts/${id}`, { city: "Ulm" });
	await api.send("DELETE", `/contacts/${id}`);
	const cities = api.sandbox.data
		.history("contacts", id)
		.map(({ value }) => value?.city);
	expect(cities).toEqual([null, "Ulm", undefined]);
});

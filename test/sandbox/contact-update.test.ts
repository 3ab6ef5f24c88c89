// Changing and deleting contacts.
import { describe, expect, test } from "vitest";
import { FIRST, startCaller } from "./caller.ts";

describe("update", () => {
	test("it changes what is given, and tags as a whole", async () => {
		await using api = await startCaller();
		api.sandbox.data.edit("contacts", "c1", { city: "Bonn", tags: ["a", "b"] });
		const { status, body } = await api.send("PUT", "/contacts/c1", {
			firstName: "Eva",
			lastName: "Lind",
			tags: ["New One", "b"],
		});
		expect(status).toBe(200);
		expect(body.succeded).toBe(true);
		expect(body.contact).toMatchObject({
			name: "Eva Lind",
			city: "Bonn",
			tags: ["new one", "b"],
		});
		const tags = (await api.get(`/locations/${FIRST}/tags`)).body
			.tags as unknown;
		expect(tags).toContainEqual(expect.objectContaining({ name: "new one" }));
	});

	test("tags may keep their case", async () => {
		await using api = await startCaller({ tagCase: "keep" });
		const { body } = await api.send("PUT", "/contacts/c1", { tags: [" VIP "] });
		expect(body.contact.tags).toEqual(["VIP"]);
	});

	test("null and empty text clear", async () => {
		await using api = await startCaller();
		api.sandbox.data.edit("contacts", "c1", {
			city: "Bonn",
			website: "https://x.example",
			email: "a@b.example",
		});
		const { body } = await api.send("PUT", "/contacts/c1", {
			city: null,
			website: "",
			email: null,
		});
		for (const key of ["city", "website", "email"])
			expect(body.contact).not.toHaveProperty(key);
	});

	test.each(["locationId", "companyName", "gender"])(
		"%s cannot be written by update",
		async (key) => {
			await using api = await startCaller();
			const { status, body } = await api.send("PUT", "/contacts/c1", {
				[key]: "x",
			});
			expect([status, body.message]).toEqual([
				422,
				[`property ${key} should not exist`],
			]);
		},
	);

	test("custom fields change one by one, by id or key", async () => {
		await using api = await startCaller();
		api.sandbox.data.edit("contacts", "c1", {
			customFields: [
				{ id: "cf1", value: "Owner" },
				{ id: "cf3", value: 5 },
				{ id: "cf11", value: "2020-01-01" },
			],
		});
		const { body } = await api.send("PUT", "/contacts/c1", {
			customFields: [
				{ id: "cf1", field_value: "" },
				{ key: "employees", field_value: "" },
				{ key: "contact.contract_start", field_value: "2026-05-04T10:00:00Z" },
				{ id: "cf6", field_value: ["Solar"] },
				{ id: "none", field_value: "x" },
			],
		});
		expect(body.contact.customFields).toEqual([
			{ id: "cf3", value: 5 },
			{ id: "cf11", value: "2026-05-04" },
			{ id: "cf6", value: ["Solar"] },
		]);
	});

	test("an e-mail of another contact is refused, one's own is not", async () => {
		await using api = await startCaller();
		api.sandbox.data.edit("contacts", "c1", { email: "one@x.example" });
		api.sandbox.data.edit("contacts", "c2", { email: "two@x.example" });
		const put = (email: string) => api.send("PUT", "/contacts/c1", { email });
		expect((await put("two@x.example")).status).toBe(400);
		expect((await put("one@x.example")).status).toBe(200);
	});
});

test("a deleted contact takes its tasks, notes and appointments along", async () => {
	await using api = await startCaller();
	const { body } = await api.send("DELETE", "/contacts/c1");
	expect(body).toEqual({ succeded: true, traceId: expect.any(String) });
	expect((await api.get("/contacts/c1")).status).toBe(400);
	const location = api.sandbox.data.location();
	for (const table of ["tasks", "notes", "appointments"] as const)
		expect([table, location[table].group("c1")]).toEqual([table, []]);
	expect((await api.get("/calendars/events/appointments/a1")).status).toBe(400);
	expect((await api.send("DELETE", "/contacts/c1")).body.message).toBe(
		"Contact with id c1 not found",
	);
});

/**
 * What a team would write by hand for this one screen: the same 42 calls with undici, the same answer, no GraphQL. Asked
 * with `searchAfter`, it answers with the page behind.
 */
import { Pool } from "undici";
import { serveParent } from "../child.ts";
import type { Upstream } from "../gateway.ts";
import { serveJson } from "./serve-json.ts";

interface Row {
	readonly id: string;
	readonly [field: string]: unknown;
}

serveParent<Upstream & { timeZone: string; contacts: number }>(
	({ url, token, locationId, timeZone, contacts }) => {
		const pool = new Pool(url, { connections: 100, pipelining: 1 });
		const call = async <T>(
			method: "GET" | "POST",
			path: string,
			body?: unknown,
		): Promise<T> => {
			const answer = await pool.request({
				method,
				path,
				headers: {
					authorization: `Bearer ${token}`,
					version: "2021-07-28",
					...(body ? { "content-type": "application/json" } : {}),
				},
				body: body ? JSON.stringify(body) : null,
			});
			if (answer.statusCode >= 300)
				throw new Error(`${method} ${path} answered ${answer.statusCode}`);
			return (await answer.body.json()) as T;
		};

		const instant = (time: unknown): string | null => {
			if (typeof time !== "string" || time === "") return null;
			if (/(Z|[+-]\d\d:?\d\d)$/.test(time)) return new Date(time).toISOString();
			return new Date(
				Temporal.PlainDateTime.from(time).toZonedDateTime(timeZone)
					.epochMilliseconds,
			).toISOString();
		};

		return serveJson(async (asked) => {
			const { searchAfter } = asked as { searchAfter?: unknown[] };
			const page = await call<{ contacts: Row[] }>("POST", "/contacts/search", {
				locationId,
				pageLimit: contacts,
				...(searchAfter && { searchAfter }),
			});
			const ids = page.contacts.map(({ id }) => id);
			const [found, notes, appointments] = await Promise.all([
				call<{ tasks: (Row & { _id: string; contactId: string })[] }>(
					"POST",
					`/locations/${locationId}/tasks/search`,
					{ contactId: ids, limit: 500 },
				),
				Promise.all(
					ids.map((id) =>
						call<{ notes: Row[] }>("GET", `/contacts/${id}/notes`),
					),
				),
				Promise.all(
					ids.map((id) =>
						call<{ events: Row[] }>("GET", `/contacts/${id}/appointments`),
					),
				),
			]);
			const tasks = Map.groupBy(found.tasks, ({ contactId }) => contactId);
			return {
				data: {
					contacts: {
						nodes: page.contacts.map((contact, index) => ({
							contactId: contact.id,
							name:
								[contact.firstName, contact.lastName]
									.filter(Boolean)
									.join(" ") ||
								contact.name ||
								contact.contactName ||
								null,
							email: contact.email || null,
							tasks: {
								nodes: (tasks.get(contact.id) ?? []).map((task) => ({
									taskId: task._id,
									title: task.title || null,
									status: task.completed === true ? "COMPLETED" : "OPEN",
								})),
							},
							notes: {
								nodes: notes[index]?.notes.map(({ id, body }) => ({
									noteId: id,
									body: body || null,
								})),
							},
							appointments: {
								nodes: appointments[index]?.events
									.filter(({ deleted }) => !deleted)
									.map(({ id, title, startTime }) => ({
										appointmentId: id,
										title: title || null,
										startTime: instant(startTime),
									})),
							},
						})),
					},
				},
			};
		});
	},
);

/**
 * What a team would write instead of this gateway: Yoga with DataLoader and undici, as their documentation shows it. With
 * `batched`, tasks of many contacts are read in one search, as somebody who knows the API well would write it.
 */

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { useResponseCache } from "@graphql-yoga/plugin-response-cache";
import DataLoader from "dataloader";
import { createSchema, createYoga } from "graphql-yoga";
import { Pool } from "undici";
import { serveParent } from "../child.ts";
import type { Upstream } from "../gateway.ts";

export interface YogaSettings extends Upstream {
	readonly timeZone: string;
	readonly batched: boolean;
	/** With Yoga's own response cache, which is told of no change. */
	readonly cached?: boolean;
}

interface Row {
	readonly id: string;
	readonly [field: string]: unknown;
}

type Rest = ReturnType<typeof restOf>;

const typeDefs = /* GraphQL */ `
	type Query {
		contacts(first: Int = 20, after: String): Contacts!
		contact(id: ID!): Contact
	}
	type Contacts {
		nodes: [Contact!]!
		pageInfo: PageInfo!
	}
	type PageInfo {
		endCursor: String
	}
	type Contact {
		contactId: ID!
		name: String
		email: String
		tasks: Tasks
		notes: Notes
		appointments: Appointments
	}
	type Tasks {
		nodes: [Task!]!
	}
	type Task {
		taskId: ID!
		title: String
		status: String!
	}
	type Notes {
		nodes: [Note!]!
	}
	type Note {
		noteId: ID!
		body: String
	}
	type Appointments {
		nodes: [Appointment!]!
	}
	type Appointment {
		appointmentId: ID!
		title: String
		startTime: String
	}
`;

const restOf = ({ url, token }: Upstream) => {
	const pool = new Pool(url, { connections: 100, pipelining: 1 });
	return async <T>(
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
};

const each =
	<V>(read: (id: string) => Promise<V>) =>
	(ids: readonly string[]) =>
		Promise.all(
			ids.map((id) => read(id).catch((error: unknown) => error as Error)),
		);

/** New for every request, as DataLoader's documentation says. */
const loadersOf = (rest: Rest, { locationId, batched }: YogaSettings) => ({
	contact: new DataLoader<string, Row>(
		each(
			async (id) =>
				(await rest<{ contact: Row }>("GET", `/contacts/${id}`)).contact,
		),
	),
	tasks: new DataLoader<string, readonly Row[]>(
		batched
			? async (ids) => {
					const [only, second] = ids;
					if (only !== undefined && second === undefined)
						return [await tasksOf(rest, only)];
					const { tasks } = await rest<{
						tasks: (Row & { _id: string; contactId: string })[];
					}>("POST", `/locations/${locationId}/tasks/search`, {
						contactId: ids,
						limit: 500,
					});
					const by = Map.groupBy(tasks, ({ contactId }) => contactId);
					return ids.map((id) =>
						(by.get(id) ?? []).map((task) => ({ ...task, id: task._id })),
					);
				}
			: each((id) => tasksOf(rest, id)),
	),
	notes: new DataLoader<string, readonly Row[]>(
		each(
			async (id) =>
				(await rest<{ notes: Row[] }>("GET", `/contacts/${id}/notes`)).notes,
		),
	),
	appointments: new DataLoader<string, readonly Row[]>(
		each(async (id) => {
			const { events } = await rest<{ events: Row[] }>(
				"GET",
				`/contacts/${id}/appointments`,
			);
			return events.filter(({ deleted }) => !deleted);
		}),
	),
});

const tasksOf = async (rest: Rest, id: string): Promise<readonly Row[]> =>
	(await rest<{ tasks: Row[] }>("GET", `/contacts/${id}/tasks`)).tasks;

interface Context {
	readonly rest: Rest;
	readonly load: ReturnType<typeof loadersOf>;
	readonly settings: YogaSettings;
}

const list =
	(name: "tasks" | "notes" | "appointments") =>
	async ({ id }: Row, _: unknown, { load }: Context) => ({
		nodes: await load[name].load(id),
	});

const resolvers = {
	Query: {
		async contacts(
			_: unknown,
			{ first, after }: { first: number; after?: string },
			{ rest, settings }: Context,
		) {
			const { contacts } = await rest<{ contacts: Row[] }>(
				"POST",
				"/contacts/search",
				{
					locationId: settings.locationId,
					pageLimit: first,
					...(after && { searchAfter: JSON.parse(after) }),
				},
			);
			const last = contacts.at(-1)?.searchAfter;
			return {
				nodes: contacts,
				pageInfo: { endCursor: last ? JSON.stringify(last) : null },
			};
		},
		contact: (_: unknown, { id }: { id: string }, { load }: Context) =>
			load.contact.load(id),
	},
	Contact: {
		contactId: ({ id }: Row) => id,
		name: (contact: Row) =>
			[contact.firstName, contact.lastName].filter(Boolean).join(" ") ||
			contact.name ||
			contact.contactName ||
			null,
		email: ({ email }: Row) => email || null,
		tasks: list("tasks"),
		notes: list("notes"),
		appointments: list("appointments"),
	},
	Task: {
		taskId: ({ id }: Row) => id,
		status: ({ completed }: Row) => (completed === true ? "COMPLETED" : "OPEN"),
	},
	Note: { noteId: ({ id }: Row) => id },
	Appointment: {
		appointmentId: ({ id }: Row) => id,
		startTime: ({ startTime }: Row, _: unknown, { settings }: Context) =>
			instant(startTime, settings.timeZone),
	},
};

const instant = (time: unknown, timeZone: string): string | null => {
	if (typeof time !== "string" || time === "") return null;
	if (/(Z|[+-]\d\d:?\d\d)$/.test(time)) return new Date(time).toISOString();
	return new Date(
		Temporal.PlainDateTime.from(time).toZonedDateTime(timeZone)
			.epochMilliseconds,
	).toISOString();
};

serveParent<YogaSettings>(async (settings) => {
	const rest = restOf(settings);
	const yoga = createYoga({
		schema: createSchema<Context>({ typeDefs, resolvers }),
		context: () => ({ rest, load: loadersOf(rest, settings), settings }),
		logging: false,
		graphiql: false,
		plugins: settings.cached
			? [
					useResponseCache({
						session: ({ headers }) => headers.get("authorization"),
						ttl: 3_600_000,
					}),
				]
			: [],
	});
	const server = createServer(yoga);
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

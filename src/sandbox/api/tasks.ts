// Reading tasks: of one contact, and across the location through tasks/search.
import { Hono } from "hono";
import { answer } from "../http/answers.ts";
import type { Api, Env, Parts } from "../http/env.ts";
import { notFound, unprocessable } from "../http/errors.ts";
import {
	bodyObject,
	pathContact,
	pathLocation,
	withinBounds,
} from "../http/input.ts";
import type { Settings } from "../options.ts";
import type { LocationData } from "../store/location-data.ts";
import type { TaskRecord } from "../store/records.ts";
import { withoutNulls } from "./contact-shapes.ts";

export function taskReads({ settings }: Parts): Api {
	const app: Api = new Hono<Env>({ strict: false });

	app.get("/contacts/:contactId/tasks", (call) => {
		const contact = pathContact(call);
		const tasks = call.get("location").tasks.group(contact.id);
		return answer(call, { tasks: tasks.map(taskShape) });
	});

	app.get("/contacts/:contactId/tasks/:taskId", (call) => {
		const contact = pathContact(call);
		const id = call.req.param("taskId");
		const task = call.get("location").tasks.get(id);
		if (task?.contactId !== contact.id) throw notFound("Task", id);
		return answer(call, { task: taskShape(task) });
	});

	// 201 although nothing is created (contract, section 4).
	app.post("/locations/:locationId/tasks/search", (call) => {
		const location = pathLocation(call);
		const tasks = searchTasks(bodyObject(call), location, settings);
		return answer(call, { tasks }, 201);
	});

	return app;
}

export const taskShape = (task: TaskRecord): object =>
	withoutNulls({
		id: task.id,
		title: task.title,
		body: task.body,
		assignedTo: task.assignedTo,
		dueDate: task.dueDate,
		completed: task.completed,
		contactId: task.contactId,
	});

const KEYS = [
	"contactId",
	"completed",
	"assignedTo",
	"query",
	"limit",
	"skip",
	"businessId",
	"searchAfter",
];

function searchTasks(
	body: Record<string, unknown>,
	location: LocationData,
	settings: Settings,
): object[] {
	const wrong = Object.keys(body).filter((key) => !KEYS.includes(key));
	if (wrong.length > 0)
		throw unprocessable(
			...wrong.map((key) => `property ${key} should not exist`),
		);
	const contacts = listOf(body, "contactId");
	const users = listOf(body, "assignedTo");
	if (contacts !== undefined && contacts.size > settings.maxSearchContactIds)
		throw unprocessable(
			`contactId must contain no more than ${settings.maxSearchContactIds} elements`,
		);
	const limit = wholeOf(body, "limit", 25, { min: 1, max: 500 });
	const skip = wholeOf(body, "skip", 0, { min: 0 });
	const after = cursorOf(body.searchAfter);
	if (body.completed !== undefined && typeof body.completed !== "boolean")
		throw unprocessable("completed must be a boolean value");
	const query = String(body.query ?? "").toLowerCase();
	const found: { task: TaskRecord; added: number }[] = [];
	const visible = location.tasks.visible(settings.now());
	const candidates =
		contacts === undefined
			? visible.rows.values()
			: [...contacts].flatMap((id) => [...visible.group(id)]);
	for (const task of candidates) {
		if (users !== undefined && !users.has(task.assignedTo ?? "")) continue;
		if (body.completed !== undefined && task.completed !== body.completed)
			continue;
		if (query !== "" && !textOf(task).includes(query)) continue;
		if (
			body.businessId !== undefined &&
			location.contacts.get(task.contactId)?.businessId !== body.businessId
		)
			continue;
		found.push({ task, added: Date.parse(task.dateAdded) });
	}
	found.sort((a, b) => newestFirst([a.added, a.task.id], [b.added, b.task.id]));
	const rest =
		after === undefined
			? found
			: found.filter(
					({ task, added }) => newestFirst([added, task.id], after) > 0,
				);
	return rest
		.slice(skip, skip + Math.min(limit, settings.tasksSearchMax))
		.map(({ task, added }) => searchRow(task, added, location));
}

const textOf = (task: TaskRecord): string =>
	`${task.title}\n${task.body ?? ""}`.toLowerCase();

type Cursor = readonly [added: number, id: string];

const newestFirst = (a: Cursor, b: Cursor): number =>
	b[0] - a[0] || (a[1] === b[1] ? 0 : a[1] < b[1] ? -1 : 1);

function cursorOf(value: unknown): Cursor | undefined {
	if (value === undefined) return undefined;
	if (
		!Array.isArray(value) ||
		typeof value[0] !== "number" ||
		typeof value[1] !== "string"
	)
		throw unprocessable("searchAfter must be the array of the last row");
	return [value[0], value[1]];
}

/** Rows are not what GET gives: `_id`, both states, details of contact and user; names there are often null. */
function searchRow(
	task: TaskRecord,
	added: number,
	location: LocationData,
): object {
	const contact = location.contacts.get(task.contactId);
	const user =
		task.assignedTo === null ? undefined : location.users.get(task.assignedTo);
	return {
		_id: task.id,
		locationId: task.locationId,
		title: task.title,
		body: task.body,
		contactId: task.contactId,
		assignedTo: task.assignedTo,
		dueDate: task.dueDate,
		completed: task.completed,
		status: task.completed ? "completed" : "incompleted",
		statusGroup: task.completed ? "completed" : "incompleted",
		deleted: false,
		dateAdded: task.dateAdded,
		dateUpdated: task.dateUpdated,
		contactDetails: { firstName: null, lastName: contact?.lastName ?? null },
		assignedToUserDetails:
			user === undefined
				? null
				: { id: user.id, firstName: user.firstName, lastName: user.lastName },
		searchAfter: [added, task.id],
	};
}

function listOf(
	body: Record<string, unknown>,
	name: string,
): Set<string> | undefined {
	const value = body[name];
	if (value === undefined) return undefined;
	if (!Array.isArray(value)) throw unprocessable(`${name} must be an array`);
	if (value.some((one) => typeof one !== "string"))
		throw unprocessable(`each value in ${name} must be a string`);
	return new Set(value as string[]);
}

function wholeOf(
	body: Record<string, unknown>,
	name: string,
	fallback: number,
	bounds: { min: number; max?: number },
): number {
	const value = body[name] ?? fallback;
	if (typeof value !== "number" || !Number.isInteger(value))
		throw unprocessable(`${name} must be a number`);
	return withinBounds(name, value, bounds);
}

// Creating, changing, completing and deleting tasks of a contact.
import { Hono } from "hono";
import { answer, created, done } from "../http/answers.ts";
import { checkedBody, isDateText, type Rules } from "../http/body-rules.ts";
import type { Api, Call, Env, Parts } from "../http/env.ts";
import { notFound } from "../http/errors.ts";
import { pathContact } from "../http/input.ts";
import type { TaskRecord } from "../store/records.ts";
import { taskShape } from "./tasks.ts";

export function taskWrites({ settings }: Parts): Api {
	const app: Api = new Hono<Env>({ strict: false });
	const save = (call: Call, task: TaskRecord) => {
		const at = settings.now();
		const after = { ...task, dateUpdated: new Date(at).toISOString() };
		call.get("location").tasks.put(after, at);
		return after;
	};

	app.post("/contacts/:contactId/tasks", (call) => {
		const contact = pathContact(call);
		const body = checkedBody(call, CREATE);
		const location = call.get("location");
		const now = new Date(settings.now()).toISOString();
		const task = save(call, {
			id: location.newId("task"),
			locationId: location.id,
			contactId: contact.id,
			title: String(body.title),
			body: (body.body as string | undefined) ?? null,
			assignedTo: (body.assignedTo as string | undefined) || null,
			dueDate: new Date(String(body.dueDate)).toISOString(),
			completed: body.completed === true,
			dateAdded: now,
			dateUpdated: now,
		});
		return answer(call, { task: taskShape(task) }, created(settings));
	});

	app.put("/contacts/:contactId/tasks/:taskId/completed", (call) => {
		const task = pathTask(call);
		const { completed } = checkedBody(call, COMPLETED);
		const after = save(call, { ...task, completed: completed === true });
		return answer(call, { task: taskShape(after) });
	});

	app.put("/contacts/:contactId/tasks/:taskId", (call) => {
		const task = pathTask(call);
		const body = checkedBody(call, UPDATE);
		const after = save(call, {
			...task,
			...(body.title === undefined ? {} : { title: String(body.title) }),
			...(body.body === undefined ? {} : { body: String(body.body) }),
			...(body.assignedTo === undefined
				? {}
				: { assignedTo: String(body.assignedTo) || null }),
			...(body.dueDate === undefined
				? {}
				: { dueDate: new Date(String(body.dueDate)).toISOString() }),
			...(body.completed === undefined
				? {}
				: { completed: body.completed === true }),
		});
		return answer(call, { task: taskShape(after) });
	});

	app.delete("/contacts/:contactId/tasks/:taskId", (call) => {
		const task = pathTask(call);
		call.get("location").tasks.delete(task.id, settings.now());
		return answer(call, done(settings));
	});

	return app;
}

const UPDATE: Rules = {
	title: { kind: "string" },
	body: { kind: "string" },
	dueDate: { kind: "string", check: isDateText },
	completed: { kind: "boolean" },
	assignedTo: { kind: "string" },
};

const CREATE: Rules = {
	...UPDATE,
	title: { kind: "string", required: true, filled: true },
	dueDate: { kind: "string", required: true, check: isDateText },
	completed: { kind: "boolean", required: true },
};

const COMPLETED: Rules = { completed: { kind: "boolean", required: true } };

function pathTask(call: Call): TaskRecord {
	const contact = pathContact(call);
	const id = call.req.param("taskId") ?? "";
	const task = call.get("location").tasks.get(id);
	if (task?.contactId !== contact.id) throw notFound("Task", id);
	return task;
}

/** Creating, changing, completing, reopening and deleting tasks. */
import type { Context } from "../../loading/context.ts";
import { crud } from "../../schema-kit/crud.ts";
import * as check from "../../schema-kit/input-checks.ts";
import { instantOf, latestOf } from "../../schema-kit/instant.ts";
import type { Faults } from "../../schema-kit/user-errors.ts";
import type { Upstream } from "../../upstream/client.ts";
import { textOf } from "../../upstream/shapes.ts";
import { WRITE } from "../contact/mutations.ts";
import { taskById } from "./loader.ts";
import {
	getTask,
	listTasks,
	searchTasks,
	type Task as TaskValue,
} from "./rest.ts";
import { Task } from "./schema.ts";
import { TASKS, tasksOfContact } from "./tags.ts";
import {
	createTask,
	deleteTask,
	setTaskCompleted,
	type TaskBody,
	updateTask,
} from "./writes.ts";

const touched = (contactId: string, task?: string) => ({
	tags: [tasksOfContact(contactId), TASKS],
	task,
});

const holds = (task: TaskValue, wanted: TaskBody): boolean =>
	Object.entries(wanted).every(([key, value]) => {
		if (key === "dueDate")
			return instantOf(task.dueDate) === Date.parse(String(value));
		if (key === "completed") return (task.completed === true) === value;
		return (textOf(task[key as keyof TaskBody]) ?? "") === value;
	});

const tasks = crud({
	type: Task,
	noun: "task",
	id: "taskId",
	parent: { type: "Contact", id: "contactId" },
	scopes: WRITE,
	outcomeOf: ({ contactId, id }) => ({ contactId, taskId: id }),
	load: (ids, context) => taskById.load(context, ids),
	read: ({ contactId, taskId }, upstream) =>
		getTask(upstream, contactId, taskId),
	holds,
	effects: ({ contactId }) => touched(contactId),
	properties: { assignedTo: ["assignedUserId"] },
});

interface Given {
	readonly title?: string | null | undefined;
	readonly body?: string | null | undefined;
	readonly dueDate?: string | null | undefined;
	readonly completed?: boolean | null | undefined;
	readonly assignedUserId?: string | null | undefined;
}

/** null clears body and assignedUserId, where the spec takes text only: so they are emptied. */
const bodyOf = (given: Given, context: Context, faults: Faults): TaskBody => {
	const { title, body, dueDate, completed, assignedUserId } = given;
	for (const field of ["title", "dueDate", "completed"] as const)
		if (given[field] === null)
			faults.add(
				[field],
				`${field} cannot be cleared: every task has one. Leave it out to keep it.`,
			);
	return {
		...(title != null && { title: check.line(faults, ["title"], title) ?? "" }),
		...(body !== undefined && {
			body: body === null ? "" : (check.text(faults, ["body"], body) ?? ""),
		}),
		...(dueDate != null && {
			dueDate: check.instant(faults, ["dueDate"], dueDate) ?? "",
		}),
		...(completed != null && { completed }),
		...(assignedUserId !== undefined && {
			assignedTo:
				assignedUserId === null
					? ""
					: (check.id(
							faults,
							["assignedUserId"],
							"User",
							assignedUserId,
							context,
						) ?? ""),
		}),
	};
};

tasks.create("createTask", {
	description: "Adds a task to a contact. Costs one call.",
	input: (t) => ({
		title: t.string({ required: true, description: "Title of the task." }),
		dueDate: t.field({
			type: "DateTime",
			required: true,
			description: "When it is due.",
		}),
		body: t.string({ description: "The details." }),
		completed: t.boolean({
			description: "Whether it is done already; false when left out.",
		}),
		assignedUserId: t.id({
			description: "Who is to do it: a user's global or HighLevel's own id.",
		}),
	}),
	body: (given, context, faults) => bodyOf(present(given), context, faults),
	send: async ({ contactId }, body, { upstream }) =>
		tasks.written(await createTask(upstream, contactId, body)),
	async found({ contactId }, body, { upstream }) {
		const all = await listTasks(upstream, contactId);
		const wanted = { completed: false, body: "", assignedTo: "", ...body };
		const like = (all ?? []).filter((task) => holds(task, wanted));
		if (like.length === 0) return [];
		// The list does not tell when a task was added; the search does, and lacks what is new.
		const added = like.every(({ dateAdded }) => dateAdded != null)
			? undefined
			: await whenAdded(upstream, contactId);
		return like.map((task) => ({
			outcome: tasks.written(task),
			madeAt: latestOf(task.dateAdded) ?? added?.get(task.id) ?? null,
		}));
	},
	effects: ({ ids }, outcome) => touched(ids.contactId, outcome?.taskId),
});

tasks.update("updateTask", {
	description:
		"Changes what is given of a task and nothing else; null clears body and assignedUserId. Costs one call.",
	input: (t) => ({
		title: t.string({ description: "Title of the task." }),
		dueDate: t.field({ type: "DateTime", description: "When it is due." }),
		body: t.string({ description: "The details. null clears them." }),
		completed: t.boolean({ description: "Whether it is done." }),
		assignedUserId: t.id({
			description:
				"Who is to do it: a user's global or HighLevel's own id. null takes it from whoever has it.",
		}),
	}),
	body: bodyOf,
	send: async (ids, body, { upstream }) =>
		tasks.written(await updateTask(upstream, ids, body)),
	effects: ({ ids: { contactId, taskId }, body }) =>
		touched(contactId, body.completed === undefined ? undefined : taskId),
});

const completion = (name: string, description: string, completed: boolean) =>
	tasks.change(name, {
		description: `${description} Costs one call.`,
		send: async (ids, _, { upstream }) =>
			tasks.written(await setTaskCompleted(upstream, ids, completed)),
		shows: (task) => (task.completed === true) === completed,
		effects: ({ ids }) => touched(ids.contactId, ids.taskId),
	});

completion("completeTask", "Marks a task as done.", true);
completion("reopenTask", "Marks a task as open again.", false);

tasks.remove("deleteTask", {
	description: "Removes a task. Costs one call.",
	send: (ids, { upstream }) => deleteTask(upstream, ids),
});

const PAGE = 500;

/** When each task of the contact was added, as far as search knows it by now. */
const whenAdded = async (
	upstream: Upstream,
	contactId: string,
): Promise<Map<string, number>> => {
	const { tasks } = await searchTasks(upstream, {
		contactId: [contactId],
		limit: PAGE,
	});
	return new Map(
		tasks.flatMap(({ id, dateAdded }) => {
			const at = latestOf(dateAdded);
			return at === null ? [] : [[id, at] as const];
		}),
	);
};

/** What a new thing has: null is as good as leaving a field out. */
const present = (given: Given): Given =>
	Object.fromEntries(
		Object.entries(given).filter(([, value]) => value !== null),
	);

/** Creating, changing, completing, reopening and deleting tasks. */
import type { ObjectFieldBuilder } from "@pothos/core";
import { TAG } from "../../cache/tags.ts";
import type { CostContext } from "../../cost/field-cost.ts";
import type { Context } from "../../loading/context.ts";
import type { builder } from "../../schema-kit/builder.ts";
import { globalId } from "../../schema-kit/global-id.ts";
import * as check from "../../schema-kit/input-checks.ts";
import { instantOf } from "../../schema-kit/instant.ts";
import { mutation, oneRead, type Payload } from "../../schema-kit/mutation.ts";
import type { Faults } from "../../schema-kit/user-errors.ts";
import type { Upstream } from "../../upstream/client.ts";
import { textOf } from "../../upstream/shapes.ts";
import { CONTACT_ID, WRITE } from "../contact/mutations.ts";
import { READ } from "../contact/schema.ts";
import { taskById } from "./loader.ts";
import {
	getTask,
	listTasks,
	searchTasks,
	type Task as TaskValue,
} from "./rest.ts";
import { Task } from "./schema.ts";
import {
	createTask,
	deleteTask,
	setTaskCompleted,
	type TaskBody,
	type TaskIds,
	updateTask,
} from "./writes.ts";

type Types = (typeof builder)["$inferSchemaTypes"];

// A task as the write's own answer holds it. It is complete, so it need not be read; a repeat of the write has none.
const answered = new WeakMap<TaskIds, TaskValue>();

const outcomeOf = (task: TaskValue): TaskIds => {
	const ids = { contactId: task.contactId, taskId: task.id };
	answered.set(ids, task);
	return ids;
};

const taskPayload = (t: ObjectFieldBuilder<Types, Payload<TaskIds>>) => ({
	task: t.field({
		type: Task,
		// At hand in the write's answer; only a repeat of the write reads it.
		extensions: {
			...READ,
			cost: (ask: CostContext) => oneRead("task", ask),
		},
		description: "The task as it is now; null when the input was refused.",
		resolve: ({ outcome }, _, context) =>
			outcome && (answered.get(outcome) ?? taskById.load(context, outcome)),
	}),
});

const TASK_ID = {
	required: true,
	description: "The task: its global id, or HighLevel's own id with contactId.",
} as const;
const PARENT =
	"The task's contact; needed when taskId is HighLevel's own id, since a global id holds it.";

const idsOf = (
	{
		taskId,
		contactId,
	}: { taskId: string; contactId?: string | null | undefined },
	context: Context,
	faults: Faults,
): TaskIds | undefined => {
	const ids = check.idWithin(
		faults,
		context,
		{ path: ["taskId"], type: "Task", value: taskId },
		{ path: ["contactId"], type: "Contact", value: contactId },
	);
	return ids && { contactId: ids.parentId, taskId: ids.childId };
};

const placesOf = ({ contactId, taskId }: TaskIds) => ({
	ids: { [taskId]: ["taskId"], [contactId]: ["contactId"] },
	properties: PROPERTIES,
});

const PROPERTIES = { assignedTo: ["assignedUserId"] };

const touched = (contactId: string, task?: string) => ({
	tags: [TAG.tasksOf(contactId), TAG.tasks],
	task,
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

mutation("createTask", {
	description: "Adds a task to a contact. Costs one call.",
	scopes: WRITE,
	input: (t) => ({
		contactId: t.id({ required: true, description: CONTACT_ID }),
		title: t.string({ required: true, description: "What is to be done." }),
		dueDate: t.string({
			required: true,
			description: "When it is due: ISO 8601 with an offset.",
		}),
		body: t.string({ description: "The details." }),
		completed: t.boolean({
			description: "Whether it is done already; false when left out.",
		}),
		assignedUserId: t.id({
			description: "Who is to do it: a user's global or HighLevel's own id.",
		}),
	}),
	plan({ contactId: given, ...rest }, context, faults) {
		const contactId = check.id(
			faults,
			["contactId"],
			"Contact",
			given,
			context,
		);
		const body = bodyOf(present(rest), context, faults);
		return contactId === undefined ? undefined : { contactId, body };
	},
	async send({ contactId, body }, { upstream }) {
		return outcomeOf(await createTask(upstream, contactId, body));
	},
	payload: taskPayload,
	async readBack({ contactId, body }, { upstream }, since) {
		const tasks = await listTasks(upstream, contactId);
		const wanted = { completed: false, body: "", assignedTo: "", ...body };
		const like = (tasks ?? []).filter((task) => holds(task, wanted));
		if (like.length === 0) return [];
		const added = await whenAdded(upstream, contactId);
		return like
			.filter((task) => {
				// The list does not tell when a task was added; the search does, and lacks only what is new.
				const at = instantOf(task.dateAdded) ?? added.get(task.id);
				return at === undefined || at >= since;
			})
			.map(outcomeOf);
	},
	claimOf: ({ taskId }) => `task/${taskId}`,
	inputPaths: ({ contactId }) => ({
		ids: { [contactId]: ["contactId"] },
		properties: PROPERTIES,
	}),
	effects: ({ contactId }, outcome) => touched(contactId, outcome?.taskId),
});

mutation("updateTask", {
	description:
		"Changes what is given of a task and nothing else; null clears body and assignedUserId. Costs one call.",
	scopes: WRITE,
	input: (t) => ({
		taskId: t.id(TASK_ID),
		contactId: t.id({ description: PARENT }),
		title: t.string({ description: "What is to be done." }),
		dueDate: t.string({
			description: "When it is due: ISO 8601 with an offset.",
		}),
		body: t.string({ description: "The details. null clears them." }),
		completed: t.boolean({ description: "Whether it is done." }),
		assignedUserId: t.id({
			description:
				"Who is to do it: a user's global or HighLevel's own id. null takes it from whoever has it.",
		}),
	}),
	plan({ taskId, contactId, ...rest }, context, faults) {
		const ids = idsOf({ taskId, contactId }, context, faults);
		const body = bodyOf(rest, context, faults);
		if (faults.list.length === 0 && Object.keys(body).length === 0)
			faults.add(
				null,
				"Nothing to change came. Give at least one field beside taskId.",
			);
		return ids && { ids, body };
	},
	async send({ ids, body }, { upstream }) {
		return outcomeOf(await updateTask(upstream, ids, body));
	},
	payload: taskPayload,
	async readBack({ ids, body }, { upstream }) {
		const task = await getTask(upstream, ids.contactId, ids.taskId);
		return task && holds(task, body) ? [outcomeOf(task)] : [];
	},
	inputPaths: ({ ids }) => placesOf(ids),
	effects: ({ ids, body }) =>
		touched(
			ids.contactId,
			body.completed === undefined ? undefined : ids.taskId,
		),
});

const completion = (name: string, description: string, completed: boolean) =>
	mutation(name, {
		description: `${description} Costs one call.`,
		scopes: WRITE,
		input: (t) => ({
			taskId: t.id(TASK_ID),
			contactId: t.id({ description: PARENT }),
		}),
		plan: (input, context, faults) => idsOf(input, context, faults),
		async send(ids, { upstream }) {
			return outcomeOf(await setTaskCompleted(upstream, ids, completed));
		},
		payload: taskPayload,
		async readBack(ids, { upstream }) {
			const task = await getTask(upstream, ids.contactId, ids.taskId);
			return task && (task.completed === true) === completed
				? [outcomeOf(task)]
				: [];
		},
		inputPaths: placesOf,
		effects: ({ contactId, taskId }) => touched(contactId, taskId),
	});

completion("completeTask", "Marks a task as done.", true);
completion("reopenTask", "Marks a task as open again.", false);

mutation("deleteTask", {
	description: "Removes a task. Costs one call.",
	scopes: WRITE,
	input: (t) => ({
		taskId: t.id(TASK_ID),
		contactId: t.id({ description: PARENT }),
	}),
	plan: (input, context, faults) => idsOf(input, context, faults),
	async send(ids, { upstream }) {
		await deleteTask(upstream, ids);
		return ids;
	},
	payload: (t) => ({
		deletedId: t.id({
			description: "Global id of the task that is gone, for caches.",
			resolve: ({ outcome }, _, { viewer }) =>
				outcome &&
				globalId("Task", viewer.locationId, outcome.contactId, outcome.taskId),
		}),
	}),
	readBack: async (ids, { upstream }) =>
		(await getTask(upstream, ids.contactId, ids.taskId)) ? [] : [ids],
	inputPaths: placesOf,
	effects: ({ contactId }) => touched(contactId),
});

const holds = (task: TaskValue, wanted: TaskBody): boolean =>
	Object.entries(wanted).every(([key, value]) => {
		if (key === "dueDate")
			return instantOf(task.dueDate) === Date.parse(String(value));
		if (key === "completed") return (task.completed === true) === value;
		return (textOf(task[key as keyof TaskBody]) ?? "") === value;
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
			const at = instantOf(dateAdded);
			return at === null ? [] : [[id, at] as const];
		}),
	);
};

/** What a new thing has: null is as good as leaving a field out. */
const present = (given: Given): Given =>
	Object.fromEntries(
		Object.entries(given).filter(([, value]) => value !== null),
	);

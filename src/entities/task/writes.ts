/** The calls that change tasks. Their answers hold the whole task. */
import type { Upstream } from "../../upstream/client.ts";
import { operation } from "../../upstream/operation.ts";
import { Done, type Static, Type } from "../../upstream/shapes.ts";
import { type Task, TaskShape } from "./rest.ts";

/** What can be written into a task [spec]; only what is there is changed. */
export interface TaskBody {
	readonly title?: string;
	readonly body?: string;
	/** ISO 8601, UTC. */
	readonly dueDate?: string;
	readonly completed?: boolean;
	/** Empty text takes it from whoever has it. */
	readonly assignedTo?: string;
}

const Answer = Type.Object({ task: TaskShape });
const TASK = "/contacts/{contactId}/tasks/{taskId}";
const create = operation("POST", "/contacts/{contactId}/tasks", Answer);
const update = operation("PUT", TASK, Answer);
const complete = operation("PUT", `${TASK}/completed`, Answer);
const remove = operation("DELETE", TASK, Done);

export interface TaskIds {
	readonly contactId: string;
	readonly taskId: string;
}

/** Whether it is done is what was written, where the answer does not say. */
const written = (
	task: Static<typeof TaskShape>,
	contactId: string,
	{ completed }: TaskBody,
): Task => ({ ...task, contactId, completed: task.completed ?? completed });

export const createTask = async (
	upstream: Upstream,
	contactId: string,
	body: TaskBody,
): Promise<Task> => {
	const { task } = await upstream.call(create, {
		ids: { contactId },
		// Required [spec], whether or not a new task is done already.
		body: { completed: false, ...body },
	});
	upstream.facts.taskOwners.set(task.id, contactId);
	return written(task, contactId, { completed: false, ...body });
};

export const updateTask = async (
	upstream: Upstream,
	{ contactId, taskId }: TaskIds,
	body: TaskBody,
): Promise<Task> => {
	const { task } = await upstream.call(update, {
		ids: { contactId, taskId },
		body,
	});
	return written(task, contactId, body);
};

export const setTaskCompleted = async (
	upstream: Upstream,
	{ contactId, taskId }: TaskIds,
	completed: boolean,
): Promise<Task> => {
	const { task } = await upstream.call(complete, {
		ids: { contactId, taskId },
		body: { completed },
	});
	return written(task, contactId, { completed });
};

export const deleteTask = async (
	upstream: Upstream,
	{ contactId, taskId }: TaskIds,
): Promise<void> => {
	await upstream.call(remove, { ids: { contactId, taskId } });
};

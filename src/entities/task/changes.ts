/** Changes of tasks as clients see them. */
import type { ChangeKind } from "../../changes/change.ts";
import {
	type CostContext,
	inTwoBatches,
	oneForEach,
} from "../../cost/field-cost.ts";
import { builder } from "../../schema-kit/builder.ts";
import {
	Change,
	changeOf,
	changeType,
	resolveType,
	stream,
} from "../change/schema.ts";
import { tasksByContact } from "./loader.ts";
import { getTask } from "./rest.ts";
import { Task } from "./schema.ts";

const TaskChange = changeOf("TaskChange");

builder.interfaceType(TaskChange, {
	description:
		"A change of a task. HighLevel sends a webhook when a task is created, completed or deleted, but not when it is edited or reopened.",
	interfaces: [Change],
	resolveType,
	fields: (t) => ({
		taskId: t.id({
			description: "HighLevel's own id of the task; null for a gap.",
			resolve: ({ subjectId }) => subjectId,
		}),
		task: t.field({
			type: Task,
			description:
				"The task, read anew; null when it is deleted or its contact is not known. Costs one call for all subscribers of the location.",
			extensions: {
				cost(cost: CostContext) {
					// Looked for among those of its contact, then asked for itself.
					tasksByContact.cost(cost, oneForEach("contact", cost.parent));
					cost.each("task of a change", cost.parent);
					const tasks = oneForEach("task", cost.parent);
					return { ...tasks, batches: inTwoBatches(tasks) };
				},
			},
			resolve: async ({ kind, contactId, subjectId }, _, context) => {
				if (kind === "TASK_DELETED" || !contactId || !subjectId) return null;
				const tasks = await tasksByContact.load(context, contactId);
				return (
					tasks?.find(({ id }) => id === subjectId) ??
					getTask(context.upstream, contactId, subjectId)
				);
			},
		}),
	}),
});

const type = (kind: ChangeKind, name: string, description: string) =>
	changeType(kind, name).implement({
		description,
		interfaces: [Change, TaskChange],
		fields: (t) => ({
			taskId: t.id({
				nullable: false,
				description: "HighLevel's own id of the task.",
				resolve: ({ subjectId }) => subjectId ?? "",
			}),
		}),
	});

stream("taskChanged", TaskChange, "tasks", "TASK_");

type("TASK_CREATED", "TaskCreated", "A task was created.");
type("TASK_COMPLETED", "TaskCompleted", "A task was marked as done.");
type("TASK_DELETED", "TaskDeleted", "A task was deleted.");

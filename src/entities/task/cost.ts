/** What reading tasks may cost, made of what their loaders say. */
import {
	type Cardinality,
	type CostContext,
	costOfList,
	type FieldCost,
	named,
	pageSizeIn,
} from "../../cost/field-cost.ts";
import { taskById, tasksByContact, tasksPage } from "./loader.ts";

/** All tasks of contacts. */
export const tasksOf = costOfList(tasksByContact, "tasks");

/** A task by its id is looked for among those of its contact, then asked for itself. */
export const taskNamed = (
	cost: CostContext,
	contactId: string,
	taskId: string,
): Cardinality => {
	const owner = named("contact", contactId);
	tasksByContact.cost(cost, { ...owner, by: "id" });
	taskById.cost(cost, named("task", contactId, taskId));
	return { ...named("task", taskId), owner: { ...owner, by: "found" } };
};

/** One page of the tasks of the location. */
export const tasksPageOf: FieldCost = (cost) => {
	const page = {
		key: `tasks ${JSON.stringify(cost.args)}`,
		count: pageSizeIn(cost),
		batches: 1,
	};
	tasksPage.cost(cost, page);
	return page;
};

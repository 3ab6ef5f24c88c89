/** What reading tasks may cost, made of what their loaders say. */
import {
	type Cardinality,
	type CostContext,
	costOfList,
	type FieldCost,
	named,
	pageSizeIn,
} from "../../cost/field-cost.ts";
import {
	datesByContact,
	taskById,
	tasksByContact,
	tasksPage,
} from "./loader.ts";

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
		by: "page",
	} as const;
	tasksPage.cost(cost, page);
	return page;
};

/** The dates of tasks that did not come by search, which alone has them: searched for with their contacts. */
export const datesOf: FieldCost = (cost) => {
	const { parent, recentlyChanged } = cost;
	// Rows of the search have them; tasks that it does not know yet do not.
	if (parent.by !== "page") datesByContact.cost(cost, parent.owner ?? parent);
	else if (recentlyChanged > 0)
		datesByContact.cost(cost, {
			key: `contacts changed of ${parent.key}`,
			count: recentlyChanged,
			batches: 1,
		});
	return undefined;
};

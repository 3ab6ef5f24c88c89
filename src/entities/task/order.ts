/** Which of a contact's tasks are listed, and in which order. */
import type { Context } from "../../loading/context.ts";
import { eitherId } from "../../schema-kit/global-id.ts";
import * as check from "../../schema-kit/input-checks.ts";
import { instantOf } from "../../schema-kit/instant.ts";
import { byTime, compare, orderedBy } from "../../schema-kit/order.ts";
import { textOf } from "../../upstream/shapes.ts";
import type { Task } from "./rest.ts";

const dueAt = ({ dueDate }: Task): number | null => instantOf(dueDate);

/** By due date, then by id; those without a due date last. */
export const inOrder = orderedBy(dueAt);

export interface TaskSelection {
	readonly status?: "OPEN" | "COMPLETED" | null | undefined;
	readonly overdue?: boolean | null | undefined;
	readonly dueAfter?: string | null | undefined;
	readonly dueBefore?: string | null | undefined;
	readonly assignedUserIds?: readonly string[] | null | undefined;
	readonly orderBy?: readonly TaskOrderKey[] | null | undefined;
}

export interface TaskOrderKey {
	readonly field: "dueDate" | "title";
	readonly direction: "asc" | "desc";
}

export const isOverdue = (
	task: Pick<Task, "completed" | "dueDate">,
	{ cache }: Context,
): boolean => {
	const due = instantOf(task.dueDate);
	return task.completed !== true && due !== null && cache.isPast(due);
};

/** Judged by what the tasks say: HighLevel is asked nothing more. @throws Failure BAD_USER_INPUT for an argument. */
export const selected = (
	all: readonly Task[],
	selection: TaskSelection,
	context: Context,
): readonly Task[] => {
	const { status, overdue, assignedUserIds, orderBy } = selection;
	const [after, before] = [
		bound("dueAfter", selection.dueAfter),
		bound("dueBefore", selection.dueBefore),
	];
	const users =
		assignedUserIds &&
		new Set(assignedUserIds.map((id) => eitherId(id, "User", context)));
	const asksNothing =
		status == null &&
		overdue == null &&
		after === undefined &&
		before === undefined &&
		!users;
	const found = asksNothing
		? all
		: all.filter((task) => {
				const due = dueAt(task);
				return (
					(status == null ||
						(task.completed === true) === (status === "COMPLETED")) &&
					(overdue == null || isOverdue(task, context) === overdue) &&
					(after === undefined || (due !== null && due >= after)) &&
					(before === undefined || (due !== null && due < before)) &&
					(!users || users.has(textOf(task.assignedTo) ?? ""))
				);
			});
	return orderBy?.length ? found.toSorted(byKeys(orderBy)) : found;
};

const bound = (
	name: string,
	value: string | null | undefined,
): number | undefined =>
	value == null ? undefined : check.instantIn(name, value);

/** The sort is stable: what the keys do not tell apart stays by due date and id. */
const byKeys = (keys: readonly TaskOrderKey[]) => (a: Task, b: Task) => {
	for (const { field, direction } of keys) {
		const sign = direction === "asc" ? 1 : -1;
		const difference =
			field === "dueDate"
				? byTime(dueAt(a), dueAt(b), sign)
				: sign * compare(titleOf(a), titleOf(b));
		if (difference !== 0) return difference;
	}
	return 0;
};

const titleOf = ({ title }: Task): string =>
	(textOf(title) ?? "").toLowerCase();

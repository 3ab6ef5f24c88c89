/** What the Contacts API says about tasks: two shapes, one per contact and one from the search across the location. */
import type { Upstream } from "../../upstream/client.ts";
import { checkMovedOn } from "../../upstream/moved-on.ts";
import { operation } from "../../upstream/operation.ts";
import { saysNotFound } from "../../upstream/refusal.ts";
import {
	Flag,
	Id,
	maybe,
	ofContact,
	paged,
	type Static,
	Text,
	Timestamp,
	Type,
	usable,
} from "../../upstream/shapes.ts";

const fields = {
	title: Text,
	body: Text,
	assignedTo: Text,
	dueDate: Timestamp,
	completed: Flag,
	dateAdded: Timestamp,
	dateUpdated: Timestamp,
	deleted: Flag,
};

export const TaskShape = Type.Object({ id: Id, contactId: Text, ...fields });

// Rows of the search have `_id` and `searchAfter` (contract, section 4). Nobody else says whose they are.
const FoundTask = Type.Object(
	{
		_id: Type.Optional(Id),
		id: Type.Optional(Id),
		contactId: Id,
		searchAfter: maybe(Type.Array(Type.Unknown())),
		...fields,
	},
	{ anyOf: [{ required: ["_id"] }, { required: ["id"] }] },
);

export interface Task extends Omit<Static<typeof TaskShape>, "contactId"> {
	readonly contactId: string;
	readonly searchAfter?: readonly unknown[] | null | undefined;
}

const listOperation = operation(
	"GET",
	"/contacts/{contactId}/tasks",
	Type.Object({ tasks: Type.Array(TaskShape) }),
	{
		valueOf: ({ tasks }, { contactId = "" }) =>
			tasks
				.filter(({ deleted }) => !deleted)
				.map((task) => ofContact(task, contactId)),
	},
);

const getOperation = operation(
	"GET",
	"/contacts/{contactId}/tasks/{taskId}",
	Type.Object({ task: TaskShape }),
);

const searchOperation = operation(
	"POST",
	"/locations/{locationId}/tasks/search",
	Type.Object({ tasks: paged(FoundTask) }),
	{
		safe: true,
		valueOf({ tasks: rows }): FoundTasks {
			const good = usable(rows);
			const tasks = good.flatMap((row) => taskOf(row) ?? []);
			const byContact = Map.groupBy(tasks, ({ contactId }) => contactId);
			const end = good.at(-1)?.searchAfter;
			const isWhole = good.every((row) => idOf(row) !== undefined);
			return {
				rows: rows.length,
				isWhole: isWhole && good.length === rows.length,
				tasks,
				byContact,
				end,
			};
		},
	},
);

/** All tasks of one contact, unpaged [spec]; null when the contact is gone. */
export const listTasks = async (
	upstream: Upstream,
	contactId: string,
): Promise<readonly Task[] | null> => {
	try {
		return await upstream.call(listOperation, { ids: { contactId } });
	} catch (error) {
		if (saysNotFound(error)) return null;
		throw error;
	}
};

export const getTask = async (
	upstream: Upstream,
	contactId: string,
	taskId: string,
): Promise<Task | null> => {
	try {
		const { task } = await upstream.call(getOperation, {
			ids: { contactId, taskId },
		});
		return task.deleted ? null : ofContact(task, contactId);
	} catch (error) {
		if (saysNotFound(error)) return null;
		throw error;
	}
};

export interface TaskSearch {
	readonly contactId?: readonly string[];
	readonly assignedTo?: readonly string[];
	readonly completed?: boolean;
	readonly query?: string;
	readonly businessId?: string;
	readonly limit: number;
	readonly skip?: number;
	readonly searchAfter?: readonly unknown[];
}

export interface FoundTasks {
	readonly tasks: readonly Task[];
	readonly byContact: ReadonlyMap<string, readonly Task[]>;
	/** Deleted ones too, and those that cannot be used. */
	readonly rows: number;
	/** False where a row says neither which task it is nor whose: somebody's list may lack it. */
	readonly isWhole: boolean;
	/** Where the last of those rows stands, to continue from. */
	readonly end: readonly unknown[] | null | undefined;
}

/** One page of the tasks of the location; a row without its own or its contact's id is not among them. `limit` is for the page, not per contact. */
export const searchTasks = async (
	upstream: Upstream,
	search: TaskSearch,
): Promise<FoundTasks> => {
	const page = await upstream.call(searchOperation, {
		ids: { locationId: upstream.locationId },
		body: search,
	});
	if (page.rows > 0)
		checkMovedOn(searchOperation, search.searchAfter, page.end);
	return page;
};

const idOf = ({ id, _id }: Static<typeof FoundTask>) => id ?? _id;

/**
 * Rows of the search carry the contact and the user, too, which others tell better: kept would be twice the memory.
 * Undefined for a row without an id or that is deleted.
 */
const taskOf = (row: Static<typeof FoundTask>): Task | undefined => {
	const id = idOf(row);
	if (id === undefined || row.deleted) return undefined;
	return {
		id,
		contactId: row.contactId,
		title: row.title,
		body: row.body,
		assignedTo: row.assignedTo,
		dueDate: row.dueDate,
		completed: row.completed,
		dateAdded: row.dateAdded,
		dateUpdated: row.dateUpdated,
		searchAfter: row.searchAfter,
	};
};

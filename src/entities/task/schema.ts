/** What clients see of tasks: on a contact, across the location, and by id. */

import { whenLoaded } from "../../loading/loader.ts";
import { builder, FREE, READ } from "../../schema-kit/builder.ts";
import {
	connectionType,
	forwardArgs,
	type Page,
	pageOfWholeList,
	pageSize,
	wholeListArgs,
} from "../../schema-kit/connection.ts";
import {
	cursorsOf,
	isItem,
	isOffset,
	isSearchAfter,
	listKey,
} from "../../schema-kit/cursor.ts";
import { eitherId, globalId } from "../../schema-kit/global-id.ts";
import { timeOf } from "../../schema-kit/instant.ts";
import { Node, nodeReader } from "../../schema-kit/node.ts";
import { PURE } from "../../schema-kit/pure.ts";
import { checkId } from "../../upstream/operation.ts";
import { textOf } from "../../upstream/shapes.ts";
import { contactOf } from "../contact/cost.ts";
import { OrderDirection } from "../contact/filter-inputs.ts";
import { contactById } from "../contact/loader.ts";
import { Contact } from "../contact/schema.ts";
import { usersOf } from "../user/cost.ts";
import { userById } from "../user/loader.ts";
import { User } from "../user/schema.ts";
import { datesOf, taskNamed, tasksOf, tasksPageOf } from "./cost.ts";
import {
	dateOf,
	type TaskDates,
	taskById,
	tasksByContact,
	tasksPage,
} from "./loader.ts";
import { isOverdue, selected } from "./order.ts";
import type { TaskSearch, Task as TaskValue } from "./rest.ts";

export const Task = builder.objectRef<TaskValue>("Task");

export const TaskStatus = builder.enumType("TaskStatus", {
	description: "Whether a task is done.",
	values: {
		OPEN: { value: "OPEN", description: "Still to do." },
		COMPLETED: { value: "COMPLETED", description: "Done." },
	} as const,
});

Task.implement({
	extensions: READ,
	description:
		"Something to do for a contact. HighLevel sends no webhook when a task is edited, so an edit may show with a short delay.",
	interfaces: [Node],
	fields: (t) => {
		const date = (field: keyof TaskDates, description: string) =>
			t.field({
				type: "DateTime",
				description: `${description} Only HighLevel's search tells: a task that came by another way costs one more call, for all of a request together; null while search does not know the task yet.`,
				extensions: { cost: datesOf },
				resolve: (task, _, context) =>
					whenLoaded(dateOf(task, field, context), timeOf),
			});
		return {
			id: t.id({
				nullable: false,
				extensions: PURE,
				description: "Global id.",
				resolve: ({ id, contactId }, _, { viewer }) =>
					globalId("Task", viewer.locationId, contactId, id),
			}),
			taskId: t.id({
				nullable: false,
				description: "HighLevel's own id of the task.",
				extensions: PURE,
				resolve: ({ id }) => id,
			}),
			title: t.string({
				description: "Title of the task.",
				extensions: PURE,
				resolve: ({ title }) => textOf(title),
			}),
			body: t.string({
				description: "The details.",
				extensions: PURE,
				resolve: ({ body }) => textOf(body),
			}),
			dueDate: t.field({
				type: "DateTime",
				description: "When it is due.",
				extensions: PURE,
				resolve: ({ dueDate }) => timeOf(dueDate),
			}),
			completed: t.boolean({
				nullable: false,
				description: "Whether it is done.",
				extensions: PURE,
				resolve: ({ completed }) => completed === true,
			}),
			status: t.field({
				type: TaskStatus,
				nullable: false,
				description: "OPEN or COMPLETED: `completed` in one word.",
				extensions: PURE,
				resolve: ({ completed }) => (completed === true ? "COMPLETED" : "OPEN"),
			}),
			overdue: t.boolean({
				nullable: false,
				extensions: { cost: FREE },
				description: "Whether it is open and its due date has passed.",
				resolve: (task, _, context) => isOverdue(task, context),
			}),
			dateAdded: date("dateAdded", "When it was created."),
			dateUpdated: date("dateUpdated", "When it was last changed."),
			assignedUserId: t.id({
				description: "HighLevel's id of the user who is to do it.",
				extensions: PURE,
				resolve: ({ assignedTo }) => textOf(assignedTo),
			}),
			assignedUser: t.field({
				type: User,
				description:
					"The user who is to do it. Null when there is none, or when the user left the location.",
				extensions: { cost: usersOf },
				resolve: ({ assignedTo }, _, context) =>
					assignedTo ? userById(context, String(assignedTo)) : null,
			}),
			contactId: t.exposeID("contactId", {
				nullable: false,
				description: "HighLevel's own id of its contact.",
			}),
			contact: t.field({
				type: Contact,
				description: "The contact it is for.",
				extensions: { cost: contactOf },
				resolve: ({ contactId }, _, context) =>
					contactById.load(context, contactId),
			}),
		};
	},
});

const TaskOrderField = builder.enumType("TaskOrderField", {
	description: "What tasks can be ordered by.",
	values: {
		DUE_DATE: {
			value: "dueDate",
			description: "When they are due; those without a due date last.",
		},
		TITLE: { value: "title", description: "Title, ignoring case." },
	} as const,
});

const TaskOrder = builder.inputType("TaskOrder", {
	description: "One key to order tasks by.",
	fields: (t) => ({
		field: t.field({
			type: TaskOrderField,
			required: true,
			description: "What to order by.",
		}),
		direction: t.field({
			type: OrderDirection,
			required: true,
			defaultValue: "asc",
			description: "Which way.",
		}),
	}),
});

const tasksCursors = cursorsOf("tasks of a contact", isItem);
const idOf = ({ id }: TaskValue) => id;

const TaskConnection = connectionType("Task", Task, "tasks");

nodeReader(
	"Task",
	(context, [contactId, taskId]) =>
		taskId === undefined
			? null
			: whenLoaded(
					tasksByContact.load(context, contactId),
					(tasks) =>
						tasks?.find(({ id }) => id === taskId) ??
						// The list may lag or be cut; the task itself is right at once.
						taskById.load(context, { contactId, taskId }),
				),
	2,
	(cost, [contactId, taskId = ""]) => taskNamed(cost, contactId, taskId),
);

builder.objectField(Contact, "tasks", (t) =>
	t.field({
		type: TaskConnection,
		description:
			"Its tasks: by due date and then by id, those without a due date last. Tasks of many contacts are read together: one call for every 500 tasks. Choosing and ordering costs nothing more.",
		extensions: { cost: tasksOf },
		args: {
			...wholeListArgs(t.arg),
			status: t.arg({ type: TaskStatus, description: "Only these." }),
			overdue: t.arg.boolean({
				description:
					"true: only open tasks whose due date has passed. false: only the others.",
			}),
			dueAfter: t.arg({
				type: "DateTime",
				description: "Only those due at this moment or later.",
			}),
			dueBefore: t.arg({
				type: "DateTime",
				description: "Only those due before this moment.",
			}),
			assignedUserIds: t.arg.idList({
				description:
					"Only those of these users: global or HighLevel's own ids.",
			}),
			orderBy: t.arg({
				type: [TaskOrder],
				description:
					"In which order; what the keys do not tell apart stays by due date and id.",
			}),
		},
		resolve: ({ id }, { first, after, last, before, ...selection }, context) =>
			whenLoaded(
				tasksByContact.load(context, id),
				(all) =>
					all &&
					pageOfWholeList(
						selected(all, selection, context),
						{ cursors: tasksCursors, owner: listKey(id, selection), idOf },
						{ first, after, last, before },
						context,
					),
			),
	}),
);

builder.queryField("tasks", (t) =>
	t.field({
		type: TaskConnection,
		extensions: { ...READ, cost: tasksPageOf },
		description:
			"Tasks of the whole location, a page at a time, in the order of HighLevel's search, which knows no other (newest first, as far as was seen). Costs one call a page. HighLevel does not say how many there are in all.",
		args: {
			...forwardArgs(t.arg),
			status: t.arg({ type: TaskStatus, description: "Only these." }),
			contactIds: t.arg.idList({
				description: "Only of these contacts: global or HighLevel's own ids.",
			}),
			assignedUserIds: t.arg.idList({
				description:
					"Only those of these users: global or HighLevel's own ids.",
			}),
			businessId: t.arg.id({
				description:
					"Only of contacts of this business: its global id, or HighLevel's own.",
			}),
			query: t.arg.string({ description: "Words to look for." }),
		},
		resolve: (_, args, context) => {
			const { first: size, after, ...selection } = args;
			const first = pageSize(context, "first", size);
			const list = listKey("", selection);
			const position =
				after == null ? 0 : pageCursors.read("after", after, context, list);
			const skip = typeof position === "number" ? position : 0;
			const search: TaskSearch = {
				limit: Math.min(first + 1, 500),
				...(args.status && { completed: args.status === "COMPLETED" }),
				...(args.contactIds?.length && {
					contactId: args.contactIds.map((id) =>
						checkId(eitherId(id, "Contact", context), "contactIds"),
					),
				}),
				...(args.assignedUserIds?.length && {
					assignedTo: args.assignedUserIds.map((id) =>
						checkId(eitherId(id, "User", context), "assignedUserIds"),
					),
				}),
				...(args.businessId && {
					businessId: checkId(
						eitherId(args.businessId, "Business", context),
						"businessId",
					),
				}),
				...(args.query?.trim() && { query: args.query.trim() }),
				...(typeof position !== "number" && { searchAfter: [...position] }),
				...(skip > 0 && { skip }),
			};
			return whenLoaded(
				tasksPage.load(context, search),
				(page): Page<TaskValue> => {
					const { end } = page;
					const come = after == null ? page.newcomers : [];
					const newcomers = come.length;
					const tasks = [...come, ...page.tasks];
					const rows = page.rows + newcomers;
					const items = tasks.slice(0, first);
					const cursorAt = (
						searchAfter: readonly unknown[] | null | undefined,
						rowsBefore: number,
					) =>
						pageCursors.write(
							searchAfter?.length ? searchAfter : rowsBefore,
							context,
							list,
						);
					const isLost = tasks.length === 0 && !!end?.length;
					return {
						items,
						// Behind one that search does not know yet comes what search gives first.
						cursor: (index) =>
							index < newcomers
								? cursorAt(undefined, 0)
								: cursorAt(
										items[index]?.searchAfter,
										skip + index + 1 - newcomers,
									),
						...(isLost && {
							emptyCursor: () => cursorAt(end, skip + rows),
						}),
						// Rows that left the page leave those behind it where they were, unless they are counted.
						hasNextPage: rows > first && (items.length > 0 || isLost),
						hasPreviousPage: after != null,
					};
				},
			);
		},
	}),
);

// The row's own searchAfter, which is seen live but not in the spec; where rows have none, how many came before.
const pageCursors = cursorsOf(
	"tasks",
	(value): value is number | readonly unknown[] =>
		isOffset(value) || (isSearchAfter(value) && value.length > 0),
);

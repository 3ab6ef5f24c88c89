/** What clients see of tasks: on a contact, across the location, and by id. */

import { whenLoaded } from "../../loading/loader.ts";
import { builder, FREE, READ } from "../../schema-kit/builder.ts";
import {
	connectionType,
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
} from "../../schema-kit/cursor.ts";
import { eitherId, globalId } from "../../schema-kit/global-id.ts";
import { instantOf, timeOf } from "../../schema-kit/instant.ts";
import { Node, nodeReader } from "../../schema-kit/node.ts";
import { PURE } from "../../schema-kit/pure.ts";
import { checkId } from "../../upstream/path.ts";
import { textOf } from "../../upstream/shapes.ts";
import { contactOf } from "../contact/cost.ts";
import { contactById } from "../contact/loader.ts";
import { Contact } from "../contact/schema.ts";
import { usersOf } from "../user/cost.ts";
import { userById } from "../user/loader.ts";
import { User } from "../user/schema.ts";
import { taskNamed, tasksOf, tasksPageOf } from "./cost.ts";
import { taskById, tasksByContact, tasksPage } from "./loader.ts";
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
	fields: (t) => ({
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
			resolve: ({ completed, dueDate }, _, { cache }) => {
				const due = instantOf(dueDate);
				return completed !== true && due !== null && due < cache.now();
			},
		}),
		dateAdded: t.field({
			type: "DateTime",
			description: "When it was created, where HighLevel reports it.",
			extensions: PURE,
			resolve: ({ dateAdded }) => timeOf(dateAdded),
		}),
		dateUpdated: t.field({
			type: "DateTime",
			description: "When it was last changed, where HighLevel reports it.",
			extensions: PURE,
			resolve: ({ dateUpdated }) => timeOf(dateUpdated),
		}),
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
			"Its tasks. Tasks of many contacts are read together: one call for every 500 tasks.",
		extensions: { cost: tasksOf },
		args: {
			...wholeListArgs(t.arg),
			status: t.arg({ type: TaskStatus, description: "Only these." }),
		},
		resolve: ({ id }, args, context) =>
			whenLoaded(tasksByContact.load(context, id), (all) => {
				const { status } = args;
				const wanted = status
					? all?.filter(
							({ completed }) =>
								(completed === true) === (status === "COMPLETED"),
						)
					: all;
				return wanted
					? pageOfWholeList(
							wanted,
							{ cursors: tasksCursors, owner: id, idOf },
							args,
							context,
						)
					: null;
			}),
	}),
);

builder.queryField("tasks", (t) =>
	t.field({
		type: TaskConnection,
		extensions: { ...READ, cost: tasksPageOf },
		description:
			"Tasks of the whole location, a page at a time. Costs one call a page. HighLevel does not say how many there are in all.",
		args: {
			first: t.arg.int({ description: "How many; 20 when not given." }),
			after: t.arg.string({ description: "Continue after this cursor." }),
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
			const first = pageSize(context, "first", args.first, 20);
			const position =
				args.after == null ? 0 : pageCursors.read("after", args.after, context);
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
					const come = args.after == null ? page.newcomers : [];
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
						hasPreviousPage: args.after != null,
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

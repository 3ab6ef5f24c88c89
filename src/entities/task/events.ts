/** What webhooks say about tasks. There is none for an edited task, and the one for a new task may lack its contact. */

import type { ChangeKind, ChangeReader } from "../../changes/change.ts";
import { idIn, idMaybeIn } from "../contact/events.ts";
import { TASKS, tasksOfContact } from "./tags.ts";

const about =
	(kind: ChangeKind): ChangeReader =>
	(body) => {
		const subjectId = idIn(body, "id");
		// Live bodies were seen without it (contract, section 9).
		const contactId = idMaybeIn(body, "contactId") ?? null;
		return {
			kind,
			contactId,
			subjectId,
			tags: contactId ? [tasksOfContact(contactId), TASKS] : [TASKS],
		};
	};

/** By the sender's type. */
export const taskReaders: Readonly<Record<string, ChangeReader>> = {
	TaskCreate: about("TASK_CREATED"),
	TaskComplete: about("TASK_COMPLETED"),
	TaskDelete: about("TASK_DELETED"),
};

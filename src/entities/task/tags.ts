/** What cached tasks hang on. */
import { childOf, TAG } from "../../cache/tags.ts";

/** Every list of tasks across the location. */
export const TASKS = "tasks";

export const tasksOfContact = childOf(TAG.contact, "tasks", TASKS);

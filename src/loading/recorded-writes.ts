/** Mutations by name: a record keeps a write's name and plan, and only here does it become one again that can be read back. */
import type { Write } from "../idempotency/write.ts";
import type { Context } from "./context.ts";

/** What it was, for reading back alone: its effects are told by `readBack` itself, since nobody waits for it. */
export type RecordedWrite = (plan: never, context: Context) => Write<object>;

const byName = new Map<string, RecordedWrite>();

export const registerMutation = (
	name: string,
	recorded: RecordedWrite,
): void => {
	byName.set(name, recorded);
};

/** Undefined for one that this version of the gateway does not have. */
export const recordedWrite = (
	name: string,
	plan: unknown,
	context: Context,
): Write<object> | undefined => byName.get(name)?.(plan as never, context);

/** What a value was made of: the text of one answer, far smaller than its objects, from which the value can be made again. */
import { type Packed, unpacked } from "../packed.ts";
import type { Ids, Operation } from "./operation.ts";

export interface Raw {
	/** What the text takes in memory. */
	readonly bytes: number;
	/** Makes the value anew. */
	value(): unknown;
}

/** By the value: filled by the calls of one read, for whoever keeps what it brought. */
export type Raws = Map<unknown, Raw>;

export const rawOf = (
	operation: Operation<unknown>,
	ids: Ids,
	text: Packed,
): Raw => ({
	bytes: text.length,
	// It fitted the operation's shape when it came.
	value: () => operation.valueOf(JSON.parse(unpacked(text)), ids),
});

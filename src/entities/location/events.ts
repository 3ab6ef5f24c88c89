/** Webhooks nobody subscribes to, which still say that reference data moved. */

import { TAG } from "../../cache/tags.ts";
import type { ChangeReader } from "../../changes/change.ts";

/** By the sender's type. */
export const locationReaders: Readonly<Record<string, ChangeReader>> = {
	LocationUpdate: () => ({ tags: [TAG.location] }),
	UserCreate: () => ({ tags: [TAG.users] }),
	UserUpdate: () => ({ tags: [TAG.users] }),
	UserDelete: () => ({ tags: [TAG.users] }),
};

/** Webhooks nobody subscribes to, which still say that reference data moved. */
import { type ChangeReader, NAME } from "../../change.ts";

/** By the sender's type. */
export const locationReaders: Readonly<Record<string, ChangeReader>> = {
	LocationUpdate: () => ({ names: [NAME.location] }),
	UserCreate: () => ({ names: [NAME.users] }),
	UserUpdate: () => ({ names: [NAME.users] }),
	UserDelete: () => ({ names: [NAME.users] }),
};

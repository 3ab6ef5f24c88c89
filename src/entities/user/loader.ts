/** Users are few and asked for together: one list answers for all of them. */
import { NAME } from "../../change.ts";
import type { Context } from "../../graphql/context.ts";
import { byId, loader, whenRead } from "../../graphql/loader.ts";
import { listUsers, type UserRow } from "./rest.ts";

const usersByLocation = loader<string, UserRow[]>({
	freshness: "reference",
	spell: byId,
	names: () => [NAME.users],
	fetch: (ids, { upstream }) =>
		Promise.all(
			ids.map(() => listUsers(upstream).catch((error: Error) => error)),
		),
});

export const allUsers = (context: Context): UserRow[] | Promise<UserRow[]> =>
	usersByLocation.load(context, context.viewer.locationId);

/** Null for a user who is no longer in the location: contacts keep the ids of users who left. */
export const userById = (
	context: Context,
	id: string,
): UserRow | null | Promise<UserRow | null> =>
	whenRead(
		allUsers(context),
		(all) => all.find((user) => user.id === id) ?? null,
	);

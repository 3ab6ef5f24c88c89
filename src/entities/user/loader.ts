/** Users are few and asked for together: one list answers for all of them. */
import { TAG } from "../../cache/tags.ts";
import type { Context } from "../../loading/context.ts";
import { byId, loader, whenLoaded } from "../../loading/loader.ts";
import { listUsers, ROUTE, type UserRow } from "./rest.ts";

export const usersByLocation = loader<string, UserRow[]>({
	name: "usersByLocation",
	ttl: "reference",
	// Where the deprecated list is gone, the company's id and pages of its search.
	cost: (cost) =>
		cost.once("users", cost.facts.batchMax.get(ROUTE) === 0 ? 3 : 1),
	keyOf: byId,
	tags: () => [TAG.users],
	fetch: (ids, { upstream }) =>
		Promise.all(
			ids.map(() => listUsers(upstream).catch((error: Error) => error)),
		),
});

export const allUsers = (context: Context): UserRow[] | Promise<UserRow[]> =>
	usersByLocation.load(context, context.viewer.locationId);

/** Those of the users who are still in the location, each once, in the order of `ids`; none are read for no ids. */
export const usersById = (
	context: Context,
	ids: readonly string[],
): UserRow[] | Promise<UserRow[]> =>
	ids.length === 0
		? []
		: whenLoaded(allUsers(context), (all) =>
				[...new Set(ids)].flatMap(
					(id) => all.find((user) => user.id === id) ?? [],
				),
			);

/** Null for a user who is no longer in the location: contacts keep the ids of users who left. */
export const userById = (
	context: Context,
	id: string,
): UserRow | null | Promise<UserRow | null> =>
	whenLoaded(
		allUsers(context),
		(all) => all.find((user) => user.id === id) ?? null,
	);

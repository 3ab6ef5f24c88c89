/** What the Contacts API says about users: the people who work in a location. */
import type { Upstream } from "../../upstream/client.ts";
import { checkMovedOn } from "../../upstream/moved-on.ts";
import { operation } from "../../upstream/operation.ts";
import { Refusal } from "../../upstream/refusal.ts";
import {
	Flag,
	Id,
	maybe,
	paged,
	part,
	type Static,
	Text,
	Type,
	usable,
} from "../../upstream/shapes.ts";

const UserShape = Type.Object({
	id: Id,
	name: Text,
	firstName: Text,
	lastName: Text,
	email: Text,
	phone: Text,
	extension: Text,
	deleted: Flag,
	roles: maybe(part({ type: Text, role: Text })),
});

export type UserRow = Static<typeof UserShape>;

const Users = Type.Object({ users: paged(UserShape) });

// Deprecated [spec] and still answering [community: S9]; search needs the company's id and a call more.
const listUsersOperation = operation("GET", "/users/", Users);
const searchUsersOperation = operation("GET", "/users/search", Users);

export const ROUTE = "users of a location";
const PAGE = 100;

/** Every user of the location: one call, or pages of the company's search where the deprecated list is gone. */
export const listUsers = async (upstream: Upstream): Promise<UserRow[]> => {
	const { locationId, facts } = upstream;
	if (facts.batchMax.get(ROUTE) !== 0) {
		try {
			return usable(
				(await upstream.call(listUsersOperation, { query: { locationId } }))
					.users,
			);
		} catch (error) {
			if (
				!(error instanceof Refusal) ||
				![400, 404, 410].includes(error.status)
			)
				throw error;
			facts.batchMax.set(ROUTE, 0);
		}
	}
	const companyId = await facts.companyId(upstream);
	const users: (UserRow | null)[] = [];
	for (;;) {
		const page = await upstream.call(searchUsersOperation, {
			query: { companyId, locationId, limit: PAGE, skip: users.length },
		});
		checkMovedOn(searchUsersOperation, users.at(-1)?.id, page.users.at(-1)?.id);
		users.push(...page.users);
		if (page.users.length < PAGE) return usable(users);
	}
};

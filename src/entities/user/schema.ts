/** What clients see of users, and where contacts and the location point at them. */

import type { CostContext } from "../../cost/field-cost.ts";
import { builder, READ } from "../../schema-kit/builder.ts";
import { globalId } from "../../schema-kit/global-id.ts";
import { Node, nodeReader } from "../../schema-kit/node.ts";
import { PURE } from "../../schema-kit/pure.ts";
import { UNKNOWN_WORD, wordsOf } from "../../schema-kit/words.ts";
import { textOf } from "../../upstream/shapes.ts";
import { searchedContact } from "../contact/cost.ts";
import { Contact, followerIdsOf } from "../contact/schema.ts";
import { Location, listsOf } from "../location/schema.ts";
import { usersOf } from "./cost.ts";
import { allUsers, userById, usersById } from "./loader.ts";
import type { UserRow } from "./rest.ts";

export const User = builder.objectRef<UserRow>("User");

const userRoles = wordsOf("UserRole", "What a user may do.", {
	ADMIN: { value: "admin", description: "Everything." },
	USER: { value: "user", description: "What an admin allows." },
});

const roleTypes = wordsOf("UserRoleType", "Of what a user's role is.", {
	AGENCY: { value: "agency", description: "Of the agency." },
	ACCOUNT: { value: "account", description: "Of the location alone." },
});

User.implement({
	extensions: READ,
	description:
		"A person who works in the location. Users are read as one list: one call for all users of a request.",
	interfaces: [Node],
	fields: (t) => {
		const field = (name: keyof UserRow, description: string) =>
			t.string({
				description,
				extensions: PURE,
				resolve: (user) => textOf(user[name]),
			});
		return {
			id: t.id({
				nullable: false,
				extensions: PURE,
				description: "Global id.",
				resolve: ({ id }, _, { viewer }) =>
					globalId("User", viewer.locationId, id),
			}),
			userId: t.id({
				nullable: false,
				description: "HighLevel's own id of the user.",
				extensions: PURE,
				resolve: ({ id }) => id,
			}),
			name: t.string({
				description: "Whole name.",
				extensions: PURE,
				resolve: ({ name, firstName, lastName }) =>
					textOf(name) ??
					textOf([firstName, lastName].filter(Boolean).join(" ")),
			}),
			firstName: field("firstName", "First name."),
			lastName: field("lastName", "Last name."),
			email: field("email", "E-mail address."),
			phone: field("phone", "Phone number."),
			extension: field("extension", "Phone extension."),
			role: t.field({
				type: userRoles.type,
				description: `What they may do. ${UNKNOWN_WORD} see roleText.`,
				extensions: PURE,
				resolve: ({ roles }) => userRoles.read(roles?.role),
			}),
			roleText: t.string({
				description: "Their role exactly as HighLevel has it.",
				extensions: PURE,
				resolve: ({ roles }) => textOf(roles?.role),
			}),
			roleType: t.field({
				type: roleTypes.type,
				description: `Of what their role is. ${UNKNOWN_WORD} see roleTypeText.`,
				extensions: PURE,
				resolve: ({ roles }) => roleTypes.read(roles?.type),
			}),
			roleTypeText: t.string({
				description: "That exactly as HighLevel has it.",
				extensions: PURE,
				resolve: ({ roles }) => textOf(roles?.type),
			}),
			deleted: t.boolean({
				description: "Whether HighLevel marks the user as deleted.",
				extensions: PURE,
				resolve: ({ deleted }) => deleted ?? null,
			}),
		};
	},
});

nodeReader(
	"User",
	(context, [id]) => userById(context, id),
	1,
	(cost, [id]) => {
		usersOf(cost);
		return { key: `user ${id}`, count: 1, batches: 1 };
	},
);

builder.objectFields(Contact, (t) => ({
	assignedUser: t.field({
		type: User,
		description:
			"The user it is assigned to; null when there is none, or when that user left the location (see assignedUserId).",
		extensions: { cost: usersOf },
		resolve: ({ row }, _, context) =>
			row.assignedTo ? userById(context, String(row.assignedTo)) : null,
	}),
	followers: t.field({
		type: [User],
		nullable: { list: true, items: false },
		description:
			"The users who follow it, in the order of followerIds, as far as they are still in the location.",
		extensions: {
			cost: (cost: CostContext) => {
				searchedContact(cost);
				return usersOf(cost);
			},
		},
		resolve: async (contact, _, context) => {
			const ids = await followerIdsOf(contact, context);
			return ids && usersById(context, ids);
		},
	}),
}));

builder.objectField(Location, "users", (t) =>
	t.field({
		type: [User],
		nullable: { list: true, items: false },
		description:
			"Everyone who works in the location, in HighLevel's order. Costs one call.",
		extensions: { cost: usersOf },
		resolve: (location, _, context) => allUsers(listsOf(location, context)),
	}),
);

/** What clients see of themselves: who they are, what they may do, and for which locations. */
import { type CostContext, ITEMS_PER_LIST } from "../../cost/field-cost.ts";
import type { Context } from "../../loading/context.ts";
import { whenLoaded } from "../../loading/loader.ts";
import { builder, FREE, WITH_PARENT } from "../../schema-kit/builder.ts";
import { textOf } from "../../upstream/shapes.ts";
import { Location } from "../location/schema.ts";
import { usersOf } from "../user/cost.ts";
import { allUsers } from "../user/loader.ts";
import { User } from "../user/schema.ts";

type ViewerValue = Pick<Context["viewer"], "subject" | "scopes" | "locations">;

const Viewer = builder.objectRef<ViewerValue>("Viewer").implement({
	extensions: WITH_PARENT,
	description: "The holder of the token that a request came with.",
	fields: (t) => ({
		subject: t.exposeString("subject", {
			nullable: false,
			description: "Whom the token was issued to: its claim `sub`.",
		}),
		scopes: t.stringList({
			nullable: { list: false, items: false },
			description:
				"What the token allows, in alphabetical order. A field without one of its scopes is refused.",
			resolve: ({ scopes }) => [...scopes].sort(),
		}),
		locations: t.field({
			type: [Location],
			nullable: { list: false, items: false },
			description:
				"The locations that the token covers and this gateway serves; X-Location-Id picks one. Fields beside `id` and `locationId` cost one call for each location, from that location's budget; lists are read by a request for the location.",
			extensions: {
				cost: (_: CostContext) => ({
					key: "locations of the viewer",
					count: ITEMS_PER_LIST,
					batches: 1,
				}),
			},
			resolve: ({ locations }, _, __) =>
				locations.map((locationId) => ({ locationId })),
		}),
		me: t.field({
			type: User,
			description:
				"The user of the location whom the token is for: whose id or e-mail address is its `subject`. Null when it is nobody's, as for a token of a service.",
			extensions: { cost: usersOf },
			resolve: ({ subject }, _, context) =>
				whenLoaded(
					allUsers(context),
					(all) =>
						all.find(({ id }) => id === subject) ??
						all.find(
							({ email }) =>
								textOf(email)?.toLowerCase() === subject.toLowerCase(),
						) ??
						null,
				),
		}),
	}),
});

builder.queryField("viewer", (t) =>
	t.field({
		type: Viewer,
		nullable: false,
		// What the token itself says needs no scope.
		extensions: { scopes: [], cost: FREE },
		description:
			"Who asks: to hide what they may not do, and to find what is theirs. Costs no call by itself.",
		resolve: (_, __, { viewer, cache }) => {
			// Callers with the same scopes share kept answers, and this one is about its caller.
			cache.useUntracked();
			return viewer;
		},
	}),
);

/** The query field that tells how the location's call budget stands. */

import { builder, FREE, WITH_PARENT } from "../../schema-kit/builder.ts";
import type { BudgetState } from "../../upstream/budget/budget.ts";

const RateLimit = builder
	.objectRef<BudgetState & { readonly at: number }>("RateLimit")
	.implement({
		extensions: WITH_PARENT,
		description:
			"State of the location's budget of REST calls. All apps and callers of the location spend the same budget.",
		fields: (t) => ({
			limit: t.exposeInt("limit", {
				nullable: false,
				description: "Calls allowed in a burst: in any ten seconds, usually.",
			}),
			remaining: t.exposeInt("remaining", {
				nullable: false,
				description: "Calls of the burst that are left now.",
			}),
			resetsAt: t.field({
				type: "DateTime",
				nullable: false,
				description:
					"When the whole burst is there again, if nothing is called until then.",
				resolve: ({ at, resetsInMs }) => Math.round(at + resetsInMs),
			}),
			dailyLimit: t.exposeInt("dailyLimit", {
				nullable: false,
				description: "Calls allowed in a day.",
			}),
			dailyRemaining: t.exposeInt("dailyRemaining", {
				nullable: false,
				description: "Calls of the day that are left.",
			}),
			queued: t.exposeInt("queued", {
				nullable: false,
				description: "Calls that wait for their turn now.",
			}),
		}),
	});

builder.queryField("rateLimit", (t) =>
	t.field({
		type: RateLimit,
		nullable: false,
		// The state of the caller's own budget, no data.
		extensions: { scopes: [], cost: FREE },
		description: "State of the location's budget of REST calls. Costs no call.",
		resolve: (_, __, { upstream, cache }) => ({
			...upstream.rateLimit(),
			at: cache.now(),
		}),
	}),
);

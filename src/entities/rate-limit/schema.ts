/** The query field that tells how the location's call budget stands. */

import { builder } from "../../schema-kit/builder.ts";
import type { BudgetState } from "../../upstream/budget/budget.ts";

const RateLimit = builder
	.objectRef<BudgetState & { readonly at: number }>("RateLimit")
	.implement({
		description:
			"How the location's budget of REST calls stands. All apps and callers of the location spend the same budget.",
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
		description:
			"How the location's budget of REST calls stands. Costs no call.",
		resolve: (_, __, { upstream, cache }) => {
			// True for this moment only: an answer that shows it is never given again.
			cache.untracked = true;
			return { ...upstream.rateLimit(), at: cache.now() };
		},
	}),
);

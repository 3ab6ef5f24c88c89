/** The query field that shows the state of the location's call budget. */

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
				description: "Calls left of the burst now.",
			}),
			resetsAt: t.field({
				type: "DateTime",
				nullable: false,
				description:
					"When the whole burst is available again, if no call is made until then.",
				resolve: ({ at, resetsInMs }) => Math.round(at + resetsInMs),
			}),
			dailyLimit: t.exposeInt("dailyLimit", {
				nullable: false,
				description: "Calls allowed in a day.",
			}),
			dailyRemaining: t.exposeInt("dailyRemaining", {
				nullable: false,
				description: "Calls left of the day.",
			}),
			queued: t.exposeInt("queued", {
				nullable: false,
				description: "Calls waiting in the queue now.",
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

/** What happened while the phone was off, by the cursor it stopped at. */
import { Missed } from "./documents.ts";
import type { Gateway } from "./gateway.ts";

export interface CaughtUp {
	/** Contacts with changes: read anew those that are shown. */
	readonly contactIds: ReadonlySet<string>;
	readonly changes: number;
	/** Some changes are not in the log any more: read anew all that is shown. */
	readonly gap: boolean;
	/** Keep it: the next time goes on from here. */
	readonly cursor: string;
}

/** Pages through the log from `after` to its end. Costs no REST call. @throws GatewayError */
export const catchUp = async (
	gateway: Gateway,
	after: string,
): Promise<CaughtUp> => {
	const contactIds = new Set<string>();
	let changes = 0;
	let gap = false;
	let cursor = after;
	for (;;) {
		const { changes: page } = await gateway.ask(Missed, { after: cursor });
		for (const { __typename, contactId } of page.nodes) {
			if (__typename === "Gap") gap = true;
			else changes++;
			if (contactId) contactIds.add(contactId);
		}
		cursor = page.pageInfo.endCursor ?? cursor;
		if (!page.pageInfo.hasNextPage) return { contactIds, changes, gap, cursor };
	}
};

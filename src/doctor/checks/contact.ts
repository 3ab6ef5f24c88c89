/** Whether one contact can be read in every way the gateway reads it. */
import type { Check, Verdict } from "../check.ts";
import { contactIds, sampleRequests } from "../sample.ts";

export const contact: Check = {
	name: "One contact",
	calls: 4,
	async run(context) {
		const [contactId] = await contactIds(context);
		if (contactId === undefined)
			return [
				{
					level: "unknown",
					saw: "The location has no contact to look at, so lists of contacts, tasks and notes could not be told.",
					set: "npm run doctor -- --write",
				},
			];
		const requests = [
			{
				method: "GET",
				path: "/contacts/{contactId}",
				ids: { contactId },
			} as const,
			sampleRequests.ofContact(contactId, "tasks"),
			sampleRequests.ofContact(contactId, "notes"),
			sampleRequests.ofContact(contactId, "appointments"),
		];
		const verdicts: Verdict[] = [];
		for (const request of requests) {
			const { ok, operation, status, reason } = await context.api.ask(request);
			if (!ok)
				verdicts.push({
					level: "problem",
					saw: `${operation} was refused (${status}: ${reason}).`,
					means: "The fields that need it fail.",
				});
		}
		if (verdicts.length === 0)
			verdicts.push({
				level: "good",
				saw: "A contact and its tasks, notes and appointments are read by its id.",
			});
		return verdicts;
	},
};

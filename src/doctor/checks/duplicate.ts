/** How the search for a duplicate answers with and without one: the specification says nothing. */
import type { Check } from "../check.ts";
import { objectOf, rowsOf, sampleRequests, textOf } from "../sample.ts";

export const duplicate: Check = {
	name: "Search for a duplicate",
	calls: 2,
	async run(context) {
		const { api, target } = context;
		const find = (email: string) =>
			api.ask({
				method: "GET",
				path: "/contacts/search/duplicate",
				query: { locationId: target.locationId, email },
			});
		const none = await find("contact-graph-doctor@example.com");
		const row = rowsOf(
			await api.ask(sampleRequests.contacts(context)),
			"contacts",
		).find(({ email }) => textOf(email));
		const some = row && (await find(String(row.email)));
		const notFound = none.ok && objectOf(none.json).contact == null;
		const found =
			!some ||
			(some.ok &&
				textOf(objectOf(objectOf(some.json).contact).id) !== undefined);
		return notFound && found
			? [
					{
						level: "good",
						saw: `The search for a duplicate answers without one${some ? " and with one" : ""} as recorded.`,
					},
				]
			: [
					{
						level: "warning",
						saw: `The search for a duplicate answered in another form than was recorded (${none.status}${some ? ` and ${some.status}` : ""}).`,
						means: "The field that looks for a duplicate may fail.",
						set: "Send us the file of npm run doctor -- --record FILE.",
					},
				];
	},
};

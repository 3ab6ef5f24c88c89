/** Which other values of `Version` the API takes: where the gateway's own is withdrawn, this tells what is left. */
import type { Check } from "../check.ts";
import { sampleRequests } from "../sample.ts";

const OTHERS = ["2023-02-21", "v3"];

export const version: Check = {
	name: "Version header",
	calls: OTHERS.length,
	async run(context) {
		const { api } = context;
		const taken: string[] = [];
		const refused: string[] = [];
		for (const other of OTHERS) {
			const answer = await api.ask({
				...sampleRequests.calendars(context),
				version: other,
			});
			// Whatever else it is refused for, the version was taken by then.
			(/version header/i.test(answer.reason) ? refused : taken).push(other);
		}
		const own = new Set(
			api.answers.flatMap(({ ok, request }) =>
				ok && request.version === undefined
					? request.path.startsWith("/calendars")
						? "2021-04-15"
						: "2021-07-28"
					: [],
			),
		);
		return [
			{
				level: "good",
				saw: `The API takes the gateway's own ${[...own].sort().join(" and ") || "version"}; of newer ones it takes ${taken.join(" and ") || "none"}${refused.length ? ` and refuses ${refused.join(" and ")}` : ""}.`,
				means:
					"The gateway stays with the versions whose answers were recorded; there is nothing to set.",
			},
		];
	},
};

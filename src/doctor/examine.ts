/** Runs the checks one after the other and gathers what each says; the order is what later ones rely on. */
import { MOST_CALLS, NoAnswer } from "./api.ts";
import type { Check, Context, Verdict } from "./check.ts";
import { appointmentTimes } from "./checks/appointment-times.ts";
import { clock } from "./checks/clock.ts";
import { connections } from "./checks/connections.ts";
import { contact } from "./checks/contact.ts";
import { contactsByIds } from "./checks/contacts-by-ids.ts";
import { duplicate } from "./checks/duplicate.ts";
import { limits } from "./checks/limits.ts";
import { oauthApp } from "./checks/oauth-app.ts";
import { otherTokens } from "./checks/other-tokens.ts";
import { reach } from "./checks/reach.ts";
import { scopes } from "./checks/scopes.ts";
import { searchOrder } from "./checks/search-order.ts";
import { tasksByContacts } from "./checks/tasks-by-contacts.ts";
import { token } from "./checks/token.ts";
import { version } from "./checks/version.ts";
import { webhooks } from "./checks/webhooks.ts";
import { writing } from "./checks/writing.ts";

/** Together they stay within the calls of a run; what reads what others were answered comes last. */
export const CHECKS: readonly Check[] = [
	reach,
	oauthApp,
	connections,
	token,
	otherTokens,
	scopes,
	version,
	contact,
	appointmentTimes,
	contactsByIds,
	tasksByContacts,
	searchOrder,
	duplicate,
	writing,
	limits,
	clock,
	webhooks,
];

/** Told without a token. */
const WITHOUT_TOKEN: ReadonlySet<Check> = new Set([
	reach,
	oauthApp,
	connections,
]);

/** Told without asking. */
const WITHOUT_CALLS: ReadonlySet<Check> = new Set([limits, clock, webhooks]);

export interface Finding {
	readonly check: string;
	readonly verdicts: readonly Verdict[];
}

/** `started` is told of each check before it runs. */
export const examine = async (
	context: Omit<Context, "target"> & {
		readonly target: Context["target"] | undefined;
	},
	started: (check: string) => void,
): Promise<Finding[]> => {
	const findings: Finding[] = [];
	let stopped = false;
	for (const check of CHECKS) {
		if (
			stopped &&
			!(WITHOUT_CALLS.has(check) && context.api.answers.length > 0)
		)
			continue;
		const { target } = context;
		if (target === undefined && !WITHOUT_TOKEN.has(check)) continue;
		started(check.name);
		context.api.allow(check.calls);
		// Checks without a token do not look at it.
		const verdicts = await check
			.run({ ...context, target: target ?? NOBODY })
			.catch((error: unknown): Verdict[] => {
				if (!(error instanceof NoAnswer)) throw error;
				return [
					{
						level: check === token ? "problem" : "unknown",
						saw: `This could not be told: ${error.message}.`,
						...(check === token && { stop: true }),
					},
				];
			});
		if (verdicts.length) findings.push({ check: check.name, verdicts });
		stopped ||=
			context.api.ended !== undefined || verdicts.some(({ stop }) => stop);
	}
	const { ended } = context.api;
	if (ended !== undefined)
		findings.push({
			check: "Run",
			verdicts: [
				{
					level: "problem",
					saw: `Not everything was asked: ${ended}.`,
					set: "Run the doctor again.",
				},
			],
		});
	return findings;
};

const NOBODY: Context["target"] = {
	locationId: "",
	token: "",
	from: "OAuth",
	scopes: undefined,
};

/** What a run makes at most, for whoever asks before they start one. */
export const mostCalls = (write: boolean): number =>
	Math.min(
		MOST_CALLS,
		CHECKS.filter((check) => write || check !== writing).reduce(
			(sum, { calls }) => sum + calls,
			0,
		),
	);

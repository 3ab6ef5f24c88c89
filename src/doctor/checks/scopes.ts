/** Which scopes the token has, told by one reading operation of each. */
import { NoAnswer } from "../api.ts";
import type { Answer, Request } from "../call.ts";
import type { Check, Context, Verdict } from "../check.ts";
import { counted, firstCalendar, sampleRequests, textOf } from "../sample.ts";
import { refused, scopeAdvice } from "./token.ts";

interface Probe {
	readonly scope: string;
	/** Fields that are lost without it. */
	readonly gives: string;
	/** Without it there is no gateway worth running. */
	readonly vital?: true;
	ask(context: Context): Request | Promise<Request | undefined>;
}

const list =
	(path: string) =>
	(context: Context): Request => ({
		method: "GET",
		path,
		query: { locationId: context.target.locationId },
	});
const ofLocation =
	(what: string) =>
	({ target }: Context): Request => ({
		method: "GET",
		path: `/locations/{locationId}/${what}`,
		ids: { locationId: target.locationId },
	});

const PROBES: readonly Probe[] = [
	{
		scope: "contacts.readonly",
		gives: "contacts, their tasks, notes and appointments",
		vital: true,
		ask: sampleRequests.contacts,
	},
	{
		scope: "locations/tasks.readonly",
		gives: "tasks of many contacts in one call, and searching tasks",
		ask: sampleRequests.tasks,
	},
	{
		scope: "locations/tags.readonly",
		gives: "the location's tags",
		ask: ofLocation("tags"),
	},
	{
		scope: "locations/customFields.readonly",
		gives: "names of custom fields, and filters by them",
		ask: ofLocation("customFields"),
	},
	{
		scope: "businesses.readonly",
		gives: "businesses",
		ask: list("/businesses/"),
	},
	{
		scope: "users.readonly",
		gives: "users who are assigned, follow or wrote",
		ask: list("/users/"),
	},
	{
		scope: "calendars.readonly",
		gives: "calendars",
		ask: sampleRequests.calendars,
	},
	{
		scope: "calendars/events.readonly",
		gives: "appointments by id and by calendar, and their notes",
		ask: (context) => calendarWindow(context),
	},
	{ scope: "workflows.readonly", gives: "workflows", ask: list("/workflows/") },
	{ scope: "campaigns.readonly", gives: "campaigns", ask: list("/campaigns/") },
];

/** Those that change something, which only a write or a consent can tell. */
const WRITING = [
	"contacts.write",
	"calendars/events.write",
	"locations/tags.write",
];

export const scopes: Check = {
	name: "Scopes",
	calls: PROBES.length,
	async run(context) {
		const good: string[] = [];
		const verdicts: Verdict[] = [];
		for (const probe of PROBES) {
			const answer = await answerTo(probe, context);
			if ("level" in answer) verdicts.push(answer);
			else if (answer.ok) good.push(probe.scope);
			else verdicts.push(verdictOf(answer, probe, context));
		}
		if (good.length)
			verdicts.unshift({
				level: "good",
				saw: `The token has ${counted(good.length, "reading scope")}: ${good.join(", ")}.`,
			});
		return [...verdicts, ...writing(context)];
	},
};

/** One that gets no answer costs itself alone. */
const answerTo = async (
	{ scope, ask }: Probe,
	context: Context,
): Promise<Answer | Verdict> => {
	const unknown = (why: string): Verdict => ({
		level: "unknown",
		saw: `${scope} could not be told: ${why}.`,
	});
	try {
		const request = await ask(context);
		return request
			? await context.api.ask(request)
			: unknown("there is no calendar to ask about");
	} catch (error) {
		if (!(error instanceof NoAnswer) || context.api.ended) throw error;
		return unknown(error.message);
	}
};

const verdictOf = (
	answer: Answer,
	{ scope, gives, vital }: Probe,
	{ target }: Context,
): Verdict => {
	const refusal = refused(answer, target);
	if (refusal !== "scope")
		return refusal === "another's" || answer.status < 401 || answer.status > 403
			? {
					level: "warning",
					saw: `${answer.operation} was refused (${answer.status}: ${answer.reason}).`,
					means: `Lost: ${gives}.`,
				}
			: refusal;
	return {
		level: vital ? "problem" : "warning",
		saw: `The scope ${scope} is missing: ${answer.operation} was refused (${answer.reason}).`,
		means: `Lost without it: ${gives}.`,
		set: scopeAdvice(target, scope),
	};
};

const writing = ({ target, write }: Context): Verdict[] => {
	if (target.scopes === undefined)
		return write
			? []
			: [
					{
						level: "unknown",
						saw: `Whether the token may write (${WRITING.join(", ")}) only writing tells.`,
						set: "npm run doctor -- --write",
					},
				];
	const missing = WRITING.filter((scope) => !target.scopes?.includes(scope));
	return missing.length
		? [
				{
					level: "warning",
					saw: `The consent does not name ${missing.join(", ")}.`,
					means: "Mutations that need one are refused.",
					set: scopeAdvice(target, missing.join(", ")),
				},
			]
		: [
				{
					level: "good",
					saw: `The consent names every writing scope: ${WRITING.join(", ")}.`,
				},
			];
};

/** As reconciliation asks for it. */
export const calendarWindow = async (
	context: Context,
): Promise<Request | undefined> => {
	const calendarId = textOf((await firstCalendar(context))?.id);
	if (calendarId === undefined) return undefined;
	const { pastMs, aheadMs } = context.config.reconcile;
	// To the hour, so that it is one question however often it is put.
	const now = Math.floor(context.startedAt / 3_600_000) * 3_600_000;
	return {
		method: "GET",
		path: "/calendars/events",
		query: {
			locationId: context.target.locationId,
			calendarId,
			startTime: String(now - pastMs),
			endTime: String(now + aheadMs),
		},
	};
};

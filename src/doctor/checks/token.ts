/** Whether the token is alive and of the location it is set for; a refusal is told from another by its words. */
import type { Answer } from "../call.ts";
import type { Check, Context, Verdict } from "../check.ts";
import { objectOf, sampleRequests, textOf } from "../sample.ts";
import { renewalOf, type Target } from "../target.ts";

export const token: Check = {
	name: "Token",
	calls: 2,
	async run(context) {
		const { api, target } = context;
		const answer = await api.ask(sampleRequests.location(context));
		if (answer.ok) {
			const zone = textOf(objectOf(objectOf(answer.json).location).timezone);
			return [
				{
					level: "good",
					saw: `The token of ${target.from} serves the location ${target.locationId}.`,
				},
				zoneVerdict(zone),
			];
		}
		const refusal = refused(answer, target);
		if (refusal === "another's") return [await anothers(context)];
		return [refusal === "scope" ? unscoped(target) : refusal];
	},
};

const zoneVerdict = (zone: string | undefined): Verdict => {
	if (zone !== undefined && isZone(zone))
		return {
			level: "good",
			saw: `The location's time zone is ${zone}.`,
			means: "Appointment times without an offset are read in it.",
		};
	return {
		level: "problem",
		saw:
			zone === undefined
				? "The location has no time zone."
				: `The location's time zone is ${JSON.stringify(zone)}, which is none.`,
		means:
			"Times of appointments cannot be told, so fields that hold them fail.",
		set: "Choose a time zone in the location's business profile.",
	};
};

const isZone = (zone: string): boolean => {
	try {
		new Intl.DateTimeFormat("en", { timeZone: zone });
		return true;
	} catch {
		return false;
	}
};

/** What a refusal says of the token; "scope" and "another's" need a closer look. */
export const refused = (
	answer: Answer,
	target: Target,
): Verdict | "scope" | "another's" => {
	const { status, reason, json } = answer;
	const of = `The API refused the token of ${target.from} for ${target.locationId}`;
	if (json === undefined && status !== 200)
		return {
			level: "problem",
			saw: `Something in front of the API answered ${status} with a page instead of JSON.`,
			means:
				"That is no word about the token: the edge blocks this machine, or the API is down.",
			set: "Try again in some minutes; if it stays, check CONTACTS_API_URL and whether a proxy stands in between.",
			stop: true,
		};
	if (/not authorized for this scope/i.test(reason)) return "scope";
	if (/authclass|user type mismatch/i.test(reason))
		return companys(target, reason);
	if (/does not have access to this location/i.test(reason)) return "another's";
	if (/version header/i.test(reason)) return wrongVersion(answer);
	if (/private integration token/i.test(reason))
		return {
			level: "problem",
			saw: `${of}: it is a Private Integration Token that was deleted or rotated (${reason}).`,
			set: renewalOf(target),
			stop: true,
		};
	if (status === 401)
		return {
			level: "problem",
			saw: `${of}: it is dead or was never one (${reason}).`,
			means:
				target.from === "OAuth"
					? "It may only have expired while no gateway ran to renew it."
					: undefined,
			set:
				target.from === "OAuth"
					? `Start the gateway, send one query for the location, and run the doctor again. ${renewalOf(target)}`
					: renewalOf(target),
			stop: true,
		};
	return {
		level: "problem",
		saw: `${answer.operation} was answered with ${status}: ${reason}`,
		set:
			status < 500
				? "Check LOCATION_ID."
				: "The API is not well: run the doctor again later.",
		stop: true,
	};
};

/** The gateway is too old, or too new, for the API: no setting changes what it sends. */
export const wrongVersion = ({ operation, reason }: Answer): Verdict => ({
	level: "problem",
	saw: `The API does not take the Version header that this gateway sends with ${operation} (${reason}).`,
	means:
		"That version of the API was withdrawn: every call of this kind fails.",
	set: "Update the gateway; no setting changes the version.",
	stop: true,
});

const companys = (target: Target, reason?: string): Verdict => ({
	level: "problem",
	saw: `The token of ${target.from} for ${target.locationId} is a company's (agency's), where a location's is wanted${reason ? ` (${reason})` : ""}.`,
	means: "HighLevel serves contacts to tokens of a location only.",
	set:
		target.from === "OAuth"
			? renewalOf(target)
			: `Make the Private Integration Token in the location's own settings, not the agency's, and set ${target.from} to it; or connect the agency by OAuth (OAUTH_CLIENT_ID), whose location tokens the gateway mints itself.`,
	stop: true,
});

/** A company's token lists where its app is installed; a location's may not. */
const anothers = async ({ api, target }: Context): Promise<Verdict> => {
	const list = await api.ask({
		method: "GET",
		path: "/oauth/installedLocations",
		query: { companyId: "none", appId: "none", limit: "1" },
	});
	if (list.ok || (list.status !== 401 && list.status !== 403))
		return companys(target);
	return {
		level: "problem",
		saw: `The token of ${target.from} is of another location than ${target.locationId}.`,
		set: `Set LOCATION_ID to the location whose token it is, or ${renewalOf(target).replace(/^M/, "m")}`,
		stop: true,
	};
};

const unscoped = (target: Target): Verdict => ({
	level: "problem",
	saw: `The token of ${target.from} is alive, but may not read its location: the scope locations.readonly is missing.`,
	means:
		"Without it the gateway does not know the location's time zone, and every time of an appointment fails.",
	set: scopeAdvice(target, "locations.readonly"),
});

export const scopeAdvice = ({ from }: Target, scopes: string): string =>
	from === "OAuth"
		? `Add ${scopes} to the app and to OAUTH_SCOPES (if that is set), and connect the location again.`
		: `Add ${scopes} to the private integration in the location's settings; its token stays the same.`;

/** In which zone the times without offset are that a contact's appointments have, and how an appointment comes by its id. */
import type { Check, Context, Verdict } from "../check.ts";
import {
	contactIds,
	objectOf,
	type Row,
	rowsOf,
	sampleRequests,
	textOf,
} from "../sample.ts";
import { calendarWindow } from "./scopes.ts";

export const appointmentTimes: Check = {
	name: "Appointments",
	calls: 2,
	async run(context) {
		const { api } = context;
		const found = await anyAppointment(context);
		if (!found)
			return [
				{
					level: "unknown",
					saw: "No appointment was found to look at, so the zone of their times could not be told.",
				},
			];
		const { eventId, listed } = found;
		const byId = await api.ask({
			method: "GET",
			path: "/calendars/events/appointments/{eventId}",
			ids: { eventId },
		});
		if (!byId.ok)
			return [
				{
					level: "warning",
					saw: `${byId.operation} was refused (${byId.status}: ${byId.reason}).`,
					means: "Appointments cannot be read by their ids.",
				},
			];
		const json = objectOf(byId.json);
		const key = ["appointment", "event"].find((name) => name in json);
		const event = key ? objectOf(json[key]) : json;
		const zone = textOf(
			objectOf(
				objectOf((await api.ask(sampleRequests.location(context))).json)
					.location,
			).timezone,
		);
		return [
			textOf(event.id) === undefined
				? {
						level: "problem",
						saw: "An appointment by its id came in a form that nobody recorded or specified.",
						set: "Send us the file of npm run doctor -- --record FILE.",
					}
				: {
						level: "good",
						saw: `An appointment by its id comes ${key ? `under \`${key}\`` : "bare"}${key === "appointment" ? ", as recorded" : key === "event" ? ", as specified" : ""}.`,
					},
			zoneOf(textOf(listed.startTime), textOf(event.startTime), zone),
		];
	},
};

/** Of a calendar's window, or else of the first contact; with how its contact's own list has it. */
const anyAppointment = async (
	context: Context,
): Promise<{ eventId: string; listed: Row } | undefined> => {
	const { api } = context;
	const window = await calendarWindow(context);
	const events = window ? rowsOf(await api.ask(window), "events") : [];
	const event = events.find(
		(one) => textOf(one.contactId) && textOf(one.id) && one.deleted !== true,
	);
	const contactId = textOf(event?.contactId) ?? (await contactIds(context))[0];
	if (contactId === undefined) return undefined;
	const list = rowsOf(
		await api.ask(sampleRequests.ofContact(contactId, "appointments")),
		"events",
	);
	const listed =
		list.find(({ id }) => id === event?.id) ??
		list.find(({ id }) => textOf(id));
	const eventId = textOf(listed?.id);
	return listed && eventId ? { eventId, listed } : undefined;
};

const zoneOf = (
	local: string | undefined,
	instant: string | undefined,
	zone: string | undefined,
): Verdict => {
	const at = Date.parse(instant ?? "");
	if (local === undefined || zone === undefined || Number.isNaN(at))
		return {
			level: "unknown",
			saw: "The appointment has no times to compare.",
		};
	if (/(Z|[+-]\d\d:?\d\d)$/.test(local))
		return {
			level: "good",
			saw: "Times of a contact's appointments come with an offset.",
		};
	const text = local.replace("T", " ").slice(0, 19);
	if (text === wallClock(at, zone))
		return {
			level: "good",
			saw: `Times of a contact's appointments are without offset, in the location's zone (${zone}), as the gateway reads them.`,
		};
	return {
		level: "problem",
		saw: `Times of a contact's appointments are without offset and not in the location's zone (${zone})${text === wallClock(at, "UTC") ? ", but in UTC" : ""}.`,
		means: "The gateway would show them wrong.",
		set: "No setting changes this: send us the file of npm run doctor -- --record FILE, and do not show appointments of contacts until it is mended.",
	};
};

/** `2026-03-01 09:30:00` as clocks in the zone show it. */
const wallClock = (at: number, timeZone: string): string =>
	new Intl.DateTimeFormat("sv-SE", {
		timeZone,
		dateStyle: "short",
		timeStyle: "medium",
	}).format(at);

// Which times of a calendar can be booked: within its open hours, still to come, and with somebody of its team free.
import { Hono } from "hono";
import type { Api, Env, Parts } from "../http/env.ts";
import { notFound, traceId, unprocessable } from "../http/errors.ts";
import { numberQuery } from "../http/input.ts";
import type { CalendarRecord } from "../store/account-records.ts";
import type { LocationData } from "../store/location-data.ts";
import { localTime, offsetTime, parseTime } from "./zone-time.ts";

/** Of every calendar, in the location's zone; 1 is Monday. */
export const OPEN_HOURS = { days: [1, 2, 3, 4, 5], from: 8, to: 18 } as const;

const DAY = 86_400_000;
const MINUTE = 60_000;
const MOST_DAYS = 31;

export function freeSlotReads({ settings }: Parts): Api {
	const app: Api = new Hono<Env>({ strict: false });

	app.get("/calendars/:calendarId/free-slots", (call) => {
		const location = call.get("location");
		const id = call.req.param("calendarId");
		const calendar = location.calendars.get(id);
		if (calendar === undefined) throw notFound("Calendar", id);
		const from = numberQuery(call, "startDate", {});
		const to = numberQuery(call, "endDate", {});
		if (to < from) throw unprocessable("endDate must be after startDate");
		if (to - from > MOST_DAYS * DAY)
			throw unprocessable(`Date range cannot be more than ${MOST_DAYS} days`);
		const { userId, timezone = location.record.timezone } = call.req.query();
		if (!isZone(timezone)) throw unprocessable("timezone must be a valid zone");
		const team = calendar.teamMembers.filter(
			(member) => userId === undefined || member === userId,
		);
		const days: Record<string, { slots: string[] }> = {};
		const starts = slotStarts(calendar, location, {
			from: Math.max(from, settings.now()),
			to,
		});
		for (const startsAt of starts) {
			const slot = {
				startsAt,
				endsAt: startsAt + calendar.slotDuration * MINUTE,
			};
			if (team.every((member) => isBusy(location, member, slot))) continue;
			const text = offsetTime(startsAt, timezone);
			const day = text.slice(0, 10);
			days[day] ??= { slots: [] };
			days[day].slots.push(text);
		}
		return call.json({ ...days, traceId: traceId() });
	});

	return app;
}

/** Whether somebody has an appointment in that time that was not cancelled. */
export function isBusy(
	location: LocationData,
	userId: string | null,
	slot: { startsAt: number; endsAt: number },
	exceptId?: string,
): boolean {
	for (const other of location.appointments.values())
		if (
			other.id !== exceptId &&
			other.assignedUserId === userId &&
			!["cancelled", "invalid", "noshow"].includes(other.appointmentStatus) &&
			other.startsAt < slot.endsAt &&
			slot.startsAt < other.endsAt
		)
			return true;
	return false;
}

function* slotStarts(
	calendar: CalendarRecord,
	location: LocationData,
	{ from, to }: { from: number; to: number },
): Iterable<number> {
	if (!calendar.isActive) return;
	const zone = location.record.timezone;
	const length = calendar.slotDuration * MINUTE;
	// A day of the location's begins up to a day before or after one of UTC's.
	for (let day = from - DAY; day <= to + DAY; day += DAY) {
		const date = localTime(day, zone).slice(0, 10);
		const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
		if (!OPEN_HOURS.days.some((open) => open === weekday)) continue;
		const at = (hour: number) =>
			parseTime(`${date}T${String(hour).padStart(2, "0")}:00:00`, zone);
		const closes = at(OPEN_HOURS.to);
		for (let start = at(OPEN_HOURS.from); start + length <= closes; ) {
			if (start >= from && start <= to) yield start;
			start += length;
		}
	}
}

function isZone(zone: string): boolean {
	try {
		new Intl.DateTimeFormat("en", { timeZone: zone });
		return true;
	} catch {
		return false;
	}
}

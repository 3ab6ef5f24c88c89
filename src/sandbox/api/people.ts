// Reading businesses, users and calendars.
import { Hono } from "hono";
import type { Api, Env, Parts } from "../http/env.ts";
import { notFound, Refusal, traceId } from "../http/errors.ts";
import { numberQuery, requiredQuery, sameLocation } from "../http/input.ts";
import type {
	BusinessRecord,
	CalendarRecord,
	UserRecord,
} from "../store/account-records.ts";
import { withoutNulls } from "./contact-shapes.ts";
import { OPEN_HOURS } from "./free-slots.ts";

export function peopleReads({ data }: Parts): Api {
	const app: Api = new Hono<Env>({ strict: false });

	app.get("/businesses", (call) => {
		const location = sameLocation(call);
		const limit = numberQuery(call, "limit", { fallback: 100, min: 1 });
		const skip = numberQuery(call, "skip", { fallback: 0, min: 0 });
		const businesses = [...location.businesses.values()];
		return call.json({
			businesses: businesses.slice(skip, skip + limit).map(businessShape),
		});
	});

	app.get("/businesses/:businessId", (call) => {
		const id = call.req.param("businessId");
		const business = call.get("location").businesses.get(id);
		if (business === undefined) throw notFound("Business", id);
		return call.json({ business: businessShape(business) });
	});

	app.get("/users/search", (call) => {
		const location = call.get("location");
		if (requiredQuery(call, "companyId") !== data.companyId)
			throw new Refusal(403, "The token does not have access to this company.");
		const asked = call.req.query("locationId");
		if (asked !== undefined) sameLocation(call, asked);
		const ids = call.req.query("ids")?.split(",");
		const query = (call.req.query("query") ?? "").toLowerCase();
		const { type, role } = call.req.query();
		const limit = numberQuery(call, "limit", { fallback: 25, min: 1 });
		const skip = numberQuery(call, "skip", { fallback: 0, min: 0 });
		const found = [...location.users.values()].filter(
			(user) =>
				(ids === undefined || ids.includes(user.id)) &&
				(type === undefined || user.type === type) &&
				(role === undefined || user.role === role) &&
				`${user.firstName} ${user.lastName} ${user.email} ${user.phone}`
					.toLowerCase()
					.includes(query),
		);
		return call.json({
			users: found.slice(skip, skip + limit).map(userShape),
			count: found.length,
			traceId: traceId(),
		});
	});

	app.get("/users", (call) =>
		call.json({
			users: [...sameLocation(call).users.values()].map(userShape),
			traceId: traceId(),
		}),
	);

	// Bare: the user is not wrapped in a key.
	app.get("/users/:userId", (call) => {
		const id = call.req.param("userId");
		const user = call.get("location").users.get(id);
		if (user === undefined) throw notFound("User", id);
		return call.json(userShape(user));
	});

	app.get("/calendars", (call) => {
		const location = sameLocation(call);
		const groupId = call.req.query("groupId");
		const drafted = call.req.query("showDrafted") !== "false";
		const calendars = [...location.calendars.values()].filter(
			(one) =>
				(groupId === undefined || one.groupId === groupId) &&
				(drafted || one.isActive),
		);
		return call.json({
			calendars: calendars.map(calendarShape),
			traceId: traceId(),
		});
	});

	app.get("/calendars/:calendarId", (call) => {
		const id = call.req.param("calendarId");
		const calendar = call.get("location").calendars.get(id);
		if (calendar === undefined) throw notFound("Calendar", id);
		return call.json({ calendar: calendarShape(calendar) });
	});

	return app;
}

const businessShape = (one: BusinessRecord): object => withoutNulls({ ...one });

const userShape = (user: UserRecord): object => ({
	id: user.id,
	name: `${user.firstName} ${user.lastName}`,
	firstName: user.firstName,
	lastName: user.lastName,
	email: user.email,
	phone: user.phone,
	extension: user.extension,
	permissions: {
		contactsEnabled: true,
		workflowsEnabled: user.role === "admin",
		appointmentsEnabled: true,
		assignedDataOnly: false,
		settingsEnabled: user.role === "admin",
		tagsEnabled: true,
	},
	roles: {
		type: user.type,
		role: user.role,
		locationIds: [user.locationId],
		restrictSubAccount: false,
	},
	deleted: false,
});

const calendarShape = (one: CalendarRecord): object => ({
	id: one.id,
	locationId: one.locationId,
	groupId: one.groupId,
	name: one.name,
	description: one.description,
	slug: one.slug,
	widgetSlug: one.slug,
	calendarType: one.calendarType,
	widgetType: "classic",
	eventTitle: "{{contact.name}}",
	eventColor: one.eventColor,
	slotDuration: one.slotDuration,
	slotDurationUnit: "mins",
	slotInterval: one.slotDuration,
	slotIntervalUnit: "mins",
	isActive: one.isActive,
	autoConfirm: true,
	allowReschedule: true,
	allowCancellation: true,
	teamMembers: one.teamMembers.map((userId, index) => ({
		userId,
		priority: 0.5,
		isPrimary: index === 0,
	})),
	openHours: [
		{
			daysOfTheWeek: OPEN_HOURS.days,
			hours: [
				{
					openHour: OPEN_HOURS.from,
					openMinute: 0,
					closeHour: OPEN_HOURS.to,
					closeMinute: 0,
				},
			],
		},
	],
});

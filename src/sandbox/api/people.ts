// Reading businesses, users and calendars.
import { Hono } from "hono";
import { answer } from "../http/answers.ts";
import type { Api, Env, Parts } from "../http/env.ts";
import { notFound, Refusal } from "../http/errors.ts";
import { numberQuery, requiredQuery, sameLocation } from "../http/input.ts";
import type { BusinessRecord } from "../store/account-records.ts";
import { calendarShape } from "./calendar-shape.ts";
import { withoutNulls } from "./contact-shapes.ts";
import { recordedUser, userShape } from "./user-shape.ts";

export function peopleReads({ data, settings }: Parts): Api {
	const app: Api = new Hono<Env>({ strict: false });

	app.get("/businesses", (call) => {
		const location = sameLocation(call);
		const limit = numberQuery(call, "limit", { fallback: 100, min: 1 });
		const skip = numberQuery(call, "skip", { fallback: 0, min: 0 });
		const businesses = [...location.businesses.values()];
		return answer(call, {
			businesses: businesses.slice(skip, skip + limit).map(businessShape),
		});
	});

	app.get("/businesses/:businessId", (call) => {
		const id = call.req.param("businessId");
		const business = call.get("location").businesses.get(id);
		if (business === undefined) throw notFound("Business", id);
		return answer(call, { business: businessShape(business) });
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
		return answer(call, {
			users: found.slice(skip, skip + limit).map(userShape),
			count: found.length,
		});
	});

	app.get("/users", (call) =>
		answer(call, {
			users: [...sameLocation(call).users.values()].map(userShape),
		}),
	);

	// Bare: the user is not wrapped in a key.
	app.get("/users/:userId", (call) => {
		const id = call.req.param("userId");
		const user = call.get("location").users.get(id);
		if (user === undefined) throw notFound("User", id);
		return answer(
			call,
			settings.specified ? userShape(user) : recordedUser(user),
		);
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
		return answer(call, {
			calendars: calendars.map((one) => calendarShape(one, settings)),
		});
	});

	app.get("/calendars/:calendarId", (call) => {
		const id = call.req.param("calendarId");
		const calendar = call.get("location").calendars.get(id);
		if (calendar === undefined) throw notFound("Calendar", id);
		return answer(call, { calendar: calendarShape(calendar, settings) });
	});

	return app;
}

const businessShape = (one: BusinessRecord): object => withoutNulls({ ...one });

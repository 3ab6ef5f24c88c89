/** What a caller may write into an appointment, and what is checked before any call is made for it. */
import type { InputFieldBuilder } from "@pothos/core";
import type { Context } from "../../loading/context.ts";
import { builder } from "../../schema-kit/builder.ts";
import * as check from "../../schema-kit/input-checks.ts";
import type { Faults } from "../../schema-kit/user-errors.ts";
import type { AppointmentBody } from "./writes.ts";

type Types = (typeof builder)["$inferSchemaTypes"];
type Builder = InputFieldBuilder<Types, "InputObject">;

const WritableStatus = builder.enumType("AppointmentStatusInput", {
	description: "Status to give an appointment.",
	values: {
		NEW: { value: "new", description: "Booked, not confirmed yet." },
		CONFIRMED: { value: "confirmed", description: "Confirmed." },
		CANCELLED: { value: "cancelled", description: "Called off." },
		SHOWED: { value: "showed", description: "The contact attended." },
		NO_SHOW: { value: "noshow", description: "The contact did not attend." },
		INVALID: { value: "invalid", description: "Marked as invalid." },
	} as const,
});

const MeetingLocation = builder.enumType("MeetingLocationType", {
	description: "What kind of place an appointment is at.",
	values: {
		CUSTOM: { value: "custom", description: "Anything else, as address says." },
		ZOOM: { value: "zoom", description: "A Zoom meeting." },
		GOOGLE_MEET: { value: "gmeet", description: "A Google Meet meeting." },
		PHONE: { value: "phone", description: "A phone call." },
		ADDRESS: { value: "address", description: "A street address." },
		MS_TEAMS: { value: "ms_teams", description: "A Teams meeting." },
		GOOGLE: { value: "google", description: "Google, as the calendar is set." },
	} as const,
});

export const appointmentFields = (t: Builder) => ({
	endTime: t.field({
		type: "DateTime",
		description: "When it ends. Without it, the calendar's slot length counts.",
	}),
	title: t.string({ description: "What it is about." }),
	status: t.field({
		type: WritableStatus,
		description: "Status.",
	}),
	assignedUserId: t.id({
		description:
			"Who takes it: a user of the calendar's team, by global or HighLevel's own id.",
	}),
	address: t.string({ description: "Where it is: a place or a link." }),
	description: t.string({ description: "Its description." }),
	meetingLocationType: t.field({
		type: MeetingLocation,
		description: "What kind of place it is at.",
	}),
	ignoreFreeSlotValidation: t.boolean({
		description: "Book it even where no slot is free.",
	}),
	ignoreDateRange: t.boolean({
		description: "Book it even outside of the calendar's notice and range.",
	}),
	toNotify: t.boolean({
		description:
			"Whether HighLevel's automations run for it; they do when left out.",
	}),
	rrule: t.string({
		description:
			"The rule of a series (iCalendar); counts only with ignoreFreeSlotValidation.",
	}),
});

interface AppointmentInput {
	readonly startTime?: string | null | undefined;
	readonly endTime?: string | null | undefined;
	readonly calendarId?: string | null | undefined;
	readonly assignedUserId?: string | null | undefined;
	readonly title?: string | null | undefined;
	readonly status?: string | null | undefined;
	readonly address?: string | null | undefined;
	readonly description?: string | null | undefined;
	readonly meetingLocationType?: string | null | undefined;
	readonly ignoreFreeSlotValidation?: boolean | null | undefined;
	readonly ignoreDateRange?: boolean | null | undefined;
	readonly toNotify?: boolean | null | undefined;
	readonly rrule?: string | null | undefined;
}

/** Of address and description alone the spec says nothing against empty text, so null empties these two. */
const CLEARABLE = new Set(["address", "description"]);

export const appointmentBody = (
	input: AppointmentInput,
	context: Context,
	faults: Faults,
	{ clearing }: { clearing: boolean },
): AppointmentBody => {
	const body: Record<string, string | boolean> = {};
	const put = (key: string, value: string | boolean | undefined) => {
		if (value !== undefined) body[key] = value;
	};
	for (const [field, value] of Object.entries(input)) {
		if (value === undefined || (value === null && !clearing)) continue;
		if (value === null) {
			if (CLEARABLE.has(field)) body[field] = "";
			else
				faults.add(
					[field],
					`${field} of an appointment cannot be cleared. Leave it out to keep it.`,
				);
			continue;
		}
		switch (field) {
			case "startTime":
			case "endTime":
				// As it was written: a slot is reported to be refused once its time is told in UTC (contract, section 11).
				if (check.instant(faults, [field], value)) put(field, value);
				break;
			case "calendarId":
				put(field, check.id(faults, [field], "Calendar", value, context));
				break;
			case "assignedUserId":
				put(field, check.id(faults, [field], "User", value, context));
				break;
			case "status":
				put("appointmentStatus", value);
				break;
			case "title":
			case "address":
				put(field, check.line(faults, [field], value));
				break;
			case "description":
				put(field, check.text(faults, [field], value));
				break;
			case "rrule":
				put(field, ruleOf(value, input, faults));
				break;
			default:
				put(field, value);
		}
	}
	const { startTime, endTime } = body;
	if (
		startTime &&
		endTime &&
		Date.parse(String(endTime)) <= Date.parse(String(startTime))
	)
		faults.add(
			["endTime"],
			"endTime must be later than startTime, but is not. Move one of them.",
		);
	return body;
};

const ruleOf = (
	value: string,
	{ ignoreFreeSlotValidation }: AppointmentInput,
	faults: Faults,
): string | undefined => {
	const rule = value.trim();
	if (
		!/^(?:RRULE:)?FREQ=[A-Z]+(?:;[A-Z]+=[^;\s]+)*(?:\nEXDATE:\S+)?$/.test(rule)
	)
		return faults.add(
			["rrule"],
			`rrule must be an iCalendar rule such as RRULE:FREQ=DAILY;INTERVAL=1;COUNT=5, but got ${check.quoted(value)}.`,
		);
	// Without the flag HighLevel takes the rule and forgets it [spec].
	if (ignoreFreeSlotValidation !== true)
		return faults.add(
			["rrule"],
			"rrule counts only together with ignoreFreeSlotValidation: true, which is not set. Set it, or leave rrule out.",
		);
	return rule;
};

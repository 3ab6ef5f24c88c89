// A calendar as the list and GET /calendars/{calendarId} answer it.
import type { CalendarRecord } from "../store/account-records.ts";
import type { Form } from "./contact-shapes.ts";
import { OPEN_HOURS } from "./free-slots.ts";

export const calendarShape = (
	one: CalendarRecord,
	{ specified }: Form,
): object => ({
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
		...(specified ? {} : recordedMember(index)),
	})),
	// [recorded] An object where there are none.
	openHours: !specified && one.calendarType === "personal" ? {} : OFFICE_HOURS,
	...(specified
		? {}
		: {
				appoinmentPerSlot: 1,
				appointmentPerSlot: 1,
				availabilities: [],
				notifications: [],
				consentLabel: "I agree to be contacted",
				enableRecurring: false,
				eventType: "RoundRobin_OptimizeForAvailability",
				formSubmitThanksMessage: "Thank you for booking",
				formSubmitType: "ThankYouMessage",
				googleInvitationEmails: false,
				guestType: "count_only",
				preBuffer: 0,
				preBufferUnit: "mins",
				slotBuffer: 0,
				slotBufferUnit: "mins",
			}),
});

const OFFICE_HOURS = [
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
];

const recordedMember = (index: number): object => ({
	selected: true,
	isZoomAdded: "false",
	locationConfigurations: [
		{
			kind: "custom",
			location: "",
			meetingId: `custom_${index}`,
			position: index,
			zoomOauthId: "",
		},
	],
});

// A location as GET /locations/{locationId} answers it, with the switches and empty texts that were recorded.
import type { LocationRecord } from "../store/account-records.ts";
import type { Form } from "./contact-shapes.ts";

export const locationShape = (
	one: LocationRecord,
	{ specified }: Form,
): object => {
	const place = {
		address: one.address,
		city: one.city,
		state: one.state,
		country: one.country,
		postalCode: one.postalCode,
		website: one.website,
		timezone: one.timezone,
	};
	const settings = {
		allowDuplicateContact: one.allowDuplicateContact,
		allowDuplicateOpportunity: false,
		allowFacebookNameMerge: false,
		disableContactTimezone: false,
	};
	const shape = {
		id: one.id,
		companyId: one.companyId,
		name: one.name,
		...place,
		email: one.email,
		phone: one.phone,
		business: { name: one.name, ...place },
		social: {},
		settings,
	};
	if (specified) return shape;
	return {
		...shape,
		firstName: "Sam",
		lastName: "Owner",
		brandId: `brand-${one.id}`,
		dateAdded: "2020-01-01T00:00:00.000Z",
		automaticMobileAppInvite: false,
		isAgencySubAccount: false,
		...emptyTexts([
			"currency",
			"defaultEmailService",
			"domain",
			"logoUrl",
			"snapshotId",
		]),
		business: { ...shape.business, email: one.email },
		social: emptyTexts(SOCIAL),
		permissions: Object.fromEntries(PERMISSIONS.map((key) => [key, true])),
		settings: {
			...settings,
			contactUniqueIdentifiers: one.duplicateOrder,
			crmSettings: {
				deSyncOwners: true,
				syncFollowers: { contact: true, opportunity: true },
			},
			saasSettings: {
				saasMode: "not_activated",
				twilioRebilling: { enabled: false, markup: 10 },
			},
		},
	};
};

const emptyTexts = (keys: readonly string[]): object =>
	Object.fromEntries(keys.map((key) => [key, ""]));

const SOCIAL = [
	"blogRss",
	"facebookUrl",
	"foursquare",
	"googlePlacesId",
	"googlePlus",
	"instagram",
	"linkedIn",
	"pinterest",
	"twitter",
	"yelp",
	"youtube",
];

const PERMISSIONS = [
	"adManagerEnabled",
	"adwordsReportingEnabled",
	"affiliateManagerEnabled",
	"agentReportingEnabled",
	"appointmentsEnabled",
	"attributionsReportingEnabled",
	"bloggingEnabled",
	"botServiceEnabled",
	"bulkRequestsEnabled",
	"campaignsEnabled",
	"contactsEnabled",
	"conversationsEnabled",
	"dashboardStatsEnabled",
	"emailBuilderEnabled",
	"facebookAdsReportingEnabled",
	"facebookMessengerEnabled",
	"formsEnabled",
	"funnelsEnabled",
	"gmbCallTrackingEnabled",
	"gmbMessagingEnabled",
	"htmlBuilderEnabled",
	"launchpadEnabled",
	"marketingEnabled",
	"membershipEnabled",
	"opportunitiesEnabled",
	"phoneCallEnabled",
	"proposalsEnabled",
	"qrCodesEnabled",
	"quizzesEnabled",
	"reviewsEnabled",
	"settingsEnabled",
	"smsEmailTemplatesEnabled",
	"surveysEnabled",
	"tagsEnabled",
	"textToPayEnabled",
	"triggerLinksEnabled",
	"triggersEnabled",
	"webChatEnabled",
	"websitesEnabled",
	"workflowsEnabled",
];

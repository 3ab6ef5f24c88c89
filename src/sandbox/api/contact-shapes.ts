// One contact, four faces: GET by id, search row, list row and duplicate match differ upstream (contract, sections 2, 3 and 11).
import type { Settings } from "../options.ts";
import type { ContactRecord, Opportunity } from "../store/records.ts";

/** As specified, or as the live API was recorded to answer. */
export type Form = Pick<Settings, "specified">;

/** Who made or changed it, as every recorded contact says. */
export const editorOf = (timestamp: string): object => ({
	source: "INTEGRATION",
	channel: "OAUTH",
	sourceId: "sandbox-app",
	timestamp,
});

/**
 * GET /contacts/{id}: `address1`, time zone, additional e-mails as objects; empty fields are left out. Recorded without
 * `name`, which the parts make, and with who made it.
 */
export const contactById = (one: ContactRecord, { specified }: Form): object =>
	withoutNulls({
		id: one.id,
		...(specified
			? { name: one.name }
			: { createdBy: editorOf(one.dateAdded) }),
		locationId: one.locationId,
		firstName: one.firstName,
		lastName: one.lastName,
		firstNameLowerCase: one.firstName?.toLowerCase(),
		lastNameLowerCase: one.lastName?.toLowerCase(),
		fullNameLowerCase: one.name?.toLowerCase(),
		email: one.email,
		emailLowerCase: one.email?.toLowerCase(),
		additionalEmails: one.additionalEmails.map((email) => ({
			email,
			validEmail: null,
		})),
		timezone: one.timezone,
		companyName: one.companyName,
		phone: one.phone,
		phoneLabel: one.phoneLabel,
		additionalPhones: one.additionalPhones.map((phone) => ({ phone })),
		dnd: one.dnd,
		dndSettings: one.dndSettings,
		inboundDndSettings: one.inboundDndSettings,
		type: one.type,
		source: one.source,
		assignedTo: one.assignedTo,
		followers: one.followers,
		address1: one.address1,
		city: one.city,
		state: one.state,
		country: one.country,
		postalCode: one.postalCode,
		website: one.website,
		gender: one.gender,
		tags: one.tags,
		dateAdded: one.dateAdded,
		dateUpdated: one.dateUpdated,
		lastActivity: one.lastActivity,
		ssn: one.ssn,
		keyword: one.keyword,
		customFields: one.customFields,
		businessId: one.businessId,
		attributionSource: one.attributionSource,
		lastAttributionSource: one.lastAttributionSource,
		visitorId: one.visitorId,
		dateOfBirth: one.dateOfBirth,
	});

/**
 * POST /contacts/search: `address`; empty fields are null. Specified without time zone and with additional e-mails as
 * text; recorded with keys for what only the contact itself tells, empty whatever it has.
 */
export const searchRow = (
	one: ContactRecord,
	searchAfter: readonly unknown[],
	{ specified, searchNames }: Pick<Settings, "specified" | "searchNames">,
): object => ({
	id: one.id,
	phoneLabel: one.phoneLabel,
	country: one.country,
	address: one.address1,
	source: one.source,
	type: one.type,
	locationId: one.locationId,
	dnd: one.dnd,
	...(specified
		? {
				...(one.dndSettings === null ? {} : { dndSettings: one.dndSettings }),
				additionalEmails: one.additionalEmails,
				additionalPhones: one.additionalPhones,
				opportunities: one.opportunities.map(snakeCased),
			}
		: {
				dndSettings: one.dndSettings ?? {},
				inboundDndSettings: {},
				attributionSource: {},
				lastAttributionSource: {},
				timezone: null,
				contactName: one.name?.toLowerCase() ?? null,
				additionalEmails: one.additionalEmails.map((email) => ({ email })),
				additionalPhones: one.additionalPhones.map((phone) => ({ phone })),
				opportunities: one.opportunities,
			}),
	state: one.state,
	businessName: one.companyName,
	customFields: one.customFields,
	tags: one.tags,
	dateAdded: one.dateAdded,
	phone: one.phone,
	companyName: one.companyName,
	dateUpdated: one.dateUpdated,
	city: one.city,
	dateOfBirth: one.dateOfBirth,
	...(searchNames === "both"
		? { firstName: one.firstName, lastName: one.lastName }
		: {}),
	firstNameLowerCase: one.firstName?.toLowerCase() ?? null,
	lastNameLowerCase: one.lastName?.toLowerCase() ?? null,
	email: one.email,
	website: one.website,
	assignedTo: one.assignedTo,
	followers: one.followers,
	validEmail: one.validEmail,
	postalCode: one.postalCode,
	businessId: one.businessId,
	searchAfter,
});

const snakeCased = (one: Opportunity): object => ({
	id: one.id,
	pipeline_id: one.pipelineId,
	pipeline_stage_id: one.pipelineStageId,
	monetary_value: one.monetaryValue,
	status: one.status,
});

/** GET /contacts/ and GET /contacts/business/{id}. */
export const listRow = (one: ContactRecord): object =>
	withoutNulls({
		id: one.id,
		locationId: one.locationId,
		contactName: one.name?.toLowerCase(),
		firstName: one.firstName,
		lastName: one.lastName,
		companyName: one.companyName,
		email: one.email,
		phone: one.phone,
		dnd: one.dnd,
		type: one.type,
		source: one.source,
		assignedTo: one.assignedTo,
		address1: one.address1,
		city: one.city,
		state: one.state,
		postalCode: one.postalCode,
		country: one.country,
		website: one.website,
		timezone: one.timezone,
		dateAdded: one.dateAdded,
		dateUpdated: one.dateUpdated,
		dateOfBirth: one.dateOfBirth,
		tags: one.tags,
		customFields: one.customFields,
		additionalEmails: one.additionalEmails.map((email) => ({ email })),
		businessId: one.businessId,
		attributions: one.attributionSource === null ? [] : [one.attributionSource],
		followers: one.followers,
	});

/** Null in the record stands for "never filled in", and such keys do not show. */
export function withoutNulls(shape: Record<string, unknown>): object {
	const shown: Record<string, unknown> = {};
	for (const key in shape) {
		const value = shape[key];
		if (value !== null && value !== undefined) shown[key] = value;
	}
	return shown;
}

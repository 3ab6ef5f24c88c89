/** What the gateway must be granted upstream, operation by operation (contract, section 2). */

/** For the graph: a location that lacks one loses the fields that need it. */
export const SCOPES_NEEDED: readonly string[] = [
	"contacts.readonly",
	"contacts.write",
	"locations.readonly",
	"locations/tags.readonly",
	"locations/tags.write",
	"locations/tasks.readonly",
	"locations/customFields.readonly",
	"businesses.readonly",
	"users.readonly",
	"calendars.readonly",
	"calendars/events.readonly",
	"calendars/events.write",
	"workflows.readonly",
	"campaigns.readonly",
];

/** For an agency's token: to list where the app is installed, and to mint. */
export const AGENCY_SCOPES: readonly string[] = [
	"oauth.readonly",
	"oauth.write",
];

/** Every scope that a field of the graph, or a page of the operator's, may ask of a caller's token. */
export const CALLER_SCOPES: readonly string[] = [
	"contacts.readonly",
	"contacts.write",
	"contacts.ssn.readonly",
	"calendars/events.write",
	"locations/tags.write",
	"operator",
];

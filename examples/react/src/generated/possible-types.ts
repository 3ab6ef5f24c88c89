/** Made by codegen.ts from the code in src/; change that, then run `npm run codegen`. */
export const possibleTypes: Record<string, string[]> = {
	"AppointmentChange": [
		"AppointmentCreated",
		"AppointmentDeleted",
		"AppointmentUpdated",
		"Gap"
	],
	"Change": [
		"AppointmentCreated",
		"AppointmentDeleted",
		"AppointmentUpdated",
		"ContactCreated",
		"ContactDeleted",
		"ContactDndChanged",
		"ContactTagsChanged",
		"ContactUpdated",
		"Gap",
		"NoteCreated",
		"NoteDeleted",
		"NoteUpdated",
		"TaskCompleted",
		"TaskCreated",
		"TaskDeleted"
	],
	"ContactChange": [
		"ContactCreated",
		"ContactDeleted",
		"ContactDndChanged",
		"ContactTagsChanged",
		"ContactUpdated",
		"Gap"
	],
	"Node": [
		"Appointment",
		"AppointmentNote",
		"Business",
		"Calendar",
		"Campaign",
		"Contact",
		"CustomField",
		"Location",
		"Note",
		"Opportunity",
		"Tag",
		"Task",
		"User",
		"Workflow"
	],
	"NoteChange": [
		"Gap",
		"NoteCreated",
		"NoteDeleted",
		"NoteUpdated"
	],
	"TaskChange": [
		"Gap",
		"TaskCompleted",
		"TaskCreated",
		"TaskDeleted"
	],
	"UserError": [
		"DuplicateContactError",
		"InputError"
	]
};

/** Sends a mutation by its name, and knows how each payload shows what it made. */
import type { Answer, Asked, Asker, Data } from "./ask.ts";

const SHOWN: Readonly<Record<string, string>> = {
	createContact: "contact { contactId name email phone tags }",
	updateContact: "contact { contactId name email city tags }",
	upsertContact: "created contact { contactId name tags }",
	deleteContact: "deletedId",
	addContactTags: "contact { contactId tags }",
	removeContactTags: "contact { contactId tags }",
	setContactTags: "contact { contactId tags }",
	addContactFollowers: "contact { contactId followerIds }",
	removeContactFollowers: "contact { contactId followerIds }",
	updateTagsOfContacts: "results { contactId state message }",
	setBusinessOfContacts: "results { contactId state message }",
	createTask: "task { taskId title completed }",
	updateTask: "task { taskId title body completed }",
	completeTask: "task { taskId title completed }",
	reopenTask: "task { taskId title completed }",
	deleteTask: "deletedId",
	createNote: "note { noteId body title }",
	updateNote: "note { noteId body title }",
	deleteNote: "deletedId",
	createAppointment: "appointment { appointmentId title status startTime }",
	updateAppointment: "appointment { appointmentId title status startTime }",
	deleteAppointment: "deletedId",
	createAppointmentNote: "appointmentNote { noteId body }",
	updateAppointmentNote: "appointmentNote { noteId body }",
	deleteAppointmentNote: "deletedId",
	createTag: "tag { tagId name }",
	renameTag: "tag { tagId name }",
	deleteTag: "deletedId",
};

const documentOf = (name: string): string =>
	`mutation ($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { ${SHOWN[name] ?? "contact { contactId }"} userErrors { code message field } } }`;

/** The payload. @throws Error when the answer has errors. */
export const mutate = async (
	asker: Pick<Asker, "query">,
	name: string,
	input: object,
	asked?: Asked,
): Promise<Data> =>
	(await asker.query(documentOf(name), { input }, asked))[name];

/** The whole answer, errors and all. */
export const tryMutate = (
	asker: Pick<Asker, "answer">,
	name: string,
	input: object,
	asked?: Asked,
): Promise<Answer> => asker.answer(documentOf(name), { input }, asked);

// Creating, changing and deleting notes of a contact.
import { Hono } from "hono";
import { answer, created, done } from "../http/answers.ts";
import { checkedBody, type Rules } from "../http/body-rules.ts";
import type { Api, Call, Env, Parts } from "../http/env.ts";
import { notFound } from "../http/errors.ts";
import { pathContact } from "../http/input.ts";
import type { NoteRecord } from "../store/records.ts";
import { noteShape } from "./notes.ts";

export function noteWrites({ settings }: Parts): Api {
	const app: Api = new Hono<Env>({ strict: false });

	app.post("/contacts/:contactId/notes", (call) => {
		const contact = pathContact(call);
		const body = checkedBody(call, CREATE);
		const location = call.get("location");
		const at = settings.now();
		const note: NoteRecord = {
			id: location.newId("note"),
			locationId: location.id,
			contactId: contact.id,
			body: "",
			userId: null,
			title: null,
			color: null,
			pinned: false,
			dateAdded: new Date(at).toISOString(),
			...body,
		};
		location.notes.put(note, at);
		return answer(call, { note: noteShape(note, settings) }, created(settings));
	});

	app.put("/contacts/:contactId/notes/:noteId", (call) => {
		const note = { ...pathNote(call), ...checkedBody(call, UPDATE) };
		call.get("location").notes.put(note, settings.now());
		return answer(call, { note: noteShape(note, settings) });
	});

	app.delete("/contacts/:contactId/notes/:noteId", (call) => {
		const note = pathNote(call);
		call.get("location").notes.delete(note.id, settings.now());
		return answer(call, done(settings));
	});

	return app;
}

const UPDATE: Rules = {
	userId: { kind: "string" },
	body: { kind: "string" },
	title: { kind: "string" },
	color: { kind: "string" },
	pinned: { kind: "boolean" },
};

const CREATE: Rules = {
	...UPDATE,
	body: { kind: "string", required: true, filled: true },
};

function pathNote(call: Call): NoteRecord {
	const contact = pathContact(call);
	const id = call.req.param("noteId") ?? "";
	const note = call.get("location").notes.get(id);
	if (note?.contactId !== contact.id) throw notFound("Note", id);
	return note;
}

// Reading the notes of a contact.
import { Hono } from "hono";
import type { Api, Env } from "../http/env.ts";
import { notFound, traceId } from "../http/errors.ts";
import { pathContact } from "../http/input.ts";
import type { NoteRecord } from "../store/records.ts";
import { withoutNulls } from "./contact-shapes.ts";

export function noteReads(): Api {
	const app: Api = new Hono<Env>({ strict: false });

	app.get("/contacts/:contactId/notes", (call) => {
		const contact = pathContact(call);
		const notes = call.get("location").notes.group(contact.id);
		return call.json({ notes: notes.map(noteShape), traceId: traceId() });
	});

	app.get("/contacts/:contactId/notes/:noteId", (call) => {
		const contact = pathContact(call);
		const id = call.req.param("noteId");
		const note = call.get("location").notes.get(id);
		if (note?.contactId !== contact.id) throw notFound("Note", id);
		return call.json({ note: noteShape(note), traceId: traceId() });
	});

	return app;
}

export const noteShape = (note: NoteRecord): object => ({
	...withoutNulls({
		id: note.id,
		body: note.body,
		title: note.title,
		color: note.color,
		pinned: note.pinned,
		dateAdded: note.dateAdded,
		contactId: note.contactId,
		userId: note.userId,
	}),
	bodyText: note.body.replaceAll(/<[^>]*>/g, ""),
	relations: [],
});

// Reading the notes of a contact.
import { Hono } from "hono";
import { answer } from "../http/answers.ts";
import type { Api, Env, Parts } from "../http/env.ts";
import { notFound } from "../http/errors.ts";
import { pathContact } from "../http/input.ts";
import type { NoteRecord } from "../store/records.ts";
import { type Form, withoutNulls } from "./contact-shapes.ts";

export function noteReads({ settings }: Parts): Api {
	const app: Api = new Hono<Env>({ strict: false });

	app.get("/contacts/:contactId/notes", (call) => {
		const contact = pathContact(call);
		const notes = call.get("location").notes.group(contact.id);
		return answer(call, {
			notes: notes.map((note) => noteShape(note, settings)),
		});
	});

	app.get("/contacts/:contactId/notes/:noteId", (call) => {
		const contact = pathContact(call);
		const id = call.req.param("noteId");
		const note = call.get("location").notes.get(id);
		if (note?.contactId !== contact.id) throw notFound("Note", id);
		return answer(call, { note: noteShape(note, settings) });
	});

	return app;
}

export const noteShape = (note: NoteRecord, { specified }: Form): object => ({
	...withoutNulls({
		id: note.id,
		body: note.body,
		title: note.title,
		color: note.color,
		pinned: note.pinned,
		dateAdded: note.dateAdded,
		contactId: note.contactId,
	}),
	...(specified
		? withoutNulls({ userId: note.userId })
		: {
				userId: note.userId,
				bodyText: note.body.replaceAll(/<[^>]*>/g, ""),
				relations: [],
			}),
});

/** Writes, and takes away again: one contact of its own with a task, a note and an appointment. Only when asked to. */
import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { heardOf } from "../../store/arrivals.ts";
import { NoAnswer } from "../api.ts";
import type { Answer, Request } from "../call.ts";
import type { Check, Context, Verdict } from "../check.ts";
import { addContact, createMade, type Made } from "../made.ts";
import {
	firstCalendar,
	objectOf,
	type Row,
	rowsOf,
	textOf,
} from "../sample.ts";
import { scopeAdvice } from "./token.ts";

/** Between looks at the search; by then it has lagged longer than anybody measured (contract, section 3: 10 s). */
const LOOKS_MS = [0, 500, 1500, 3000, 6000, 10_000];
const DAY_MS = 86_400_000;

export const writing: Check = {
	name: "Writing",
	calls: 20,
	async run(context) {
		if (!context.write) return [];
		const made = createMade(context.api, context.target.locationId);
		const verdicts: Verdict[] = [];
		let fault: unknown;
		try {
			await write(context, made, verdicts);
		} catch (error) {
			if (error instanceof NoAnswer)
				verdicts.push({
					level: "problem",
					saw: `Writing was not gone through with: ${error.message}.`,
					set: "Run the doctor again.",
				});
			else fault = error;
		}
		const left = await made.remove();
		// A bug of ours: its stack is shown, and what it leaves behind is named all the same.
		if (fault !== undefined)
			throw left.length
				? new Error(cleared(left).saw, { cause: fault })
				: fault;
		verdicts.push(cleared(left));
		return verdicts;
	},
};

const write = async (
	context: Context,
	made: Made,
	verdicts: Verdict[],
): Promise<void> => {
	const { api } = context;
	const email = `contact-graph-doctor-${randomBytes(6).toString("hex")}@example.com`;
	const created = await create(context, email, made);
	if ("level" in created) return void verdicts.push(created);
	const { contactId, at } = created;
	verdicts.push({ level: "good", saw: "A contact was created." });
	const put = async (
		what: string,
		request: Request,
	): Promise<Answer | undefined> => {
		const answer = await api.ask(request);
		if (answer.ok) return answer;
		verdicts.push(refusedWrite(answer, what, context));
		return undefined;
	};
	const ids = { contactId };
	if (
		await put("A contact that was just created", {
			method: "GET",
			path: "/contacts/{contactId}",
			ids,
			fresh: true,
		})
	)
		verdicts.push(await lag(context, email, at));
	await put("Changing a contact", {
		method: "PUT",
		path: "/contacts/{contactId}",
		ids,
		body: { lastName: "Doctor, changed" },
	});
	await withTask(ids, put, made);
	await withNote(ids, put, made);
	await withAppointment(context, contactId, put, made, verdicts);
	await tagScope(context, verdicts);
	if (verdicts.every(({ level }) => level === "good"))
		verdicts.push({
			level: "good",
			saw: "Contact, task, note and appointment were changed.",
		});
	const heard = context.data && heardOf(context.data, contactId);
	verdicts.push(
		heard === undefined
			? {
					level: "unknown",
					saw: "No webhook about that contact has arrived meanwhile.",
					means: context.data
						? "That may take longer than this run, or the gateway does not run."
						: "No gateway has run with this DATA_DIR.",
				}
			: {
					level: "good",
					saw: `Its webhook arrived ${Math.max(0, Math.round((heard - at) / 1000))} s after it was created.`,
				},
	);
};

const create = async (
	{ api, target }: Context,
	email: string,
	made: Made,
): Promise<Verdict | { contactId: string; at: number }> => {
	let answer: Answer;
	try {
		answer = await api.ask({
			method: "POST",
			path: "/contacts/",
			body: {
				locationId: target.locationId,
				firstName: "Contact Graph",
				lastName: "Doctor",
				email,
				source: "contact-graph doctor",
				// Nobody is to write to it, automations least of all.
				dnd: true,
			},
		});
	} catch (error) {
		if (error instanceof NoAnswer && error.sent) made.maybe(email);
		throw error;
	}
	const contactId = textOf(objectOf(objectOf(answer.json).contact).id);
	if (answer.ok && contactId !== undefined) {
		addContact(made, contactId);
		return { contactId, at: answer.answeredAt };
	}
	// One report has a contact created although it was refused (contract, section 6).
	if (answer.status !== 401 && answer.status !== 403) made.maybe(email);
	return refusedWrite(answer, "Creating a contact", { target });
};

/** How long search takes to show what was written: between the last look without it and the first one with it. */
const lag = async (
	{ api, target, config, signal }: Context,
	email: string,
	at: number,
): Promise<Verdict> => {
	const set = config.cache.ttls.searchLagMs;
	let unseenMs = 0;
	for (const [index, after] of LOOKS_MS.entries()) {
		const pause = after - (LOOKS_MS[index - 1] ?? 0);
		if (pause > 0) await wait(pause, undefined, { signal }).catch(() => {});
		const answer = await api.ask({
			method: "POST",
			path: "/contacts/search",
			body: {
				locationId: target.locationId,
				pageLimit: 1,
				filters: [{ field: "email", operator: "eq", value: email }],
			},
			fresh: true,
		});
		if (!answer.ok)
			return {
				level: "unknown",
				saw: `The search lag could not be told: a search by e-mail was refused (${answer.status}: ${answer.reason}).`,
			};
		const seen = rowsOf(answer, "contacts").some((row) => row.email === email);
		if (!seen) {
			unseenMs = answer.sentAt - at;
			continue;
		}
		const seenMs = answer.answeredAt - at;
		const saw = unseenMs
			? `Search showed the new contact between ${shown(unseenMs)} and ${shown(seenMs)} after it was created.`
			: `Search showed the new contact within ${shown(seenMs)}.`;
		return seenMs <= set
			? {
					level: "good",
					saw,
					means: `SEARCH_LAG_MS=${set} is enough: for so long the gateway reads by id what was written.`,
				}
			: unseenMs < set
				? {
						level: "warning",
						saw,
						means: `SEARCH_LAG_MS=${set} may be too short.`,
						set: lagAdvice(seenMs, config.writes.settleMs),
					}
				: {
						level: "problem",
						saw,
						means: `SEARCH_LAG_MS=${set} is too short: for a while queries would not show what was written, and a write may be sent twice.`,
						set: lagAdvice(seenMs, config.writes.settleMs),
					};
	}
	return {
		level: "problem",
		saw: `Search did not show the new contact within ${shown(unseenMs)}.`,
		means: `For longer than SEARCH_LAG_MS=${set}, queries may not show what was written.`,
		set: lagAdvice(2 * unseenMs, config.writes.settleMs),
	};
};

const shown = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const lagAdvice = (ms: number, settleMs: number): string => {
	const wanted = Math.min(60_000, Math.ceil((ms * 1.5) / 1000) * 1000);
	return `SEARCH_LAG_MS=${wanted}${settleMs < wanted ? ` and WRITE_SETTLE_MS=${wanted + 5000}` : ""}.`;
};

type Put = (what: string, request: Request) => Promise<Answer | undefined>;
type ContactIds = { readonly contactId: string };

const withTask = async (
	ids: ContactIds,
	put: Put,
	made: Made,
): Promise<void> => {
	const path = "/contacts/{contactId}/tasks";
	const answer = await put("Creating a task", {
		method: "POST",
		path,
		ids,
		body: {
			title: "Contact Graph doctor",
			body: "Deleted in a moment.",
			dueDate: new Date(Date.now() + DAY_MS).toISOString(),
			completed: false,
		},
	});
	const taskId = textOf(objectOf(objectOf(answer?.json).task).id);
	if (taskId === undefined) return;
	const task = { path: `${path}/{taskId}`, ids: { ...ids, taskId } };
	made.add("the task", taskId, task);
	await put("Completing a task", {
		method: "PUT",
		path: `${task.path}/completed`,
		ids: task.ids,
		body: { completed: true },
	});
};

const withNote = async (
	ids: ContactIds,
	put: Put,
	made: Made,
): Promise<void> => {
	const path = "/contacts/{contactId}/notes";
	const answer = await put("Creating a note", {
		method: "POST",
		path,
		ids,
		body: { body: "Contact Graph doctor" },
	});
	const noteId = textOf(objectOf(objectOf(answer?.json).note).id);
	if (noteId === undefined) return;
	const note = { path: `${path}/{id}`, ids: { ...ids, id: noteId } };
	made.add("the note", noteId, note);
	await put("Changing a note", {
		method: "PUT",
		...note,
		body: { body: "Contact Graph doctor, changed" },
	});
};

/** In a month, outside free slots, and without a word to anybody. */
const withAppointment = async (
	context: Context,
	contactId: string,
	put: Put,
	made: Made,
	verdicts: Verdict[],
): Promise<void> => {
	const calendar: Row | undefined = await firstCalendar(context);
	const calendarId = textOf(calendar?.id);
	if (calendarId === undefined)
		return void verdicts.push({
			level: "unknown",
			saw: "There is no calendar to book an appointment in.",
		});
	const startAt =
		Math.ceil((Date.now() + 30 * DAY_MS) / DAY_MS) * DAY_MS + 15 * 3_600_000;
	const member = Array.isArray(calendar?.teamMembers)
		? textOf(objectOf(calendar.teamMembers[0]).userId)
		: undefined;
	const quiet = { toNotify: false, ignoreFreeSlotValidation: true };
	const path = "/calendars/events/appointments";
	const answer = await put("Booking an appointment", {
		method: "POST",
		path,
		body: {
			calendarId,
			locationId: context.target.locationId,
			contactId,
			startTime: new Date(startAt).toISOString(),
			endTime: new Date(startAt + slotMs(calendar)).toISOString(),
			title: "Contact Graph doctor",
			...(member && { assignedUserId: member }),
			ignoreDateRange: true,
			...quiet,
		},
	});
	const written = objectOf(answer?.json);
	const eventId =
		textOf(written.id) ??
		textOf(objectOf(written.appointment ?? written.event).id);
	if (eventId === undefined) return;
	made.add("the appointment", eventId, {
		path: "/calendars/events/{eventId}",
		ids: { eventId },
		body: {},
	});
	await put("Changing an appointment", {
		method: "PUT",
		path: `${path}/{eventId}`,
		ids: { eventId },
		body: {
			title: "Contact Graph doctor, changed",
			appointmentStatus: "confirmed",
			...quiet,
		},
	});
};

const slotMs = (calendar: Row | undefined): number => {
	const { slotDuration, slotDurationUnit } = calendar ?? {};
	const unit = /^h/i.test(String(slotDurationUnit)) ? 3_600_000 : 60_000;
	return typeof slotDuration === "number" && slotDuration > 0
		? slotDuration * unit
		: 30 * 60_000;
};

/** A tag that nobody has is deleted: refused for its scope, or for not being there. */
const tagScope = async (
	{ api, target }: Context,
	verdicts: Verdict[],
): Promise<void> => {
	const answer = await api.ask({
		method: "DELETE",
		path: "/locations/{locationId}/tags/{tagId}",
		ids: {
			locationId: target.locationId,
			tagId: `doctor${randomBytes(7).toString("hex")}`,
		},
	});
	if (/not authorized for this scope/i.test(answer.reason))
		verdicts.push(
			refusedWrite(answer, "Managing the location's tags", { target }),
		);
};

const SCOPE_OF: readonly (readonly [RegExp, string])[] = [
	[/^\S+ \/calendars/, "calendars/events.write"],
	[/^\S+ \/locations/, "locations/tags.write"],
	[/^/, "contacts.write"],
];

const refusedWrite = (
	{ operation, status, reason }: Answer,
	what: string,
	{ target }: Pick<Context, "target">,
): Verdict => {
	const saw = `${what} was refused (${operation}, ${status}: ${reason}).`;
	if (!/not authorized for this scope/i.test(reason))
		return {
			level: "warning",
			saw,
			means: "Mutations like it may be refused as well.",
		};
	const scope =
		SCOPE_OF.find(([pattern]) => pattern.test(operation))?.[1] ?? "";
	return {
		level: "warning",
		saw,
		means: `The scope ${scope} is missing: mutations that need it are refused.`,
		set: `${scopeAdvice(target, scope)} Leave it out where this gateway shall only read.`,
	};
};

const cleared = (left: readonly string[]): Verdict =>
	left.length
		? {
				level: "problem",
				saw: `Not everything could be taken away again. Left: ${left.join("; ")}.`,
				set: "Delete it by hand: the contact is named Contact Graph Doctor.",
			}
		: {
				level: "good",
				saw: "Everything that was written was taken away again.",
			};

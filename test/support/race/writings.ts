/** What writers do in a race at the front door, and what everybody has to know once they hear that it is done. */
import type { Sandbox } from "../../../src/sandbox/sandbox.ts";
import type { SandboxData } from "../../../src/sandbox/store/data.ts";
import type { Answer, Data } from "../ask.ts";
import { type Cast, CONTACTS } from "./cast.ts";
import {
	FIELD_OF,
	isThere,
	type RaceTable,
	type Subject,
	TABLES,
	type Truth,
	versionWith,
} from "./truth.ts";

const NOUN_OF = {
	contacts: "Contact",
	tasks: "Task",
	notes: "Note",
	appointments: "Appointment",
} as const;

export type Verb = "create" | "update" | "delete";

/** What is to be done, by whomever. */
export interface Plan {
	readonly verb: Verb;
	readonly table: RaceTable;
	readonly locationId: string;
	/** What it is done to; when something is created, its contact. */
	readonly subject: Subject;
	readonly text: string;
}

export const planOf = (
	locationId: string,
	{ truth, cast, random }: { truth: Truth; cast: Cast; random: () => number },
): Plan => {
	const table = TABLES[Math.floor(random() * TABLES.length)] as RaceTable;
	const text = truth.newText(locationId);
	const there = truth.all(table, locationId).filter(isThere).length;
	const dice = random();
	// About as many come as go.
	const changes =
		there > CONTACTS * 1.2 ? 0.25 : there < CONTACTS * 0.8 ? 0 : 0.12;
	const verb = dice < changes ? "delete" : dice < 0.25 ? "create" : "update";
	const subject = cast.subject(
		locationId,
		verb === "create" ? "contacts" : table,
	);
	return { verb, table, locationId, subject, text };
};

export interface Writing {
	readonly document: string;
	readonly input: Readonly<Record<string, unknown>>;
	/** Reads the answer: undefined when nobody may rely on it, else what is wrong with it. */
	settle(answer: Answer): string[] | undefined;
}

const CHANGED = "userErrors { code message }";

export const writingOf = (
	plan: Plan,
	truth: Truth,
	data: SandboxData,
): Writing => {
	const { verb, table, locationId, subject, text } = plan;
	const noun = NOUN_OF[table];
	const thing = noun.toLowerCase();
	const name = `${verb}${noun}`;
	const field = FIELD_OF[table];
	const shown =
		verb === "delete" ? "deletedId" : `${thing} { ${thing}Id ${field} }`;
	return {
		document: `mutation ($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { ${shown} ${CHANGED} } }`,
		input: inputOf(plan, data),
		settle({ data: given }) {
			const payload: Data = given?.[name];
			if (!payload || payload.userErrors.length > 0) return undefined;
			if (verb === "delete") {
				if (isThere(subject))
					return [`${name} ${subject.id} was acknowledged, but it is there`];
				for (const { subject: one, version } of truth.changed(subject))
					truth.acknowledge(one, version, true);
				return [];
			}
			const written =
				verb === "update"
					? subject
					: truth
							.all(table, locationId)
							.findLast((one) => versionWith(one, text) !== undefined);
			const version = written && versionWith(written, text);
			if (!written || version === undefined)
				return [`${name} of ${text} was acknowledged, but never happened`];
			truth.acknowledge(written, version, true);
			// What cannot be read back is null, with an error of its own.
			const object = payload[thing];
			if (!object) return [];
			const fault = truth.wrong(
				{
					subject: written,
					text: String(object[field]),
					withinMs: Number.POSITIVE_INFINITY,
					floor: version,
				},
				0,
			);
			return fault ? [`${name} answered: ${fault}`] : [];
		},
	};
};

const inputOf = (
	{ verb, table, locationId, subject, text }: Plan,
	data: SandboxData,
): Record<string, unknown> => {
	const { id, contactId } = subject;
	const ids =
		verb === "create"
			? table === "contacts"
				? { firstName: "New" }
				: { contactId }
			: table === "contacts"
				? { contactId }
				: table === "appointments"
					? { appointmentId: id }
					: table === "tasks"
						? { taskId: id, contactId }
						: { noteId: id, contactId };
	if (verb === "delete") return ids;
	const input = { ...ids, [FIELD_OF[table]]: text };
	if (verb === "update") return input;
	if (table === "tasks") return { ...input, dueDate: "2027-01-01T10:00:00Z" };
	if (table !== "appointments") return input;
	const [calendar] = data.location(locationId).calendars.values();
	return {
		...input,
		calendarId: calendar?.id,
		assignedUserId: calendar?.teamMembers[0],
		startTime: "2027-01-01T10:00:00Z",
		ignoreFreeSlotValidation: true,
	};
};

/** Does it behind the gateway's back; false where there is nothing to do it to. */
export const editInCrm = (
	{ verb, table, locationId, subject, text }: Plan,
	sandbox: Pick<Sandbox, "data" | "edit">,
	{ random, now }: { random: () => number; now: () => number },
): boolean => {
	if (!isThere(subject) && !(verb === "create" && table === "contacts"))
		return false;
	if (verb === "delete" && table === "contacts") {
		// What hangs on a contact goes with it, without events of its own.
		const location = sandbox.data.location(locationId);
		for (const list of ["tasks", "notes", "appointments"] as const)
			for (const { id } of location[list].group(subject.id))
				location[list].delete(id, now(), { quiet: true });
	}
	sandbox.edit({
		type: `${NOUN_OF[table]}${verb[0]?.toUpperCase()}${verb.slice(1)}`,
		locationId,
		contactId: subject.contactId,
		...(verb !== "create" && { id: subject.id }),
		...(verb !== "delete" && {
			set: {
				[FIELD_OF[table]]: text,
				...(table === "tasks" && { completed: random() < 0.5 }),
				...(table === "contacts" && {
					followers: [`u${1 + Math.floor(random() * 12)}`],
				}),
			},
		}),
	});
	return true;
};

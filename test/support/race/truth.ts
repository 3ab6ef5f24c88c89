/** What was true when, by the sandbox's own history, and what every reader must have been shown since. */
import type { SandboxData } from "../../../src/sandbox/store/data.ts";

/** One record of the sandbox whose versions can be told apart: its text is `<location> v<index in its history>`. */
export interface Subject {
	readonly table: "contacts" | "tasks" | "notes";
	readonly locationId: string;
	readonly id: string;
	readonly contactId: string;
}

/** One record as an answer showed it; `text` is undefined where the answer says that there is no such thing. */
export interface Shown {
	readonly subject: Subject;
	readonly text: string | undefined;
	/** How old it may be by its type's bound and the caller's wish, search lag included; Infinity when marked stale. */
	readonly withinMs: number;
	/** What every reader had to know when the request began. */
	readonly floor: number;
}

export interface Truth {
	/** The text the next write of it must carry. */
	nextText(subject: Subject): string;
	/** Acknowledged to its writer, or told by an applied webhook: from now on nobody may be shown less. */
	acknowledge(subject: Subject, version: number): void;
	latest(subject: Subject): number;
	floor(subject: Subject): number;
	/** What is wrong with an answer asked for at `from` and given at `to`, in words; undefined when nothing is. */
	wrong(shown: Shown, from: number, to: number): string | undefined;
}

/** The field that carries the text. */
export const FIELD_OF = {
	contacts: "companyName",
	tasks: "title",
	notes: "body",
} as const;

export const truthOf = (data: SandboxData): Truth => {
	const floors = new Map<string, number>();
	const keyOf = ({ locationId, table, id }: Subject) =>
		`${locationId}/${table}/${id}`;
	const history = ({ table, id, locationId }: Subject) =>
		data.history(table, id, locationId);
	const latest = (subject: Subject) => history(subject).length - 1;
	/** The version that was current at a time. */
	const versionAt = (subject: Subject, at: number): number => {
		const past = history(subject);
		let version = past.length - 1;
		while (version > 0 && (past[version]?.at ?? 0) > at) version--;
		return version;
	};
	const textAt = (subject: Subject, version: number): string | undefined => {
		const value = history(subject)[version]?.value as
			| Record<string, unknown>
			| undefined;
		return value && String(value[FIELD_OF[subject.table]]);
	};
	return {
		latest,
		nextText: (subject) => `${subject.locationId} v${history(subject).length}`,
		acknowledge(subject, version) {
			const key = keyOf(subject);
			floors.set(key, Math.max(floors.get(key) ?? 0, version));
		},
		floor: (subject) => floors.get(keyOf(subject)) ?? 0,
		wrong({ subject, text, withinMs, floor }, from, to) {
			// Search has no row for a moment when it takes up an edit. An edit that nobody told us of cannot be foreseen, and
			// tasks of several contacts come from search alone (contract, section 3; docs/caching.md).
			if (
				subject.table === "tasks" &&
				text === undefined &&
				latest(subject) > floor
			)
				return undefined;
			const least = Math.max(floor, versionAt(subject, from - withinMs));
			const most = versionAt(subject, to);
			for (let version = least; version <= most; version++)
				if (textAt(subject, version) === text) return undefined;
			const why =
				least === floor
					? "acknowledged or told by a webhook before the request"
					: "true when the bound began";
			return `${keyOf(subject)} was shown as ${JSON.stringify(text)}, but ${JSON.stringify(textAt(subject, least))} (version ${least}) was ${why}, and version ${most} was the last`;
		},
	};
};

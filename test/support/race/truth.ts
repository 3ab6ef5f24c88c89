/** What was true when, as the sandbox tells of every write, and what every reader must have been shown since. */
import type {
	SandboxData,
	WriteListener,
} from "../../../src/sandbox/store/data.ts";

/** The field of each table that carries the text by which its versions are told apart. */
export const FIELD_OF = {
	contacts: "city",
	tasks: "title",
	notes: "body",
	appointments: "title",
} as const;

export type RaceTable = keyof typeof FIELD_OF;

export const TABLES = Object.keys(FIELD_OF) as readonly RaceTable[];

interface Version {
	readonly at: number;
	/** Undefined: there was no such record. */
	readonly value: Readonly<Record<string, unknown>> | undefined;
}

/** One record of the sandbox, with all it has been. */
export interface Subject {
	readonly table: RaceTable;
	readonly locationId: string;
	readonly id: string;
	readonly contactId: string;
	readonly past: readonly Version[];
}

/** One record as an answer showed it; `text` is undefined where the answer says that there is no such thing. */
export interface Shown {
	readonly subject: Subject;
	readonly text: string | undefined;
	/** Which field the text is of, where it is not the table's own. */
	readonly field?: string | undefined;
	/** How old it may be by its type's bound and the caller's wish, search lag included; Infinity when marked stale. */
	readonly withinMs: number;
	/** The version every reader had to know when the request began. */
	readonly floor: number;
}

/** How many acknowledgements there had been: what a reader who began then had to know. */
export type Moment = number;

export interface Truth {
	/** To be told of every write to the sandbox. */
	readonly see: WriteListener;
	/** Whether the write made what another had made already, in words: every text is meant for one record. */
	writtenTwice(write: Parameters<WriteListener>[0]): string | undefined;
	/** Marks every record of a location that was not written yet: nothing of another location looks like it. */
	mark(locationId: string): void;
	/** A text nobody has used yet. It says red or blue, so that filters have something to go by. */
	newText(locationId: string): string;
	find(table: RaceTable, locationId: string, id: string): Subject | undefined;
	/** Every record there is or was, of one contact or of the whole location. */
	all(
		table: RaceTable,
		locationId: string,
		contactId?: string,
	): readonly Subject[];
	/** The versions that the last write of a record made: its own, and of what went with it. */
	changed(subject: Subject): { subject: Subject; version: number }[];
	/** Acknowledged to its writer (`own`), or told by an applied webhook: from now on nobody may be shown less. */
	acknowledge(subject: Subject, version: number, own: boolean): void;
	now(): Moment;
	floor(subject: Subject, moment: Moment): number;
	/**
	 * Whether a list that comes from search has to have the record, if there is one: what was acknowledged to its writer at
	 * once where the list `isWhole`, the rest when search has caught up.
	 */
	owed(
		subject: Subject,
		moment: Moment,
		settledBefore: number,
		isWhole: boolean,
	): boolean;
	/** What is wrong with an answer asked for at `from`, in words; undefined when nothing is. */
	wrong(shown: Shown, from: number): string | undefined;
}

export const isThere = ({ past }: Subject): boolean =>
	past.at(-1)?.value !== undefined;

export const latest = ({ past }: Subject): number => past.length - 1;

export const textOf = (
	{ table, past }: Subject,
	version: number,
	field: string = FIELD_OF[table],
): string | undefined => {
	const value = past[version]?.value?.[field];
	return value === undefined || value === null ? undefined : String(value);
};

/** When the contact was added, which nothing changes; epoch milliseconds. */
export const addedAtOf = ({ past }: Subject): number =>
	Date.parse(String(past.findLast(({ value }) => value)?.value?.dateAdded));

/** The version that has this text. */
export const versionWith = (
	subject: Subject,
	text: string,
): number | undefined => {
	for (let version = latest(subject); version >= 0; version--)
		if (textOf(subject, version) === text) return version;
	return undefined;
};

export const truthOf = (data: SandboxData): Truth => {
	const subjects = new Map<string, Kept>();
	const lists = new Map<string, Kept[]>();
	let acknowledged = 0;
	let texts = 0;

	const found = (table: RaceTable, locationId: string, id: string) =>
		subjects.get(`${locationId}/${table}/${id}`);
	const add = (table: RaceTable, record: Owned, past: Version[]): Kept => {
		const { id, locationId, contactId = id } = record;
		const subject: Kept = { table, locationId, id, contactId, past, known: [] };
		subjects.set(nameOf(subject), subject);
		for (const name of [
			`${locationId}/${table}`,
			`${locationId}/${table} of ${contactId}`,
		]) {
			const list = lists.get(name) ?? [];
			list.push(subject);
			lists.set(name, list);
		}
		return subject;
	};
	const newText = (locationId: string) =>
		`${locationId} w${++texts} ${texts % 2 ? "red" : "blue"}`;
	const all = (table: RaceTable, locationId: string, contactId?: string) =>
		lists.get(
			contactId === undefined
				? `${locationId}/${table}`
				: `${locationId}/${table} of ${contactId}`,
		) ?? [];
	/** What goes with a contact goes without a word of its own. */
	const seeGone = (contact: Kept, at: number) => {
		for (const table of TABLES)
			for (const subject of all(table, contact.locationId, contact.id))
				if (
					isThere(subject) &&
					data.get(table, subject.id, subject.locationId) === undefined
				)
					subject.past.push({ at, value: undefined });
	};
	const knownAt = ({ known }: Kept, moment: Moment): Known | undefined => {
		for (let index = known.length - 1; index >= 0; index--)
			if ((known[index] as Known).moment <= moment) return known[index];
		return undefined;
	};
	const kept = (subject: Subject): Kept =>
		subjects.get(nameOf(subject)) as Kept;

	return {
		newText,
		find: found,
		all,
		see({ table, before, after, at }) {
			if (!isRaced(table)) return;
			const record = (after ?? before) as Owned;
			const subject =
				found(table, record.locationId, record.id) ??
				add(table, record, [
					{ at: Number.NEGATIVE_INFINITY, value: undefined },
				]);
			subject.past.push({ at, value: after as Version["value"] });
			if (table === "contacts" && after === undefined) seeGone(subject, at);
		},
		writtenTwice({ table, before, after }) {
			if (!isRaced(table) || before !== undefined) return undefined;
			const made = after as Owned & Record<string, unknown>;
			const text = String(made[FIELD_OF[table]]);
			const other = all(table, made.locationId).find(
				(one) => one.id !== made.id && versionWith(one, text) !== undefined,
			);
			return (
				other && `${table} ${other.id} and ${made.id} were both made as ${text}`
			);
		},
		mark(locationId) {
			const location = data.location(locationId);
			for (const table of TABLES)
				for (const record of [...location[table].values()]) {
					const value = {
						...record,
						[FIELD_OF[table]]: newText(locationId),
						...(table === "contacts" && { timezone: "America/Chicago" }),
					};
					const at = Number.NEGATIVE_INFINITY;
					location[table].seed(value as never, 0);
					add(table, value, [{ at, value: { ...value } }]);
				}
		},
		changed(subject) {
			const { table, locationId, contactId } = subject;
			const touched =
				table === "contacts" && !isThere(subject)
					? TABLES.flatMap((one) => all(one, locationId, contactId))
					: [subject];
			return touched.map((one) => ({ subject: one, version: latest(one) }));
		},
		acknowledge(subject, version, own) {
			const { known } = kept(subject);
			const last = known.at(-1);
			const before = last?.version ?? 0;
			if (version < before || (version === before && last?.own)) return;
			known.push({ moment: ++acknowledged, version, own });
		},
		now: () => acknowledged,
		floor: (subject, moment) => knownAt(kept(subject), moment)?.version ?? 0,
		owed(subject, moment, settledBefore, isWhole) {
			const known = knownAt(kept(subject), moment);
			const floor = known?.version ?? 0;
			if (latest(subject) > floor) return false;
			return (
				(isWhole && known?.own === true) ||
				(subject.past[floor]?.at ?? 0) < settledBefore
			);
		},
		wrong({ subject, text, field, withinMs, floor }, from) {
			const { past } = subject;
			const most = latest(subject);
			// What was written at the very moment the request began may have come after it.
			let least = most;
			while (least > floor && (past[least]?.at ?? 0) >= from - withinMs)
				least--;
			for (let version = least; version <= most; version++)
				if (textOf(subject, version, field) === text) return undefined;
			const why =
				least === floor
					? "acknowledged or told by a webhook before the request"
					: "true when the bound began";
			return `${nameOf(subject)} was shown as ${JSON.stringify(text)}, but ${JSON.stringify(textOf(subject, least, field))} (version ${least}) was ${why}, and version ${most} was the last`;
		},
	};
};

interface Owned {
	readonly id: string;
	readonly locationId: string;
	readonly contactId?: string;
}

interface Known {
	readonly moment: Moment;
	readonly version: number;
	readonly own: boolean;
}

interface Kept extends Subject {
	readonly past: Version[];
	readonly known: Known[];
}

const nameOf = ({ locationId, table, id }: Subject): string =>
	`${locationId}/${table}/${id}`;

const isRaced = (table: string): table is RaceTable =>
	(TABLES as readonly string[]).includes(table);

/** People at work in the CRM behind the gateway's back, and what is therefore true: how old is what an answer shows? */
import type { Pool } from "undici";

/** Kinds of records that are edited; an edited task raises no webhook. */
export const KINDS = ["contact", "note", "appointment", "task"] as const;
export type Kind = (typeof KINDS)[number];

/** Of one contact: the ids of all its records by kind, its own included. */
export type Records = Readonly<Record<Kind, readonly string[]>>;

const EDIT: Readonly<Record<Kind, { type: string; field: string }>> = {
	contact: { type: "ContactUpdate", field: "city" },
	note: { type: "NoteUpdate", field: "body" },
	appointment: { type: "AppointmentUpdate", field: "title" },
	task: { type: "TaskUpdate", field: "title" },
};

export interface Truth {
	/** Milliseconds by which what is `shown` of a record had been superseded at `at`; 0 when it was current. */
	staleness(id: string, shown: string | null, at: number): number;
	/** Starts the next edit of a record: its text, which tells it from every other of the record. */
	next(id: string, at: number): string;
}

/** Times are those of one clock of this process. An edit counts from when it was sent: never later than it took effect. */
export const createTruth = (): Truth => {
	const edits = new Map<string, number[]>();
	return {
		staleness(id, shown, at) {
			const all = edits.get(id);
			if (all === undefined) return 0;
			const number = Number(/^edit (\d+)$/.exec(shown ?? "")?.[1] ?? 0);
			const superseded = all[number];
			return superseded === undefined ? 0 : Math.max(0, at - superseded);
		},
		next(id, at) {
			const all = edits.get(id) ?? [];
			all.push(at);
			edits.set(id, all);
			return `edit ${all.length}`;
		},
	};
};

export interface Editor {
	/** Edits so far, by kind. */
	readonly made: Readonly<Record<Kind, number>>;
	/** Resolves when the last edit has been answered; throws what went wrong with any. */
	stop(): Promise<void>;
}

export const startEditor = (options: {
	readonly control: Pool;
	readonly truth: Truth;
	readonly perSecond: number;
	readonly chance: () => number;
	/** A contact's records, drawn as the traffic draws them. */
	draw(): Records;
}): Editor => {
	const { control, truth, chance } = options;
	const made = { contact: 0, note: 0, appointment: 0, task: 0 };
	// One after the other: two edits of one record must take effect in the order of their numbers.
	let last = Promise.resolve();

	const one = async (): Promise<void> => {
		const kind = KINDS[Math.floor(chance() * KINDS.length)] as Kind;
		let ids: readonly string[] = [];
		while (!ids.length) ids = options.draw()[kind];
		const id = ids[Math.floor(chance() * ids.length)] as string;
		const { type, field } = EDIT[kind];
		const text = truth.next(id, performance.now());
		const { statusCode, body } = await control.request({
			method: "POST",
			path: "/__sandbox/edits",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({ type, id, set: { [field]: text } }),
		});
		const said = await body.text();
		if (statusCode !== 201) throw new Error(`an edit was refused: ${said}`);
		made[kind]++;
	};

	const timer = setInterval(() => {
		last = last.then(one);
		// Told by `stop`.
		last.catch(() => clearInterval(timer));
	}, 1000 / options.perSecond);
	return {
		made,
		async stop() {
			clearInterval(timer);
			await last;
		},
	};
};

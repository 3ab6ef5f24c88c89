/** Many who ask without a pause, each on a connection of its own, and what became of their queries. */
import { Pool } from "undici";
import { KINDS, type Kind, type Truth } from "./edits.ts";

export interface ShownContact {
	readonly contactId: string;
	readonly city: string | null;
	readonly tasks: Shown<{ taskId: string; title: string }>;
	readonly notes: Shown<{ noteId: string; body: string }>;
	readonly appointments: Shown<{ appointmentId: string; title: string }>;
}

type Shown<T> = { readonly nodes: readonly T[] } | null;

export interface Said {
	readonly data?: Readonly<Record<string, unknown>> | null;
	readonly errors?: readonly { readonly extensions: { code: string } }[];
	readonly extensions?: { readonly stale?: unknown };
}

export interface Question {
	readonly body: string;
	/** The contacts of an answer; undefined when any of what should be there is not. */
	contacts(said: Said): readonly ShownContact[] | undefined;
}

export interface Tally {
	complete: number;
	/** Without an error, but with something missing. */
	incomplete: number;
	markedStale: number;
	/** By the code of the first error. */
	readonly failed: Map<string, number>;
	/** Of all answers, in milliseconds. */
	readonly latencies: number[];
	/**
	 * Of the complete ones that showed something superseded: for how long, by the kind that was; `any`
	 * is their most, `unmarked` the same of answers that are not marked stale.
	 */
	readonly staleness: Readonly<Record<Kind | "any" | "unmarked", number[]>>;
	/** Complete ones by the second they came in. */
	readonly bySecond: number[];
}

export interface Crowd {
	/** What came in since it was last asked. */
	take(): Tally;
	stop(): Promise<void>;
}

const newTally = (): Tally => ({
	complete: 0,
	incomplete: 0,
	markedStale: 0,
	failed: new Map(),
	latencies: [],
	staleness: {
		any: [],
		unmarked: [],
		contact: [],
		note: [],
		appointment: [],
		task: [],
	},
	bySecond: [],
});

export const post = async (
	door: Pool,
	token: string,
	body: string,
	headers?: Readonly<Record<string, string>>,
): Promise<string> => {
	const answered = await door.request({
		method: "POST",
		path: "/graphql",
		headers: {
			"content-type": "application/json",
			authorization: `Bearer ${token}`,
			...headers,
		},
		body,
	});
	return answered.body.text();
};

export const startCrowd = (options: {
	readonly url: string;
	readonly token: string;
	readonly connections: number;
	readonly truth: Truth;
	draw(): Question;
}): Crowd => {
	const { token, connections, truth } = options;
	const door = new Pool(options.url, { connections, pipelining: 1 });
	let tally = newTally();
	let since = performance.now();
	let over = false;
	// Most answers are the last one to the same question again: those are read once.
	const last = new Map<Question, { text: string; said: Said }>();

	const readAgain = (question: Question, text: string): Said => {
		const known = last.get(question);
		if (known?.text === text) return known.said;
		const said = JSON.parse(text) as Said;
		last.set(question, { text, said });
		return said;
	};

	const note = (question: Question, text: string, began: number): void => {
		const now = performance.now();
		tally.latencies.push(now - began);
		const said = readAgain(question, text);
		const code = said.errors?.[0]?.extensions.code;
		if (code !== undefined) {
			tally.failed.set(code, (tally.failed.get(code) ?? 0) + 1);
			return;
		}
		const contacts = question.contacts(said);
		if (contacts === undefined) {
			tally.incomplete++;
			return;
		}
		tally.complete++;
		const second = Math.floor((now - since) / 1000);
		tally.bySecond[second] = (tally.bySecond[second] ?? 0) + 1;
		const marked = said.extensions?.stale !== undefined;
		if (marked) tally.markedStale++;
		const most = stalenessOf(contacts, truth, began);
		const any = Math.max(...Object.values(most));
		if (any === 0) return;
		tally.staleness.any.push(any);
		if (!marked) tally.staleness.unmarked.push(any);
		for (const kind of KINDS)
			if (most[kind] > 0) tally.staleness[kind].push(most[kind]);
	};

	const member = async (): Promise<void> => {
		while (!over) {
			const question = options.draw();
			const began = performance.now();
			const text = await post(door, token, question.body);
			if (!over) note(question, text, began);
		}
	};
	const members = Array.from({ length: connections }, () =>
		member().catch((error) => {
			// What is cut off at the end is nobody's fault.
			if (!over) throw error;
		}),
	);
	const all = Promise.all(members);
	all.catch(() => {
		over = true;
	});
	return {
		take() {
			const taken = tally;
			tally = newTally();
			since = performance.now();
			return taken;
		},
		async stop() {
			over = true;
			await door.destroy();
			await all;
		},
	};
};

const stalenessOf = (
	contacts: readonly ShownContact[],
	truth: Truth,
	at: number,
): Record<Kind, number> => {
	const most = { contact: 0, note: 0, appointment: 0, task: 0 };
	const look = (kind: Kind, id: string, shown: string | null) => {
		most[kind] = Math.max(most[kind], truth.staleness(id, shown, at));
	};
	for (const one of contacts) {
		look("contact", one.contactId, one.city);
		for (const { taskId, title } of one.tasks?.nodes ?? [])
			look("task", taskId, title);
		for (const { noteId, body } of one.notes?.nodes ?? [])
			look("note", noteId, body);
		for (const { appointmentId, title } of one.appointments?.nodes ?? [])
			look("appointment", appointmentId, title);
	}
	return most;
};

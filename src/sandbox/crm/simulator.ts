// People at work in the CRM: edits at a steady pace, by seed, in the first location.
import { type Random, random } from "../seed/random.ts";
import type { SandboxData } from "../store/data.ts";
import { editCrm } from "./edit.ts";

export interface Simulator {
	/** Makes one edit now; answers its type. */
	step(): string;
	/** Starts editing at this many a second, or stops with 0. */
	pace(editsPerSecond: number): void;
	close(): void;
}

/** Type and share; deletions are rare, as in life. */
const MIX: readonly [type: string, share: number][] = [
	["ContactUpdate", 35],
	["ContactTagUpdate", 12],
	["TaskCreate", 12],
	["TaskComplete", 8],
	["TaskUpdate", 8],
	["NoteCreate", 8],
	["NoteUpdate", 5],
	["AppointmentUpdate", 7],
	["ContactCreate", 3],
	["NoteDelete", 1],
	["TaskDelete", 1],
];

export function crmSimulator(
	data: SandboxData,
	seed: number,
	now: () => number,
): Simulator {
	const chance = random(seed, "simulator");
	let timer: NodeJS.Timeout | undefined;
	const step = () => {
		const type = pickType(chance);
		const contacts = [...data.location().contacts.values()];
		const { id: contactId } = chance.pick(contacts);
		const known =
			/^Contact|Create$/.test(type) || somethingToEdit(type, contactId, data);
		const edit = known
			? { type, contactId }
			: { type: "NoteCreate", contactId };
		editCrm(edit, data, now());
		return edit.type;
	};
	return {
		step,
		pace(editsPerSecond) {
			clearInterval(timer);
			timer = undefined;
			if (editsPerSecond <= 0) return;
			// Timers are no finer than a millisecond or so: several edits per tick beyond a hundred a second.
			const perTick = Math.max(1, Math.round(editsPerSecond / 100));
			timer = setInterval(
				() => {
					for (let i = 0; i < perTick; i++) step();
				},
				(1_000 * perTick) / editsPerSecond,
			);
			timer.unref();
		},
		close: () => clearInterval(timer),
	};
}

function pickType(chance: Random): string {
	let left = chance.next() * 100;
	for (const [type, share] of MIX) {
		left -= share;
		if (left < 0) return type;
	}
	return "ContactUpdate";
}

function somethingToEdit(
	type: string,
	contactId: string,
	data: SandboxData,
): boolean {
	const location = data.location();
	const table = type.startsWith("Task")
		? location.tasks
		: type.startsWith("Note")
			? location.notes
			: location.appointments;
	return table.group(contactId).length > 0;
}

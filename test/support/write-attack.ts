/** Writes under attack, each told to the end, and a judge who knows what was truly made. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import {
	type Fault,
	type Sandbox,
	startSandbox,
} from "../../src/sandbox/sandbox.ts";
import { LOCATION, type Running, runKillable } from "./killable-process.ts";
import { random } from "./random.ts";

export interface Attack {
	readonly intentions: number;
	/** How often one of the two processes is killed, in milliseconds; 0 for never. */
	readonly killEveryMs: number;
	/** The same for a disk that is full for a moment. */
	readonly fillEveryMs: number;
}

export interface Verdict {
	readonly done: number;
	readonly refused: number;
	/** Told OUTCOME_UNKNOWN, or nothing, until the caller gave up: what was told last. */
	readonly unknown: readonly string[];
	/** Told otherwise than it was. */
	readonly wrong: readonly string[];
	/** Made more often than told. */
	readonly doubled: readonly string[];
	/** Told as done, and not there. */
	readonly lost: readonly string[];
	/** Told with the id of what another app made, or another intention was told. */
	readonly claimed: readonly string[];
	/** What the attack amounted to. */
	readonly kills: number;
	readonly fills: number;
	readonly hidden: number;
	readonly replayed: number;
}

const LAG_MS = 300;
const SETTLE_MS = 2500;
const AT_ONCE = 60;
/** How long a caller insists. */
const PATIENCE_MS = 120_000;
/** The write is done, and its answer is not seen or says that it was refused. */
const HIDDEN: readonly Fault[] = [
	{ kind: "lostAnswer" },
	{ kind: "cutBefore" },
	{ kind: "cut" },
	{ kind: "created422" },
	{ kind: "created422", message: ["firstName must be a string"] },
	{ kind: "created422", status: 400, message: ["title must be a string"] },
];
/** It is not done. */
const PREVENTED: readonly Fault[] = [
	{ kind: "drop" },
	{ kind: "status", status: 503 },
	{
		kind: "status",
		status: 422,
		body: { statusCode: 422, message: ["body must be a string"] },
	},
];
const HIDE = 0.3;
const PREVENT = 0.1;
const CREATES = "^/contacts/$|/tasks$|/notes$|/appointments$";

interface Intention {
	readonly n: number;
	readonly mutation: string;
	readonly field: string;
	readonly input: object;
	/** Where and what another app wrote of the same content. */
	readonly elsewhere: readonly [path: string, body: object];
}

/** Every fifth has the content of the one before it of its kind; of every fourth another app wrote the same before. */
const intentionOf = (n: number): Intention => {
	const kind = n % 5;
	const twin = n % 25 >= 20 ? n - 5 : n;
	const mark = `mark-${twin}`;
	const contactId = `c${1 + (twin % 40)}`;
	const of = (
		mutation: string,
		field: string,
		input: object,
		path: string,
		body: object = input,
	): Intention => ({
		n,
		mutation,
		field,
		input,
		elsewhere: [path, body],
	});
	switch (kind) {
		case 0:
			return of(
				"createContact",
				"contact { id: contactId }",
				{ firstName: mark },
				"/contacts/",
				{ firstName: mark, locationId: LOCATION },
			);
		case 1: {
			const title = { title: mark, dueDate: "2026-12-01T10:00:00.000Z" };
			return of(
				"createTask",
				"task { id: taskId }",
				{ contactId, ...title },
				`/contacts/${contactId}/tasks`,
				{ ...title, completed: false },
			);
		}
		case 2:
			return of(
				"createNote",
				"note { id: noteId }",
				{ contactId, body: mark },
				`/contacts/${contactId}/notes`,
				{ body: mark },
			);
		case 3: {
			const booking = {
				contactId,
				calendarId: "cal1",
				assignedUserId: "u1",
				ignoreFreeSlotValidation: true,
				title: mark,
				startTime: "2027-03-01T10:00:00Z",
			};
			return of(
				"createAppointment",
				"appointment { id: appointmentId }",
				booking,
				"/calendars/events/appointments",
				{ ...booking, locationId: LOCATION },
			);
		}
		default:
			return of(
				"createContact",
				"contact { id: contactId }",
				// Two of the same address are refused, so each has its own.
				{ firstName: `mark-${n}`, email: `mark-${n}@example.com` },
				"/contacts/",
			);
	}
};

const isElsewhere = ({ n }: Intention): boolean => n % 4 === 0 && n % 5 !== 4;

const orderFaults = (
	sandbox: Sandbox,
	chance: () => number,
	calls: number,
): number => {
	let ordered = 0;
	let hidden = 0;
	for (let call = 0; call < calls; call++) {
		const drawn = chance();
		if (drawn >= HIDE + PREVENT) continue;
		const kinds = drawn < HIDE ? HIDDEN : PREVENTED;
		if (drawn < HIDE) hidden++;
		// One that strikes takes no turn from those behind it.
		sandbox.next({
			...(kinds[Math.floor(chance() * kinds.length)] as Fault),
			afterCalls: call - ordered,
			match: { method: "POST", pattern: CREATES },
		});
		ordered++;
	}
	return hidden;
};

/** Ids of all that is there, by mark. */
const madeIn = ({ data }: Sandbox): Map<string, Set<string>> => {
	const { contacts, tasks, notes, appointments } = data.location(LOCATION);
	const made = new Map<string, Set<string>>();
	const add = (kind: string, mark: string | null, id: string) => {
		if (!mark?.startsWith("mark-")) return;
		const place = `${kind} ${mark}`;
		made.set(place, (made.get(place) ?? new Set()).add(id));
	};
	for (const one of contacts.values())
		add("createContact", one.firstName, one.id);
	for (const one of tasks.values()) add("createTask", one.title, one.id);
	for (const one of notes.values()) add("createNote", one.body, one.id);
	for (const one of appointments.values())
		add("createAppointment", one.title, one.id);
	return made;
};

type Told =
	| { readonly done: string }
	| "refused"
	| { readonly unknown: string };

export const attackWrites = async (attack: Attack): Promise<Verdict> => {
	await using stack = new AsyncDisposableStack();
	const folder = stack.use(await mkdtempDisposable(join(tmpdir(), "attack-")));
	// Another app is at it some seconds before.
	let behindMs = 5000;
	const sandbox = await startSandbox({
		contacts: 40,
		tasksEach: 0,
		notesEach: 0,
		appointmentsEach: 0,
		seed: 1,
		ids: "readable",
		rateLimit: "off",
		searchLagMs: LAG_MS,
		now: () => Date.now() - behindMs,
	});
	stack.defer(() => sandbox.close());
	const intentions = Array.from({ length: attack.intentions }, (_, n) =>
		intentionOf(n),
	);
	const theirs = new Set<string>();
	for (const { elsewhere } of intentions.filter(isElsewhere))
		await writeElsewhere(sandbox, elsewhere);
	for (const ids of madeIn(sandbox).values())
		for (const id of ids) theirs.add(id);
	behindMs = 0;
	const chance = random(11);
	const hidden = orderFaults(sandbox, chance, attack.intentions * 2);

	const told = {
		apiUrl: sandbox.url,
		locationId: LOCATION,
		apiToken: String(sandbox.tokens[LOCATION]),
		dataFile: join(folder.path, "data.sqlite"),
		secret: randomBytes(32).toString("hex"),
		issuer: "tests",
		audience: "tests",
		settleMs: SETTLE_MS,
		sealKey: randomBytes(32).toString("hex"),
		unlimited: true,
	};
	const running: (Running | undefined)[] = [
		await runKillable(told),
		await runKillable(told),
	];
	stack.defer(async () => {
		for (const one of running) await one?.kill();
	});

	const counts = { kills: 0, fills: 0, replayed: 0 };
	const over = new AbortController();
	const every = async (ms: number, strike: () => Promise<void>) => {
		while (ms > 0 && !over.signal.aborted) {
			await pause(ms, undefined, { signal: over.signal }).catch(() => {});
			if (!over.signal.aborted) await strike();
		}
	};
	const strikes = [
		every(attack.killEveryMs, async () => {
			const which = counts.kills++ % running.length;
			const victim = running[which];
			running[which] = undefined;
			await victim?.kill();
			running[which] = await runKillable(told);
		}),
		every(attack.fillEveryMs, async () => {
			const pid = running[counts.fills++ % running.length]?.child.pid;
			if (pid === undefined || !limit(pid, "0")) return;
			await pause(200);
			limit(pid, "unlimited");
		}),
	];

	const insist = async (intention: Intention): Promise<Told> => {
		const givesUpAt = performance.now() + PATIENCE_MS;
		const idempotencyKey = `key ${intention.n}`;
		let last = "nothing";
		for (let tries = 0; performance.now() < givesUpAt; tries++) {
			const process = running[(intention.n + tries) % running.length];
			const answer = process && (await ask(process, intention, idempotencyKey));
			const payload = answer?.data?.it;
			last = JSON.stringify(answer);
			if (payload?.replayed) counts.replayed++;
			if (payload?.made) return { done: payload.made.id };
			// The object could not be read for the payload: asked again, it can.
			if (payload?.userErrors.length && payload.retryAfterMs === null)
				return "refused";
			const waitMs =
				payload?.retryAfterMs ??
				answer?.errors?.[0]?.extensions?.retryAfterMs ??
				100;
			await pause(Math.min(Number(waitMs), SETTLE_MS) * (0.2 + chance()));
		}
		return { unknown: `${intention.n} ${intention.mutation}: ${last}` };
	};
	const outcomes = new Map<Intention, Told>();
	const queue = intentions.values();
	await Promise.all(
		Array.from({ length: AT_ONCE }, async () => {
			for (const intention of queue)
				outcomes.set(intention, await insist(intention));
		}),
	);
	over.abort();
	await Promise.all(strikes);
	return { ...judged(outcomes, madeIn(sandbox), theirs), ...counts, hidden };
};

const ask = (
	{ asker }: Running,
	{ mutation, field, input }: Intention,
	idempotencyKey: string,
) => {
	const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;
	return asker
		.answer(
			`mutation ($input: ${type}!) { it: ${mutation}(input: $input) { made: ${field} userErrors { message } replayed retryAfterMs } }`,
			{ input: { ...input, idempotencyKey } },
		)
		.catch(() => undefined);
};

const writeElsewhere = async (
	{ url, tokens }: Sandbox,
	[path, body]: readonly [string, object],
): Promise<void> => {
	const answer = await fetch(`${url}${path}`, {
		method: "POST",
		headers: {
			authorization: `Bearer ${tokens[LOCATION]}`,
			version: path.startsWith("/calendars") ? "2021-04-15" : "2021-07-28",
			"content-type": "application/json",
		},
		body: JSON.stringify(body),
	});
	if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
};

/** False where the process is gone, or files cannot be limited here. */
const limit = (pid: number, bytes: string): boolean => {
	try {
		execFileSync(
			"prlimit",
			["--pid", String(pid), `--fsize=${bytes}:unlimited`],
			{
				stdio: "ignore",
			},
		);
		return true;
	} catch {
		return false;
	}
};

/** Intentions of the same content cannot be told apart, so they are counted together. */
const judged = (
	outcomes: ReadonlyMap<Intention, Told>,
	made: ReadonlyMap<string, ReadonlySet<string>>,
	theirs: ReadonlySet<string>,
) => {
	const wrong: string[] = [];
	const doubled: string[] = [];
	const lost: string[] = [];
	const claimed: string[] = [];
	const told = new Set<string>();
	const groups = Map.groupBy(
		outcomes,
		([{ mutation, input }]) => `${mutation} ${markIn(input)}`,
	);
	for (const [place, group] of groups) {
		const ours = [...(made.get(place) ?? [])].filter((id) => !theirs.has(id));
		let done = 0;
		let unknown = 0;
		for (const [{ n }, outcome] of group) {
			if (outcome === "refused") continue;
			if ("unknown" in outcome) {
				unknown++;
				continue;
			}
			done++;
			const id = outcome.done;
			if (theirs.has(id) || told.has(`${place} ${id}`))
				claimed.push(`${n}: ${place} ${id}`);
			else if (!ours.includes(id)) lost.push(`${n}: ${place} ${id}`);
			told.add(`${place} ${id}`);
		}
		if (ours.length > done + unknown) {
			if (ours.length > group.length) doubled.push(`${place} ${ours}`);
			else wrong.push(`${place}: ${ours.length} made, ${done} told`);
		}
	}
	const all = [...outcomes.values()];
	return {
		done: all.filter((one) => one !== "refused" && "done" in one).length,
		refused: all.filter((one) => one === "refused").length,
		unknown: all.flatMap((one) =>
			one !== "refused" && "unknown" in one ? [one.unknown] : [],
		),
		wrong,
		doubled,
		lost,
		claimed,
	};
};

const markIn = (input: object): string =>
	Object.values(input).find((value) => String(value).startsWith("mark-")) ?? "";

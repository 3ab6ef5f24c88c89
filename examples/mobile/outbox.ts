/**
 * Writes that wait on disk until they are done: each line of the file is one fact, appended and flushed before anything is
 * built on it, so a kill at any moment loses nothing and doubles nothing.
 */
import { randomUUID, randomUUIDv7 } from "node:crypto";
import { type FileHandle, open, readFile } from "node:fs/promises";
import type { AddNote } from "./documents.ts";
import { type Gateway, GatewayError } from "./gateway.ts";

/** What the app may ask of its outbox; here one mutation, in an app a union of them. */
export interface Intention {
	readonly id: string;
	readonly madeAt: string;
	readonly variables: {
		readonly contactId: string;
		readonly body: string;
	};
}

/** What became of an intention, for the app to show. */
export type End =
	| { readonly state: "done"; readonly noteId: string }
	/** The user corrects it and makes a new intention. */
	| { readonly state: "refused"; readonly message: string }
	/** Sent long ago, and the gateway does not know any more what became of it: the user looks and decides. */
	| { readonly state: "unknown"; readonly message: string };

type Fact =
	| { readonly intention: Intention }
	/** Written before the first attempt: all later attempts of the intention go by this key. */
	| { readonly sending: string; readonly key: string }
	| { readonly ended: string; readonly end: End };

export interface Outbox extends AsyncDisposable {
	/** Returns when the intention is on disk. */
	add(variables: Intention["variables"]): Promise<Intention>;
	/** Intentions that are not done, oldest first. */
	readonly waiting: readonly Intention[];
	readonly ended: ReadonlyMap<string, End>;
	/**
	 * Sends what waits, oldest first, until nothing is left or `signal` is aborted. Waits and goes on where the network or the
	 * gateway cannot do it now.
	 */
	send(
		gateway: Gateway,
		document: typeof AddNote,
		signal?: AbortSignal,
	): Promise<void>;
}

const RETRY_MS = 500;

/** Opens the outbox at `path`, and makes it when there is none. */
export const openOutbox = async (path: string): Promise<Outbox> => {
	const intentions = new Map<string, Intention>();
	const keys = new Map<string, string>();
	const ended = new Map<string, End>();
	const learn = (fact: Fact) => {
		if ("intention" in fact) intentions.set(fact.intention.id, fact.intention);
		else if ("sending" in fact) keys.set(fact.sending, fact.key);
		else {
			ended.set(fact.ended, fact.end);
			intentions.delete(fact.ended);
		}
	};
	const { facts, torn } = await read(path);
	for (const fact of facts) learn(fact);
	const file = await open(path, "a");
	// A kill in the middle of a line: the next one must not be glued to it.
	if (torn) await file.write("\n");
	const note = async (fact: Fact) => {
		await append(file, fact);
		learn(fact);
	};

	return {
		ended,
		get waiting() {
			return [...intentions.values()];
		},
		async add(variables) {
			const intention = {
				id: randomUUID(),
				madeAt: new Date().toISOString(),
				variables,
			};
			await note({ intention });
			return intention;
		},
		async send(gateway, document, signal) {
			for (const intention of intentions.values()) {
				const { id, variables } = intention;
				// Made with the first attempt and not with the intention, so that three days without a network do not age it.
				if (!keys.has(id)) await note({ sending: id, key: randomUUIDv7() });
				const idempotencyKey = keys.get(id) ?? "";
				let end: End | undefined;
				while (!end) {
					if (signal?.aborted) return;
					const outcome = await attempt(gateway, document, {
						...variables,
						idempotencyKey,
					});
					if ("state" in outcome) end = outcome;
					else await pause(outcome.againInMs, signal);
				}
				await note({ ended: id, end });
			}
		},
		[Symbol.asyncDispose]: () => file.close(),
	};
};

/** One attempt: an end, or when to try again with the same key. */
const attempt = async (
	gateway: Gateway,
	document: typeof AddNote,
	input: Intention["variables"] & { readonly idempotencyKey: string },
): Promise<End | { readonly againInMs: number }> => {
	try {
		const { createNote } = await gateway.ask(document, { input });
		const [fault] = createNote?.userErrors ?? [];
		// Refused, and perhaps done all the same: the same key tells which, later.
		if (createNote?.retryAfterMs != null)
			return { againInMs: createNote.retryAfterMs };
		if (fault) return { state: "refused", message: fault.message };
		return { state: "done", noteId: createNote?.note?.noteId ?? "" };
	} catch (error) {
		if (!(error instanceof GatewayError)) return { againInMs: RETRY_MS };
		const { code, retryable, retryAfterMs, message } = error;
		if (code === "IDEMPOTENCY_KEY_EXPIRED")
			return { state: "unknown", message };
		if (retryable || code === "OUTCOME_UNKNOWN")
			return { againInMs: retryAfterMs ?? RETRY_MS };
		return { state: "refused", message };
	}
};

const read = async (
	path: string,
): Promise<{ facts: readonly Fact[]; torn: boolean }> => {
	const text = await readFile(path, "utf8").catch((error) => {
		if (error.code === "ENOENT") return "";
		throw error;
	});
	const facts: Fact[] = [];
	for (const line of text.split("\n")) {
		try {
			if (line) facts.push(JSON.parse(line));
		} catch {
			// A line that a kill cut off was never built on.
		}
	}
	return { facts, torn: text !== "" && !text.endsWith("\n") };
};

const append = async (file: FileHandle, fact: Fact): Promise<void> => {
	await file.appendFile(`${JSON.stringify(fact)}\n`);
	await file.sync();
};

const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
	new Promise((resolve) => {
		const timer = setTimeout(resolve, ms);
		signal?.addEventListener("abort", () => {
			clearTimeout(timer);
			resolve();
		});
	});

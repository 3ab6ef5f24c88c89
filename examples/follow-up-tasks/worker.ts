/** Creates a follow-up task whenever a contact gains a tag, and misses none: it goes on from where it stopped. */
import { type Client, createClient } from "graphql-ws";
import { WebSocket } from "ws";
import { loadState, type State, saveState } from "./state.ts";

export interface WorkerOptions {
	/** `http://127.0.0.1:4000` */
	readonly url: string;
	/** Asked for with every connection, so that one that expired is replaced. */
	token(): string | Promise<string>;
	readonly tag: string;
	/** Where the state is kept. */
	readonly statePath: string;
	readonly signal: AbortSignal;
	log(line: string): void;
}

const CHANGES = `subscription FollowUps($after: String!) {
  changes(after: $after, types: [CONTACT_TAGS_CHANGED, CONTACT_CREATED, CONTACT_DELETED]) {
    __typename
    cursor
    contactId
    receivedAt
    payload
  }
}`;

const TAKE_STOCK = `query TakeStock($tag: String!, $after: String) {
  changeCursor
  contacts(first: 100, after: $after, filter: { tags: { eq: $tag } }) {
    nodes { contactId }
    pageInfo { endCursor hasNextPage }
  }
}`;

const CREATE_TASK = `mutation FollowUp($input: CreateTaskInput!) {
  createTask(input: $input) {
    task { taskId }
    userErrors { code message }
  }
}`;

const DAY_MS = 86_400_000;
const RECONNECT_MS = 500;

/** Runs until the signal is aborted. */
export const followUp = async (options: WorkerOptions): Promise<void> => {
	const client = createClient({
		url: `${options.url.replace(/^http/, "ws")}/graphql`,
		webSocketImpl: WebSocket,
		connectionParams: async () => ({
			authorization: `Bearer ${await options.token()}`,
		}),
		// The worker connects again itself, with the cursor it has by then.
		retryAttempts: 0,
	});
	options.signal.addEventListener("abort", () => void client.dispose());
	let state = await loadState(options.statePath);
	while (!options.signal.aborted) {
		try {
			state ??= await takeStock(client, options);
			state = await follow(client, state, options);
		} catch (error) {
			options.log(`connection lost: ${words(error)}`);
		}
		state = (await loadState(options.statePath)) ?? state;
		await pause(RECONNECT_MS, options.signal);
	}
};

/** Who has the tag before anything is done, and the place in the log where that was true. */
const takeStock = async (
	client: Client,
	{ tag, statePath, log }: WorkerOptions,
): Promise<State> => {
	const tagged = new Set<string>();
	let cursor: string | undefined;
	let after: string | null = null;
	for (;;) {
		const page: Stock = await ask(client, TAKE_STOCK, { tag, after });
		// The first one: what happens while the list is read is told again.
		cursor ??= page.changeCursor;
		for (const { contactId } of page.contacts.nodes) tagged.add(contactId);
		if (!page.contacts.pageInfo.hasNextPage) break;
		after = page.contacts.pageInfo.endCursor;
	}
	const state = { cursor, tagged };
	await saveState(statePath, state);
	log(`${tagged.size} contacts have the tag ${tag} already`);
	return state;
};

/** Deals with changes one by one until the stream ends, which it does when the gateway goes away. */
const follow = async (
	client: Client,
	from: State,
	options: WorkerOptions,
): Promise<State> => {
	let state = from;
	const stream = client.iterate<{ changes: Change }>({
		query: CHANGES,
		variables: { after: state.cursor },
	});
	options.log("following");
	for await (const { data, errors } of stream) {
		if (errors) throw new Error(errors[0]?.message);
		if (!data) continue;
		const { changes: change } = data;
		const tagged = new Set(state.tagged);
		if (change.__typename === "Gap") await catchUp(client, tagged, options);
		else await dealWith(client, change, tagged, options);
		state = { cursor: change.cursor, tagged };
		// After the task and not before: a crash between the two asks for it again, with the same key.
		await saveState(options.statePath, state);
	}
	return state;
};

const dealWith = async (
	client: Client,
	{ __typename, contactId, payload, receivedAt, cursor }: Change,
	tagged: Set<string>,
	{ tag, log }: WorkerOptions,
): Promise<void> => {
	if (contactId === null) return;
	const has =
		__typename !== "ContactDeleted" && (payload.tags ?? []).includes(tag);
	if (!has) tagged.delete(contactId);
	else if (!tagged.has(contactId)) {
		await createTask(client, contactId, {
			dueDate: new Date(Date.parse(receivedAt) + DAY_MS).toISOString(),
			idempotencyKey: `follow-up ${cursor}`,
		});
		tagged.add(contactId);
		log(`follow-up task for ${contactId}`);
	}
};

/** Changes were missed for good: whoever has the tag by now and had it not is dealt with. */
const catchUp = async (
	client: Client,
	tagged: Set<string>,
	{ tag, log }: WorkerOptions,
): Promise<void> => {
	let after: string | null = null;
	do {
		const page: Stock = await ask(client, TAKE_STOCK, { tag, after });
		const dueDate = new Date(Date.now() + DAY_MS).toISOString();
		for (const { contactId } of page.contacts.nodes) {
			if (tagged.has(contactId)) continue;
			await createTask(client, contactId, { dueDate });
			tagged.add(contactId);
			log(`follow-up task for ${contactId}, after a gap`);
		}
		const { endCursor, hasNextPage } = page.contacts.pageInfo;
		after = hasNextPage ? endCursor : null;
	} while (after);
};

const createTask = async (
	client: Client,
	contactId: string,
	about: { dueDate: string; idempotencyKey?: string },
): Promise<void> => {
	const { createTask: done } = await ask<{
		createTask: { userErrors: { code: string; message: string }[] } | null;
	}>(client, CREATE_TASK, {
		input: { contactId, title: "Follow up", ...about },
	});
	const [refusal] = done?.userErrors ?? [];
	// A contact that is gone by now needs no task; anything else is worth stopping for.
	if (refusal && refusal.code !== "NOT_FOUND") throw new Error(refusal.message);
};

interface Change {
	readonly __typename: string;
	readonly cursor: string;
	readonly contactId: string | null;
	readonly receivedAt: string;
	readonly payload: { readonly tags?: readonly string[] };
}

interface Stock {
	readonly changeCursor: string;
	readonly contacts: {
		readonly nodes: readonly { readonly contactId: string }[];
		readonly pageInfo: {
			readonly endCursor: string | null;
			readonly hasNextPage: boolean;
		};
	};
}

/** One query or mutation over the same socket. @throws Error with the first message when it has errors. */
const ask = async <T>(
	client: Client,
	query: string,
	variables: Record<string, unknown>,
): Promise<T> => {
	for await (const { data, errors } of client.iterate<T>({
		query,
		variables,
	})) {
		if (errors) throw new Error(errors[0]?.message);
		if (data) return data;
	}
	throw new Error("expected an answer, but the connection ended");
};

const words = (error: unknown): string => {
	if (Array.isArray(error)) return String(error[0]?.message);
	const { message, reason } = error as { message?: string; reason?: string };
	return message || reason || String(error);
};

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
	new Promise((resolve) => {
		if (signal.aborted) return resolve();
		const timer = setTimeout(resolve, ms);
		signal.addEventListener("abort", () => {
			clearTimeout(timer);
			resolve();
		});
	});

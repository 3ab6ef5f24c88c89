/** Those who ask in a race at the front door: each with a token, a location and a connection of their own that stays open. */
import { createClient } from "graphql-ws";
import { Client } from "undici";
import { WebSocket } from "ws";
import type { Answer, Variables } from "../ask.ts";

export interface Person {
	readonly locationId: string;
	isBusy: boolean;
	/** Headers count over HTTP alone. */
	ask(
		query: string,
		variables: Variables,
		how?: { headers?: Readonly<Record<string, string>>; byGet?: boolean },
	): Promise<Answer>;
	/** Whether their requests carry headers. */
	readonly hasHeaders: boolean;
	close(): Promise<void>;
}

export interface Identity {
	readonly url: string;
	readonly token: string;
	readonly locationId: string;
}

export const overHttp = ({ url, token, locationId }: Identity): Person => {
	const connection = new Client(url, { pipelining: 1 });
	return {
		locationId,
		isBusy: false,
		hasHeaders: true,
		async ask(query, variables, { headers = {}, byGet = false } = {}) {
			const text = JSON.stringify({ query, variables });
			const asked = new URLSearchParams({
				query,
				variables: JSON.stringify(variables),
			});
			const { body } = await connection.request({
				method: byGet ? "GET" : "POST",
				path: byGet ? `/graphql?${asked}` : "/graphql",
				headers: {
					authorization: `Bearer ${token}`,
					accept: "application/graphql-response+json",
					...(!byGet && { "content-type": "application/json" }),
					...headers,
				},
				body: byGet ? null : text,
			});
			return (await body.json()) as Answer;
		},
		close: () => connection.close(),
	};
};

const socketOf = ({ url, token }: Identity) =>
	createClient({
		url: `${url.replace("http", "ws")}/graphql`,
		webSocketImpl: WebSocket,
		connectionParams: { authorization: `Bearer ${token}` },
		lazy: false,
		retryAttempts: 0,
		onNonLazyError: () => {},
	});

/** Hands every answer of a subscription to `hear`. */
export const listen = (
	identity: Identity,
	query: string,
	hear: (answer: Answer) => void,
): { close(): Promise<void> } => {
	const socket = socketOf(identity);
	const stop = socket.subscribe<Record<string, unknown>>(
		{ query },
		{
			next: (value) => hear(value as Answer),
			error: (error) => hear({ errors: [{ message: String(error) }] }),
			complete: () => {},
		},
	);
	return {
		async close() {
			stop();
			await socket.dispose();
		},
	};
};

export const overSocket = (identity: Identity): Person => {
	const { locationId } = identity;
	const socket = socketOf(identity);
	return {
		locationId,
		isBusy: false,
		hasHeaders: false,
		ask: (query, variables) =>
			new Promise((resolve, reject) => {
				let answer: Answer = {};
				socket.subscribe<Record<string, unknown>>(
					{ query, variables },
					{
						next(value) {
							answer = value as Answer;
						},
						// Errors of the operation itself come as a list.
						error: (error) =>
							Array.isArray(error)
								? resolve({ errors: error })
								: reject(error as Error),
						complete: () => resolve(answer),
					},
				);
			}),
		close: async () => {
			await socket.dispose();
		},
	};
};

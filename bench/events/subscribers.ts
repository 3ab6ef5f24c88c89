/** Sockets that subscribe and note when something came, with as little work of their own as there can be. */
import { once } from "node:events";
import { WebSocket } from "ws";

export interface Listener {
	readonly ws: WebSocket;
	/** Adds a subscription on the same socket. */
	subscribe(id: string, after?: string): void;
}

const QUERY =
	"subscription ($after: String) { changes(after: $after) { cursor type contactId } }";

/** Opens a socket; `heard` is called for every message of a subscription. */
export const openListener = async (
	url: string,
	token: string,
	heard: () => void,
): Promise<Listener> => {
	const ws = new WebSocket(
		`${url.replace("http", "ws")}/graphql`,
		"graphql-transport-ws",
	);
	await once(ws, "open");
	ws.send(
		JSON.stringify({
			type: "connection_init",
			payload: { authorization: `Bearer ${token}` },
		}),
	);
	await once(ws, "message");
	ws.on("message", heard);
	return {
		ws,
		subscribe: (id, after) =>
			ws.send(
				JSON.stringify({
					id,
					type: "subscribe",
					payload: { query: QUERY, variables: { after: after ?? null } },
				}),
			),
	};
};

/** Many, a few at a time: a listener's backlog is short. */
export const openMany = async (
	count: number,
	open: () => Promise<Listener>,
): Promise<Listener[]> => {
	const all: Listener[] = [];
	while (all.length < count)
		all.push(
			...(await Promise.all(
				Array.from({ length: Math.min(50, count - all.length) }, open),
			)),
		);
	return all;
};

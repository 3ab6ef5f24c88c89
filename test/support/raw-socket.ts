/** A socket without a client's manners: what it sends and gets is seen as it is. */
import { once } from "node:events";
import { expect } from "vitest";
import { WebSocket } from "ws";
import type { Data } from "./ask.ts";

/** @throws what the upgrade was refused with. */
export const rawSocket = async (
	url: string,
	protocol = "graphql-transport-ws",
) => {
	const ws = new WebSocket(`${url.replace("http", "ws")}/graphql`, protocol);
	const seen: Data[] = [];
	const closed = once(ws, "close").then(([code, reason]) => ({
		code: Number(code),
		reason: String(reason),
	}));
	// A socket that never opens says so by `open`.
	closed.catch(() => {});
	ws.on("message", (data) => seen.push(JSON.parse(String(data))));
	await once(ws, "open");
	return {
		ws,
		seen,
		closed,
		say: (message: object) => ws.send(JSON.stringify(message)),
		/** The message of this type for this id. */
		hear: (type: string, id?: string): Promise<Data> =>
			expect
				.poll(
					() => seen.find((one) => one.type === type && (!id || one.id === id)),
					{ timeout: 3000, interval: 5 },
				)
				.toBeDefined()
				.then(() =>
					seen.find((one) => one.type === type && (!id || one.id === id)),
				),
		close: async () => {
			ws.close();
			await closed;
		},
	};
};

export type RawSocket = Awaited<ReturnType<typeof rawSocket>>;

/** One that has said who it is and was let in. */
export const greeted = async (
	url: string,
	token: string,
): Promise<RawSocket> => {
	const socket = await rawSocket(url);
	socket.say({
		type: "connection_init",
		payload: { Authorization: `Bearer ${token}` },
	});
	await socket.hear("connection_ack");
	return socket;
};

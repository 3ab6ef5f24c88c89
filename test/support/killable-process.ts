/** Starts a gateway that can be killed, and hands over a client of it. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { mintToken } from "../../src/auth/authenticator.ts";
import { type Asker, createAsker } from "./ask.ts";
import type { Told } from "./killable-gateway.ts";

export const LOCATION = "sandbox-location-1";

export interface Running {
	readonly child: ChildProcess;
	readonly url: string;
	readonly token: string;
	readonly asker: Asker;
	/** By SIGKILL; nothing where it has been killed before. */
	kill(): Promise<void>;
}

export const runKillable = async (told: Told): Promise<Running> => {
	const child = fork(join(import.meta.dirname, "killable-gateway.ts"), {
		execArgv: [],
	});
	child.send(told);
	const [{ url }] = (await once(child, "message")) as [{ url: string }];
	const token = await mintToken({
		...told,
		locations: [LOCATION],
		scopes: ["contacts.readonly", "contacts.write", "calendars/events.write"],
		ttlSeconds: 600,
	});
	const asker = createAsker(url, token, () => "");
	return {
		child,
		url,
		token,
		asker,
		async kill() {
			if (child.exitCode !== null || child.signalCode) return;
			const gone = once(child, "exit");
			child.kill("SIGKILL");
			await gone;
			await asker.close();
		},
	};
};

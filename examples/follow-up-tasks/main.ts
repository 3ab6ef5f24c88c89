/** `TOKEN=$(npm run --silent token) node examples/follow-up-tasks/main.ts`: runs the worker until it is interrupted. */
import { followUp } from "./worker.ts";

const {
	GATEWAY_URL = "http://127.0.0.1:4000",
	TOKEN = "",
	TAG = "called",
	STATE = "follow-up-tasks.json",
} = process.env;

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const)
	process.on(signal, () => stop.abort());

await followUp({
	url: GATEWAY_URL,
	token: () => TOKEN,
	tag: TAG,
	statePath: STATE,
	signal: stop.signal,
	log: (line) => console.log(line),
});

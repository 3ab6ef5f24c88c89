/** One story of a failed test: gateway log lines and upstream calls, merged by time. Passing tests stay silent. */
import type { SeenCall } from "./calls.ts";

export interface LogLine {
	readonly time: string;
	readonly level: string;
	readonly msg?: string;
	readonly [field: string]: unknown;
}

/** A stream for pino that keeps its lines; `lines` is in the order they were written. */
export const logKeeper = () => {
	const lines: LogLine[] = [];
	return {
		lines,
		destination: {
			write(text: string) {
				lines.push(JSON.parse(text) as LogLine);
			},
		},
	};
};

/** `at` is epoch milliseconds by the clock the sandbox was given: a test that moves it reads two clocks here. */
export const timeline = (
	log: readonly LogLine[],
	calls: ReadonlyArray<SeenCall & { readonly at: number }>,
): string => {
	const events = [
		...log.map((line) => ({ at: Date.parse(line.time), text: told(line) })),
		...calls.map((call) => ({
			at: call.at,
			text: `upstream  ${call.method} ${call.path} -> ${call.status || "no answer"}`,
		})),
	].sort((a, b) => a.at - b.at);
	const start = events[0]?.at ?? 0;
	return events
		.map(({ at, text }) => `${String(at - start).padStart(6)} ms  ${text}`)
		.join("\n");
};

const told = ({
	time: _,
	level,
	msg = "",
	err,
	...fields
}: LogLine): string => {
	const error = err ? `\n${indented(JSON.stringify(err, null, 2))}` : "";
	return `gateway   ${level} ${msg} ${JSON.stringify(fields)}${error}`;
};

const indented = (text: string): string =>
	text.replaceAll("\\n", "\n").replaceAll(/^/gm, " ".repeat(12));

/** One JSON line per event; a line about a request carries its request id, and no line carries a token or a body. */
import { type DestinationStream, type Logger, pino } from "pino";

export type { Logger };

export interface LogOptions {
	/** `trace` to `fatal`, or `silent`. */
	readonly level: string;
	/** Where lines go; standard output when left out. */
	readonly destination?: DestinationStream;
	/** What every line says beside, such as the trace it belongs to. */
	mixin?(): object;
}

export const createLog = ({
	level,
	destination,
	mixin,
}: LogOptions): Logger => {
	const options = {
		level,
		base: null,
		timestamp,
		...(mixin && { mixin }),
		formatters: { level: (label: string) => ({ level: label }) },
		serializers: { err: (error: unknown) => whole(error) },
	};
	return pino(options, destination ?? standardOutput());
};

// Most lines of a busy process share their second, and spelling it costs more than the rest of the line.
let second = Number.NaN;
let spelled = "";

const timestamp = (): string => {
	const now = Date.now();
	const ms = now % 1000;
	if (now - ms !== second) {
		second = now - ms;
		spelled = new Date(second).toISOString().slice(0, -4);
	}
	return `,"time":"${spelled}${String(ms).padStart(3, "0")}Z"`;
};

/** Lines go out together, soon: one system call for each would cost as much as an answer from memory. */
const standardOutput = (): DestinationStream => {
	const out = pino.destination({
		dest: 1,
		sync: true,
		minLength: 8192,
		periodicFlush: 50,
	});
	process.on("exit", () => out.flushSync());
	return out;
};

const DEEPEST_CAUSE = 5;
// Messages repeat what callers sent, and a stack begins with the message.
const LONGEST = 4_000;

const short = (text: string | undefined): string | undefined =>
	text && text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;

/** An error with its stack and every cause below it: what is masked to callers must be found whole here. */
const whole = (error: unknown, depth = 0): unknown => {
	if (!(error instanceof Error)) return error;
	const { code } = error as { code?: unknown };
	return {
		type: error.name,
		message: short(error.message),
		...(code === undefined ? {} : { code }),
		stack: short(error.stack),
		...(error.cause === undefined || depth === DEEPEST_CAUSE
			? {}
			: { cause: whole(error.cause, depth + 1) }),
	};
};

/** What a check of the doctor is: it asks a little, and says what it saw, what that means and what to set. */
import type { Config } from "../config/config.ts";
import type { Api } from "./api.ts";
import type { DataFile } from "./data-file.ts";
import type { Target } from "./target.ts";

/** A problem stands in the way of production; a warning costs something; unknown is what could not be told. */
export type Level = "good" | "warning" | "problem" | "unknown";

export interface Verdict {
	readonly level: Level;
	/** One sentence on what was seen. */
	readonly saw: string;
	readonly means?: string | undefined;
	/** What to do, with the setting's name. */
	readonly set?: string | undefined;
	/** Nothing else can be asked of the API: the checks behind this one that ask are skipped. */
	readonly stop?: true;
}

export interface Context {
	readonly config: Config;
	/** The API as the settings name it; undefined where only the files are looked at. */
	readonly api: Api;
	/** The location that is asked about. */
	readonly target: Target;
	/** All locations with a token, the one asked about among them. */
	readonly targets: readonly Target[];
	/** What a gateway kept in DATA_DIR; undefined where none ran yet. */
	readonly data: DataFile | undefined;
	/** Epoch milliseconds. */
	readonly startedAt: number;
	/** Whether something of one's own may be written. */
	readonly write: boolean;
	/** Aborted when the run is interrupted. */
	readonly signal: AbortSignal;
}

export interface Check {
	readonly name: string;
	/** The most calls it makes. */
	readonly calls: number;
	/** No verdicts: it does not concern these settings. */
	run(context: Context): Promise<readonly Verdict[]>;
}

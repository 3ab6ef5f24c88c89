/** Compares the REST calls a test wants with those the sandbox saw, and prints both as two aligned lists when they differ. */

/** A call as the sandbox records it. `path` carries the query string. */
export interface SeenCall {
	readonly method: string;
	readonly path: string;
	readonly status: number;
}

/**
 * `GET /contacts/c1/tasks`: a method and a path. The query string counts only when the wanted call names one; `*`
 * stands for one whole segment of the path.
 */
export type WantedCall = string;

/** The same call wanted many times: `...times(20, "GET /contacts/*\/notes")`. */
export const times = (count: number, call: WantedCall): WantedCall[] =>
	Array.from({ length: count }, () => call);

export interface Comparison {
	readonly pass: boolean;
	/** Wanted on the left, seen on the right; `-` marks what is missing, `+` what is extra. */
	readonly report: string;
}

/** Order counts only with `inOrder`: calls of one tick leave in an order that nobody promises. */
export const compareCalls = (
	seen: readonly SeenCall[],
	wanted: readonly WantedCall[],
	{ inOrder = false } = {},
): Comparison => {
	const rows = inOrder ? inSequence(seen, wanted) : inAnyOrder(seen, wanted);
	const missing = rows.filter(({ got }) => !got).length;
	const extra = rows.filter(({ want }) => want === undefined).length;
	return {
		pass: missing + extra === 0,
		report: [
			`wanted ${wanted.length} calls, saw ${seen.length}: ${missing} missing, ${extra} extra`,
			"",
			...table(rows),
		].join("\n"),
	};
};

interface Row {
	readonly want?: WantedCall;
	readonly got?: SeenCall;
}

const inAnyOrder = (
	seen: readonly SeenCall[],
	wanted: readonly WantedCall[],
): Row[] => {
	const left = [...seen];
	const rows: Row[] = [];
	// Exact ones choose first, or a wildcard could take the call that an exact one needs.
	const place = (want: WantedCall): Row => {
		const index = left.findIndex((call) => fits(call, want));
		const [got] = index < 0 ? [] : left.splice(index, 1);
		return got ? { want, got } : { want };
	};
	const placed = new Map<number, Row>();
	const order = [...wanted.keys()].sort(
		(a, b) => vagueness(wanted[a]) - vagueness(wanted[b]),
	);
	for (const index of order)
		placed.set(index, place(wanted[index] as WantedCall));
	for (const index of wanted.keys()) rows.push(placed.get(index) as Row);
	return [...rows, ...left.map((got) => ({ got }))];
};

const inSequence = (
	seen: readonly SeenCall[],
	wanted: readonly WantedCall[],
): Row[] => {
	// The longest common subsequence, so that one call too many does not mark every call behind it.
	const length = Array.from({ length: seen.length + 1 }, () =>
		new Array<number>(wanted.length + 1).fill(0),
	);
	const at = (s: number, w: number) => length[s]?.[w] ?? 0;
	for (let s = seen.length - 1; s >= 0; s--)
		for (let w = wanted.length - 1; w >= 0; w--)
			(length[s] as number[])[w] = fits(
				seen[s] as SeenCall,
				wanted[w] as string,
			)
				? at(s + 1, w + 1) + 1
				: Math.max(at(s + 1, w), at(s, w + 1));
	const rows: Row[] = [];
	let s = 0;
	let w = 0;
	while (s < seen.length || w < wanted.length) {
		const got = seen[s];
		const want = wanted[w];
		if (got && want !== undefined && fits(got, want)) {
			rows.push({ want, got });
			s++;
			w++;
		} else if (want !== undefined && (!got || at(s, w + 1) >= at(s + 1, w))) {
			rows.push({ want });
			w++;
		} else if (got) {
			rows.push({ got });
			s++;
		}
	}
	return rows;
};

const vagueness = (want: WantedCall = ""): number =>
	want.split("*").length - (want.includes("?") ? 1.5 : 1);

const fits = (call: SeenCall, want: WantedCall): boolean => {
	const path = want.includes("?") ? call.path : withoutQuery(call.path);
	const got = `${call.method} ${path}`;
	if (!want.includes("*")) return got === want;
	const wanted = want.split("/");
	const parts = got.split("/");
	return (
		wanted.length === parts.length &&
		wanted.every((part, index) => part === "*" || part === parts[index])
	);
};

const withoutQuery = (path: string): string => path.split("?")[0] ?? path;

const table = (rows: readonly Row[]): string[] => {
	const width = Math.max(6, ...rows.map(({ want }) => want?.length ?? 0));
	return [
		`  ${"wanted".padEnd(width)}  seen`,
		...rows.map(({ want = "", got }) => {
			const mark = !got ? "-" : want ? " " : "+";
			const right = got
				? `${got.method} ${got.path} (${got.status || "no answer"})`
				: "";
			return `${mark} ${want.padEnd(width)}  ${right}`.trimEnd();
		}),
	];
};

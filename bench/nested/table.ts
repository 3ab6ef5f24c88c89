/** Prints what was measured of several servers in the same rounds, and the ratio of one of them to each other. */

/** `rounds`: a figure for each round, by server. */
export const table = (
	title: string,
	rounds: ReadonlyMap<string, readonly number[]>,
	ours: string,
	{ unit, scale }: { unit: string; scale: number },
): void => {
	console.log(`\n${title}`);
	const own = rounds.get(ours) ?? [];
	for (const [name, values] of rounds) {
		const figure = spread(
			values.map((value) => value * scale),
			unit,
		);
		const ratio = own.map((value, n) => value / (values[n] ?? Number.NaN));
		console.log(
			`  ${name.padEnd(24)} ${figure.padEnd(34)}${name === ours ? "" : ` ${ours} / this: ${spread(ratio, " x")}`}`,
		);
	}
};

/** Median, and the least and the greatest value. */
const spread = (values: readonly number[], unit: string): string => {
	const sorted = [...values].sort((a, b) => a - b);
	const text = (value: number | undefined) =>
		(value ?? Number.NaN).toPrecision(3);
	const median = sorted[Math.floor(sorted.length / 2)];
	return `${text(median)}${unit} (${text(sorted[0])} to ${text(sorted.at(-1))})`;
};

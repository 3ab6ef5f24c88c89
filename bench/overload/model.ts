/** What a queue without any wit, and one that knows the future, would answer of the same queries: by counting calls. */

/** A query of the run: which page, and when, in milliseconds from the start. */
export interface Query {
	readonly page: number;
	readonly at: number;
}

export interface Terms {
	/** REST calls of a page that is not known. */
	readonly callsEach: number;
	readonly burst: number;
	readonly intervalMs: number;
	readonly deadlineMs: number;
	readonly runMs: number;
}

/** When the `n`-th call may go, where all that may go does. */
const timeOf = (n: number, { burst, intervalMs }: Terms): number =>
	Math.floor((n - 1) / burst) * intervalMs;

/** Pages read in this order, each as soon as it is asked for and there are calls: when each is whole. */
const readIn = (
	order: readonly Query[],
	terms: Terms,
): ReadonlyMap<number, number> => {
	const whole = new Map<number, number>();
	let calls = 0;
	for (const { page, at } of order) {
		if (whole.has(page)) continue;
		const done = Math.max(at, timeOf(calls + terms.callsEach, terms));
		if (done > terms.runMs) break;
		calls += terms.callsEach;
		whole.set(page, done);
	}
	return whole;
};

/** Queries whose page is whole before they give up; a page that is known stays so. */
const answered = (
	queries: readonly Query[],
	whole: ReadonlyMap<number, number>,
	{ deadlineMs }: Terms,
): number =>
	queries.filter(
		({ page, at }) =>
			(whole.get(page) ?? Number.POSITIVE_INFINITY) <= at + deadlineMs,
	).length;

/** First come, first served; who has given up before his turn is passed over. */
export const fifo = (queries: readonly Query[], terms: Terms): number => {
	const whole = new Map<number, number>();
	let calls = 0;
	for (const { page, at } of queries) {
		if (whole.has(page)) continue;
		const done = Math.max(at, timeOf(calls + terms.callsEach, terms));
		if (done > Math.min(terms.runMs, at + terms.deadlineMs)) continue;
		calls += terms.callsEach;
		whole.set(page, done);
	}
	return answered(queries, whole, terms);
};

/** Reads the most popular pages first, from the first moment, whether they were asked for or not. */
export const oracle = (queries: readonly Query[], terms: Terms): number => {
	const times = new Map<number, number>();
	for (const { page } of queries) times.set(page, (times.get(page) ?? 0) + 1);
	const order = [...times]
		.sort(([, a], [, b]) => b - a)
		.map(([page]) => ({ page, at: 0 }));
	return answered(queries, readIn(order, terms), terms);
};

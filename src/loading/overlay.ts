/** Search lags writes by seconds, reads by id do not: lays what those bring over a page that search gave. */

/** What a list knows of its rows. */
export interface OverlaySource<R> {
	/** Whether the row may not show its last change, because search was asked within its lag after that. */
	isLagging(row: R): boolean;
	/** The row as it is now; null where it is gone or fits the search no longer. Asked of lagging rows alone. */
	current(row: R): Promise<R | null>;
	/** Rows written within search lag that fit and that the page lacks, newest first. */
	newcomers(): readonly R[] | Promise<readonly R[]>;
}

export interface Overlaid<R> {
	/** Those that search gave and that still fit, in its order. */
	readonly rows: readonly R[];
	/** How many of those that search gave fit no longer. */
	readonly gone: number;
	/** Where they stand among the rows, the list must say: search has no place for them yet. */
	readonly newcomers: readonly R[];
	/** Rows were replaced by what was read of them within search lag before. */
	readonly isPatched: boolean;
}

/** Costs what `current` and `newcomers` read: nothing where nothing was written recently. */
export const overlay = async <R>(
	rows: readonly R[],
	{ isLagging, current, newcomers }: OverlaySource<R>,
): Promise<Overlaid<R>> => {
	const lagging = new Set(rows.filter(isLagging));
	// Asked for in one tick, so that what is read together costs one call.
	const [now, come] = await Promise.all([
		Promise.all(rows.map((row) => (lagging.has(row) ? current(row) : row))),
		newcomers(),
	]);
	const fit = now.filter((row) => row !== null);
	return {
		rows: fit,
		gone: rows.length - fit.length,
		newcomers: come,
		isPatched: lagging.size > 0,
	};
};

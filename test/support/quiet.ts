/** Counts what the API got for an operation, also those calls that are sent when its answer is out already. */
import type { World } from "./world.ts";

/** How many calls there were, once two requests of ours have come and gone without a further one. */
export const callsWhenQuiet = async (world: World): Promise<number> => {
	let count = world.calls.length;
	for (let still = 0; still < 2; still++) {
		await world.request({ path: "/health/live" });
		const now = world.calls.length;
		if (now !== count) still = -1;
		count = now;
	}
	return count;
};

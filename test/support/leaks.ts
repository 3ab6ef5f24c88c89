/** Tells what a world left open. Sockets belong to the whole process, so they are counted when the last world has closed. */
import { setTimeout as wait } from "node:timers/promises";

const KINDS = ["TCPSocketWrap", "TCPServerWrap", "TLSWrap", "FSWatcher"];
const GRACE_MS = 1000;
const POLL_MS = 5;

let worlds = 0;
let before: ReadonlyMap<string, number> = new Map();

/** Call before a world opens anything. */
export const worldOpens = (): void => {
	if (worlds++ === 0) before = open();
};

/** Call when a world has closed everything. @throws Error naming what is still open. */
export const worldCloses = async (): Promise<void> => {
	if (--worlds > 0) return;
	const deadline = Date.now() + GRACE_MS;
	let left = leaked();
	// A closed socket leaves the event loop a few turns later.
	while (left.length > 0 && Date.now() < deadline) {
		await wait(POLL_MS);
		if (worlds > 0) return;
		left = leaked();
	}
	if (left.length > 0)
		throw new Error(
			`the world left something open ${GRACE_MS} ms after it was closed: ${left.join(", ")}`,
		);
};

const open = (): Map<string, number> => {
	const counts = new Map<string, number>();
	for (const kind of process.getActiveResourcesInfo())
		if (KINDS.includes(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
	return counts;
};

const leaked = (): string[] =>
	[...open()].flatMap(([kind, count]) => {
		const more = count - (before.get(kind) ?? 0);
		return more > 0 ? [`${more} × ${kind}`] : [];
	});

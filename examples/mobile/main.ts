/**
 *     node examples/mobile/main.ts add CONTACT_ID TEXT   notes an intention; needs no network
 *     node examples/mobile/main.ts send                  sends what waits, and goes on until all of it is done
 *     node examples/mobile/main.ts catch-up              says what changed since the last time
 */
import { readFile, writeFile } from "node:fs/promises";
import { catchUp } from "./catch-up.ts";
import { AddNote, Now } from "./documents.ts";
import { createGateway } from "./gateway.ts";
import { openOutbox } from "./outbox.ts";

const {
	GATEWAY_URL = "http://127.0.0.1:4000",
	TOKEN = "",
	OUTBOX = "outbox.jsonl",
	CURSOR = "cursor.txt",
} = process.env;
const gateway = createGateway(GATEWAY_URL, () => TOKEN);
const [command, contactId = "", body = ""] = process.argv.slice(2);

if (command === "add") {
	await using outbox = await openOutbox(OUTBOX);
	await outbox.add({ contactId, body });
	console.log(`${outbox.waiting.length} waiting`);
} else if (command === "send") {
	await using outbox = await openOutbox(OUTBOX);
	await outbox.send(gateway, AddNote);
	const ends = [...outbox.ended.values()];
	for (const state of ["done", "refused", "unknown"])
		console.log(`${ends.filter((end) => end.state === state).length} ${state}`);
	for (const end of ends)
		if (end.state !== "done") console.log(`${end.state}: ${end.message}`);
} else if (command === "catch-up") {
	const after = await readFile(CURSOR, "utf8").catch(() => undefined);
	const news = after
		? await catchUp(gateway, after)
		: {
				cursor: (await gateway.ask(Now, {})).changeCursor,
				changes: 0,
				contactIds: new Set<string>(),
				gap: true,
			};
	await writeFile(CURSOR, news.cursor);
	console.log(
		news.gap
			? `${after ? "changes were missed" : "nothing was read yet"}: read everything anew`
			: `${news.changes} changes of ${news.contactIds.size} contacts`,
	);
} else {
	console.error("expected add CONTACT_ID TEXT, send or catch-up");
	process.exitCode = 2;
}

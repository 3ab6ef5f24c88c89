/**
 * What an operator does with the data beside a gateway that runs: `npm run erase -- --contact ID` forgets a person,
 * `npm run backup -- FILE` copies the data to a new file; and `npm run restore -- FILE` puts one back where none runs.
 */
import { parseArgs } from "node:util";
import { dataConfigFrom, dataFileIn } from "./config/config.ts";
import { sealKeys } from "./config/signing-key.ts";
import { backUp, restore } from "./store/backup.ts";
import { eraseContact } from "./store/erase.ts";
import { closeDirectory } from "./store/private-files.ts";
import { createSeal } from "./store/seal.ts";
import { openSqlite } from "./store/sqlite.ts";
import { DATA_TABLES } from "./store/tables.ts";

const sealOf = async () => {
	const { dataDir, tokenKeys } = dataConfigFrom();
	return createSeal(await sealKeys(dataDir, tokenKeys));
};

const erase = async (args: readonly string[]): Promise<string> => {
	const { values } = parseArgs({
		args: [...args],
		options: { contact: { type: "string" } },
	});
	const { contact } = values;
	if (!contact || !/^[\w.~:@-]{1,64}$/.test(contact))
		throw new Error(
			`erase expects --contact with HighLevel's id of the contact, got ${JSON.stringify(contact ?? "nothing")}`,
		);
	const file = dataFileIn(dataConfigFrom().dataDir);
	const sqlite = openSqlite(file, DATA_TABLES);
	try {
		const { webhooks, outcomes, isOverwritten } = await eraseContact(
			sqlite,
			await sealOf(),
			contact,
			Date.now(),
		);
		const rest = isOverwritten
			? ""
			: "\nIts bytes may still stand in the write-ahead log: restart the gateway to have that overwritten.";
		return `${contact} is erased: ${webhooks} webhooks and ${outcomes} outcomes of writes. Backups made before still hold it.${rest}`;
	} finally {
		sqlite.close();
	}
};

const fileOf = (command: string, args: readonly string[]): string => {
	const [file, ...more] = args;
	if (file && more.length === 0 && !file.startsWith("-")) return file;
	throw new Error(
		`${command} expects one file, such as: npm run ${command} -- contact-graph.backup`,
	);
};

const COMMANDS: Readonly<
	Record<string, (args: readonly string[]) => string | Promise<string>>
> = {
	erase,
	backup(args) {
		const target = fileOf("backup", args);
		const bytes = backUp(dataFileIn(dataConfigFrom().dataDir), target);
		return `${target} holds all of it, ${bytes} bytes, checked whole. What is sealed in it opens with the keys of TOKEN_KEYS or DATA_DIR/sealing.key, which it does not hold: keep those elsewhere.`;
	},
	async restore(args) {
		const source = fileOf("restore", args);
		const { dataDir } = dataConfigFrom();
		closeDirectory(dataDir);
		const file = dataFileIn(dataDir);
		const old = await restore(source, file, await sealOf());
		return `${file} is what ${source} holds, checked whole.${old ? ` What was there is now ${old}.` : ""}`;
	},
};

const HELP = `npm run erase -- --contact ID   removes stored data of one contact, by HighLevel's id
npm run backup -- FILE          writes a copy of the data to a new file, while the gateway runs
npm run restore -- FILE         puts such a copy back, where no gateway runs

The data are in DATA_DIR; what each does is described in docs/operating.md.
`;

if (import.meta.main) {
	const [command = "", ...args] = process.argv.slice(2);
	try {
		if ([command, ...args].some((one) => one === "--help" || one === "-h")) {
			process.stdout.write(HELP);
			process.exit(0);
		}
		if (dataConfigFrom().redis)
			throw new Error(
				"REDIS_URL is set: this command works on the SQLite file of one process. What to do with the data in Redis is in docs/scaling.md.",
			);
		const run = COMMANDS[command];
		if (!run)
			throw new Error(
				`expected one of ${Object.keys(COMMANDS).join(", ")}, got ${JSON.stringify(command)}`,
			);
		process.stdout.write(`${await run(args)}\n`);
	} catch (error) {
		process.stderr.write(`${command}: ${(error as Error).message}\n`);
		process.exitCode = 1;
	}
}

/** Puts each bug of the table into a copy of the tree, one at a time, and says whether the test named for it fails. */
import { execFileSync, spawnSync } from "node:child_process";
import {
	cpSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { PLANTS, type Plant } from "./plants.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const TEST_MS = 120_000;

const HELP = `npm run plants [-- WORD...]

Puts each bug of test/plants/plants.ts into a copy of the tree, one at a time, and says whether the test that is named for
it fails. Ends with 1 where one does not.

  WORD  only the bugs whose place or harm holds it, or another one that is given
`;

type Verdict = "noticed" | "unnoticed" | `broken: ${string}`;

const wordsGiven = () => {
	try {
		return parseArgs({
			allowPositionals: true,
			options: { help: { type: "boolean", short: "h", default: false } },
		});
	} catch (error) {
		process.stderr.write(
			`plants: ${(error as Error).message}. See npm run plants -- --help.\n`,
		);
		return process.exit(1);
	}
};

const main = (): void => {
	const { values, positionals: words } = wordsGiven();
	if (values.help) {
		process.stdout.write(HELP);
		return;
	}
	const chosen = PLANTS.filter(
		({ place, harm }) =>
			words.length === 0 ||
			words.some((word) => `${place} ${harm}`.includes(word)),
	);
	if (chosen.length === 0)
		throw new Error(`no plant has ${words.join(" or ")} in place or harm`);
	const folder = mkdtempSync(join(tmpdir(), "plants-"));
	try {
		const tree = copied(folder);
		const counts: Record<string, number> = {};
		for (const plant of chosen) {
			const verdict = tried(tree, plant);
			const kind = verdict.split(":")[0] as string;
			counts[kind] = (counts[kind] ?? 0) + 1;
			console.log(`${verdict.padEnd(10)} ${plant.place}: ${plant.harm}`);
			if (verdict !== "noticed")
				console.log(`           expected to fail: ${plant.test.join(" > ")}`);
		}
		console.log(JSON.stringify(counts));
		process.exitCode = counts.noticed === chosen.length ? 0 : 1;
	} finally {
		rmSync(folder, { recursive: true });
	}
};

/** All that git knows or would add, beside the contract that the tests look for next to the tree. */
const copied = (folder: string): string => {
	const tree = join(folder, basename(ROOT));
	const files = execFileSync(
		"git",
		["ls-files", "--cached", "--others", "--exclude-standard"],
		{ cwd: ROOT, encoding: "utf8" },
	);
	for (const file of files.split("\n").filter(Boolean))
		cpSync(join(ROOT, file), join(tree, file), { recursive: true });
	symlinkSync(join(ROOT, "node_modules"), join(tree, "node_modules"));
	symlinkSync(join(dirname(ROOT), "shared"), join(folder, "shared"));
	return tree;
};

const tried = (
	tree: string,
	{ place, find, plant, test: [file, name] }: Plant,
): Verdict => {
	const path = join(tree, place);
	const source = readFileSync(path, "utf8");
	const found = source.split(find).length - 1;
	if (found !== 1)
		return `broken: the text to replace stands ${found} times in ${place}; mend the table`;
	writeFileSync(
		path,
		source.replace(find, () => plant),
	);
	try {
		return outcome(tree, file, name);
	} finally {
		writeFileSync(path, source);
	}
};

interface Report {
	readonly numPassedTests: number;
	readonly numFailedTests: number;
	readonly numFailedTestSuites: number;
}

const outcome = (tree: string, file: string, name: string): Verdict => {
	const out = join(tree, "plants.json");
	rmSync(out, { force: true });
	const pattern = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
	spawnSync(
		"node",
		[
			join(ROOT, "node_modules/vitest/vitest.mjs"),
			"run",
			file,
			"-t",
			pattern,
			"--reporter=json",
			`--outputFile=${out}`,
			`--testTimeout=${TEST_MS / 4}`,
		],
		{ cwd: tree, stdio: "ignore", timeout: TEST_MS },
	);
	let report: Report;
	try {
		report = JSON.parse(readFileSync(out, "utf8"));
	} catch {
		return "broken: the test did not end, so nobody learns what failed";
	}
	if (report.numFailedTests > 0) return "noticed";
	return report.numPassedTests > 0
		? "unnoticed"
		: "broken: no test of this name ran; the plant does not load, or the test has another name";
};

main();

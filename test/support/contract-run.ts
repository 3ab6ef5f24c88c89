/** Sums up, when all tests have run, which operations of the vendor's file they exercised; a whole run must reach all it can. */
import {
	globSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { contractMissing, loadContract } from "../contracts/openapi.ts";
import type { Seen } from "./contract-watch.ts";

const ROOT = join(import.meta.dirname, "../..");
// A row of docs/operations.md that names a field.
const REACHED = /^\| `((?:GET|POST|PUT|DELETE) [^`]+)` \| `\w+\.\w+` \|/gm;

export default (project: TestProject) => {
	if (contractMissing !== undefined) return undefined;
	const directory = mkdtempSync(join(tmpdir(), "contact-graph-contract-"));
	process.env.CONTRACT_SEEN_DIR = directory;
	return () => {
		const reports = readdirSync(directory).map(
			(file): Seen => JSON.parse(readFileSync(join(directory, file), "utf8")),
		);
		rmSync(directory, { recursive: true });
		const exercised = new Set(reports.flatMap(({ operations }) => operations));
		const checked = reports.reduce((sum, { checked }) => sum + checked, 0);
		const { operations } = loadContract();
		process.stdout.write(
			`OpenAPI: ${exercised.size} of ${operations.length} operations exercised by the gateway, ${checked} exchanges checked\n`,
		);
		const files = globSync("test/**/*.test.ts", { cwd: ROOT }).length;
		const { testNamePattern } = project.vitest.config;
		if (reports.length < files || testNamePattern) return;
		const page = readFileSync(join(ROOT, "docs/operations.md"), "utf8");
		// A row beyond the file cannot be matched against it; contracts/operations calls each such field.
		const missed = [...page.matchAll(REACHED)]
			.map(([, operation = ""]) => operation)
			.filter((operation) => operations.includes(operation))
			.filter((operation) => !exercised.has(operation));
		if (missed.length > 0)
			throw new Error(
				`no test made the gateway call ${missed.join(", ")}, which docs/operations.md says it can`,
			);
	};
};

/** The pages keep their word: links lead somewhere, commands exist, and no promise is kept in silence. */
import { access, glob, readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { licences } from "../../docs/dependencies-page.ts";
import packageJson from "../../package.json" with { type: "json" };

const ROOT = join(import.meta.dirname, "../..");

const pages = async (): Promise<Map<string, string>> => {
	const found = new Map<string, string>();
	for await (const page of glob(["README.md", "CHANGELOG.md", "docs/*.md"], {
		cwd: ROOT,
	}))
		found.set(page, await readFile(join(ROOT, page), "utf8"));
	return found;
};

test("every link between the pages and to the code leads to a file", async () => {
	const broken: string[] = [];
	let links = 0;
	for (const [page, text] of await pages())
		for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
			if (/^(https?:|#)/.test(target)) continue;
			links++;
			const file = join(ROOT, dirname(page), target.split("#")[0] ?? "");
			await access(file).catch(() => broken.push(`${page}: ${target}`));
		}
	expect(links).toBeGreaterThan(10);
	expect(broken).toEqual([]);
});

test("every link to a heading leads to one", async () => {
	const all = await pages();
	const broken: string[] = [];
	let links = 0;
	for (const [page, text] of all)
		for (const [, file = "", anchor = ""] of text.matchAll(
			/\]\(([^)\s#:]*)#([^)\s]+)\)/g,
		)) {
			links++;
			const target = file === "" ? page : join(dirname(page), file);
			const headings = [...(all.get(target) ?? "").matchAll(/^#+ (.+)$/gm)];
			if (!headings.some(([, heading = ""]) => slugOf(heading) === anchor))
				broken.push(`${page}: ${file}#${anchor}`);
		}
	expect(links).toBeGreaterThan(5);
	expect(broken).toEqual([]);
});

/** As GitHub spells the anchor of a heading. */
const slugOf = (heading: string): string =>
	heading
		.toLowerCase()
		.replace(/[^\p{L}\p{N} _-]/gu, "")
		.replaceAll(" ", "-");

test("the README names every promise that has a test", async () => {
	const readme = await readFile(join(ROOT, "README.md"), "utf8");
	const promises = await readdir(join(ROOT, "test/promises"));
	const silent = promises.filter(
		(file) =>
			file.endsWith(".test.ts") && !readme.includes(`test/promises/${file}`),
	);
	expect(silent, "add a line to the promises of README.md").toEqual([]);
});

test("every npm command on the pages is one of package.json's", async () => {
	const known = Object.keys(packageJson.scripts);
	const unknown: string[] = [];
	for (const [page, text] of await pages())
		for (const [, name = ""] of text.matchAll(
			/\bnpm run (?:--silent )?([a-z][\w:]*)/g,
		))
			if (!known.includes(name)) unknown.push(`${page}: npm run ${name}`);
	expect(unknown).toEqual([]);
});

test("what a production install brings may be used by anybody", () => {
	const permissive = ["MIT", "Apache-2.0", "ISC", "BlueOak-1.0.0", "0BSD"];
	const found = [...licences().keys()];
	expect(found).toContain("MIT");
	expect(found.filter((licence) => !permissive.includes(licence))).toEqual([]);
});

/** Puts what was found into words for a terminal: the reason first, then every check. */
import { styleText } from "node:util";
import type { Level } from "./check.ts";
import type { Finding } from "./examine.ts";

const MARKS: Readonly<
	Record<Level, readonly [string, "green" | "yellow" | "red" | "cyan"]>
> = {
	good: ["ok     ", "green"],
	warning: ["warning", "yellow"],
	problem: ["PROBLEM", "red"],
	unknown: ["unknown", "cyan"],
};

export interface About {
	readonly locationId: string | undefined;
	readonly calls: number;
	readonly seconds: number;
	readonly colours: boolean;
}

export const problemsOf = (findings: readonly Finding[]) =>
	findings
		.flatMap(({ verdicts }) => verdicts)
		.filter(({ level }) => level === "problem");

export const reportOn = (
	findings: readonly Finding[],
	{ locationId, calls, seconds, colours }: About,
): string => {
	const paint = (style: Parameters<typeof styleText>[0], text: string) =>
		colours ? styleText(style, text, { validateStream: false }) : text;
	const problems = problemsOf(findings);
	const [first] = problems;
	const head = first
		? [
				paint(["bold", "red"], `Not ready for production: ${first.saw}`),
				...(first.set ? [`  ${first.set}`] : []),
				...problems.slice(1).map(({ saw }) => `  Also: ${saw}`),
			]
		: [paint(["bold", "green"], "Nothing stands in the way of production.")];
	const body = findings.flatMap(({ check, verdicts }) => [
		"",
		paint("bold", check),
		...verdicts.flatMap(({ level, saw, means, set }) => {
			const [mark, colour] = MARKS[level];
			return [
				`  ${paint(colour, mark)}  ${saw}`,
				...(means ? [`           means: ${means}`] : []),
				...(set ? [`           to do: ${set}`] : []),
			];
		}),
	]);
	const asked = locationId === undefined ? "" : ` about ${locationId}`;
	return [
		...head,
		...body,
		"",
		`${calls} calls${asked} in ${seconds} s.`,
		"",
	].join("\n");
};

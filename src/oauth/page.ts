/** The few pages an operator sees: plain HTML without scripts, everything in them escaped, nothing loaded from elsewhere. */
import { createHash } from "node:crypto";
import type { RequestContext } from "../server/request-context.ts";

/** HTML that is safe to send; only `html` makes it. */
export interface Html {
	readonly html: string;
}

type Part = string | number | undefined | Html | readonly Html[];

/** Escapes whatever is put in, except what `html` itself has made. */
export const html = (
	strings: TemplateStringsArray,
	...parts: readonly Part[]
): Html => ({
	html: strings
		.map(
			(text, index) => text + (index < parts.length ? shown(parts[index]) : ""),
		)
		.join(""),
});

export interface Page {
	readonly title: string;
	/** Colours the heading: what went well, what did not, what did in part, and neither. */
	readonly tone?: "good" | "bad" | "mixed";
	readonly body: Html;
}

/** Answers with a page. Headers that are set before, such as cookies, stay. */
export const sendPage = (
	{ req, res }: RequestContext,
	status: number,
	{ title, tone, body }: Page,
): void => {
	const text = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · contact-graph</title>
<style>${{ html: STYLE }}</style>
</head>
<body>
<main class="${tone ?? "plain"}">
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`.html;
	res.writeHead(status, {
		"Content-Type": "text/html; charset=utf-8",
		"Content-Length": Buffer.byteLength(text),
		"Cache-Control": "no-store",
		"Content-Security-Policy": POLICY,
		// The address of the callback holds a code; it must not travel on.
		"Referrer-Policy": "same-origin",
		"X-Frame-Options": "DENY",
	});
	res.end(req.method === "HEAD" ? undefined : text);
};

const shown = (part: Part): string => {
	if (part === undefined) return "";
	if (typeof part === "string" || typeof part === "number")
		return escaped(String(part));
	if ("html" in part) return part.html;
	return part.map((one) => one.html).join("");
};

const ENTITIES: Readonly<Record<string, string>> = {
	"&": "&amp;",
	"<": "&lt;",
	">": "&gt;",
	'"': "&quot;",
	"'": "&#39;",
};

const escaped = (text: string): string =>
	text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] as string);

const STYLE = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); --soft: color-mix(in srgb, currentColor 65%, transparent); }
body { font: 16px/1.55 system-ui, sans-serif; margin: 0; padding: 4rem 1.25rem; }
main { max-width: 62rem; margin: 0 auto; }
main:not(:has(table)) { max-width: 34rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem; padding-left: .75rem; border-left: .3rem solid var(--line); }
main.good h1 { border-color: #1a8f4c; }
main.bad h1 { border-color: #c23b2a; }
main.mixed h1 { border-color: #b87503; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; white-space: nowrap; }
td.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
small, .soft { color: var(--soft); }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
.state { font-weight: 600; }
.state.connected, .state.waiting { color: #1a8f4c; }
.state.failing { color: #b87503; }
.state.reconnect { color: #c23b2a; }
@media (max-width: 48rem) {
	body { padding: 1.5rem 1rem; }
	table, tbody, tr, td { display: block; }
	thead { display: none; }
	tr { padding: .6rem 0; border-bottom: 1px solid var(--line); }
	td, td.number { display: grid; grid-template-columns: 6rem 1fr; padding: .15rem 0; border: 0; white-space: normal; }
	td::before { content: attr(data-of); grid-row: 1 / span 3; color: var(--soft); }
	td > * { grid-column: 2; justify-self: start; }
	td > br { display: none; }
}
label { display: block; margin-bottom: .35rem; }
input { font: inherit; width: 100%; box-sizing: border-box; padding: .55rem .7rem; border: 1px solid var(--line); border-radius: .4rem; background: transparent; color: inherit; }
button, a.button { font: inherit; display: inline-block; margin: 1rem .5rem 0 0; padding: .5rem 1rem; border: 1px solid var(--line); border-radius: .4rem; background: transparent; color: inherit; text-decoration: none; cursor: pointer; }
`;

const POLICY = [
	"default-src 'none'",
	`style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
	"base-uri 'none'",
	"form-action 'self'",
	"frame-ancestors 'none'",
].join("; ");

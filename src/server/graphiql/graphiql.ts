/**
 * GraphiQL without a network: the page a browser gets at /graphql, and its files, compressed on first use. GraphiQL's own
 * are Yoga's (`renderGraphiQL` puts all 9 MB of them into each page, and scripts into it that a strict
 * Content-Security-Policy forbids); those of the bar above it are in `browser/`.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { RequestHandler } from "../http-server.ts";
import type { RequestContext } from "../request-context.ts";
import { TOURS } from "./tours.ts";

export interface GraphiqlOptions {
	/** Put into the headers tab; everyone who can open the page can use it. */
	readonly token?: string | undefined;
}

export interface Graphiql {
	/** The page itself. */
	page(): Promise<string>;
	/** The page's scripts and styles, by path. */
	readonly routes: Readonly<Record<string, RequestHandler>>;
}

export const createGraphiql = (options: GraphiqlOptions): Graphiql => {
	let loading: Promise<Bundle> | undefined;
	const bundle = () => {
		loading ??= load();
		return loading;
	};
	const routes = Object.fromEntries(
		FILES.map((file) => [
			`${ROOT}${file}`,
			async (http: RequestContext) => send(http, (await bundle()).files[file]),
		]),
	);
	return {
		routes,
		page: async () => pageOf(options, (await bundle()).version),
	};
};

const ROOT = "/graphiql/";
const OURS = [
	"start.js",
	"answers.js",
	"bar.js",
	"bar.css",
	"favicon.svg",
] as const;
const FILES = [
	...OURS,
	"graphiql.js",
	"graphiql.css",
	"editor.worker.js",
	"json.worker.js",
	"graphql.worker.js",
] as const;

type File = (typeof FILES)[number];

// The editor sets styles of its own and draws with data: images and fonts; nothing may come from elsewhere.
const POLICY = [
	"default-src 'none'",
	"script-src 'self'",
	"style-src 'self' 'unsafe-inline'",
	"img-src 'self' data:",
	"font-src 'self' data:",
	"worker-src 'self'",
	"connect-src 'self'",
	"base-uri 'none'",
	"form-action 'none'",
	"frame-ancestors 'none'",
].join("; ");

/** For the page: it may hold a token, and names the version of the files. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
	"Content-Type": "text/html; charset=utf-8",
	"Cache-Control": "no-store",
	"Content-Security-Policy": POLICY,
	"Referrer-Policy": "no-referrer",
	"X-Frame-Options": "DENY",
};

interface Bundle {
	readonly files: Readonly<Record<File, Asset>>;
	/** Changes with any of the files, so that browsers may keep them for good. */
	readonly version: string;
}

interface Asset {
	readonly type: string;
	readonly plain: Buffer;
	/** Made when first asked for, then kept. */
	readonly packed: Map<string, Promise<Buffer>>;
}

/** 9 MB of strings, so it is not loaded before somebody opens the page. */
const load = async (): Promise<Bundle> => {
	const { css, editorWorkerService, graphqlWorker, js, jsonWorker } =
		await import("@graphql-yoga/render-graphiql/graphiql");
	const ours = await Promise.all(
		OURS.map(async (file) => [file, await readBrowserFile(file)]),
	);
	const texts: Record<File, string> = {
		...Object.fromEntries(ours),
		"graphiql.js": js,
		"graphiql.css": css,
		"editor.worker.js": editorWorkerService,
		"json.worker.js": jsonWorker,
		"graphql.worker.js": graphqlWorker,
	};
	const hash = createHash("sha256");
	const files = {} as Record<File, Asset>;
	for (const file of FILES) {
		hash.update(texts[file]);
		files[file] = {
			type: TYPES[extname(file)] as string,
			plain: Buffer.from(texts[file]),
			packed: new Map(),
		};
	}
	return { files, version: hash.digest("base64url").slice(0, 12) };
};

const readBrowserFile = (file: string) =>
	readFile(new URL(`browser/${file}`, import.meta.url), "utf8");

const TYPES: Readonly<Record<string, string>> = {
	".css": "text/css",
	".js": "text/javascript",
	".svg": "image/svg+xml",
};

const pack = {
	// Quality 5 takes a tenth of a second for a fifth of the size; 11 takes half a minute for another tenth.
	br: (plain: Buffer) =>
		promisify(brotliCompress)(plain, {
			params: {
				[constants.BROTLI_PARAM_QUALITY]: 5,
				[constants.BROTLI_PARAM_SIZE_HINT]: plain.byteLength,
			},
		}),
	gzip: (plain: Buffer) => promisify(gzip)(plain),
};

const send = async (
	{ req, res }: RequestContext,
	{ type, plain, packed }: Asset,
): Promise<void> => {
	const accepted = String(req.headers["accept-encoding"] ?? "");
	const encoding = (["br", "gzip"] as const).find((name) =>
		new RegExp(`\\b${name}\\b(?!\\s*;\\s*q=0(?:\\.0*)?(?:,|$))`).test(accepted),
	);
	let bytes = plain;
	if (encoding) {
		let made = packed.get(encoding);
		if (!made) {
			made = pack[encoding](plain);
			packed.set(encoding, made);
		}
		bytes = await made;
	}
	res.writeHead(200, {
		"Content-Type": `${type}; charset=utf-8`,
		"Content-Length": bytes.byteLength,
		...(encoding && { "Content-Encoding": encoding }),
		Vary: "Accept-Encoding",
		"Cache-Control": "public, max-age=31536000, immutable",
		// A worker is a document of its own to the browser, with a policy of its own.
		"Content-Security-Policy": POLICY,
	});
	res.end(req.method === "HEAD" ? undefined : bytes);
};

const pageOf = ({ token }: GraphiqlOptions, version: string): string => {
	const headers = JSON.stringify(
		{ Authorization: token ? `Bearer ${token}` : "Bearer <your token>" },
		null,
		"\t",
	);
	const options = {
		title: "contact-graph",
		endpoint: "/graphql",
		defaultQuery: TOURS[0].query,
		headers,
		defaultHeaders: headers,
		defaultEditorToolsVisibility: "headers",
		inputValueDeprecation: true,
		// A token does not belong into the browser's storage; the page brings it again.
		shouldPersistHeaders: false,
	};
	const at = (file: File) => `${ROOT}${file}?v=${version}`;
	const workers = {
		editorWorkerService: at("editor.worker.js"),
		json: at("json.worker.js"),
		graphql: at("graphql.worker.js"),
	};
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>contact-graph</title>
<link rel="icon" type="image/svg+xml" href="${at("favicon.svg")}">
<link rel="stylesheet" href="${at("graphiql.css")}">
<link rel="stylesheet" href="${at("bar.css")}">
<script type="application/json" id="options">${inScript({ options, workers, tours: TOURS })}</script>
<script defer src="${at("start.js")}"></script>
<script type="module" src="${at("answers.js")}"></script>
<script type="module" src="${at("bar.js")}"></script>
<script defer src="${at("graphiql.js")}"></script>
</head>
<body>
${BAR}
<div id="root"></div>
${EVENTS}
</body>
</html>
`;
};

const BAR = `<header id="bar">
<nav aria-label="Tours">Try: <span id="tours"></span>
<details><summary>History</summary><ul id="history"></ul></details>
</nav>
<dl>
<div><dt>Price before the run:</dt><dd id="price" role="status">…</dd></div>
<div><dt>Cost of the last answer:</dt><dd id="cost" role="status">nothing was run yet</dd></div>
</dl>
<section id="token-help" role="alert" hidden>
<p><strong>A token is needed.</strong> <span id="token-why"></span></p>
<p>In the gateway's directory, <code>npm run --silent token -- --location &lt;location id&gt;</code> prints one that reads;
with <code>--scope "contacts.readonly contacts.write"</code> it writes, too. Or take one of your identity provider.</p>
<form id="token-form">
<label for="token">Token</label>
<input id="token" type="password" autocomplete="off" spellcheck="false" required>
<button>Use it</button>
<span>It stays in the Headers tab below and is stored nowhere.</span>
</form>
</section>
</header>
<noscript>GraphiQL needs JavaScript.</noscript>`;

const EVENTS = `<section id="events" aria-labelledby="events-title" hidden>
<header>
<h2 id="events-title">Events</h2>
<span id="event-count" role="status"></span>
<button type="button" id="event-clear">Clear</button>
</header>
<ol id="event-list" reversed tabindex="0"></ol>
</section>`;

/** JSON that cannot end the script element it stands in. */
const inScript = (value: unknown): string =>
	JSON.stringify(value).replaceAll("<", "\\u003c");

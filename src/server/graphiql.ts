/**
 * GraphiQL without a network: the page a browser gets at /graphql, and its bundled files, compressed on first use. The
 * files are Yoga's own (`renderGraphiQL` puts all 9 MB of them into each page, and scripts into it that a strict
 * Content-Security-Policy forbids).
 */
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { RequestHandler } from "./http-server.ts";
import type { RequestContext } from "./request-context.ts";

export interface GraphiqlOptions {
	/** Opened in the first tab. */
	readonly query: string;
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
const FILES = [
	"start.js",
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
	const texts: Record<File, string> = {
		"start.js": START,
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
			type: file.endsWith(".css") ? "text/css" : "text/javascript",
			plain: Buffer.from(texts[file]),
			packed: new Map(),
		};
	}
	return { files, version: hash.digest("base64url").slice(0, 12) };
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

const pageOf = ({ query, token }: GraphiqlOptions, version: string): string => {
	const headers = JSON.stringify(
		{ Authorization: token ? `Bearer ${token}` : "Bearer <your token>" },
		null,
		"\t",
	);
	const options = {
		title: "contact-graph",
		endpoint: "/graphql",
		defaultQuery: query,
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
<title>contact-graph</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${at("graphiql.css")}">
<script type="application/json" id="options">${inScript({ options, workers })}</script>
<script defer src="${at("start.js")}"></script>
<script defer src="${at("graphiql.js")}"></script>
</head>
<body>
<noscript>GraphiQL needs JavaScript.</noscript>
<div id="root"></div>
</body>
</html>
`;
};

/** JSON that cannot end the script element it stands in. */
const inScript = (value: unknown): string =>
	JSON.stringify(value).replaceAll("<", "\\u003c");

// Runs before the bundle, which looks for MonacoEnvironment as it loads, and opens GraphiQL after it. GraphiQL keeps its
// tabs without their headers and, asked for no query, opens an empty tab beside them that has none: so it is asked for
// the tab that was open, which it then finds again and gives the page's headers. What it fetches with merges parts by
// their paths alone, and puts those with ids at the top of the answer: so it asks for paths.
const START = `"use strict";
const { options, workers } = JSON.parse(document.getElementById("options").textContent);
self.MonacoEnvironment = { globalAPI: false, getWorkerUrl: (_, label) => workers[label] };
const { fetch } = self;
self.fetch = (resource, init) => {
	const { accept } = init?.headers ?? {};
	if (!accept?.includes("multipart/mixed")) return fetch(resource, init);
	const headers = { ...init.headers, accept: "multipart/mixed;deferSpec=20220824, " + accept };
	return fetch(resource, { ...init, headers });
};
const linked = new URL(location.href).searchParams.get("query");
const tab = openTab();
if (tab?.query && (!linked || linked === tab.query)) {
	options.query = tab.query;
	if (tab.variables) options.variables = tab.variables;
}
addEventListener("DOMContentLoaded", () =>
	YogaGraphiQL.renderYogaGraphiQL(document.getElementById("root"), options),
);

function openTab() {
	try {
		const { tabs, activeTabIndex } = JSON.parse(localStorage.getItem("graphiql:tabState"));
		return tabs[activeTabIndex];
	} catch {
		return undefined;
	}
}
`;

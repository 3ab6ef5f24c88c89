/** The door /graphql: what a request meets, in order. Anything thrown on the way is its answer. */
import type { Authenticator } from "../auth.ts";
import { fail } from "../errors.ts";
import type { Admit } from "../graphql/admit.ts";
import type { Context, Viewer } from "../graphql/context.ts";
import type { Prepare } from "../graphql/prepare.ts";
import type { Run } from "../graphql/server.ts";
import { checkAccept, wantsPage } from "./accept.ts";
import { readBody } from "./body.ts";
import { answerCors } from "./cors.ts";
import type { Exchange } from "./exchange.ts";
import {
	type Parameters,
	parametersOfBody,
	parametersOfUrl,
} from "./parameters.ts";
import type { Door } from "./server.ts";

export interface GraphqlDoorOptions {
	readonly origins: readonly string[];
	readonly bodyBytes: number;
	/** GraphiQL, for browsers that open the address; undefined where it is off. */
	readonly page: Door | undefined;
	readonly authenticator: Authenticator;
	readonly prepare: Prepare;
	readonly admit: Admit;
	readonly contextOf: (viewer: Viewer, exchange: Exchange) => Context;
	readonly run: Run;
}

export const graphqlDoor =
	(door: GraphqlDoorOptions) =>
	async (exchange: Exchange): Promise<void> => {
		const { req, res, url, notes } = exchange;
		if (answerCors(exchange, door.origins)) return;
		checkMethod(req.method);
		if (door.page && req.method === "GET" && wantsPage(req.headers.accept))
			return door.page(exchange);

		const viewer = await door.authenticator.authenticate(
			req.headers.authorization,
			oneLine(req.headers["x-location-id"]),
		);
		notes.subject = viewer.subject;
		notes.locationId = viewer.locationId;
		checkAccept(req.headers.accept);
		const asked = await parametersOf(exchange, door.bodyBytes, url);
		const document = door.prepare(asked.query);
		const operation = door.admit(viewer, { ...asked, document });
		notes.operation = operation.operation;
		notes.operationName = operation.name?.value;
		if (req.method === "GET" && operation.operation === "mutation")
			throw notByGet();

		const context = door.contextOf(viewer, exchange);
		exchange.onEnd(() => {
			notes.calls = context.upstream.meter.made;
		});
		// Answers are for one caller; no cache on the way may keep one, a GET's included.
		res.setHeader("Cache-Control", "no-store");
		await door.run(req, res, { ...asked, document, operation }, context);
	};

const checkMethod = (method: string | undefined): void => {
	if (method === "GET" || method === "POST") return;
	throw fail(
		"METHOD_NOT_ALLOWED",
		`GraphQL is asked by POST, and queries by GET as well, but ${method} came.`,
		{ extensions: { allow: ["GET", "POST"] } },
	);
};

const notByGet = () =>
	fail(
		"METHOD_NOT_ALLOWED",
		"A mutation must be sent by POST: a GET may be repeated or prefetched by anything on its way.",
		{ extensions: { allow: ["POST"] } },
	);

const parametersOf = async (
	{ req }: Exchange,
	bodyBytes: number,
	url: URL,
): Promise<Parameters> => {
	if (req.method === "GET") return parametersOfUrl(url.searchParams);
	checkContentType(
		req.headers["content-type"],
		req.headers["content-encoding"],
	);
	return parametersOfBody(await readBody(req, bodyBytes));
};

// The types a plain HTML form can send are refused, so that no page elsewhere can make a browser send a mutation.
const checkContentType = (
	header: string | undefined,
	encoding: string | undefined,
): void => {
	const [type, ...parameters] = (header ?? "")
		.split(";")
		.map((piece) => piece.trim().toLowerCase());
	const charset = parameters.find((one) => one.startsWith("charset="));
	if (
		type === "application/json" &&
		(!charset || /^charset="?utf-?8"?$/.test(charset)) &&
		(!encoding || encoding === "identity")
	)
		return;
	throw fail(
		"UNSUPPORTED_MEDIA_TYPE",
		"The body must be uncompressed JSON in UTF-8, sent with the header `Content-Type: application/json`.",
	);
};

const oneLine = (header: string | string[] | undefined): string | undefined =>
	Array.isArray(header) ? header.join(", ") : header;

/** The test's GraphQL client: throws readably where no error was expected, hands errors over where they were. */
import { Agent } from "undici";

export interface GraphError {
	readonly message: string;
	readonly path?: ReadonlyArray<string | number>;
	readonly locations?: readonly {
		readonly line: number;
		readonly column: number;
	}[];
	readonly extensions?: {
		readonly code?: string;
		readonly [key: string]: unknown;
	};
}

/** What JSON.parse gives: as wide as the query that asked. A test reads what it asked for, and a wrong path fails it. */
export type Data = ReturnType<typeof JSON.parse>;

export interface Answer {
	readonly data?: Data;
	readonly errors?: readonly GraphError[];
	readonly extensions?: Data;
}

export interface Raw {
	readonly status: number;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	readonly text: string;
	/** The body parsed. @throws Error showing the text when it is not JSON. */
	json(): Data;
}

export interface RawRequest {
	readonly method?: "GET" | "POST" | "PUT" | "DELETE" | "OPTIONS" | "HEAD";
	/** Default `/graphql`. */
	readonly path?: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string;
}

export interface Asked {
	/** Default: the world's own token. `null` sends none. */
	readonly token?: string | null;
	readonly headers?: Readonly<Record<string, string>>;
}

export type Variables = Readonly<Record<string, unknown>>;

export interface Asker {
	/** The data of an answer without errors. @throws Error listing code, path and message of each error. */
	query(document: string, variables?: Variables, asked?: Asked): Promise<Data>;
	/** The errors of an answer that must have some. @throws Error showing the data when it had none. */
	fails(
		document: string,
		variables?: Variables,
		asked?: Asked,
	): Promise<readonly GraphError[]>;
	/** The whole body, with data, errors and extensions, whatever came. */
	answer(
		document: string,
		variables?: Variables,
		asked?: Asked,
	): Promise<Answer>;
	/** Any HTTP request to the gateway; nothing is added to it. */
	request(request?: RawRequest): Promise<Raw>;
	close(): Promise<void>;
}

/** `causeOf` tells what the gateway logged of a masked error, by request id, since the answer does not. */
export const createAsker = (
	url: string,
	ownToken: string,
	causeOf: (requestId: string) => string,
): Asker => {
	const agent = new Agent();

	const request = async ({
		method = "GET",
		path = "/graphql",
		headers = {},
		body,
	}: RawRequest = {}): Promise<Raw> => {
		const answered = await agent.request({
			origin: url,
			path,
			method,
			headers,
			body: body ?? null,
		});
		const text = await answered.body.text();
		return {
			status: answered.statusCode,
			headers: answered.headers,
			text,
			json: () => parsed(text),
		};
	};

	const answer = async (
		query: string,
		variables?: Variables,
		{ token = ownToken, headers = {} }: Asked = {},
	): Promise<Answer> => {
		const raw = await request({
			method: "POST",
			headers: {
				"content-type": "application/json",
				accept: "application/graphql-response+json, application/json",
				...(token === null ? {} : { authorization: `Bearer ${token}` }),
				...headers,
			},
			body: JSON.stringify({ query, variables }),
		});
		return raw.json();
	};

	return {
		request,
		answer,
		async query(document, variables, asked) {
			const { data, errors } = await answer(document, variables, asked);
			if (errors?.length) throw new Error(unexpected(errors, causeOf));
			return data;
		},
		async fails(document, variables, asked) {
			const { data, errors } = await answer(document, variables, asked);
			if (errors?.length) return errors;
			throw new Error(
				`expected the query to fail, but it answered ${JSON.stringify(data)}`,
			);
		},
		close: () => agent.close(),
	};
};

const parsed = (text: string): Data => {
	try {
		return JSON.parse(text);
	} catch (cause) {
		throw new Error(
			`expected JSON, got ${JSON.stringify(text.slice(0, 500))}`,
			{
				cause,
			},
		);
	}
};

const unexpected = (
	errors: readonly GraphError[],
	causeOf: (requestId: string) => string,
): string => {
	const lines = errors.map(({ message, path, extensions }) => {
		const where = path ? ` at ${path.join(".")}` : "";
		return `  ${extensions?.code ?? "(no code)"}${where}: ${message}`;
	});
	const requestId = errors[0]?.extensions?.requestId;
	const cause = typeof requestId === "string" ? causeOf(requestId) : "";
	return [`the query answered ${errors.length} errors:`, ...lines, cause]
		.filter(Boolean)
		.join("\n");
};

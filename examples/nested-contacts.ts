/**
 * A typed query, as a front-end team writes one: the document is plain GraphQL, `npm run codegen` makes its types, and
 * the answer is known down to the last field. Run it against `npm start`:
 *
 *     npx node examples/nested-contacts.ts http://127.0.0.1:4000 "$(npm run --silent token)"
 */
import { graphql } from "./generated/gql.ts";
import type { TypedDocumentString } from "./generated/graphql.ts";

export const NestedContacts = graphql(`
	query NestedContacts($first: Int!) {
		contacts(first: $first) {
			nodes {
				contactId
				name
				email
				tasks { nodes { taskId title status } }
				notes { nodes { noteId body } }
				appointments { nodes { appointmentId title startTime } }
			}
		}
	}
`);

/** Sends one typed document. @throws Error with the messages of the answer's errors, when there is no data. */
export const ask = async <Data, Variables>(
	url: string,
	token: string,
	document: TypedDocumentString<Data, Variables>,
	variables: Variables,
): Promise<{ data: Data; restCalls: number }> => {
	const answer = await fetch(`${url}/graphql`, {
		method: "POST",
		headers: {
			"content-type": "application/json",
			authorization: `Bearer ${token}`,
		},
		body: JSON.stringify({ query: document.toString(), variables }),
	});
	const body = (await answer.json()) as {
		data?: Data | null;
		errors?: readonly { message: string }[];
		extensions?: { price?: { made: number } };
	};
	if (!body.data)
		throw new Error(body.errors?.map(({ message }) => message).join("\n"));
	return { data: body.data, restCalls: body.extensions?.price?.made ?? 0 };
};

if (import.meta.main) {
	const [url = "http://127.0.0.1:4000", token = ""] = process.argv.slice(2);
	const { data, restCalls } = await ask(url, token, NestedContacts, {
		first: 3,
	});
	for (const contact of data.contacts?.nodes ?? [])
		console.log(
			`${contact?.name ?? "(no name)"}: ${contact?.tasks?.nodes.length ?? 0} tasks, ${contact?.notes?.nodes.length ?? 0} notes, ${contact?.appointments?.nodes.length ?? 0} appointments`,
		);
	console.log(`${restCalls} REST calls`);
}

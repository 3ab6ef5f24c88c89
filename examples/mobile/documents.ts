/** What this app asks. `npm run codegen` makes the types. */
import { graphql } from "../generated/gql.ts";

export const AddNote = graphql(`
	mutation AddNote($input: CreateNoteInput!) {
		createNote(input: $input) {
			note { noteId }
			retryAfterMs
			userErrors { code message }
		}
	}
`);

export const Missed = graphql(`
	query Missed($after: String!) {
		changes(first: 100, after: $after) {
			nodes { __typename cursor contactId type }
			pageInfo { hasNextPage endCursor }
		}
	}
`);

export const Now = graphql(`
	query Now {
		changeCursor
	}
`);

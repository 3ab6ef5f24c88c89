/* eslint-disable */
import * as types from './graphql.ts';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n\tmutation AddNote($input: CreateNoteInput!) {\n\t\tcreateNote(input: $input) {\n\t\t\tnote { noteId }\n\t\t\tretryAfterMs\n\t\t\tuserErrors { code message }\n\t\t}\n\t}\n": typeof types.AddNoteDocument,
    "\n\tquery Missed($after: String!) {\n\t\tchanges(first: 100, after: $after) {\n\t\t\tnodes { __typename cursor contactId type }\n\t\t\tpageInfo { hasNextPage endCursor }\n\t\t}\n\t}\n": typeof types.MissedDocument,
    "\n\tquery Now {\n\t\tchangeCursor\n\t}\n": typeof types.NowDocument,
    "\n\tquery NestedContacts($first: Int!) {\n\t\tcontacts(first: $first) {\n\t\t\tnodes {\n\t\t\t\tcontactId\n\t\t\t\tname\n\t\t\t\temail\n\t\t\t\ttasks { nodes { taskId title status } }\n\t\t\t\tnotes { nodes { noteId body } }\n\t\t\t\tappointments { nodes { appointmentId title startTime } }\n\t\t\t}\n\t\t}\n\t}\n": typeof types.NestedContactsDocument,
};
const documents: Documents = {
    "\n\tmutation AddNote($input: CreateNoteInput!) {\n\t\tcreateNote(input: $input) {\n\t\t\tnote { noteId }\n\t\t\tretryAfterMs\n\t\t\tuserErrors { code message }\n\t\t}\n\t}\n": types.AddNoteDocument,
    "\n\tquery Missed($after: String!) {\n\t\tchanges(first: 100, after: $after) {\n\t\t\tnodes { __typename cursor contactId type }\n\t\t\tpageInfo { hasNextPage endCursor }\n\t\t}\n\t}\n": types.MissedDocument,
    "\n\tquery Now {\n\t\tchangeCursor\n\t}\n": types.NowDocument,
    "\n\tquery NestedContacts($first: Int!) {\n\t\tcontacts(first: $first) {\n\t\t\tnodes {\n\t\t\t\tcontactId\n\t\t\t\tname\n\t\t\t\temail\n\t\t\t\ttasks { nodes { taskId title status } }\n\t\t\t\tnotes { nodes { noteId body } }\n\t\t\t\tappointments { nodes { appointmentId title startTime } }\n\t\t\t}\n\t\t}\n\t}\n": types.NestedContactsDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n\tmutation AddNote($input: CreateNoteInput!) {\n\t\tcreateNote(input: $input) {\n\t\t\tnote { noteId }\n\t\t\tretryAfterMs\n\t\t\tuserErrors { code message }\n\t\t}\n\t}\n"): typeof import('./graphql.ts').AddNoteDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n\tquery Missed($after: String!) {\n\t\tchanges(first: 100, after: $after) {\n\t\t\tnodes { __typename cursor contactId type }\n\t\t\tpageInfo { hasNextPage endCursor }\n\t\t}\n\t}\n"): typeof import('./graphql.ts').MissedDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n\tquery Now {\n\t\tchangeCursor\n\t}\n"): typeof import('./graphql.ts').NowDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n\tquery NestedContacts($first: Int!) {\n\t\tcontacts(first: $first) {\n\t\t\tnodes {\n\t\t\t\tcontactId\n\t\t\t\tname\n\t\t\t\temail\n\t\t\t\ttasks { nodes { taskId title status } }\n\t\t\t\tnotes { nodes { noteId body } }\n\t\t\t\tappointments { nodes { appointmentId title startTime } }\n\t\t\t}\n\t\t}\n\t}\n"): typeof import('./graphql.ts').NestedContactsDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

/* eslint-disable */
import * as types from './graphql.ts';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

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
    "\n\tquery Contacts($query: String, $after: String) {\n\t\tcontacts(first: 20, after: $after, query: $query) {\n\t\t\ttotalCount\n\t\t\tpageInfo { hasNextPage endCursor }\n\t\t\tedges { cursor node { id name email } }\n\t\t}\n\t}\n": typeof types.ContactsDocument,
    "\n\tquery Contact($id: ID!) {\n\t\tcontact(id: $id) {\n\t\t\tid\n\t\t\tname\n\t\t\tfirstName\n\t\t\tlastName\n\t\t\temail\n\t\t\ttasks(first: 20) {\n\t\t\t\tedges { node { id title dueDate completed status } }\n\t\t\t}\n\t\t}\n\t}\n": typeof types.ContactDocument,
    "\n\tmutation UpdateContact($input: UpdateContactInput!) {\n\t\tupdateContact(input: $input) {\n\t\t\tcontact { id name firstName lastName email }\n\t\t\tuserErrors { field message code }\n\t\t}\n\t}\n": typeof types.UpdateContactDocument,
    "\n\tmutation CompleteTask($input: CompleteTaskInput!) {\n\t\tcompleteTask(input: $input) {\n\t\t\ttask { id completed status }\n\t\t\tuserErrors { message }\n\t\t}\n\t}\n": typeof types.CompleteTaskDocument,
    "\n\tsubscription Changes($after: String) {\n\t\tchanges(after: $after) {\n\t\t\tcursor\n\t\t\ttype\n\t\t\tcontact { id name firstName lastName email }\n\t\t\t... on TaskChange { taskId task { id title completed status } }\n\t\t}\n\t}\n": typeof types.ChangesDocument,
    "query Now { changeCursor }": typeof types.NowDocument,
};
const documents: Documents = {
    "\n\tquery Contacts($query: String, $after: String) {\n\t\tcontacts(first: 20, after: $after, query: $query) {\n\t\t\ttotalCount\n\t\t\tpageInfo { hasNextPage endCursor }\n\t\t\tedges { cursor node { id name email } }\n\t\t}\n\t}\n": types.ContactsDocument,
    "\n\tquery Contact($id: ID!) {\n\t\tcontact(id: $id) {\n\t\t\tid\n\t\t\tname\n\t\t\tfirstName\n\t\t\tlastName\n\t\t\temail\n\t\t\ttasks(first: 20) {\n\t\t\t\tedges { node { id title dueDate completed status } }\n\t\t\t}\n\t\t}\n\t}\n": types.ContactDocument,
    "\n\tmutation UpdateContact($input: UpdateContactInput!) {\n\t\tupdateContact(input: $input) {\n\t\t\tcontact { id name firstName lastName email }\n\t\t\tuserErrors { field message code }\n\t\t}\n\t}\n": types.UpdateContactDocument,
    "\n\tmutation CompleteTask($input: CompleteTaskInput!) {\n\t\tcompleteTask(input: $input) {\n\t\t\ttask { id completed status }\n\t\t\tuserErrors { message }\n\t\t}\n\t}\n": types.CompleteTaskDocument,
    "\n\tsubscription Changes($after: String) {\n\t\tchanges(after: $after) {\n\t\t\tcursor\n\t\t\ttype\n\t\t\tcontact { id name firstName lastName email }\n\t\t\t... on TaskChange { taskId task { id title completed status } }\n\t\t}\n\t}\n": types.ChangesDocument,
    "query Now { changeCursor }": types.NowDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n\tquery Contacts($query: String, $after: String) {\n\t\tcontacts(first: 20, after: $after, query: $query) {\n\t\t\ttotalCount\n\t\t\tpageInfo { hasNextPage endCursor }\n\t\t\tedges { cursor node { id name email } }\n\t\t}\n\t}\n"): (typeof documents)["\n\tquery Contacts($query: String, $after: String) {\n\t\tcontacts(first: 20, after: $after, query: $query) {\n\t\t\ttotalCount\n\t\t\tpageInfo { hasNextPage endCursor }\n\t\t\tedges { cursor node { id name email } }\n\t\t}\n\t}\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n\tquery Contact($id: ID!) {\n\t\tcontact(id: $id) {\n\t\t\tid\n\t\t\tname\n\t\t\tfirstName\n\t\t\tlastName\n\t\t\temail\n\t\t\ttasks(first: 20) {\n\t\t\t\tedges { node { id title dueDate completed status } }\n\t\t\t}\n\t\t}\n\t}\n"): (typeof documents)["\n\tquery Contact($id: ID!) {\n\t\tcontact(id: $id) {\n\t\t\tid\n\t\t\tname\n\t\t\tfirstName\n\t\t\tlastName\n\t\t\temail\n\t\t\ttasks(first: 20) {\n\t\t\t\tedges { node { id title dueDate completed status } }\n\t\t\t}\n\t\t}\n\t}\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n\tmutation UpdateContact($input: UpdateContactInput!) {\n\t\tupdateContact(input: $input) {\n\t\t\tcontact { id name firstName lastName email }\n\t\t\tuserErrors { field message code }\n\t\t}\n\t}\n"): (typeof documents)["\n\tmutation UpdateContact($input: UpdateContactInput!) {\n\t\tupdateContact(input: $input) {\n\t\t\tcontact { id name firstName lastName email }\n\t\t\tuserErrors { field message code }\n\t\t}\n\t}\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n\tmutation CompleteTask($input: CompleteTaskInput!) {\n\t\tcompleteTask(input: $input) {\n\t\t\ttask { id completed status }\n\t\t\tuserErrors { message }\n\t\t}\n\t}\n"): (typeof documents)["\n\tmutation CompleteTask($input: CompleteTaskInput!) {\n\t\tcompleteTask(input: $input) {\n\t\t\ttask { id completed status }\n\t\t\tuserErrors { message }\n\t\t}\n\t}\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n\tsubscription Changes($after: String) {\n\t\tchanges(after: $after) {\n\t\t\tcursor\n\t\t\ttype\n\t\t\tcontact { id name firstName lastName email }\n\t\t\t... on TaskChange { taskId task { id title completed status } }\n\t\t}\n\t}\n"): (typeof documents)["\n\tsubscription Changes($after: String) {\n\t\tchanges(after: $after) {\n\t\t\tcursor\n\t\t\ttype\n\t\t\tcontact { id name firstName lastName email }\n\t\t\t... on TaskChange { taskId task { id title completed status } }\n\t\t}\n\t}\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Now { changeCursor }"): (typeof documents)["query Now { changeCursor }"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;
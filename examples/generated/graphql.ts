/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** Made by codegen.ts from the code in src/; change that, then run `npm run codegen`. */
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Whether a task is done. */
export type TaskStatus =
  /** Done. */
  | 'COMPLETED'
  /** Still to do. */
  | 'OPEN';

export type NestedContactsQueryVariables = Exact<{
  first: number;
}>;


export type NestedContactsQuery = { contacts: { nodes: Array<{ contactId: string, name: string | null, email: string | null, tasks: { nodes: Array<{ taskId: string, title: string | null, status: TaskStatus }> } | null, notes: { nodes: Array<{ noteId: string, body: string | null }> } | null, appointments: { nodes: Array<{ appointmentId: string, title: string | null, startTime: string | null }> } | null }> } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const NestedContactsDocument = new TypedDocumentString(`
    query NestedContacts($first: Int!) {
  contacts(first: $first) {
    nodes {
      contactId
      name
      email
      tasks {
        nodes {
          taskId
          title
          status
        }
      }
      notes {
        nodes {
          noteId
          body
        }
      }
      appointments {
        nodes {
          appointmentId
          title
          startTime
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<NestedContactsQuery, NestedContactsQueryVariables>;
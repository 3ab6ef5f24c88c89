/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** Made by codegen.ts from the code in src/; change that, then run `npm run codegen`. */
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** What happened. HighLevel sends no webhook when a task is edited, contacts are merged, followers change or a contact joins a workflow, so there are no changes for these. */
export type ChangeType =
  /** An appointment was made. */
  | 'APPOINTMENT_CREATED'
  /** An appointment was deleted. */
  | 'APPOINTMENT_DELETED'
  /** An appointment was moved or edited. */
  | 'APPOINTMENT_UPDATED'
  /** A contact was created. */
  | 'CONTACT_CREATED'
  /** A contact was deleted, and with it all that was its own. */
  | 'CONTACT_DELETED'
  /** Do not disturb was switched for a contact. */
  | 'CONTACT_DND_CHANGED'
  /** A contact gained or lost tags. */
  | 'CONTACT_TAGS_CHANGED'
  /** Fields of a contact changed. */
  | 'CONTACT_UPDATED'
  /** Changes before this position are no longer in the journal. */
  | 'GAP'
  /** A note was written. */
  | 'NOTE_CREATED'
  /** A note was deleted. */
  | 'NOTE_DELETED'
  /** A note was rewritten. */
  | 'NOTE_UPDATED'
  /** A task was marked as done. */
  | 'TASK_COMPLETED'
  /** A task was created. */
  | 'TASK_CREATED'
  /** A task was deleted. */
  | 'TASK_DELETED';

/** Input of `createNote`. */
export type CreateNoteInput = {
  /** The user it is filed under: a global or HighLevel's own id. */
  assignedUserId?: string | number | null | undefined;
  /** Text of the note. */
  body: string;
  /** Its colour as #RRGGBB. */
  color?: string | null | undefined;
  /** The contact: its global id, or HighLevel's own id. */
  contactId: string | number;
  /** Unique per user action, for example a UUID: 1 to 255 characters. Retrying with the same key within 24 hours never repeats the write and returns the original outcome. A UUID of version 7 or a ULID says when it was made: one that is older and unknown is refused with IDEMPOTENCY_KEY_EXPIRED instead of taken for new. */
  idempotencyKey?: string | null | undefined;
  /** Whether it is pinned to the top. */
  pinned?: boolean | null | undefined;
  /** Its heading. */
  title?: string | null | undefined;
};

/** Whether a task is done. */
export type TaskStatus =
  /** Done. */
  | 'COMPLETED'
  /** Still to do. */
  | 'OPEN';

/** Why a mutation refused its input. This list is closed: a new reason is a change of this API. */
export type UserErrorCode =
  /** The write conflicts with what is there: a slot is taken, a name is in use. */
  | 'CONFLICT'
  /** The location forbids duplicates, and another contact has this e-mail address or phone number. The error is a DuplicateContactError and holds that contact. */
  | 'DUPLICATE_CONTACT'
  /** The id belongs to another location than this request's. */
  | 'FORBIDDEN'
  /** A value is missing, malformed, or not one that HighLevel takes. */
  | 'INVALID'
  /** The object with this id does not exist, or no longer does. */
  | 'NOT_FOUND';

export type AddNoteMutationVariables = Exact<{
  input: CreateNoteInput;
}>;


export type AddNoteMutation = { createNote: { retryAfterMs: number | null, note: { noteId: string } | null, userErrors: Array<
      | { code: UserErrorCode, message: string }
      | { code: UserErrorCode, message: string }
    > } | null };

export type MissedQueryVariables = Exact<{
  after: string;
}>;


export type MissedQuery = { changes: { nodes: Array<
      | { __typename: 'AppointmentCreated', cursor: string, contactId: string | null, type: ChangeType }
      | { __typename: 'AppointmentDeleted', cursor: string, contactId: string | null, type: ChangeType }
      | { __typename: 'AppointmentUpdated', cursor: string, contactId: string | null, type: ChangeType }
      | { __typename: 'ContactCreated', cursor: string, contactId: string, type: ChangeType }
      | { __typename: 'ContactDeleted', cursor: string, contactId: string, type: ChangeType }
      | { __typename: 'ContactDndChanged', cursor: string, contactId: string, type: ChangeType }
      | { __typename: 'ContactTagsChanged', cursor: string, contactId: string, type: ChangeType }
      | { __typename: 'ContactUpdated', cursor: string, contactId: string, type: ChangeType }
      | { __typename: 'Gap', cursor: string, contactId: string | null, type: ChangeType }
      | { __typename: 'NoteCreated', cursor: string, contactId: string | null, type: ChangeType }
      | { __typename: 'NoteDeleted', cursor: string, contactId: string | null, type: ChangeType }
      | { __typename: 'NoteUpdated', cursor: string, contactId: string | null, type: ChangeType }
      | { __typename: 'TaskCompleted', cursor: string, contactId: string | null, type: ChangeType }
      | { __typename: 'TaskCreated', cursor: string, contactId: string | null, type: ChangeType }
      | { __typename: 'TaskDeleted', cursor: string, contactId: string | null, type: ChangeType }
    >, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type NowQueryVariables = Exact<{ [key: string]: never; }>;


export type NowQuery = { changeCursor: string };

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

export const AddNoteDocument = new TypedDocumentString(`
    mutation AddNote($input: CreateNoteInput!) {
  createNote(input: $input) {
    note {
      noteId
    }
    retryAfterMs
    userErrors {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<AddNoteMutation, AddNoteMutationVariables>;
export const MissedDocument = new TypedDocumentString(`
    query Missed($after: String!) {
  changes(first: 100, after: $after) {
    nodes {
      __typename
      cursor
      contactId
      type
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<MissedQuery, MissedQueryVariables>;
export const NowDocument = new TypedDocumentString(`
    query Now {
  changeCursor
}
    `) as unknown as TypedDocumentString<NowQuery, NowQueryVariables>;
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
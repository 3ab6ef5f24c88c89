/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** Made by codegen.ts from the code in src/; change that, then run `npm run codegen`. */
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
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

/** Input of `completeTask`. */
export type CompleteTaskInput = {
  /** The task's contact; needed when taskId is HighLevel's own id, since a global id holds it. */
  contactId?: string | number | null | undefined;
  /** Unique per user action, for example a UUID: 1 to 255 characters. Retrying with the same key within 24 hours never repeats the write and returns the original outcome. A UUID of version 7 or a ULID says when it was made: one that is older and unknown is refused with IDEMPOTENCY_KEY_EXPIRED instead of taken for new. */
  idempotencyKey?: string | null | undefined;
  /** The task: its global id, or HighLevel's own id with contactId. */
  taskId: string | number;
};

/** A value for one custom field; the others are left alone. */
export type CustomFieldValueInput = {
  /** The field's key as `location { customFields { key } }` gives it, with or without `contact.`; or its id. */
  key: string;
  /** Fits the field's type: text; a number; true or false are not taken; a list of options; a day as YYYY-MM-DD; an object of text boxes by id or label. null clears it. */
  value?: unknown;
};

/** A way to reach a contact. */
export type DndChannel =
  /** Phone calls. */
  | 'CALL'
  /** E-mail. */
  | 'EMAIL'
  /** Facebook messages. */
  | 'FB'
  /** Google's business messages. */
  | 'GMB'
  /** Text messages. */
  | 'SMS'
  /** WhatsApp. */
  | 'WHATSAPP';

/** Do not disturb on one channel. */
export type DndSettingInput = {
  /** Which channel. */
  channel: DndChannel;
  /** A code for the reason. */
  code?: string | null | undefined;
  /** Why. */
  message?: string | null | undefined;
  /** On or off. */
  status: DndStatus;
};

/** Whether messages over a channel are held back. */
export type DndStatus =
  /** Do not disturb is on. */
  | 'ACTIVE'
  /** Messages may be sent. */
  | 'INACTIVE'
  /** On for good; it cannot be switched off. */
  | 'PERMANENT';

/** Whether a task is done. */
export type TaskStatus =
  /** Done. */
  | 'COMPLETED'
  /** Still to do. */
  | 'OPEN';

/** Input of `updateContact`. */
export type UpdateContactInput = {
  /** Street and number. null clears it. */
  address1?: string | null | undefined;
  /** User it is assigned to: a global or HighLevel's own id. null clears it. */
  assignedUserId?: string | number | null | undefined;
  /** City. null clears it. */
  city?: string | null | undefined;
  /** The contact: its global id, or HighLevel's own id. */
  contactId: string | number;
  /** Two-letter country code, such as US. null clears it. */
  country?: string | null | undefined;
  /** Custom fields to write; those left out stay. */
  customFields?: Array<CustomFieldValueInput> | null | undefined;
  /** Day of birth. null clears it. */
  dateOfBirth?: string | null | undefined;
  /** Do not disturb on any channel. */
  dnd?: boolean | null | undefined;
  /** Do not disturb by channel; channels left out stay. */
  dndSettings?: Array<DndSettingInput> | null | undefined;
  /** Primary e-mail address. null clears it. */
  email?: string | null | undefined;
  /** First name. null clears it. */
  firstName?: string | null | undefined;
  /** Unique per user action, for example a UUID: 1 to 255 characters. Retrying with the same key within 24 hours never repeats the write and returns the original outcome. A UUID of version 7 or a ULID says when it was made: one that is older and unknown is refused with IDEMPOTENCY_KEY_EXPIRED instead of taken for new. */
  idempotencyKey?: string | null | undefined;
  /** Do not disturb for messages from the contact. */
  inboundDnd?: DndStatus | null | undefined;
  /** Last name. null clears it. */
  lastName?: string | null | undefined;
  /** Whole name, for those who have no first and last name to give. null clears it. */
  name?: string | null | undefined;
  /** Primary phone number: with country code (+13125550142), or national with phoneCountry. null clears it. */
  phone?: string | null | undefined;
  /** Two-letter code of the country a national `phone` is from; else `country`, else the location's country. */
  phoneCountry?: string | null | undefined;
  /** Postal code. null clears it. */
  postalCode?: string | null | undefined;
  /** Where it came from. null clears it. */
  source?: string | null | undefined;
  /** State or province. null clears it. */
  state?: string | null | undefined;
  /** IANA time zone, such as America/Chicago. null clears it. */
  timezone?: string | null | undefined;
  /** Web address. null clears it. */
  website?: string | null | undefined;
};

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

export type ContactsQueryVariables = Exact<{
  query?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type ContactsQuery = { __typename: 'Query', contacts: { __typename: 'ContactConnection', totalCount: number | null, pageInfo: { __typename: 'PageInfo', hasNextPage: boolean, endCursor: string | null }, edges: Array<{ __typename: 'ContactEdge', cursor: string, node: { __typename: 'Contact', id: string, name: string | null, email: string | null } }> } | null };

export type ContactQueryVariables = Exact<{
  id: string | number;
}>;


export type ContactQuery = { __typename: 'Query', contact: { __typename: 'Contact', id: string, name: string | null, firstName: string | null, lastName: string | null, email: string | null, tasks: { __typename: 'TaskConnection', edges: Array<{ __typename: 'TaskEdge', node: { __typename: 'Task', id: string, title: string | null, dueDate: string | null, completed: boolean, status: TaskStatus } }> } | null } | null };

export type UpdateContactMutationVariables = Exact<{
  input: UpdateContactInput;
}>;


export type UpdateContactMutation = { __typename: 'Mutation', updateContact: { __typename: 'UpdateContactPayload', contact: { __typename: 'Contact', id: string, name: string | null, firstName: string | null, lastName: string | null, email: string | null } | null, userErrors: Array<
      | { __typename: 'DuplicateContactError', field: Array<string> | null, message: string, code: UserErrorCode }
      | { __typename: 'InputError', field: Array<string> | null, message: string, code: UserErrorCode }
    > } | null };

export type CompleteTaskMutationVariables = Exact<{
  input: CompleteTaskInput;
}>;


export type CompleteTaskMutation = { __typename: 'Mutation', completeTask: { __typename: 'CompleteTaskPayload', task: { __typename: 'Task', id: string, completed: boolean, status: TaskStatus } | null, userErrors: Array<
      | { __typename: 'DuplicateContactError', message: string }
      | { __typename: 'InputError', message: string }
    > } | null };

export type ChangesSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type ChangesSubscription = { __typename: 'Subscription', changes:
    | { __typename: 'AppointmentCreated', cursor: string, type: ChangeType, contact: { __typename: 'Contact', id: string, name: string | null, firstName: string | null, lastName: string | null, email: string | null } | null }
    | { __typename: 'AppointmentDeleted', cursor: string, type: ChangeType, contact: { __typename: 'Contact', id: string, name: string | null, firstName: string | null, lastName: string | null, email: string | null } | null }
    | { __typename: 'AppointmentUpdated', cursor: string, type: ChangeType, contact: { __typename: 'Contact', id: string, name: string | null, firstName: string | null, lastName: string | null, email: string | null } | null }
    | { __typename: 'ContactCreated', cursor: string, type: ChangeType, contact: { __typename: 'Contact', id: string, name: string | null, firstName: string | null, lastName: string | null, email: string | null } | null }
    | { __typename: 'ContactDeleted', cursor: string, type: ChangeType, contact: { __typename: 'Contact', id: string, name: string | null, firstName: string | null, lastName: string | null, email: string | null } | null }
    | { __typename: 'ContactDndChanged', cursor: string, type: ChangeType, contact: { __typename: 'Contact', id: string, name: string | null, firstName: string | null, lastName: string | null, email: string | null } | null }
    | { __typename: 'ContactTagsChanged', cursor: string, type: ChangeType, contact: { __typename: 'Contact', id: string, name: string | null, firstName: string | null, lastName: string | null, email: string | null } | null }
    | { __typename: 'ContactUpdated', cursor: string, type: ChangeType, contact: { __typename: 'Contact', id: string, name: string | null, firstName: string | null, lastName: string | null, email: string | null } | null }
    | { __typename: 'Gap', taskId: string | null, cursor: string, type: ChangeType, task: { __typename: 'Task', id: string, title: string | null, completed: boolean, status: TaskStatus } | null, contact: { __typename: 'Contact', id: string, name: string | null, firstName: string | null, lastName: string | null, email: string | null } | null }
    | { __typename: 'NoteCreated', cursor: string, type: ChangeType, contact: { __typename: 'Contact', id: string, name: string | null, firstName: string | null, lastName: string | null, email: string | null } | null }
    | { __typename: 'NoteDeleted', cursor: string, type: ChangeType, contact: { __typename: 'Contact', id: string, name: string | null, firstName: string | null, lastName: string | null, email: string | null } | null }
    | { __typename: 'NoteUpdated', cursor: string, type: ChangeType, contact: { __typename: 'Contact', id: string, name: string | null, firstName: string | null, lastName: string | null, email: string | null } | null }
    | { __typename: 'TaskCompleted', taskId: string, cursor: string, type: ChangeType, task: { __typename: 'Task', id: string, title: string | null, completed: boolean, status: TaskStatus } | null, contact: { __typename: 'Contact', id: string, name: string | null, firstName: string | null, lastName: string | null, email: string | null } | null }
    | { __typename: 'TaskCreated', taskId: string, cursor: string, type: ChangeType, task: { __typename: 'Task', id: string, title: string | null, completed: boolean, status: TaskStatus } | null, contact: { __typename: 'Contact', id: string, name: string | null, firstName: string | null, lastName: string | null, email: string | null } | null }
    | { __typename: 'TaskDeleted', taskId: string, cursor: string, type: ChangeType, task: { __typename: 'Task', id: string, title: string | null, completed: boolean, status: TaskStatus } | null, contact: { __typename: 'Contact', id: string, name: string | null, firstName: string | null, lastName: string | null, email: string | null } | null }
   };

export type NowQueryVariables = Exact<{ [key: string]: never; }>;


export type NowQuery = { __typename: 'Query', changeCursor: string };


export const ContactsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Contacts"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"query"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"contacts"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"20"}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"query"},"value":{"kind":"Variable","name":{"kind":"Name","value":"query"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}},{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"email"}}]}}]}}]}}]}}]} as unknown as DocumentNode<ContactsQuery, ContactsQueryVariables>;
export const ContactDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Contact"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"contact"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"firstName"}},{"kind":"Field","name":{"kind":"Name","value":"lastName"}},{"kind":"Field","name":{"kind":"Name","value":"email"}},{"kind":"Field","name":{"kind":"Name","value":"tasks"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"20"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"dueDate"}},{"kind":"Field","name":{"kind":"Name","value":"completed"}},{"kind":"Field","name":{"kind":"Name","value":"status"}}]}}]}}]}}]}}]}}]} as unknown as DocumentNode<ContactQuery, ContactQueryVariables>;
export const UpdateContactDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"UpdateContact"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"UpdateContactInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"updateContact"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"contact"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"firstName"}},{"kind":"Field","name":{"kind":"Name","value":"lastName"}},{"kind":"Field","name":{"kind":"Name","value":"email"}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"code"}}]}}]}}]}}]} as unknown as DocumentNode<UpdateContactMutation, UpdateContactMutationVariables>;
export const CompleteTaskDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"CompleteTask"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"CompleteTaskInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"completeTask"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"task"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"completed"}},{"kind":"Field","name":{"kind":"Name","value":"status"}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<CompleteTaskMutation, CompleteTaskMutationVariables>;
export const ChangesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"Changes"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"changes"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"contact"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"firstName"}},{"kind":"Field","name":{"kind":"Name","value":"lastName"}},{"kind":"Field","name":{"kind":"Name","value":"email"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"TaskChange"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"taskId"}},{"kind":"Field","name":{"kind":"Name","value":"task"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"completed"}},{"kind":"Field","name":{"kind":"Name","value":"status"}}]}}]}}]}}]}}]} as unknown as DocumentNode<ChangesSubscription, ChangesSubscriptionVariables>;
export const NowDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Now"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"changeCursor"}}]}}]} as unknown as DocumentNode<NowQuery, NowQueryVariables>;
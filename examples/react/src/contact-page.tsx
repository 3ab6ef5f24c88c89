/** One contact: an edit whose faults stand next to their fields, and tasks that are ticked off before the answer comes. */
import { useMutation, useQuery } from "@apollo/client/react";
import { type FormEvent, useState } from "react";
import { graphql } from "./generated/gql.ts";
import type { ContactQuery } from "./generated/graphql.ts";

const Contact = graphql(`
	query Contact($id: ID!) {
		contact(id: $id) {
			id
			name
			firstName
			lastName
			email
			tasks(first: 20) {
				edges { node { id title dueDate completed status } }
			}
		}
	}
`);

const UpdateContact = graphql(`
	mutation UpdateContact($input: UpdateContactInput!) {
		updateContact(input: $input) {
			contact { id name firstName lastName email }
			userErrors { field message code }
		}
	}
`);

const CompleteTask = graphql(`
	mutation CompleteTask($input: CompleteTaskInput!) {
		completeTask(input: $input) {
			task { id completed status }
			userErrors { message }
		}
	}
`);

type Contact = NonNullable<ContactQuery["contact"]>;

export const ContactPage = ({ id }: { readonly id: string }) => {
	const { data, error } = useQuery(Contact, { variables: { id } });
	if (error) return <p role="alert">{error.message}</p>;
	if (!data) return <p>Loading…</p>;
	if (!data.contact) return <p>This contact is gone.</p>;
	return (
		<section aria-label="Contact">
			<h2>{data.contact.name ?? "(no name)"}</h2>
			<Edit contact={data.contact} />
			<h3>Tasks</h3>
			<Tasks contact={data.contact} />
		</section>
	);
};

const FIELDS = [
	["firstName", "First name"],
	["lastName", "Last name"],
	["email", "E-mail"],
] as const;

const Edit = ({ contact }: { readonly contact: Contact }) => {
	const [update, { data, error, loading }] = useMutation(UpdateContact);
	// One key for one intention: after a lost answer, sending again with the same key never writes twice.
	const [key, setKey] = useState(() => crypto.randomUUID());
	const faults = data?.updateContact?.userErrors ?? [];
	const submit = async (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const form = new FormData(event.currentTarget);
		const { data: answer } = await update({
			variables: {
				input: {
					contactId: contact.id,
					idempotencyKey: key,
					...Object.fromEntries(
						FIELDS.map(([name]) => [name, String(form.get(name) ?? "")]),
					),
				},
			},
		}).catch(() => ({ data: undefined }));
		if (answer?.updateContact) setKey(crypto.randomUUID());
	};
	return (
		<form onSubmit={submit}>
			{FIELDS.map(([name, label]) => {
				const fault = faults.find(({ field }) => field?.[0] === name);
				return (
					<label key={name}>
						{label}
						<input
							name={name}
							defaultValue={contact[name] ?? ""}
							aria-invalid={fault !== undefined}
						/>
						{fault && <span role="alert">{fault.message}</span>}
					</label>
				);
			})}
			{error && <p role="alert">{error.message}</p>}
			<button type="submit" disabled={loading}>
				Save
			</button>
		</form>
	);
};

const Tasks = ({ contact }: { readonly contact: Contact }) => {
	const [complete, { error }] = useMutation(CompleteTask);
	const tasks = contact.tasks?.edges ?? [];
	if (tasks.length === 0) return <p>No tasks.</p>;
	return (
		<>
			<ul>
				{tasks.map(({ node: task }) => (
					<li key={task.id}>
						<label className={task.completed ? "done" : ""}>
							<input
								type="checkbox"
								checked={task.completed}
								disabled={task.completed}
								onChange={() =>
									complete({
										variables: {
											input: {
												taskId: task.id,
												idempotencyKey: crypto.randomUUID(),
											},
										},
										// Shown at once; taken back by Apollo if the gateway refuses.
										optimisticResponse: {
											__typename: "Mutation",
											completeTask: {
												__typename: "CompleteTaskPayload",
												task: {
													__typename: "Task",
													id: task.id,
													completed: true,
													status: "COMPLETED",
												},
												userErrors: [],
											},
										},
									}).catch(() => {})
								}
							/>
							{task.title}
						</label>
					</li>
				))}
			</ul>
			{error && <p role="alert">{error.message}</p>}
		</>
	);
};

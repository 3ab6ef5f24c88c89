/** Putting contacts into workflows and taking them out. */
import * as check from "../../schema-kit/input-checks.ts";
import { contacts } from "../contact/mutations.ts";
import { searchContacts } from "../contact/rest.ts";
import { addToWorkflow, removeFromWorkflow } from "./writes.ts";

const workflowMutation = (
	name: string,
	description: string,
	write: typeof addToWorkflow,
	inside: boolean,
) =>
	contacts.change(name, {
		description: `${description} Costs one call, and one more when the contact is asked for.`,
		input: (t) => ({
			workflowId: t.id({
				required: true,
				description: "The workflow: its global id, or HighLevel's own id.",
			}),
			eventStartTime: t.string({
				description:
					"For workflows that hang on an event: when that starts, as ISO 8601 with an offset.",
			}),
		}),
		body(input, context, faults) {
			const path = ["workflowId"];
			const workflowId = check.id(
				faults,
				path,
				"Workflow",
				input.workflowId,
				context,
			);
			const eventStartTime =
				input.eventStartTime == null
					? undefined
					: check.instant(faults, ["eventStartTime"], input.eventStartTime);
			if (workflowId === undefined) return undefined;
			return { workflowId, ...(eventStartTime && { eventStartTime }) };
		},
		async send({ contactId }, body, { upstream }) {
			await write(upstream, { contactId, ...body });
			return { contactId };
		},
		// Only search tells which workflows a contact is in, and only by asking for one; a short one may be over already.
		async readBack({ contactId }, { workflowId }, { upstream }) {
			const { contacts: inIt } = await searchContacts(upstream, {
				pageLimit: 1,
				filters: [
					{ field: "id", operator: "eq", value: contactId },
					{ field: "activeWorkflows", operator: "eq", value: workflowId },
				],
			});
			const found = inIt.length > 0;
			if (inside) return found ? [{ contactId }] : "unknown";
			return found ? [] : [{ contactId }];
		},
		inputPaths: ({ workflowId }) => ({
			ids: { [workflowId]: ["workflowId"] },
			words: [
				{
					match: /not published|draft/i,
					code: "CONFLICT",
					field: ["workflowId"],
				},
			],
		}),
	});

workflowMutation(
	"addContactToWorkflow",
	"Puts a contact into a workflow, which then runs for it.",
	addToWorkflow,
	true,
);

workflowMutation(
	"removeContactFromWorkflow",
	"Takes a contact out of a workflow.",
	removeFromWorkflow,
	false,
);

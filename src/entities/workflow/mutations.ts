/** Putting contacts into workflows and taking them out. */
import * as check from "../../schema-kit/input-checks.ts";
import { mutation } from "../../schema-kit/mutation.ts";
import type { Upstream } from "../../upstream/client.ts";
import { tagsOfWritten } from "../contact/invalidation.ts";
import { CONTACT_ID, contactPayload, WRITE } from "../contact/mutations.ts";
import { searchContacts } from "../contact/rest.ts";
import {
	addToWorkflow,
	type InWorkflow,
	removeFromWorkflow,
} from "./writes.ts";

const workflowMutation = (
	name: string,
	description: string,
	write: (upstream: Upstream, plan: InWorkflow) => Promise<void>,
	inside: boolean,
) =>
	mutation(name, {
		description: `${description} Costs one call, and one more when the contact is asked for.`,
		scopes: WRITE,
		input: (t) => ({
			contactId: t.id({ required: true, description: CONTACT_ID }),
			workflowId: t.id({
				required: true,
				description: "The workflow: its global id, or HighLevel's own id.",
			}),
			eventStartTime: t.string({
				description:
					"For workflows that hang on an event: when that starts, as ISO 8601 with an offset.",
			}),
		}),
		plan(input, context, faults): InWorkflow | undefined {
			const contactId = check.id(
				faults,
				["contactId"],
				"Contact",
				input.contactId,
				context,
			);
			const workflowId = check.id(
				faults,
				["workflowId"],
				"Workflow",
				input.workflowId,
				context,
			);
			const eventStartTime =
				input.eventStartTime == null
					? undefined
					: check.instant(faults, ["eventStartTime"], input.eventStartTime);
			if (contactId === undefined || workflowId === undefined) return undefined;
			return {
				contactId,
				workflowId,
				...(eventStartTime && { eventStartTime }),
			};
		},
		async send(plan, { upstream }) {
			await write(upstream, plan);
			return { contactId: plan.contactId };
		},
		payload: (t) => contactPayload(t),
		// Only search tells which workflows a contact is in, and only by asking for one; a short one may be over already.
		async readBack({ contactId, workflowId }, { upstream }) {
			const { contacts } = await searchContacts(upstream, {
				pageLimit: 1,
				filters: [
					{ field: "id", operator: "eq", value: contactId },
					{ field: "activeWorkflows", operator: "eq", value: workflowId },
				],
			});
			const found = contacts.length > 0;
			if (inside) return found ? [{ contactId }] : "unknown";
			return found ? [] : [{ contactId }];
		},
		inputPaths: ({ contactId, workflowId }) => ({
			ids: { [contactId]: ["contactId"], [workflowId]: ["workflowId"] },
			words: [
				{
					match: /not published|draft/i,
					code: "CONFLICT",
					field: ["workflowId"],
				},
			],
		}),
		effects: ({ contactId }, _, context) => ({
			tags: tagsOfWritten(contactId, context),
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

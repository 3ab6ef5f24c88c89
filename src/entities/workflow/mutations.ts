/** Putting contacts into workflows and taking them out. */
import type { CostContext } from "../../cost/field-cost.ts";
import type { Context } from "../../loading/context.ts";
import * as check from "../../schema-kit/input-checks.ts";
import { Refusal } from "../../upstream/refusal.ts";
import { textOf } from "../../upstream/shapes.ts";
import { contacts } from "../contact/mutations.ts";
import { searchContacts } from "../contact/rest.ts";
import { allWorkflows } from "./loader.ts";
import { listWorkflows, type WorkflowRow } from "./rest.ts";
import { addToWorkflow, removeFromWorkflow } from "./writes.ts";

/** Only a published workflow runs; into a draft a contact would go for nothing. */
class IsDraft extends Refusal {
	constructor({ id, name, status }: WorkflowRow) {
		super(
			"GET /workflows/",
			409,
			JSON.stringify({
				message: `Workflow ${JSON.stringify(textOf(name) ?? id)} is a draft (status: ${textOf(status)}), and runs for nobody. Publish it in HighLevel, and add the contact then.`,
			}),
		);
	}
}

/**
 * Whether it is published, as the location's list says: where that is cached and says draft, it may have been published
 * since, and is read again. What the list lacks, or cannot be read, HighLevel itself judges.
 * @throws IsDraft
 */
const refuseDraft = async (
	workflowId: string,
	context: Context,
): Promise<void> => {
	const draftIn = (all: readonly WorkflowRow[]) =>
		all.find(
			({ id, status }) =>
				id === workflowId && textOf(status)?.toLowerCase() === "draft",
		);
	const listed = await readable(() => allWorkflows(context));
	if (!draftIn(listed)) return;
	const draft = draftIn(await readable(() => listWorkflows(context.upstream)));
	if (draft) throw new IsDraft(draft);
};

const readable = async (
	read: () => WorkflowRow[] | Promise<WorkflowRow[]>,
): Promise<WorkflowRow[]> => {
	try {
		return await read();
	} catch {
		return [];
	}
};

const workflowMutation = (
	name: string,
	description: string,
	write: typeof addToWorkflow,
	inside: boolean,
) =>
	contacts.change(name, {
		description,
		...(inside && { cost: costOfAdding }),
		input: (t) => ({
			workflowId: t.id({
				required: true,
				description: "The workflow: its global id, or HighLevel's own id.",
			}),
			eventStartTime: t.field({
				type: "DateTime",
				description: "For workflows that hang on an event: when that starts.",
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
		async send({ contactId }, body, context) {
			if (inside) await refuseDraft(body.workflowId, context);
			await write(context.upstream, { contactId, ...body });
			return { contactId };
		},
		refused: (refusal) =>
			refusal instanceof IsDraft
				? [
						{
							code: "CONFLICT",
							message: refusal.reason,
							field: ["workflowId"],
						},
					]
				: undefined,
		// Only search shows which workflows a contact is in, and only by asking for one; a short one may be over already.
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
			texts: [
				{
					match: /not published|draft/i,
					code: "CONFLICT",
					field: ["workflowId"],
				},
			],
		}),
	});

/** The write, and a second look at the workflows where the first says draft. */
function costOfAdding(cost: CostContext): number {
	cost.once("workflows");
	return 2;
}

workflowMutation(
	"addContactToWorkflow",
	"Puts a contact into a workflow, which then runs for it. One that is a draft is refused by its name, before anything is sent. Costs one call, one more for the location's workflows where they are not cached (and again where they say draft), and one more when the contact is selected.",
	addToWorkflow,
	true,
);

workflowMutation(
	"removeContactFromWorkflow",
	"Takes a contact out of a workflow. Costs one call, and one more when the contact is selected.",
	removeFromWorkflow,
	false,
);

/** The calls that put contacts into workflows and take them out. */
import type { Upstream } from "../../upstream/client.ts";
import { operation } from "../../upstream/operation.ts";
import { Done } from "../../upstream/shapes.ts";

const WORKFLOW = "/contacts/{contactId}/workflow/{workflowId}";
const add = operation("POST", WORKFLOW, Done);
const remove = operation("DELETE", WORKFLOW, Done);

export interface InWorkflow {
	readonly contactId: string;
	readonly workflowId: string;
	/** ISO 8601 with offset; for workflows that hang on an event's time. */
	readonly eventStartTime?: string;
}

export const addToWorkflow = async (
	upstream: Upstream,
	{ contactId, workflowId, ...body }: InWorkflow,
): Promise<void> => {
	await upstream.call(add, { ids: { contactId, workflowId }, body });
};

export const removeFromWorkflow = async (
	upstream: Upstream,
	{ contactId, workflowId, ...body }: InWorkflow,
): Promise<void> => {
	await upstream.call(remove, { ids: { contactId, workflowId }, body });
};

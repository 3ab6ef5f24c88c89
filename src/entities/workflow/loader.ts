/** Workflows are read as one list for the whole location. */
import { TAG } from "../../cache/tags.ts";
import { onceForLocation } from "../../cost/field-cost.ts";
import type { Context } from "../../loading/context.ts";
import { byId, loader } from "../../loading/loader.ts";
import { listWorkflows, type WorkflowRow } from "./rest.ts";

export const workflowsByLocation = loader<string, WorkflowRow[]>({
	name: "workflowsByLocation",
	ttl: "reference",
	cost: onceForLocation("workflows"),
	keyOf: byId,
	tags: () => [TAG.workflows],
	fetch: (ids, { upstream }) =>
		Promise.all(
			ids.map(() => listWorkflows(upstream).catch((error: Error) => error)),
		),
});

export const allWorkflows = (
	context: Context,
): WorkflowRow[] | Promise<WorkflowRow[]> =>
	workflowsByLocation.load(context, context.viewer.locationId);

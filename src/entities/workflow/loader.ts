/** Workflows are read as one list for the whole location. */
import { NAME } from "../../change.ts";
import type { Context } from "../../graphql/context.ts";
import { byId, loader } from "../../graphql/loader.ts";
import { listWorkflows, type WorkflowRow } from "./rest.ts";

const workflowsByLocation = loader<string, WorkflowRow[]>({
	freshness: "reference",
	spell: byId,
	names: () => [NAME.workflows],
	fetch: (ids, { upstream }) =>
		Promise.all(
			ids.map(() => listWorkflows(upstream).catch((error: Error) => error)),
		),
});

export const allWorkflows = (
	context: Context,
): WorkflowRow[] | Promise<WorkflowRow[]> =>
	workflowsByLocation.load(context, context.viewer.locationId);

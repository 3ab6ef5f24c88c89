/** What the Contacts API says about the location's workflows. */
import type { Upstream } from "../../upstream/client.ts";
import { operation } from "../../upstream/operation.ts";
import {
	Amount,
	Id,
	type Static,
	Text,
	Timestamp,
	Type,
} from "../../upstream/shapes.ts";

const WorkflowShape = Type.Object({
	id: Id,
	name: Text,
	status: Text,
	version: Amount,
	createdAt: Timestamp,
	updatedAt: Timestamp,
});

export type WorkflowRow = Static<typeof WorkflowShape>;

const listOperation = operation(
	"GET",
	"/workflows/",
	Type.Object({ workflows: Type.Array(WorkflowShape) }),
);

/** Every one of the location, in one call [spec]. */
export const listWorkflows = async (
	upstream: Upstream,
): Promise<WorkflowRow[]> =>
	(
		await upstream.call(listOperation, {
			query: { locationId: upstream.locationId },
		})
	).workflows;

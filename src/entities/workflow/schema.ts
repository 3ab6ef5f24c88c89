/** What clients see of workflows. */

import { costOfReading } from "../../cost/field-cost.ts";
import { builder, READ } from "../../schema-kit/builder.ts";
import { globalId } from "../../schema-kit/global-id.ts";
import { timeOf } from "../../schema-kit/instant.ts";
import { inListOf, Node, nodeReader } from "../../schema-kit/node.ts";
import { PURE } from "../../schema-kit/pure.ts";
import { UNKNOWN_WORD, wordsOf } from "../../schema-kit/words.ts";
import { textOf, wholeOf } from "../../upstream/shapes.ts";
import { Location, listsOf } from "../location/schema.ts";
import { allWorkflows, workflowsByLocation } from "./loader.ts";
import type { WorkflowRow } from "./rest.ts";

export const Workflow = builder.objectRef<WorkflowRow>("Workflow");

const statuses = wordsOf("WorkflowStatus", "Whether a workflow runs.", {
	DRAFT: { value: "draft", description: "Not yet." },
	PUBLISHED: { value: "published", description: "It runs." },
});

Workflow.implement({
	extensions: READ,
	description: "An automation that contacts can be added to.",
	interfaces: [Node],
	fields: (t) => ({
		id: t.id({
			nullable: false,
			extensions: PURE,
			description: "Global id.",
			resolve: ({ id }, _, { viewer }) =>
				globalId("Workflow", viewer.locationId, id),
		}),
		workflowId: t.id({
			nullable: false,
			description: "HighLevel's own id of the workflow.",
			extensions: PURE,
			resolve: ({ id }) => id,
		}),
		name: t.string({
			description: "Its name.",
			extensions: PURE,
			resolve: ({ name }) => textOf(name),
		}),
		status: t.field({
			type: statuses.type,
			description: `Whether it runs. ${UNKNOWN_WORD} see statusText.`,
			extensions: PURE,
			resolve: ({ status }) => statuses.read(status),
		}),
		statusText: t.string({
			description: "Its status exactly as HighLevel has it.",
			extensions: PURE,
			resolve: ({ status }) => textOf(status),
		}),
		version: t.int({
			description: "How often it was published.",
			extensions: PURE,
			resolve: ({ version }) => wholeOf(version),
		}),
		dateAdded: t.field({
			type: "DateTime",
			description: "When it was created.",
			extensions: PURE,
			resolve: ({ createdAt }) => timeOf(createdAt),
		}),
		dateUpdated: t.field({
			type: "DateTime",
			description: "When it was last changed.",
			extensions: PURE,
			resolve: ({ updatedAt }) => timeOf(updatedAt),
		}),
	}),
});

nodeReader(
	"Workflow",
	async (context, [id]) =>
		(await allWorkflows(context)).find((workflow) => workflow.id === id) ??
		null,
	1,
	inListOf(workflowsByLocation, "workflow"),
);

builder.objectField(Location, "workflows", (t) =>
	t.field({
		type: [Workflow],
		nullable: { list: true, items: false },
		description: "Its workflows, in HighLevel's order. Costs one call.",
		extensions: { cost: costOfReading(workflowsByLocation) },
		resolve: (location, _, context) => allWorkflows(listsOf(location, context)),
	}),
);

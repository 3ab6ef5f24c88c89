/** Loads every entity and builds the schema; defines nothing itself. */
import "./schema-kit/scalars.ts";
import "./schema-kit/node.ts";
import "./entities/all.ts";
import "./oauth/schema.ts";
import { GraphQLSchema } from "graphql";
import { DIRECTIVES } from "./operation/defer.ts";
import { builder } from "./schema-kit/builder.ts";
import { declared } from "./schema-kit/declared.ts";

const built = declared(builder.toSchema({ directives: DIRECTIVES }));

export const schema = new GraphQLSchema({
	...built.toConfig(),
	description:
		"The contacts of one HighLevel location, with what hangs on them: tasks, notes, appointments, opportunities, businesses, users. Every `id` is global and unique, and good for `node`; the id that HighLevel itself uses stands beside it (`contactId`, `taskId`, ...), and every argument takes either. Lists are Relay connections: 20 items where no size is given, in the order that their field says. What an operation may cost, in calls to HighLevel's REST API, is in `extensions.price`.",
});

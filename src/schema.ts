/** Loads every entity and builds the schema; defines nothing itself. */
import "./schema-kit/scalars.ts";
import "./schema-kit/node.ts";
import "./entities/all.ts";
import "./oauth/schema.ts";
import { DIRECTIVES } from "./operation/defer.ts";
import { builder } from "./schema-kit/builder.ts";
import { declared } from "./schema-kit/declared.ts";

export const schema = declared(builder.toSchema({ directives: DIRECTIVES }));

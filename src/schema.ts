/** Loads every entity and builds the schema; defines nothing itself. */
import "./graphql/scalars.ts";
import "./graphql/node.ts";
import "./graphql/rate-limit.ts";
import "./entities/all.ts";
import "./oauth/schema.ts";
import { builder } from "./graphql/builder.ts";
import { DIRECTIVES } from "./graphql/defer.ts";

export const schema = builder.toSchema({ directives: DIRECTIVES });

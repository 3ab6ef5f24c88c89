/** graphql's `info`, for the resolvers that ask for it: made for every call, and so put together only as it is read. */
import type {
	FieldNode,
	FragmentDefinitionNode,
	GraphQLResolveInfo,
	GraphQLSchema,
	OperationDefinitionNode,
	ResponsePath,
	VariableValues,
} from "graphql";
import type { FieldPlan } from "./plan.ts";
import type { Run } from "./run.ts";

/** All of it is on the prototype: it can be read and destructured, but not spread. */
export class Info implements GraphQLResolveInfo {
	readonly #field: FieldPlan;
	readonly #run: Run;
	readonly path: ResponsePath;

	constructor(field: FieldPlan, run: Run, path: ResponsePath) {
		this.#field = field;
		this.#run = run;
		this.path = path;
	}

	get fieldName(): string {
		return this.#field.field.name;
	}

	get fieldNodes(): readonly FieldNode[] {
		return this.#field.nodes;
	}

	get returnType(): GraphQLResolveInfo["returnType"] {
		return this.#field.field.type;
	}

	get parentType(): GraphQLResolveInfo["parentType"] {
		return this.#field.parent;
	}

	get schema(): GraphQLSchema {
		return this.#run.about.schema;
	}

	get fragments(): Record<string, FragmentDefinitionNode> {
		return Object.fromEntries(this.#run.about.fragmentDefinitions);
	}

	get rootValue(): unknown {
		return this.#run.options.rootValue;
	}

	get operation(): OperationDefinitionNode {
		return this.#run.about.operation;
	}

	get variableValues(): VariableValues {
		return this.#run.options.variableValues;
	}

	get getAbortSignal(): GraphQLResolveInfo["getAbortSignal"] {
		const run = this.#run;
		return () => run.signal;
	}

	get getAsyncHelpers(): GraphQLResolveInfo["getAsyncHelpers"] {
		const run = this.#run;
		return () => ({
			promiseAll: (values) => Promise.all(values),
			track: (values) => run.track(values),
		});
	}
}

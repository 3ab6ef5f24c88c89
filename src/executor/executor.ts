/** The compiled executor (its contract: contract.ts): queries by their plans, everything else by graphql-js. */
import type { OperationDefinitionNode } from "graphql";
import { executeByGraphql } from "./by-graphql.ts";
import { type CompiledSelection, compileSelection } from "./compile.ts";
import type {
	CompileOptions,
	Executor,
	ExecutorOptions,
	Plan,
} from "./contract.ts";
import { createFragmentCache } from "./fragment-cache.ts";
import { allEnded, newRun } from "./run.ts";
import { writeRoot } from "./write-object.ts";

const FRAGMENT_CHARACTERS = 16_000_000;

interface CompiledPlan extends Plan {
	/** Undefined where graphql-js answers. */
	readonly compiled: CompiledSelection | undefined;
}

export const createExecutor = ({
	schema,
	fragmentCharacters = FRAGMENT_CHARACTERS,
	onFallback,
}: ExecutorOptions): Executor => {
	const fragments = createFragmentCache(fragmentCharacters);
	const reported = new WeakSet<OperationDefinitionNode>();
	let fallbacks = 0;

	const report = (operation: OperationDefinitionNode, why: string): void => {
		if (reported.has(operation)) return;
		reported.add(operation);
		onFallback?.({ operation, why });
	};

	const compile = (options: CompileOptions): CompiledPlan => {
		const { document, operation } = options;
		const byGraphql = { document, operation, compiled: undefined };
		if (operation.operation !== "query")
			return { ...byGraphql, fallback: undefined };
		try {
			const compiled = compileSelection(schema, options);
			return { document, operation, compiled, fallback: undefined };
		} catch (error) {
			const why = error instanceof Error ? error.message : String(error);
			report(operation, why);
			return { ...byGraphql, fallback: why };
		}
	};

	return {
		get fallbacks() {
			return fallbacks;
		},
		compile,
		async run(plan, options) {
			const { compiled } = plan as CompiledPlan;
			if (!compiled) {
				if (plan.fallback !== undefined) fallbacks++;
				return executeByGraphql(schema, plan, options);
			}
			const { selection, fragmentDefinitions, slots } = compiled;
			const run = newRun(options, fragments, {
				schema,
				operation: plan.operation,
				fragmentDefinitions,
				slots,
			});
			const data = await writeRoot(selection, run);
			await allEnded(run);
			return { data, errors: run.errors };
		},
	};
};

/** Compiles the operation and decides whether this caller may run it: variables, scopes, page sizes. */
import { checkPageSizes, checkScopes } from "../../operation/admission.ts";
import type { Compile } from "../../operation/compiled-operation.ts";
import type {
	OperationContext,
	OperationPlugin,
} from "../operation-context.ts";
import { beforeExecution } from "./before-execution.ts";

export const useAdmission = (
	compile: Compile,
	pageSize: number,
): OperationPlugin =>
	beforeExecution(({ document, contextValue: context }) => {
		const { params, viewer } = context as OperationContext;
		const compiled = compile(document, params);
		checkScopes(compiled, viewer);
		checkPageSizes(compiled, pageSize);
		context.compiled = compiled;
		return undefined;
	});

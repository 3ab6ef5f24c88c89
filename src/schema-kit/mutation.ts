/** How an entity writes a mutation: one input, one payload, its checks, its calls, and how it is read back. */
import type {
	FieldMap,
	InputFieldBuilder,
	InputFieldMap,
	InputShapeFromFields,
	ObjectFieldBuilder,
} from "@pothos/core";
import type { Cardinality, CostContext } from "../cost/field-cost.ts";
import { outcomeUnknown } from "../idempotency/write.ts";
import {
	type Context,
	recordWrite,
	type WriteEffects,
} from "../loading/context.ts";
import type { Refusal } from "../upstream/refusal.ts";
import { builder, WITH_PARENT } from "./builder.ts";
import { type InputPaths, userErrorsOf } from "./refusal-errors.ts";
import { Faults, UserError, type UserErrorValue } from "./user-errors.ts";

type Types = (typeof builder)["$inferSchemaTypes"];

/** What a payload's fields resolve from. */
export interface Payload<O> {
	/** Null when the input was refused. */
	readonly outcome: O | null;
	readonly userErrors: readonly UserErrorValue[];
}

export interface MutationSpec<
	Fields extends InputFieldMap,
	P,
	O extends object,
> {
	readonly description: string;
	readonly scopes: readonly string[];
	input(t: InputFieldBuilder<Types, "InputObject">): Fields;
	/** REST calls it may cost, the payload's objects and repeats after faults left out. Default 1. */
	cost?(ask: CostContext): number;
	/** How many objects the payload may hold. Default 1. */
	payloadSize?(ask: CostContext): number;
	/** Objects of the payload, beside `userErrors`. Each carries the scopes its reading needs. */
	payload(t: ObjectFieldBuilder<Types, Payload<O>>): FieldMap;
	/**
	 * Checks the input and says what to send. Faults go to `faults`; with any, nothing is sent. Checks that need a read
	 * come last, and only when there are no faults yet.
	 */
	plan(
		input: InputShapeFromFields<Fields>,
		context: Context,
		faults: Faults,
	): P | undefined | Promise<P | undefined>;
	send(plan: P, context: Context): Promise<O>;
	/** See Write.readBack. */
	readBack(
		plan: P,
		context: Context,
		since: number,
	): Promise<readonly O[] | "unknown">;
	/** See Write.made. */
	claimOf?(outcome: O): string;
	/** Where words of a refusal point. */
	inputPaths?(plan: P): InputPaths;
	/** Refusals of this operation's own kind, asked before the general ones. */
	refused?(
		refusal: Refusal,
		plan: P,
		context: Context,
	): UserErrorValue[] | undefined | Promise<UserErrorValue[] | undefined>;
	/** Asked with the outcome; without it when nobody knows whether the write took effect. */
	effects(plan: P, outcome: O | undefined, context: Context): WriteEffects;
}

/** What the record keeps: what was done, or why it was refused. */
type Kept<O> = { readonly done: O } | { readonly userErrors: UserErrorValue[] };

const KEY_LENGTH = 255;
// The write goes on: who asks with its key meanwhile waits for its outcome.
const ASK_AGAIN_MS = 1000;

/** Adds a mutation field with its input and payload types. */
export const mutation = <Fields extends InputFieldMap, P, O extends object>(
	name: string,
	spec: MutationSpec<Fields, P, O>,
): void => {
	const typeName = name[0]?.toUpperCase() + name.slice(1);
	const Input = builder.inputType(`${typeName}Input`, {
		description: `Input of \`${name}\`.`,
		fields: (t) => ({
			...spec.input(t),
			idempotencyKey: t.string({
				description: `Unique per user action, for example a UUID: 1 to ${KEY_LENGTH} characters. Retrying with the same key within 24 hours never repeats the write and returns the original outcome.`,
			}),
		}),
	});
	const PayloadType = builder
		.objectRef<Payload<O>>(`${typeName}Payload`)
		.implement({
			extensions: WITH_PARENT,
			description: `Result of \`${name}\`.`,
			fields: (t) => ({
				...spec.payload(t),
				userErrors: t.field({
					type: [UserError],
					nullable: { list: false, items: false },
					description:
						"Why the input was refused. Empty when the write was done.",
					resolve: ({ userErrors }) => userErrors as UserErrorValue[],
				}),
			}),
		});
	builder.mutationField(name, (t) =>
		t.field({
			type: PayloadType,
			extensions: {
				scopes: spec.scopes,
				cost(ask: CostContext) {
					ask.once(name, spec.cost?.(ask) ?? 1);
					return { key: name, count: spec.payloadSize?.(ask) ?? 1, batches: 1 };
				},
			},
			description: spec.description,
			args: {
				input: t.arg({
					type: Input,
					required: true,
					description: "The mutation's input.",
				}),
			},
			resolve: (_, args, context) => {
				// The generic fields hide from the compiler that there is one argument, `input`.
				const { input } = args as unknown as {
					input: InputShapeFromFields<Fields> & Keyed;
				};
				return perform(name, spec, input, context);
			},
		}),
	);
};

interface Keyed {
	readonly idempotencyKey?: string | null | undefined;
}

const perform = async <Fields extends InputFieldMap, P, O extends object>(
	name: string,
	spec: MutationSpec<Fields, P, O>,
	{ idempotencyKey, ...given }: InputShapeFromFields<Fields> & Keyed,
	context: Context,
): Promise<Payload<O>> => {
	const input = given as unknown as InputShapeFromFields<Fields>;
	const { locationId, subject } = context.viewer;
	// What an earlier mutation of the same operation has read must not answer for what this one reads.
	context.loads.clear();
	const faults = new Faults();
	const key = idempotencyKey ?? undefined;
	if (key !== undefined && (key.length === 0 || key.length > KEY_LENGTH))
		faults.add(
			["idempotencyKey"],
			`idempotencyKey must have 1 to ${KEY_LENGTH} characters, but came with ${key.length}.`,
		);
	const plan = await spec.plan(input, context, faults);
	if (faults.list.length || plan === undefined) return refusedBy(faults.list);

	const changed = (outcome: O | undefined): void => {
		recordWrite(spec.effects(plan, outcome, context), context);
	};
	const send = () =>
		context.writes.run<Kept<O>>(
			{ locationId, subject, key },
			{
				mutation: name,
				input,
				send: async () => ({ done: await spec.send(plan, context) }),
				async refused(refusal) {
					const userErrors =
						(await spec.refused?.(refusal, plan, context)) ??
						userErrorsOf(refusal, {
							...spec.inputPaths?.(plan),
							makes: spec.claimOf !== undefined,
						});
					return userErrors && { userErrors };
				},
				async readBack(since) {
					const found = await spec.readBack(plan, context, since);
					return found === "unknown"
						? found
						: found.map((outcome) => ({ done: outcome }));
				},
				...(spec.claimOf && {
					claimOf: (kept: Kept<O>) =>
						"done" in kept ? spec.claimOf?.(kept.done) : undefined,
				}),
			},
		);
	// Whole, so that a write whose caller has left still drops what it touched.
	const write = async (): Promise<Payload<O>> => {
		let done: Awaited<ReturnType<typeof send>>;
		try {
			done = await send();
		} catch (error) {
			// It may have taken effect: nobody may be shown what was before as if it were certain.
			changed(undefined);
			throw error;
		}
		const { outcome, how } = done;
		if ("userErrors" in outcome) return refusedBy(outcome.userErrors);
		if (how !== "remembered") changed(outcome.done);
		return { outcome: outcome.done, userErrors: [] };
	};
	if (!context.writeGuard) return write();
	return context.writeGuard.run(write, (reason) => {
		changed(undefined);
		return outcomeUnknown(name, key, ASK_AGAIN_MS, reason);
	});
};

const refusedBy = (userErrors: readonly UserErrorValue[]) => ({
	outcome: null,
	userErrors,
});

/** What was given as `input`, for `costs`. */
export const inputOf = ({
	args,
}: CostContext): Readonly<Record<string, unknown>> =>
	(args.input ?? {}) as Readonly<Record<string, unknown>>;

/** The price of a payload's object that is read by its id. */
export const oneRead = (what: string, ask: CostContext): Cardinality => {
	ask.once(`${what} of ${ask.parent.key}`);
	return { key: `${what} of ${ask.parent.key}`, count: 1, batches: 1 };
};

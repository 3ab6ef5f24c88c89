/** How an entity writes a mutation: one input, one payload, its checks, its calls, and how it is read back. */
import type {
	FieldMap,
	InputFieldBuilder,
	InputFieldMap,
	InputShapeFromFields,
	ObjectFieldBuilder,
} from "@pothos/core";
import type { Cardinality, CostContext } from "../cost/field-cost.ts";
import { ASK_AGAIN_MS } from "../idempotency/runner.ts";
import {
	type Done,
	outcomeUnknown,
	type PossibleOutcome,
	type Write,
} from "../idempotency/write.ts";
import {
	type Context,
	recordWrite,
	type WriteEffects,
} from "../loading/context.ts";
import { registerMutation } from "../loading/recorded-writes.ts";
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
	/** This request sent nothing: another one with the same key did. */
	readonly replayed: boolean;
	/** Where the refusal may hide that it was done. */
	readonly retryAfterMs: number | null;
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
	cost?(cost: CostContext): number;
	/** How many objects the payload may hold. Default 1. */
	payloadSize?(cost: CostContext): number;
	/** Objects of the payload, beside `userErrors`. Each carries the scopes its reading needs. */
	payload(t: ObjectFieldBuilder<Types, Payload<O>>): FieldMap;
	/**
	 * Checks the input and says what to send. Faults go to `faults`; with any, nothing is sent. Checks that need a read
	 * come last, and only when there are no faults yet. What it returns is JSON: it may be recorded.
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
	): Promise<readonly PossibleOutcome<O>[] | "unknown">;
	/** See Write.createdOf. */
	createdOf?(outcome: O): string;
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
// What these say is so whoever asks: there is nothing to write to, or the contact that is there is named.
const CERTAIN = new Set(["NOT_FOUND", "FORBIDDEN", "DUPLICATE_CONTACT"]);

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
				description: `Unique per user action, for example a UUID: 1 to ${KEY_LENGTH} characters. Retrying with the same key within 24 hours never repeats the write and returns the original outcome. A UUID of version 7 or a ULID says when it was made: one that is older and unknown is refused with IDEMPOTENCY_KEY_EXPIRED instead of taken for new.`,
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
				replayed: t.boolean({
					nullable: false,
					description:
						"Whether this is the outcome of another request with the same `idempotencyKey`, and this one sent nothing.",
					resolve: ({ replayed }) => replayed,
				}),
				retryAfterMs: t.int({
					description:
						"Null when the outcome is final. Otherwise HighLevel refused the input and may have done the write all the same: the same input with the same `idempotencyKey` tells which, after so many milliseconds. Ask before you send a corrected input.",
					resolve: ({ retryAfterMs }) => retryAfterMs,
				}),
			}),
		});
	registerMutation(name, (plan: P, context) => {
		const write = writeOf(name, spec, { input: {}, plan }, context);
		return {
			...write,
			async readBack(since) {
				const found = await write.readBack(since);
				// It may be there, and was told as refused: what was read since may lack it.
				if (found !== "unknown")
					for (const { outcome } of found)
						if ("done" in outcome)
							recordWrite(spec.effects(plan, outcome.done, context), context);
				return found;
			},
		};
	});
	builder.mutationField(name, (t) =>
		t.field({
			type: PayloadType,
			extensions: {
				scopes: spec.scopes,
				cost(cost: CostContext) {
					cost.once(name, spec.cost?.(cost) ?? 1);
					return {
						key: name,
						count: spec.payloadSize?.(cost) ?? 1,
						batches: 1,
					};
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
				return announced(perform(name, spec, input, context), context);
			},
		}),
	);
};

/** Whoever is answered may ask another process next, which must not know what was before. */
const announced = async <T>(
	work: Promise<T>,
	{ invalidations }: Pick<Context, "invalidations">,
): Promise<T> => {
	try {
		return await work;
	} finally {
		await invalidations.announced?.();
	}
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
			`idempotencyKey must have 1 to ${KEY_LENGTH} characters, but got ${key.length}. Use a UUID, for example, or leave it out.`,
		);
	const plan = await spec.plan(input, context, faults);
	if (faults.list.length || plan === undefined)
		return payloadOf({ userErrors: faults.list });

	const { writeGuard } = context;
	const changed = (outcome: O | undefined): void => {
		recordWrite(spec.effects(plan, outcome, context), context);
	};
	// Whole, so that a write whose caller has left still invalidates what it touched.
	const write = async (): Promise<Payload<O>> => {
		let done: Done<Kept<O>>;
		try {
			done = await context.writes.run<Kept<O>>(
				{ locationId, subject, key },
				writeOf(name, spec, { input, plan }, context),
				writeGuard?.caller,
			);
		} catch (error) {
			// It may have taken effect: nobody may be shown what was before as if it were certain.
			changed(undefined);
			throw error;
		}
		const { outcome, how, settlesInMs } = done;
		// The process that did it may have died before it told the others.
		const isHeard = how === "remembered" && !context.invalidations.announced;
		if ("done" in outcome && !isHeard) changed(outcome.done);
		if (settlesInMs !== undefined) changed(undefined);
		return payloadOf(outcome, done);
	};
	if (!writeGuard) return write();
	return writeGuard.run(write, (reason) => {
		changed(undefined);
		return outcomeUnknown(name, key, ASK_AGAIN_MS, reason);
	});
};

/** The write that a plan stands for. */
const writeOf = <Fields extends InputFieldMap, P, O extends object>(
	mutation: string,
	spec: MutationSpec<Fields, P, O>,
	{ input, plan }: { readonly input: object; readonly plan: P },
	context: Context,
): Write<Kept<O>> => ({
	mutation,
	input,
	plan,
	send: async () => ({ done: await spec.send(plan, context) }),
	async refused(refusal) {
		const userErrors =
			(await spec.refused?.(refusal, plan, context)) ??
			userErrorsOf(refusal, {
				...spec.inputPaths?.(plan),
				makes: spec.createdOf !== undefined,
			});
		return (
			userErrors && {
				outcome: { userErrors },
				isCertain: userErrors.every(({ code }) => CERTAIN.has(code)),
			}
		);
	},
	async readBack(since) {
		const found = await spec.readBack(plan, context, since);
		return found === "unknown"
			? found
			: found.map(({ outcome, ...made }) => ({
					outcome: { done: outcome },
					...made,
				}));
	},
	...(spec.createdOf && {
		createdOf: (kept: Kept<O>) =>
			"done" in kept ? spec.createdOf?.(kept.done) : undefined,
	}),
});

const payloadOf = <O>(
	kept: Kept<O>,
	{ how = "sent", settlesInMs }: Partial<Done<unknown>> = {},
): Payload<O> => ({
	outcome: "done" in kept ? kept.done : null,
	userErrors: "done" in kept ? [] : kept.userErrors,
	replayed: how !== "sent",
	retryAfterMs: settlesInMs ?? null,
});

/** What was given as `input`, for `costs`. */
export const inputOf = ({
	args,
}: CostContext): Readonly<Record<string, unknown>> =>
	(args.input ?? {}) as Readonly<Record<string, unknown>>;

/** The price of a payload's object that is read by its id. */
export const costOfOneRead = (what: string, cost: CostContext): Cardinality => {
	cost.once(`${what} of ${cost.parent.key}`);
	return { key: `${what} of ${cost.parent.key}`, count: 1, batches: 1 };
};

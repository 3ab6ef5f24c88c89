/**
 * The mutations of one kind of object. What they share is said once: how the object is named in an input, shown in a
 * payload and read back, and which tags a write invalidates. Each mutation adds what is its own.
 */
import type {
	FieldMap,
	InputFieldMap,
	InputShapeFromFields,
	ObjectFieldBuilder,
	ObjectRef,
} from "@pothos/core";
import type { CostContext, FieldCost } from "../cost/field-cost.ts";
import type { Context, WriteEffects } from "../loading/context.ts";
import type { Upstream } from "../upstream/client.ts";
import { type builder, FREE, READ } from "./builder.ts";
import { globalId } from "./global-id.ts";
import {
	type IdInputs,
	type Ids,
	type Inputs,
	idAlone,
	idWithin,
	NO_IDS,
} from "./input-ids.ts";
import {
	costOfOneRead,
	type MutationSpec,
	mutation,
	type Payload,
} from "./mutation.ts";
import type { InputPaths } from "./refusal-errors.ts";
import type { Faults } from "./user-errors.ts";

type Types = (typeof builder)["$inferSchemaTypes"];

export interface CrudOptions<
	V extends object,
	Id extends string,
	ParentId extends string,
	O extends Ids<Id>,
	B,
> {
	/** Its name is that of the payload's field, too. */
	readonly type: ObjectRef<Types, V, V>;
	/** In descriptions: `task`. */
	readonly noun: string;
	/** Input field of its id: `taskId`. */
	readonly id: Id;
	/** For objects that are read through another: that one's type, and the input field of its id. */
	readonly parent?: { readonly type: string; readonly id: ParentId };
	/** What writing needs. */
	readonly scopes: readonly string[];
	/** What a record of a write keeps of the object: enough to read it again. JSON. */
	outcomeOf(value: V): O;
	/** The object of a payload, where the write's own answer did not hold it. */
	load(outcome: O, context: Context): V | null | Promise<V | null>;
	/** REST calls of `load`. Default one. */
	readonly cost?: FieldCost;
	/** The object as it is right after a write; null when it is gone. */
	read(ids: Ids<Id | ParentId>, upstream: Upstream): Promise<V | null>;
	/** Whether the object shows everything a change was to write. */
	holds?(value: V, body: B, context: Context): boolean | Promise<boolean>;
	/** Of every write that says no effects of its own. */
	effects(
		ids: Ids<Id | ParentId>,
		outcome: O | undefined,
		context: Context,
	): WriteEffects;
	/** Properties of the REST body that the input calls otherwise. */
	readonly properties?: InputPaths["properties"];
}

/** What a write is about: whose it is (or, for one that is there, which it is), and what to send. */
interface Plan<K extends string, B> {
	readonly ids: Ids<K>;
	readonly body: B;
}

interface WriteSpec<
	K extends string,
	Fields extends InputFieldMap,
	B,
	O extends object,
> extends Pick<MutationSpec<Fields, Plan<K, B>, O>, "description" | "refused"> {
	/** REST calls of the write itself. Default 1. */
	readonly cost?: number | ((cost: CostContext) => number);
	/** Fields beside the ids. */
	input?(t: Inputs): Fields;
	/** Fields of the payload beside the object. */
	payload?(t: ObjectFieldBuilder<Types, Payload<O>>): FieldMap;
	/** Where words of a refusal point, beside the ids and `properties`. */
	inputPaths?(body: B): InputPaths;
	effects?(
		plan: Plan<K, B>,
		outcome: O | undefined,
		context: Context,
	): WriteEffects;
}

/** `body` checks the input: see MutationSpec.plan. */
type Body<Fields extends InputFieldMap, B> = (
	input: InputShapeFromFields<Fields>,
	context: Context,
	faults: Faults,
) => B | undefined | Promise<B | undefined>;

export const crud = <
	V extends object,
	Id extends string,
	ParentId extends string = never,
	O extends Ids<Id> = Ids<Id | ParentId>,
	B = unknown,
>(
	entity: CrudOptions<V, Id, ParentId, O, B>,
) => {
	type Own = Id | ParentId;
	const { noun, parent, scopes, properties } = entity;
	const typeName = entity.type.name;
	const payloadField = typeName[0]?.toLowerCase() + typeName.slice(1);
	const claimed = typeName.replace(/\B[A-Z]/g, "-$&").toLowerCase();

	// What a write's own answer holds need not be read; a repeat of the write has only the record's outcome.
	const answered = new WeakMap<object, V>();

	/** The outcome of a write whose answer holds the object whole. */
	const written = (value: V): O => {
		const outcome = entity.outcomeOf(value);
		answered.set(outcome, value);
		return outcome;
	};

	const payload = <R extends O>(t: ObjectFieldBuilder<Types, Payload<R>>) => ({
		[payloadField]: t.field({
			type: entity.type,
			extensions: {
				...READ,
				cost: entity.cost ?? ((cost: CostContext) => costOfOneRead(noun, cost)),
			},
			description: `The ${noun} as it is now; null when the input was refused.`,
			resolve: ({ outcome }, _, context) =>
				(outcome &&
					(answered.get(outcome) ?? entity.load(outcome, context))) as never,
		}),
	});

	const within = parent
		? idAlone(parent.id, parent.type, parent.type.toLowerCase())
		: (NO_IDS as IdInputs<ParentId>);
	const own: IdInputs<Own> = parent
		? idWithin(entity.id, typeName, noun, parent)
		: (idAlone(entity.id, typeName, noun) as unknown as IdInputs<Own>);

	/** What every write shares, given how its ids are asked for and read. */
	const shared = <
		K extends string,
		Fields extends InputFieldMap,
		OwnB,
		R extends O,
	>(
		spec: WriteSpec<K, Fields, OwnB, R>,
		named: IdInputs<K>,
		body: Body<Fields, OwnB>,
	) => {
		const { cost, effects = entityEffects, refused, inputPaths } = spec;
		return {
			description: spec.description,
			scopes,
			...(cost !== undefined && {
				cost: typeof cost === "number" ? () => cost : cost,
			}),
			input: (t: Inputs) => ({ ...named.fields(t), ...spec.input?.(t) }),
			async plan(
				input: unknown,
				context: Context,
				faults: Faults,
			): Promise<Plan<K, OwnB> | undefined> {
				const rest = { ...(input as Record<string, unknown>) };
				const ids = named.read(rest, context, faults);
				delete rest[entity.id];
				if (parent) delete rest[parent.id];
				const known = rest as unknown as InputShapeFromFields<Fields>;
				const content = await body(known, context, faults);
				return ids && content !== undefined
					? { ids, body: content }
					: undefined;
			},
			inputPaths: (plan: Plan<K, OwnB>): InputPaths => {
				const own = inputPaths?.(plan.body);
				const ids = Object.entries<string>(plan.ids);
				return {
					...own,
					ids: {
						...Object.fromEntries(ids.map(([name, id]) => [id, [name]])),
						...own?.ids,
					},
					properties: { ...properties, ...own?.properties },
				};
			},
			effects,
			...(refused && { refused }),
		};
	};

	const entityEffects = (
		{ ids }: Plan<string, unknown>,
		outcome: O | undefined,
		context: Context,
	) => entity.effects({ ...outcome, ...ids } as Ids<Own>, outcome, context);

	/** A change of one that is there. */
	const change = <Fields extends InputFieldMap, OwnB, R extends O>(
		name: string,
		spec: WriteSpec<Own, Fields, OwnB, R> & {
			/** Default: nothing beside the ids. */
			body?: Body<Fields, OwnB>;
			send(ids: Ids<Own>, body: OwnB, context: Context): Promise<R>;
			/** Whether the object shows the change. Default: `holds`. */
			shows?(value: V, body: OwnB): boolean;
			/** In place of `shows`: see MutationSpec.readBack. */
			readBack?(
				ids: Ids<Own>,
				body: OwnB,
				context: Context,
			): Promise<readonly R[] | "unknown">;
		},
	) =>
		mutation<InputFieldMap, Plan<Own, OwnB>, R>(name, {
			...shared(spec, own, spec.body ?? (() => ({}) as OwnB)),
			payload: (t) => ({ ...payload(t), ...spec.payload?.(t) }),
			send: ({ ids, body }, context) => spec.send(ids, body, context),
			async readBack({ ids, body }, context) {
				if (spec.readBack) return spec.readBack(ids, body, context);
				const value = await entity.read(ids, context.upstream);
				if (!value) return [];
				const isShown = spec.shows
					? spec.shows(value, body)
					: await entity.holds?.(value, body as unknown as B, context);
				return isShown ? [written(value) as R] : [];
			},
		});

	return {
		written,
		payload,
		change,

		create<Fields extends InputFieldMap>(
			name: string,
			spec: WriteSpec<ParentId, Fields, B, O> & {
				body: Body<Fields, B>;
				send(ids: Ids<ParentId>, body: B, context: Context): Promise<O>;
				/** Those that a write at or after `since` may have made. */
				found(
					ids: Ids<ParentId>,
					body: B,
					context: Context,
					since: number,
				): Promise<readonly O[]>;
				/** Two writes of the same content are one object, as where names are unique. */
				readonly isUnique?: true;
			},
		) {
			mutation<InputFieldMap, Plan<ParentId, B>, O>(name, {
				...shared(spec, within, spec.body),
				payload: (t) => ({ ...payload(t), ...spec.payload?.(t) }),
				send: ({ ids, body }, context) => spec.send(ids, body, context),
				readBack: ({ ids, body }, context, since) =>
					spec.found(ids, body, context, since),
				...(!spec.isUnique && {
					createdOf: (outcome: O) => `${claimed}/${outcome[entity.id]}`,
				}),
			});
		},

		/** Changes what is given and nothing else; an input that gives nothing is refused. */
		update<Fields extends InputFieldMap>(
			name: string,
			spec: Parameters<typeof change<Fields, B, O>>[1] & {
				body: Body<Fields, B>;
			},
		) {
			change<Fields, B, O>(name, {
				...spec,
				async body(input, context, faults) {
					const body = await spec.body(input, context, faults);
					if (faults.list.length === 0 && Object.keys(body ?? {}).length === 0)
						faults.add(
							null,
							`Nothing to change. Give at least one field beside ${entity.id}.`,
						);
					return body;
				},
			});
		},

		remove(
			name: string,
			spec: WriteSpec<Own, InputFieldMap, object, O> & {
				send(ids: Ids<Own>, context: Context): Promise<void>;
				/** Reads first what else than its ids is to be known of the object. */
				before?(ids: Ids<Own>, context: Context): Promise<O>;
			},
		) {
			mutation<InputFieldMap, Plan<Own, object>, O>(name, {
				...shared(spec, own, () => ({})),
				payload: (t) => ({
					deletedId: t.id({
						extensions: { cost: FREE },
						description: `Global id of the ${noun} that was deleted, for caches.`,
						resolve: ({ outcome }, _, { viewer }) => {
							const ids = outcome as Ids<Own> | null;
							if (!ids) return null;
							const path = parent ? [ids[parent.id]] : [];
							path.push(ids[entity.id]);
							return globalId(typeName, viewer.locationId, ...path);
						},
					}),
				}),
				async send({ ids }, context) {
					const outcome = await spec.before?.(ids, context);
					await spec.send(ids, context);
					return outcome ?? (ids as unknown as O);
				},
				readBack: async ({ ids }, { upstream }) =>
					(await entity.read(ids, upstream)) ? [] : [ids as unknown as O],
			});
		},
	};
};

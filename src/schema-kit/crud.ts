/**
 * The mutations of one kind of object. What they share is said once: how the object is named in an input, shown in a
 * payload and read back, and which tags a write invalidates. Each mutation adds what is its own.
 */
import type {
	InputFieldMap,
	InputShapeFromFields,
	ObjectFieldBuilder,
} from "@pothos/core";
import type { CostContext } from "../cost/field-cost.ts";
import type { Context } from "../loading/context.ts";
import { type builder, FREE, READ } from "./builder.ts";
import type {
	Body,
	ChangeSpec,
	CreateSpec,
	CrudOptions,
	Plan,
	RemoveSpec,
	WriteSpec,
} from "./crud-spec.ts";
import { globalId } from "./global-id.ts";
import {
	type IdInputs,
	type Ids,
	type Inputs,
	idAlone,
	idWithin,
	NO_IDS,
} from "./input-ids.ts";
import { costOfOneRead, mutation, type Payload } from "./mutation.ts";
import type { InputPaths } from "./refusal-errors.ts";
import type { Faults } from "./user-errors.ts";

type Types = (typeof builder)["$inferSchemaTypes"];

export const crud = <
	V extends object,
	Id extends string,
	ParentId extends string = never,
	O extends Ids<Id> = Ids<Id | ParentId>,
	B = unknown,
>(
	entity: CrudOptions<V, Id, ParentId, O, B>,
): Crud<V, Id, ParentId, O, B> => new Crud(entity);

class Crud<
	V extends object,
	Id extends string,
	ParentId extends string,
	O extends Ids<Id>,
	B,
> {
	readonly #entity: CrudOptions<V, Id, ParentId, O, B>;
	readonly #typeName: string;
	/** How an input names the object it is about, and the one it shall be created in. */
	readonly #own: IdInputs<Id | ParentId>;
	readonly #within: IdInputs<ParentId>;
	// What a write's own answer holds need not be read; a repeat of the write has only the record's outcome.
	readonly #answered = new WeakMap<object, V>();

	constructor(entity: CrudOptions<V, Id, ParentId, O, B>) {
		const { type, noun, id, parent } = entity;
		this.#entity = entity;
		this.#typeName = type.name;
		this.#within = parent
			? idAlone(parent.id, parent.type, parent.type.toLowerCase())
			: (NO_IDS as IdInputs<ParentId>);
		this.#own = parent
			? idWithin(id, type.name, noun, parent)
			: (idAlone(id, type.name, noun) as unknown as IdInputs<Id | ParentId>);
	}

	/** The outcome of a write whose answer holds the object whole. */
	readonly written = (value: V): O => {
		const outcome = this.#entity.outcomeOf(value);
		this.#answered.set(outcome, value);
		return outcome;
	};

	readonly payload = <R extends O>(
		t: ObjectFieldBuilder<Types, Payload<R>>,
	) => {
		const { type, noun, cost, load } = this.#entity;
		const field = `${this.#typeName[0]?.toLowerCase()}${this.#typeName.slice(1)}`;
		return {
			[field]: t.field({
				type,
				extensions: {
					...READ,
					cost: cost ?? ((read: CostContext) => costOfOneRead(noun, read)),
				},
				description: `The ${noun} as it is now; null when the input was refused.`,
				resolve: ({ outcome }, _, context) =>
					(outcome &&
						(this.#answered.get(outcome) ?? load(outcome, context))) as never,
			}),
		};
	};

	create<Fields extends InputFieldMap>(
		name: string,
		spec: CreateSpec<ParentId, Fields, B, O>,
	): void {
		const { id } = this.#entity;
		const claimed = this.#typeName.replace(/\B[A-Z]/g, "-$&").toLowerCase();
		mutation<InputFieldMap, Plan<ParentId, B>, O>(name, {
			...this.#shared(spec, this.#within, spec.body),
			payload: (t) => ({ ...this.payload(t), ...spec.payload?.(t) }),
			send: ({ ids, body }, context) => spec.send(ids, body, context),
			readBack: ({ ids, body }, context, since) =>
				spec.found(ids, body, context, since),
			...(!spec.isUnique && {
				createdOf: (outcome: O) => `${claimed}/${outcome[id]}`,
			}),
		});
	}

	change<Fields extends InputFieldMap, OwnB, R extends O>(
		name: string,
		spec: ChangeSpec<V, Id | ParentId, Fields, OwnB, R>,
	): void {
		const { read, holds } = this.#entity;
		mutation<InputFieldMap, Plan<Id | ParentId, OwnB>, R>(name, {
			...this.#shared(spec, this.#own, spec.body ?? (() => ({}) as OwnB)),
			payload: (t) => ({ ...this.payload(t), ...spec.payload?.(t) }),
			send: ({ ids, body }, context) => spec.send(ids, body, context),
			readBack: async ({ ids, body }, context) => {
				if (spec.readBack) {
					const found = await spec.readBack(ids, body, context);
					return found === "unknown"
						? found
						: found.map((outcome) => ({ outcome }));
				}
				const value = await read(ids, context.upstream);
				if (!value) return [];
				const isShown = spec.shows
					? spec.shows(value, body)
					: await holds?.(value, body as unknown as B, context);
				return isShown ? [{ outcome: this.written(value) as R }] : [];
			},
		});
	}

	/** Changes what is given and nothing else; an input that gives nothing is refused. */
	update<Fields extends InputFieldMap>(
		name: string,
		spec: ChangeSpec<V, Id | ParentId, Fields, B, O> & {
			body: Body<Fields, B>;
		},
	): void {
		const { id } = this.#entity;
		this.change<Fields, B, O>(name, {
			...spec,
			async body(input, context, faults) {
				const body = await spec.body(input, context, faults);
				if (faults.list.length === 0 && Object.keys(body ?? {}).length === 0)
					faults.add(
						null,
						`Nothing to change. Give at least one field beside ${id}.`,
					);
				return body;
			},
		});
	}

	remove(name: string, spec: RemoveSpec<Id | ParentId, O>): void {
		const { read } = this.#entity;
		mutation<InputFieldMap, Plan<Id | ParentId, object>, O>(name, {
			...this.#shared(spec, this.#own, () => ({})),
			payload: (t) => this.#deletedId(t),
			async send({ ids }, context) {
				const outcome = await spec.before?.(ids, context);
				await spec.send(ids, context);
				return outcome ?? (ids as unknown as O);
			},
			readBack: async ({ ids }, { upstream }) =>
				(await read(ids, upstream)) ? [] : [{ outcome: ids as unknown as O }],
		});
	}

	#deletedId(t: ObjectFieldBuilder<Types, Payload<O>>) {
		const { noun, id, parent } = this.#entity;
		return {
			deletedId: t.id({
				extensions: { cost: FREE },
				description: `Global id of the ${noun} that was deleted, for caches.`,
				resolve: ({ outcome }, _, { viewer }) => {
					const ids = outcome as Ids<Id | ParentId> | null;
					if (!ids) return null;
					const path = parent ? [ids[parent.id]] : [];
					path.push(ids[id]);
					return globalId(this.#typeName, viewer.locationId, ...path);
				},
			}),
		};
	}

	/** What every write shares, given how its ids are asked for and read. */
	#shared<K extends string, Fields extends InputFieldMap, OwnB, R extends O>(
		spec: WriteSpec<K, Fields, OwnB, R>,
		named: IdInputs<K>,
		body: Body<Fields, OwnB>,
	) {
		const { cost, effects = this.#effects, refused, description } = spec;
		return {
			description,
			scopes: this.#entity.scopes,
			...(cost !== undefined && {
				cost: typeof cost === "number" ? () => cost : cost,
			}),
			input: (t: Inputs) => ({ ...named.fields(t), ...spec.input?.(t) }),
			plan: (input: unknown, context: Context, faults: Faults) =>
				this.#plan(input, { named, body }, context, faults),
			inputPaths: (plan: Plan<K, OwnB>) =>
				this.#inputPaths(plan.ids, spec.inputPaths?.(plan.body)),
			effects,
			...(refused && { refused }),
		};
	}

	/** Ids and the rest of the input are both looked at, so that all faults are told at once. */
	async #plan<K extends string, Fields extends InputFieldMap, OwnB>(
		input: unknown,
		{
			named,
			body,
		}: { readonly named: IdInputs<K>; readonly body: Body<Fields, OwnB> },
		context: Context,
		faults: Faults,
	): Promise<Plan<K, OwnB> | undefined> {
		const { id, parent } = this.#entity;
		const rest = { ...(input as Record<string, unknown>) };
		const ids = named.read(rest, context, faults);
		delete rest[id];
		if (parent) delete rest[parent.id];
		const known = rest as unknown as InputShapeFromFields<Fields>;
		const content = await body(known, context, faults);
		return ids && content !== undefined ? { ids, body: content } : undefined;
	}

	#inputPaths(ids: Ids<string>, own: InputPaths | undefined): InputPaths {
		const { properties } = this.#entity;
		return {
			...own,
			ids: {
				...Object.fromEntries(
					Object.entries(ids).map(([name, id]) => [id, [name]]),
				),
				...own?.ids,
			},
			properties: { ...properties, ...own?.properties },
		};
	}

	readonly #effects = (
		{ ids }: Plan<string, unknown>,
		outcome: O | undefined,
		context: Context,
	) =>
		this.#entity.effects(
			{ ...outcome, ...ids } as Ids<Id | ParentId>,
			outcome,
			context,
		);
}

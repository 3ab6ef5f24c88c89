/** What an entity says of its mutations for `crud`: once for all of them, and for each what is its own. */
import type {
	FieldMap,
	InputFieldMap,
	InputShapeFromFields,
	ObjectFieldBuilder,
	ObjectRef,
} from "@pothos/core";
import type { CostContext, FieldCost } from "../cost/field-cost.ts";
import type { PossibleOutcome } from "../idempotency/write.ts";
import type { Context, WriteEffects } from "../loading/context.ts";
import type { Upstream } from "../upstream/client.ts";
import type { builder } from "./builder.ts";
import type { Ids, Inputs } from "./input-ids.ts";
import type { MutationSpec, Payload } from "./mutation.ts";
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
export interface Plan<K extends string, B> {
	readonly ids: Ids<K>;
	readonly body: B;
}

/** What every write says of itself. */
export interface WriteSpec<
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

/** Checks the input and makes the body of the REST call: see MutationSpec.plan. */
export type Body<Fields extends InputFieldMap, B> = (
	input: InputShapeFromFields<Fields>,
	context: Context,
	faults: Faults,
) => B | undefined | Promise<B | undefined>;

/** A change of one that is there; `V` is the object as it is read. */
export interface ChangeSpec<
	V,
	K extends string,
	Fields extends InputFieldMap,
	B,
	O extends object,
> extends WriteSpec<K, Fields, B, O> {
	/** Default: nothing beside the ids. */
	body?: Body<Fields, B>;
	send(ids: Ids<K>, body: B, context: Context): Promise<O>;
	/** Whether the object shows the change. Default: `CrudOptions.holds`. */
	shows?(value: V, body: B): boolean;
	/** In place of `shows`: see MutationSpec.readBack. */
	readBack?(
		ids: Ids<K>,
		body: B,
		context: Context,
	): Promise<readonly O[] | "unknown">;
}

export interface CreateSpec<
	ParentId extends string,
	Fields extends InputFieldMap,
	B,
	O extends object,
> extends WriteSpec<ParentId, Fields, B, O> {
	body: Body<Fields, B>;
	send(ids: Ids<ParentId>, body: B, context: Context): Promise<O>;
	/** Those of this content; older than `since` need not be among them. See MutationSpec.readBack. */
	found(
		ids: Ids<ParentId>,
		body: B,
		context: Context,
		since: number,
	): Promise<readonly PossibleOutcome<O>[] | "unknown">;
	/** Two writes of the same content are one object, as where names are unique. */
	readonly isUnique?: true;
}

export interface RemoveSpec<K extends string, O extends object>
	extends WriteSpec<K, InputFieldMap, object, O> {
	send(ids: Ids<K>, context: Context): Promise<void>;
	/** Reads first what else than its ids is to be known of the object. */
	before?(ids: Ids<K>, context: Context): Promise<O>;
}

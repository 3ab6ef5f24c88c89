/** Relay's global ids: opaque to clients, and bound to a location so that one from elsewhere is refused before any call. */
import type { CostContext } from "../cost/field-cost.ts";
import { fail } from "../errors.ts";

/** `globalId("Task", "L", "c1", "t1")`: what a type needs to find the object again, in one base64url word. */
export const globalId = (
	type: string,
	locationId: string,
	...ids: readonly string[]
): string =>
	Buffer.from(`${type}:${locationId}/${ids.join("/")}`).toString("base64url");

/** As much of a context as an id is about. */
interface Here {
	readonly viewer: { readonly locationId: string };
}

export interface GlobalId {
	readonly type: string;
	readonly ids: readonly [string, ...string[]];
}

const SHAPE = /^([A-Z]\w*):([^/]+)\/([^/]+(?:\/[^/]+)*)$/;

/** Reads a global id; undefined for anything that is not one, such as an upstream's own id. */
export const readGlobalId = (
	text: string,
	context: Here,
): GlobalId | undefined => {
	const [, type, locationId, rest] =
		SHAPE.exec(Buffer.from(text, "base64url").toString()) ?? [];
	if (type === undefined || rest === undefined) return undefined;
	if (locationId !== context.viewer.locationId)
		throw fail(
			"FORBIDDEN",
			"This id belongs to another location than the one this request is for.",
		);
	const [first = "", ...others] = rest.split("/");
	return { type, ids: [first, ...others] };
};

/** The upstream id in an argument that takes either a global id of `type` or the upstream's own id. */
export const eitherId = (text: string, type: string, context: Here): string => {
	const id = readGlobalId(text, context);
	if (id === undefined) return text;
	if (id.type !== type)
		throw fail(
			"BAD_USER_INPUT",
			`Expected the id of a ${type}, but came the id of a ${id.type}.`,
		);
	return id.ids[id.ids.length - 1] as string;
};

/** The id a field's argument `id` names, whether as a global id of the type or as the upstream's own. */
export const idIn = (
	{ args, locationId }: CostContext,
	type: string,
): string => {
	const text = String(args.id);
	try {
		return eitherId(text, type, { viewer: { locationId } });
	} catch {
		return text; // Refused before any call is made for it.
	}
};

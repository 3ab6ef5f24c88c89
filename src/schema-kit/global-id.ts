/** Relay's global ids: opaque to clients, and bound to a location so that one from elsewhere is refused before any call. */
import type { CostContext } from "../cost/field-cost.ts";
import { fail } from "../errors.ts";
import { isId } from "../upstream/operation.ts";

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

// How many ids stand in a global id of each type.
const partsOf = new Map<string, number>();

/** Makes global ids of `type` known: `parts` ids stand in each, a task's contact and its own for instance. */
export const globalIdType = (type: string, parts: number): void => {
	partsOf.set(type, parts);
};

/**
 * Reads a global id; undefined for anything that is not one, such as an upstream's own id.
 * @throws Failure BAD_USER_INPUT for a global id that is not letter for letter as `globalId` writes it: what decodes to
 * something near it must not pass for another object. FORBIDDEN for one of another location.
 */
export const readGlobalId = (
	text: string,
	context: Here,
): GlobalId | undefined => {
	const [, type = "", locationId = "", rest = ""] =
		SHAPE.exec(Buffer.from(text, "base64url").toString()) ?? [];
	const parts = partsOf.get(type);
	// Its type distinguishes it from an upstream's own id, which may decode to anything.
	if (parts === undefined) return undefined;
	const [first = "", ...others] = rest.split("/");
	const ids = [first, ...others] as const;
	if (
		locationId === "" ||
		ids.length !== parts ||
		!ids.every(isId) ||
		globalId(type, locationId, ...ids) !== text
	)
		throw fail(
			"BAD_USER_INPUT",
			`Expected the id of a ${type} exactly as its field \`id\` gave it, but this one was changed or cut. Ask for the id again, or pass HighLevel's own.`,
		);
	if (locationId !== context.viewer.locationId)
		throw fail(
			"FORBIDDEN",
			"This id belongs to another location than the one this request is for. Send the request for that location.",
		);
	return { type, ids };
};

const SHAPE = /^([A-Z]\w*):([^/]*)\/?(.*)$/s;

/** The upstream id in an argument that takes either a global id of `type` or the upstream's own id. */
export const eitherId = (text: string, type: string, context: Here): string => {
	const id = readGlobalId(text, context);
	if (id === undefined) return text;
	if (id.type !== type)
		throw fail(
			"BAD_USER_INPUT",
			`Expected the id of a ${type}, but got the id of a ${id.type}. Pass the id of a ${type}.`,
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

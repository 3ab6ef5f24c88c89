/** Which appointments are listed, and in which order. */

import type { Context } from "../../loading/context.ts";
import { whenLoaded } from "../../loading/loader.ts";
import * as check from "../../schema-kit/input-checks.ts";
import {
	instantOf,
	isLocal,
	localInstantOf,
	timeOf,
} from "../../schema-kit/instant.ts";
import { orderedBy } from "../../schema-kit/order.ts";
import { textOf } from "../../upstream/shapes.ts";
import type { Appointment } from "./rest.ts";

/** By start, then by id. Without an offset, all of an answer are of one zone, so any zone puts them in order. */
export const inOrder = orderedBy<Appointment>(({ startTime }) =>
	isLocal(startTime) ? localInstantOf(startTime, "UTC") : instantOf(startTime),
);

/** The status in whichever of its three keys an answer has it. */
export const statusTextOf = (event: Appointment): string | null =>
	textOf(event.appointmentStatus) ??
	textOf(event.appoinmentStatus) ??
	textOf(event.status);

/** A time without an offset is the location's own (contract, section 11): its zone is asked for, never assumed. */
export const momentOf = (
	value: unknown,
	{ upstream }: Context,
): string | number | null | Promise<number | null> => {
	if (!isLocal(value)) return timeOf(value);
	const zone = upstream.facts.timeZone(upstream);
	return typeof zone === "string"
		? localInstantOf(value, zone)
		: zone.then((found) => localInstantOf(value, found));
};

/** The same in epoch milliseconds. */
export const instantAt = (
	value: unknown,
	context: Context,
): number | null | Promise<number | null> =>
	whenLoaded<string | number | null, number | null>(
		momentOf(value, context),
		(moment) => (typeof moment === "string" ? Date.parse(moment) : moment),
	);

export interface AppointmentSelection {
	readonly from?: string | null | undefined;
	readonly to?: string | null | undefined;
	readonly status?: readonly string[] | null | undefined;
	readonly orderBy?: { readonly direction: "asc" | "desc" } | null | undefined;
}

/**
 * Judged by what the appointments say: HighLevel is asked nothing more, but for the location's zone where none is known
 * yet. @throws Failure BAD_USER_INPUT for an argument.
 */
export const selected = (
	all: readonly Appointment[],
	selection: AppointmentSelection,
	context: Context,
): readonly Appointment[] | Promise<readonly Appointment[]> => {
	const { status, orderBy } = selection;
	const from = bound("from", selection.from);
	const to = bound("to", selection.to);
	const withStatus = status
		? all.filter((event) =>
				status.includes(statusTextOf(event)?.toLowerCase() ?? ""),
			)
		: all;
	const ordered = (list: readonly Appointment[]) =>
		orderBy?.direction === "desc" ? latestFirst(list) : list;
	if (from === undefined && to === undefined) return ordered(withStatus);
	return whenLoaded(startsOf(withStatus, context), (starts) =>
		ordered(
			withStatus.filter((_, index) => {
				const start = starts[index] ?? null;
				return (
					start !== null &&
					(from === undefined || start >= from) &&
					(to === undefined || start <= to)
				);
			}),
		),
	);
};

/** As `inOrder` is undone: what has no start that can be read stays last. */
const latestFirst = orderedBy<Appointment>(
	({ startTime }) =>
		isLocal(startTime)
			? localInstantOf(startTime, "UTC")
			: instantOf(startTime),
	"latest first",
);

/** When each starts, at once where the location's zone is known. */
export const startsOf = (
	events: readonly Appointment[],
	context: Context,
): ReadonlyArray<number | null> | Promise<ReadonlyArray<number | null>> => {
	const starts = events.map(({ startTime }) => instantAt(startTime, context));
	return starts.some((start) => start instanceof Promise)
		? Promise.all(starts)
		: (starts as (number | null)[]);
};

const bound = (
	name: string,
	value: string | null | undefined,
): number | undefined =>
	value == null ? undefined : check.instantIn(name, value);

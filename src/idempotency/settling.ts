/** Settles refusals that may hide a write, once search must show it: by this process, or by another on the same data. */
import {
	type IdempotencyStore,
	planPlace,
	type RecordId,
} from "../store/idempotency.ts";
import type { Attempt } from "./attempt.ts";
import type { PlanSeal } from "./record-keeper.ts";

export interface SettlingOptions {
	readonly store: IdempotencyStore;
	readonly seal: PlanSeal;
	readonly owner: string;
	readonly leaseMs: number;
	/** Epoch milliseconds. */
	now(): number;
	/** Runs once, `ms` from now; returns the way to call it off. */
	after(ms: number, then: () => void): () => void;
	/** Undefined for a mutation that this version of the gateway does not have. */
	attemptOf(
		id: RecordId,
		mutation: string,
		plan: unknown,
	): Attempt<object> | undefined;
}

export interface Settling {
	/** One was refused: it settles so many milliseconds from now. */
	soon(ms: number): void;
	start(): void;
	/** Resolves when none is being settled any more. */
	stop(): Promise<void>;
}

// What other processes leave behind is found within this.
const LOOK_EVERY_MS = 60_000;
const AT_ONCE = 20;

export const createSettling = (options: SettlingOptions): Settling => {
	const { store, seal, now } = options;
	let stopped = false;
	let running: Promise<void> | undefined;
	let timer: { at: number; cancel(): void } | undefined;

	const soon = (ms: number): void => {
		const at = now() + ms;
		if (stopped || (timer && timer.at <= at)) return;
		timer?.cancel();
		const cancel = options.after(Math.max(ms, 1), () => {
			timer = undefined;
			running ??= settleDue().finally(() => {
				running = undefined;
			});
		});
		timer = { at, cancel };
	};

	/** One after another: they are in no hurry, and each costs a call or two. Those that stay open are due again later. */
	const settleDue = async (): Promise<void> => {
		try {
			const lease = {
				owner: options.owner,
				leaseUntil: now() + options.leaseMs,
			};
			const due = await store.takeDue(now(), lease, AT_ONCE);
			for (const { id, record, mutation, plan } of due) {
				if (stopped) await store.release(id);
				else
					await settle(id, mutation, plan)
						?.resume(record)
						.catch(() => {});
			}
			const next = await store.nextDue();
			soon(
				Math.min(
					next === undefined ? LOOK_EVERY_MS : next - now(),
					LOOK_EVERY_MS,
				),
			);
		} catch {
			// A store that cannot be asked now is asked again.
			soon(LOOK_EVERY_MS);
		}
	};

	const settle = (id: RecordId, mutation: string, plan: string) => {
		try {
			return options.attemptOf(
				id,
				mutation,
				JSON.parse(seal.open(plan, planPlace(id))),
			);
		} catch {
			// Sealed with a key that is gone: a request with the same key still settles it.
			return undefined;
		}
	};

	return {
		soon,
		start: () => soon(1),
		async stop() {
			stopped = true;
			timer?.cancel();
			await running;
		},
	};
};

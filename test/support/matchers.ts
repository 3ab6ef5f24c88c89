/** Adds `expect(world.calls).toBeExactly(...)` to Vitest; loaded before every test file. */
import { expect } from "vitest";
import { compareCalls, type SeenCall, type WantedCall } from "./calls.ts";

declare module "vitest" {
	interface Matchers<R, T> {
		/** These REST calls and no others, in any order. */
		toBeExactly(...wanted: WantedCall[]): R;
		/** These REST calls and no others, in this order. */
		toBeExactlyInOrder(...wanted: WantedCall[]): R;
	}
}

const matcher =
	(inOrder: boolean) =>
	(seen: readonly SeenCall[], ...wanted: WantedCall[]) => {
		const { pass, report } = compareCalls(seen, wanted, { inOrder });
		return {
			pass,
			message: () =>
				pass ? `did not want exactly these calls: ${report}` : report,
		};
	};

expect.extend({
	toBeExactly: matcher(false),
	toBeExactlyInOrder: matcher(true),
});

/** Tests run on Node itself, as the gateway does: Vite's module runner would load graphql twice. */
import { defineConfig } from "vitest/config";

export default defineConfig({
	test: {
		include: ["test/**/*.test.ts"],
		setupFiles: ["test/support/matchers.ts", "test/support/contract-seen.ts"],
		globalSetup: ["test/support/contract-run.ts"],
		experimental: { viteModuleRunner: false },
		// A world is two servers on loopback; a test that needs longer than this waits for something that never comes.
		testTimeout: process.env.CI ? 60_000 : 30_000,
		hookTimeout: 15_000,
	},
});

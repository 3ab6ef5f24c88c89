/** JSX by the compiler of Vite itself; the gateway's address and a token come from the environment. */
import { defineConfig } from "vite";

export default defineConfig({
	root: import.meta.dirname,
	envPrefix: "GATEWAY_",
});

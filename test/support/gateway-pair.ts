/** Two gateways in this process that share a Redis, as two machines would behind a load balancer. */
import { randomBytes } from "node:crypto";
import { createGateway } from "../../src/gateway.ts";
import { type Asker, createAsker } from "./ask.ts";
import { SENDER_KEYS } from "./deliveries.ts";
import type { RedisServer } from "./redis-server.ts";
import { startWorld, type WorldOptions } from "./world.ts";

/** Two gateways over one sandbox and one Redis. */
export const pair = async (
	redis: RedisServer,
	{ gateway, ...options }: WorldOptions = {},
) => {
	const shared = {
		redis: { url: redis.url, prefix: "test" },
		sealKeys: [randomBytes(32)],
		webhooks: { keys: SENDER_KEYS },
		...gateway,
	};
	const one = await startWorld({ ...options, gateway: shared });
	const other = await createGateway({
		...one.settings,
		port: 0,
		// As behind one load balancer.
		publicUrl: one.url,
	});
	const asker = createAsker(other.url, await one.token(), () => "");
	return {
		one,
		two: { ...asker, url: other.url } satisfies Asker & { url: string },
		async [Symbol.asyncDispose]() {
			await asker.close();
			await other.close();
			await one[Symbol.asyncDispose]();
		},
	};
};

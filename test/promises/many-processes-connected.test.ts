/** Gateways that share a Redis share what OAuth gave: whichever a browser, a webhook or a query reaches knows of it. */
import { expect } from "vitest";
import { createBrowser } from "../support/browser.ts";
import { consent, signIn } from "../support/connect.ts";
import { createSender } from "../support/deliveries.ts";
import { pair } from "../support/gateway-pair.ts";
import { redisTest, startRedis } from "../support/redis-server.ts";

const LOCATION = "sandbox-location-1";
const NAME = "{ location { name } }";

redisTest(
	"a consent that began at one process ends at another, both serve the location and renew its token once, and an UNINSTALL ends it for both",
	async () => {
		await using redis = await startRedis();
		await using both = await pair(redis, { oauth: {} });
		const { one, two } = both;
		await using browser = createBrowser();
		await signIn(one, browser);
		const sent = await browser.visit(`${one.url}/oauth/connect`);
		const back = await consent(one, browser, sent.location as URL, LOCATION);
		expect(back.origin).toBe(one.url);
		const cookie = [sent.headers["set-cookie"] ?? []]
			.flat()
			.map((line) => line.split(";")[0])
			.join("; ");
		const there = new URL(back.pathname + back.search, two.url);
		const page = await browser.visit(there, { cookie });
		expect(page.text).toContain("Location connected");
		for (const process of [one, two])
			expect((await process.query(NAME)).location.name).toBeTruthy();
		expect((await browser.visit(back)).text).toContain("Already connected");
		const tally = () => one.sandbox.oauth.tallies()[LOCATION];
		expect(tally()).toMatchObject({ exchanged: 1, refreshed: 0 });

		one.sandbox.oauth.expire(LOCATION);
		const list = (first: number) =>
			`{ contacts(first: ${first}) { nodes { contactId } } }`;
		await Promise.all([
			one.query(list(1)),
			two.query(list(2)),
			one.query(list(3)),
			two.query(list(4)),
		]);
		expect(tally()).toMatchObject({ refreshed: 1, repeated: 0, refused: 0 });

		const sender = createSender(two.url);
		await sender.tell("UNINSTALL", { locationId: LOCATION });
		for (const process of [one, two])
			await expect
				.poll(() =>
					process
						.answer(NAME)
						.then(({ errors }) => errors?.[0]?.extensions?.code),
				)
				.toBe("FORBIDDEN");
		await sender.close();
	},
);

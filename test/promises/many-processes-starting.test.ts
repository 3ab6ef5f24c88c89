/** Processes that are started with one REDIS_URL share what was not configured: keys, callers' tokens, revocations. */
import { expect } from "vitest";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { type Asker, createAsker } from "../support/ask.ts";
import { run, TEST_MS } from "../support/command.ts";
import { redisTest, startRedis } from "../support/redis-server.ts";

const LOCATION = "sandbox-location-1";
const NAME = '{ contact(id: "c1") { firstName } }';
const RENAME =
	'mutation { updateContact(input: { contactId: "c1", firstName: "Ada" }) { userErrors { message } } }';

redisTest(
	"two gateways and the command line share keys, tokens and revocations through Redis",
	async () => {
		await using redis = await startRedis();
		const sandbox = await startSandbox({
			contacts: 1,
			ids: "readable",
			rateLimit: "off",
		});
		const environment = {
			REDIS_URL: redis.url,
			CONTACTS_API_URL: sandbox.url,
			CONTACTS_API_TOKEN: sandbox.tokens[LOCATION] ?? "",
			LOCATION_ID: LOCATION,
		};
		await using one = await run("src/main.ts", environment);
		await using two = await run("src/main.ts", environment);
		const token = async (...args: string[]): Promise<string> => {
			await using cli = await run(
				"src/token.ts",
				{ REDIS_URL: redis.url, LOCATION_ID: LOCATION },
				{ args },
			);
			expect(await cli.ended(), cli.output()).toBe(0);
			return cli.output().trim();
		};
		const minted = await token(
			...["--subject", "ada", "--scope", "contacts.readonly contacts.write"],
		);
		const askers = await Promise.all(
			[one, two].map(async (gateway) => {
				const [, url = ""] = await gateway.says(
					/"url":"([^"]+)".*"msg":"gateway started"/,
				);
				await gateway.says(/"level":"?(?:warn|40)"?.*REDIS_URL is a preview/);
				return createAsker(url, minted, gateway.output);
			}),
		);
		const [writer, reader] = askers as [Asker, Asker];
		await reader.query(NAME);
		await writer.query(RENAME);
		expect((await reader.query(NAME)).contact.firstName).toBe("Ada");

		const [, id = ""] =
			/^(\S+) +ada .* valid$/m.exec(await token("list")) ?? [];
		expect(await token("revoke", id)).toBe(`${id} is revoked`);
		for (const asker of askers)
			expect(await asker.fails(NAME)).toMatchObject([
				{ extensions: { code: "UNAUTHENTICATED" } },
			]);
		expect(await token("revoke", id)).toBe(`${id} was revoked before`);
		expect(await token("list")).toMatch(/ada .* revoked$/m);

		for (const asker of askers) await asker.close();
		for (const gateway of [one, two]) {
			gateway.child.kill("SIGTERM");
			expect(await gateway.ended(), gateway.output()).toBe(0);
		}
		await sandbox.close();
	},
	3 * TEST_MS,
);

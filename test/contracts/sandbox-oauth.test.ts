// The OAuth operations of the vendor's OpenAPI file, as the sandbox answers them.
import { describe, expect, test } from "vitest";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { contractMissing, loadContract } from "./openapi.ts";

if (contractMissing !== undefined)
	process.stderr.write(`sandbox-oauth: ${contractMissing}\n`);

describe.skipIf(contractMissing !== undefined)(
	"against the OpenAPI file",
	() => {
		test("the three operations, their forms and their answers", async () => {
			const contract = loadContract();
			await using sandbox = await startSandbox({
				contacts: 1,
				oauth: { answers: "specified" },
			});
			const { clientId, clientSecret, companyId } = sandbox.oauth;
			const company = sandbox.oauth.issue("company");
			const seen: (string | undefined)[] = [];
			const ask = async (
				path: string,
				fields?: Record<string, string>,
				token?: string,
			) => {
				const method = fields === undefined ? "GET" : "POST";
				const response = await fetch(sandbox.url + path, {
					method,
					headers: {
						version: "2021-07-28",
						...(token === undefined
							? {}
							: { authorization: `Bearer ${token}` }),
					},
					...(fields === undefined
						? {}
						: { body: new URLSearchParams(fields) }),
				});
				const exchange = {
					method,
					path,
					request: fields,
					status: response.status,
					answer: await response.json(),
				};
				seen.push(contract.operationOf(method, path));
				expect([path, contract.requestFaults(exchange)]).toEqual([path, []]);
				expect([path, contract.answerFaults(exchange)]).toEqual([path, []]);
				return response.status;
			};
			const refresh = {
				client_id: clientId,
				client_secret: clientSecret,
				grant_type: "refresh_token",
				refresh_token: company.refreshToken,
			};
			expect(await ask("/oauth/token", refresh)).toBe(200);
			const wrong = { ...refresh, client_secret: "no" };
			expect(await ask("/oauth/token", wrong)).toBe(401);
			const unknown = { ...refresh, refresh_token: "no" };
			expect(await ask("/oauth/token", unknown)).toBe(400);
			const token = company.accessToken;
			const place = { companyId, locationId: "sandbox-location-1" };
			expect(await ask("/oauth/locationToken", place, token)).toBe(200);
			const list = `/oauth/installedLocations?companyId=${companyId}&appId=sandboxapp`;
			expect(await ask(list, undefined, token)).toBe(200);
			const oauth = contract.operations.filter((one) =>
				one.includes("/oauth/"),
			);
			expect([...new Set(seen)].sort()).toEqual(oauth.sort());
		});
	},
);

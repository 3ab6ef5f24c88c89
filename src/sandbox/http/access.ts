// Who may call what: Bearer tokens, their scopes, and the Version header (contract, sections 1 and 6).
import type { SandboxData } from "../store/data.ts";
import type { LocationData } from "../store/location-data.ts";
import type { Call } from "./env.ts";
import { Refusal } from "./errors.ts";

const VERSIONS: readonly string[] = [
	"2021-04-15",
	"2021-07-28",
	"2023-02-21",
	"v3",
];

export class Access {
	readonly #data: SandboxData;
	#pits = new Map<string, string>();
	#scopes: readonly string[] | "all";

	constructor(data: SandboxData, scopes: readonly string[] | "all") {
		this.#data = data;
		this.#scopes = scopes;
		for (const [i, id] of data.locationIds.entries())
			this.#pits.set(`sandbox-pit-${i + 1}`, id);
	}

	/** The Private Integration Token of each location. */
	tokens(): Record<string, string> {
		return Object.fromEntries(
			[...this.#pits].map(([token, id]) => [id, token]),
		);
	}

	/** The location the call's token is for. Refuses with 401 as the upstream does. */
	locationOf(call: Call): LocationData {
		const locationId = this.locationIdOf(call);
		const location =
			locationId === undefined ? undefined : this.#data.find(locationId);
		if (location === undefined) throw new Refusal(401, "Invalid JWT");
		return location;
	}

	locationIdOf(call: Call): string | undefined {
		const header = call.req.header("authorization") ?? "";
		return this.#pits.get(/^Bearer (.+)$/i.exec(header)?.[1] ?? "");
	}

	checkVersion(call: Call): void {
		const version = call.req.header("version");
		if (version === undefined || version === "")
			throw new Refusal(401, "version header was not found.");
		if (!VERSIONS.includes(version))
			throw new Refusal(401, "version header is invalid");
	}

	checkScope(scope: string | undefined): void {
		if (scope === undefined || this.#scopes === "all") return;
		if (!this.#scopes.includes(scope))
			throw new Refusal(401, "The token is not authorized for this scope.");
	}
}

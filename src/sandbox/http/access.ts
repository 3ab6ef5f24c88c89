// Who may call what: Bearer tokens, their scopes, and the Version header (contract, sections 1 and 6).
import type { GrantBook } from "../oauth/book.ts";
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
	#dead = new Set<string>();
	#scopes: readonly string[] | "all";
	readonly #book: GrantBook;

	constructor(
		data: SandboxData,
		scopes: readonly string[] | "all",
		book: GrantBook,
	) {
		this.#data = data;
		this.#scopes = scopes;
		this.#book = book;
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
		const token = tokenOf(call);
		const location = this.#data.find(
			this.#privateLocation(token) ?? this.#granted(token),
		);
		if (location === undefined) throw new Refusal(401, "Invalid JWT");
		return location;
	}

	/** The same, or undefined where `locationOf` would refuse. */
	locationIdOf(call: Call): string | undefined {
		const token = tokenOf(call);
		return this.#dead.has(token)
			? undefined
			: (this.#pits.get(token) ?? this.#book.locationOf(token));
	}

	/** Ends a location's Private Integration Token, as its rotation in the CRM does; `valid` brings it back. */
	setPrivateToken(locationId: string, valid: boolean): void {
		for (const [token, id] of this.#pits)
			if (id === locationId) this.#dead[valid ? "delete" : "add"](token);
	}

	#privateLocation(token: string): string | undefined {
		const known = this.#pits.get(token);
		if (this.#dead.has(token) || (!known && /^(sandbox-)?pit-/.test(token)))
			throw new Refusal(401, "Invalid Private Integration token");
		return known;
	}

	checkVersion(call: Call): void {
		const version = call.req.header("version");
		if (version === undefined || version === "")
			throw new Refusal(401, "version header was not found.");
		if (!VERSIONS.includes(version))
			throw new Refusal(401, "version header is invalid");
	}

	checkScope(call: Call, scope: string | undefined): void {
		const token = tokenOf(call);
		const scopes = this.#pits.has(token)
			? this.#scopes
			: this.#book.bearer(token).scopes;
		if (scope === undefined || scopes === "all") return;
		if (!scopes.includes(scope))
			throw new Refusal(401, "The token is not authorized for this scope.");
	}

	#granted(token: string): string {
		const { grant } = this.#book.bearer(token);
		if (grant.kind === "Location") return grant.locationId;
		throw new Refusal(403, "The token does not have access to this location.");
	}
}

const tokenOf = (call: Call): string =>
	/^Bearer (.+)$/i.exec(call.req.header("authorization") ?? "")?.[1] ?? "";

// Who was granted what: codes, access tokens and single-use refresh tokens, as the upstream was seen to keep them (contract, section 8).
import { randomBytes } from "node:crypto";
import { Refusal } from "../http/errors.ts";
import type { OAuthSettings } from "./settings.ts";

/** What a token is for: one location, or a company whose app may mint tokens for the locations it approved. */
export type Grant =
	| { kind: "Location"; locationId: string }
	| { kind: "Company"; approved: string[] };

export interface Issued {
	grant: Grant;
	scopes: string[];
	accessToken: string;
	refreshToken: string;
	expiresAt: number;
}

interface Code {
	grant: Grant;
	scopes: string[];
	clientId: string;
	redirectUri: string;
	expiresAt: number;
	used: boolean;
}

interface Refresh {
	grant: Grant;
	scopes: string[];
	/** The refresh token that took this one's place, and when. */
	next?: { refreshToken: string; at: number };
	revoked?: true;
}

/** What tests count: how often a token was renewed, by whom it is for (a location's id, or the company's). */
export interface Tally {
	exchanged: number;
	/** Each took a refresh token that had not been used before. */
	refreshed: number;
	/** Each repeated a refresh within the grace. */
	repeated: number;
	/** Each was refused: unknown, revoked, or used before and past the grace. */
	refused: number;
	minted: number;
}

export class GrantBook {
	readonly settings: OAuthSettings;
	/** Told when the app comes to a location where it was not. */
	onInstall: ((locationId: string) => void) | undefined;
	readonly #now: () => number;
	readonly #companyId: string;
	#codes = new Map<string, Code>();
	#access = new Map<
		string,
		{ grant: Grant; scopes: string[]; expiresAt: number; revoked?: true }
	>();
	#refresh = new Map<string, Refresh>();
	#installed = new Map<string, number>();
	#tallies = new Map<string, Tally>();

	constructor(
		settings: OAuthSettings,
		parts: { companyId: string; now: () => number },
	) {
		this.settings = settings;
		this.#companyId = parts.companyId;
		this.#now = parts.now;
	}

	tally(id: string): Tally {
		let tally = this.#tallies.get(id);
		if (tally === undefined) {
			tally = {
				exchanged: 0,
				refreshed: 0,
				repeated: 0,
				refused: 0,
				minted: 0,
			};
			this.#tallies.set(id, tally);
		}
		return tally;
	}

	tallies(): Record<string, Tally> {
		return Object.fromEntries(this.#tallies);
	}

	/** Since when the app is installed, in epoch milliseconds. */
	installedAt(locationId: string): number | undefined {
		return this.#installed.get(locationId);
	}

	newCode(
		code: Pick<Code, "grant" | "scopes" | "clientId" | "redirectUri">,
	): string {
		const text = opaque("code");
		this.#codes.set(text, {
			...code,
			expiresAt: this.#now() + this.settings.codeTtlMs,
			used: false,
		});
		return text;
	}

	/** Refuses a code that is not there, whoever asks: measured, that is looked at before the client. */
	checkCode(text: string): void {
		const code = this.#codes.get(text);
		if (code === undefined || code.used || code.expiresAt <= this.#now())
			throw this.#invalidCode();
	}

	/** Takes a code, once. */
	exchange(
		text: string,
		clientId: string,
		redirectUri: string | undefined,
	): Issued {
		const code = this.#codes.get(text);
		if (
			code === undefined ||
			code.used ||
			code.clientId !== clientId ||
			code.expiresAt <= this.#now() ||
			(redirectUri !== undefined && code.redirectUri !== redirectUri)
		)
			throw this.#invalidCode();
		code.used = true;
		this.tally(this.#nameOf(code.grant)).exchanged++;
		return this.issue(code.grant, code.scopes);
	}

	/** A new pair of tokens, and the app installed wherever they reach. */
	issue(
		grant: Grant,
		scopes = [...this.settings.scopes],
		expiresInMs?: number,
	): Issued {
		const reached =
			grant.kind === "Location" ? [grant.locationId] : grant.approved;
		for (const id of reached) this.install(id);
		const refreshToken = opaque("refresh");
		this.#refresh.set(refreshToken, { grant, scopes });
		return this.#withAccess(grant, scopes, refreshToken, expiresInMs);
	}

	/** Takes a refresh token: once, and again within the grace with the same new refresh token (contract, section 8). */
	renew(text: string): Issued {
		const refresh = this.#refresh.get(text);
		if (refresh === undefined || refresh.revoked) {
			if (refresh) this.tally(this.#nameOf(refresh.grant)).refused++;
			throw this.#invalidRefresh();
		}
		const tally = this.tally(this.#nameOf(refresh.grant));
		if (refresh.next) {
			if (this.#now() - refresh.next.at > this.settings.graceMs) {
				tally.refused++;
				throw this.#invalidRefresh();
			}
			tally.repeated++;
			return this.#withAccess(
				refresh.grant,
				refresh.scopes,
				refresh.next.refreshToken,
			);
		}
		tally.refreshed++;
		const issued = this.issue(refresh.grant, refresh.scopes);
		refresh.next = { refreshToken: issued.refreshToken, at: this.#now() };
		return issued;
	}

	/** A location's tokens by the company's: only where the app is installed. */
	mint(locationId: string, scopes: string[]): Issued {
		if (!this.#installed.has(locationId))
			throw new Refusal(400, "Location not found or app not installed");
		this.tally(locationId).minted++;
		return this.issue({ kind: "Location", locationId }, scopes);
	}

	/** Whom an access token is for. Refuses with 401 what is unknown, expired or revoked (contract, section 6). */
	bearer(token: string): { grant: Grant; scopes: readonly string[] } {
		const access = this.#access.get(token);
		if (access === undefined || access.expiresAt <= this.#now())
			throw new Refusal(401, "Invalid JWT");
		if (access.revoked)
			throw new Refusal(401, "Invalid token: access token is invalid");
		return access;
	}

	/** The location of a token that `bearer` would let pass. */
	locationOf(token: string): string | undefined {
		const access = this.#access.get(token);
		if (!access || access.revoked || access.expiresAt <= this.#now())
			return undefined;
		return access.grant.kind === "Location"
			? access.grant.locationId
			: undefined;
	}

	/** Makes every access token of a location (or the company) expire now; its refresh tokens stay good. */
	expire(id: string): void {
		for (const access of this.#access.values())
			if (this.#nameOf(access.grant) === id) access.expiresAt = this.#now();
	}

	/** Takes the app away from a location, or from the company and all of its locations. */
	uninstall(id: string): void {
		const gone = new Set(
			id === this.#companyId ? [id, ...this.#installed.keys()] : [id],
		);
		for (const one of gone) this.#installed.delete(one);
		for (const held of [...this.#access.values(), ...this.#refresh.values()])
			if (gone.has(this.#nameOf(held.grant))) held.revoked = true;
	}

	/** Installs the app where it is not yet; without a token, that is what "future locations" do. */
	install(locationId: string): void {
		if (this.#installed.has(locationId)) return;
		this.#installed.set(locationId, this.#now());
		this.onInstall?.(locationId);
	}

	#invalidCode(): Refusal {
		return this.settings.answers === "measured"
			? new MeasuredRefusal("Authorization code not found")
			: invalidGrant("authorization code is invalid");
	}

	#invalidRefresh(): Refusal {
		return this.settings.answers === "measured"
			? new MeasuredRefusal("Invalid client credentials!")
			: invalidGrant("refresh token is invalid");
	}

	#withAccess(
		grant: Grant,
		scopes: string[],
		refreshToken: string,
		expiresInMs = this.settings.accessTtlMs,
	): Issued {
		const accessToken = opaque("access");
		const expiresAt = this.#now() + expiresInMs;
		this.#access.set(accessToken, { grant, scopes, expiresAt });
		return { grant, scopes, accessToken, refreshToken, expiresAt };
	}

	#nameOf(grant: Grant): string {
		return grant.kind === "Location" ? grant.locationId : this.#companyId;
	}
}

/** A refusal of the token endpoint in the shape it was measured in. */
class MeasuredRefusal extends Refusal {
	constructor(words: string) {
		super(401, words);
	}

	override body(): Record<string, unknown> {
		return { error: "UnAuthorized!", error_description: this.text };
	}
}

const invalidGrant = (what: string): Refusal =>
	new Refusal(400, `Invalid grant: ${what}`, {
		error: "invalid_grant",
		error_description: `Invalid grant: ${what}`,
	});

// Not from the seed: a token that can be guessed would make every test of a stolen one worthless.
const opaque = (kind: string): string =>
	`sandbox-${kind}-${randomBytes(24).toString("base64url")}`;

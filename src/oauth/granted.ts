/** What a token answer says, in our words. Read leniently: codes and refresh tokens work once, so an answer to one is not thrown away over a field. */
import { GrantRefused } from "./grant-refused.ts";

/** What the token endpoint gave; times are epoch milliseconds. */
export interface Granted {
	readonly kind: "location" | "company";
	/** The location's id or the company's. */
	readonly id: string;
	readonly companyId: string | undefined;
	/** Locations a company's token may mint tokens for, as far as the answer says. */
	readonly approved: readonly string[];
	/** Undefined where the answer has only a refresh token, which then gets one. */
	readonly accessToken: string | undefined;
	readonly refreshToken: string | undefined;
	/** Undefined where the answer does not say. */
	readonly scopes: readonly string[] | undefined;
	/** 0 without an access token. */
	readonly expiresAt: number;
}

/** Whom the tokens were asked for; undefined at a consent, which tells. */
export interface Expected {
	readonly kind: "location" | "company";
	readonly id: string;
}

// [docs] An access token lives a day (contract, section 8).
const USUAL_SECONDS = 86_399;

/** @throws GrantRefused `unreadable`, for an answer without any token, or one about somebody else or nobody. */
export const grantedOf = (
	answer: unknown,
	expected: Expected | undefined,
	status: number,
	now: number,
): Granted => {
	const said = (
		typeof answer === "object" && answer !== null ? answer : {}
	) as Readonly<Record<string, unknown>>;
	const accessToken = text(said.access_token);
	const refreshToken = text(said.refresh_token);
	if (accessToken === undefined && refreshToken === undefined)
		throw new GrantRefused("unreadable", status, "there is no token in it");
	const { kind, id } = holderOf(said, expected, status);
	return {
		kind,
		id,
		companyId: text(said.companyId),
		approved: Array.isArray(said.approvedLocations)
			? said.approvedLocations.filter((one) => text(one) !== undefined)
			: [],
		accessToken,
		refreshToken,
		scopes: text(said.scope)?.split(" ").filter(Boolean),
		expiresAt: accessToken === undefined ? 0 : now + lifeOf(said) * 1000,
	};
};

const holderOf = (
	said: Readonly<Record<string, unknown>>,
	expected: Expected | undefined,
	status: number,
): Expected => {
	const locationId = text(said.locationId);
	const companyId = text(said.companyId);
	// An agency that installs in bulk gets a company's token even where a location's was asked for (contract, section 8).
	const told =
		locationId !== undefined || said.userType === "Location"
			? "location"
			: said.userType === "Company"
				? "company"
				: undefined;
	const kind = told ?? expected?.kind ?? (companyId && "company");
	const id =
		(kind === "location" ? locationId : companyId) ??
		(kind === expected?.kind ? expected?.id : undefined);
	if (
		!kind ||
		id === undefined ||
		(expected && (expected.kind !== kind || expected.id !== id))
	)
		throw new GrantRefused(
			"unreadable",
			status,
			`the tokens are for ${id === undefined ? "nobody named" : `the ${kind} ${id}`}, not for whom they were asked`,
		);
	return { kind, id };
};

const lifeOf = ({ expires_in }: Readonly<Record<string, unknown>>): number => {
	const seconds = Number(expires_in);
	return seconds > 0 && Number.isFinite(seconds) ? seconds : USUAL_SECONDS;
};

const text = (value: unknown): string | undefined =>
	typeof value === "string" && value !== "" ? value : undefined;

/** What a token answer says, checked and in our words. */
import Type, { type Static } from "typebox";
import { Compile } from "typebox/compile";
import { coerced } from "../upstream/lenient.ts";
import { GrantRefused } from "./grant-refused.ts";

/** What the token endpoint gave; times are epoch milliseconds. */
export interface Granted {
	readonly kind: "location" | "company";
	/** The location's id or the company's. */
	readonly id: string;
	readonly companyId: string | undefined;
	/** Locations a company's token may mint tokens for, as far as the answer says. */
	readonly approved: readonly string[];
	readonly accessToken: string;
	readonly refreshToken: string | undefined;
	readonly scopes: readonly string[];
	readonly expiresAt: number;
}

/** Whom the tokens were asked for, as far as that is known before. */
export interface Expected {
	readonly kind: "location" | "company" | undefined;
	readonly id?: string;
}

/** @throws GrantRefused `unreadable`, for an answer that is not as documented or is about somebody else. */
export const grantedOf = (
	answer: unknown,
	expected: Expected,
	status: number,
	now: number,
): Granted => {
	// The refresh token that was paid for it is spent: an odd value beside the tokens must not lose them.
	const found = coerced(TokenAnswer, answer, () => {})?.answer;
	if (tokenAnswer.Check(found)) return read(found, expected, status, now);
	throw new GrantRefused(
		"unreadable",
		status,
		`${tokenAnswer.Errors(answer)[0]?.instancePath || "/"} is not as documented`,
	);
};

// [spec] What the answers have in common; an access token without a location's or a company's name is of no use.
const TokenAnswer = Type.Object({
	access_token: Type.String({ minLength: 1 }),
	expires_in: Type.Number({ exclusiveMinimum: 0 }),
	refresh_token: Type.Optional(Type.String({ minLength: 1 })),
	scope: Type.Optional(Type.String()),
	userType: Type.Optional(Type.String()),
	locationId: Type.Optional(Type.String({ minLength: 1 })),
	companyId: Type.Optional(Type.String({ minLength: 1 })),
	approvedLocations: Type.Optional(Type.Array(Type.String())),
});
const tokenAnswer = Compile(TokenAnswer);

const read = (
	answer: Static<typeof TokenAnswer>,
	expected: Expected,
	status: number,
	now: number,
): Granted => {
	// An agency that installs in bulk gets a company's token even where a location's was asked for (contract, section 8).
	const kind =
		answer.userType === "Company" && !answer.locationId
			? "company"
			: "location";
	const id = kind === "company" ? answer.companyId : answer.locationId;
	if (
		id === undefined ||
		(expected.kind !== undefined && expected.kind !== kind) ||
		(expected.id !== undefined && expected.id !== id)
	)
		throw new GrantRefused(
			"unreadable",
			status,
			`the tokens are for ${id === undefined ? "nobody named" : `the ${kind} ${id}`}, not for whom they were asked`,
		);
	return {
		kind,
		id,
		companyId: answer.companyId,
		approved: answer.approvedLocations ?? [],
		accessToken: answer.access_token,
		refreshToken: answer.refresh_token,
		scopes: (answer.scope ?? "").split(" ").filter(Boolean),
		expiresAt: now + answer.expires_in * 1000,
	};
};

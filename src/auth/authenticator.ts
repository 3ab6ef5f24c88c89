/** Who is calling us: turns a bearer token into a viewer, the same way for HTTP and for WebSocket. */

import { hash, randomUUID } from "node:crypto";
import type { JWTPayload } from "jose";
// Not all of jose: every process pays for it before it answers.
import * as errors from "jose/errors";
import { createRemoteJWKSet } from "jose/jwks/remote";
import { SignJWT } from "jose/jwt/sign";
import { jwtVerify } from "jose/jwt/verify";
import { LRUCache } from "lru-cache";
import { fail } from "../errors.ts";
import type { Viewer } from "./viewer.ts";

export interface AuthOptions {
	/** The gateway's own HS256 key, at least 32 bytes; not used when `jwksUrl` is given. */
	readonly secret: Uint8Array | string;
	/** Keys of the operator's identity provider. When given, only its tokens count. */
	readonly jwksUrl?: string;
	readonly issuer: string;
	readonly audience: string;
	/** The locations this gateway serves. */
	readonly locations: readonly string[];
	/** Asked instead of `locations` where they come and go. */
	serves?(locationId: string): boolean;
	/** Whether the token with this id (`jti`) was revoked; called for every request, so it must be quick. */
	isRevoked?(tokenId: string): boolean;
	/** Clocks may differ by this much: a token is taken so long after its `exp` and before its `nbf`. Default 60. */
	readonly clockSkewSeconds?: number;
	/** Shortest time between two fetches of the provider's keys when an unknown key is met. Default 5,000. */
	readonly jwksCooldownMs?: number;
	/** Epoch milliseconds; the machine's clock when left out. */
	now?(): number;
}

/** Who holds a token, whatever it is for. */
export interface Caller {
	readonly subject: string;
	readonly locations: readonly string[];
	readonly scopes: ReadonlySet<string>;
	/** Epoch milliseconds. */
	readonly expiresAt: number;
}

/** The scope of those who run this gateway: it opens no location's data, and needs none. */
export const OPERATOR = "operator";

export interface Authenticator {
	/** @throws Failure as `authenticate` does, except for what it says of locations. */
	identify(authorization: string | undefined): Promise<Caller>;
	/**
	 * The viewer of `Authorization: Bearer ...`, for the location that `X-Location-Id` picks or the token's only one.
	 * @throws Failure UNAUTHENTICATED (no token, or not one of ours), FORBIDDEN (not for this location), BAD_REQUEST
	 * (several locations and none picked), UPSTREAM_UNAVAILABLE (the provider's keys cannot be fetched).
	 */
	authenticate(
		authorization: string | undefined,
		locationId: string | undefined,
		/** What the request came by: whoever sends the same again over it is known. */
		connection?: object,
	): Viewer | Promise<Viewer>;
}

export interface MintOptions {
	/** The token's `jti`, by which it can be revoked; random when left out. */
	readonly id?: string;
	readonly secret: Uint8Array | string;
	readonly issuer: string;
	readonly audience: string;
	readonly subject?: string;
	readonly locations: readonly string[];
	readonly scopes: readonly string[];
	readonly ttlSeconds: number;
}

// Symmetric and asymmetric algorithms never meet in one list: a public key must not pass for an HMAC secret.
const OWN_ALGORITHMS = ["HS256"];
const PROVIDER_ALGORITHMS = ["RS256", "ES256", "EdDSA"];
const REMEMBERED_TOKENS = 10_000;
// A key the provider withdraws must stop working soon, so its tokens are looked at again at least this often.
const PROVIDER_RECHECK_MS = 300_000;
const LONGEST_TOKEN = 8192;

/** A token of the gateway's own key, as `npm run token` prints it. */
export const mintToken = (options: MintOptions): Promise<string> =>
	new SignJWT({
		locations: [...options.locations],
		scope: options.scopes.join(" "),
	})
		.setProtectedHeader({ alg: "HS256", typ: "JWT" })
		.setJti(options.id ?? randomUUID())
		.setSubject(options.subject ?? "developer")
		.setIssuer(options.issuer)
		.setAudience(options.audience)
		.setIssuedAt()
		.setExpirationTime(Math.floor(Date.now() / 1000) + options.ttlSeconds)
		.sign(keyOf(options.secret));

export const createAuthenticator = (options: AuthOptions): Authenticator => {
	const now = options.now ?? Date.now;
	const skewSeconds = options.clockSkewSeconds ?? 60;
	const served = new Set(options.locations);
	const serves = options.serves ?? ((id: string) => served.has(id));
	const verify = verifier(options, now, skewSeconds);
	const remembered = new LRUCache<string, { claims: Claims; untilMs: number }>({
		maxSize: REMEMBERED_TOKENS,
		sizeCalculation: () => 1,
	});

	const claimsOf = async (
		token: string,
	): Promise<{ claims: Claims; untilMs: number }> => {
		// The hash, not the token: what is kept in memory cannot be used to call us.
		const key = hash("sha256", token, "base64");
		const known = remembered.get(key);
		if (known && now() < known.untilMs) {
			unrevoked(known.claims);
			return known;
		}
		const payload = await verify(token);
		const expiryMs = ((payload.exp as number) + skewSeconds) * 1000;
		const claims = { ...read(payload), expiresAtMs: expiryMs };
		const untilMs = options.jwksUrl
			? Math.min(expiryMs, now() + PROVIDER_RECHECK_MS)
			: expiryMs;
		const found = { claims, untilMs };
		remembered.set(key, found);
		unrevoked(claims);
		return found;
	};
	const unrevoked = (claims: Claims): void => {
		if (claims.id !== undefined && options.isRevoked?.(claims.id))
			throw fail(
				"UNAUTHENTICATED",
				"The token has been revoked. Get a new one.",
			);
	};

	const byConnection = new WeakMap<object, Known>();

	const viewerOf = async (
		authorization: string | undefined,
		locationId: string | undefined,
	): Promise<Omit<Known, "authorization" | "wanted">> => {
		const { claims, untilMs } = await claimsOf(bearerOf(authorization));
		const { subject, locations, scopes } = claims;
		// Before the first location is connected, and for those who have none, there still is the state of things to see.
		const isOperators =
			scopes.has(OPERATOR) &&
			locationId === undefined &&
			!locations.some(serves);
		const viewer = isOperators
			? {
					subject,
					locationId: "",
					locations: [],
					scopes: new Set([OPERATOR]),
					expiresAtMs: claims.expiresAtMs,
				}
			: {
					subject,
					locationId: pick(locations, locationId, serves),
					locations: locations.filter(serves),
					scopes,
					expiresAtMs: claims.expiresAtMs,
				};
		return { viewer, claims, untilMs };
	};

	return {
		identify: async (authorization) =>
			(await claimsOf(bearerOf(authorization))).claims,
		authenticate(authorization, locationId, connection) {
			const last = connection && byConnection.get(connection);
			if (
				last &&
				last.authorization === authorization &&
				last.wanted === locationId &&
				now() < last.untilMs &&
				serves(last.viewer.locationId)
			) {
				unrevoked(last.claims);
				return last.viewer;
			}
			const known = viewerOf(authorization, locationId);
			if (!connection || authorization === undefined)
				return known.then(({ viewer }) => viewer);
			return known.then((found) => {
				// Which of several locations is meant may change as they come and go.
				if (locationId !== undefined || found.claims.locations.length === 1)
					byConnection.set(connection, {
						...found,
						authorization,
						wanted: locationId,
					});
				return found.viewer;
			});
		},
	};
};

/** Who came by a connection last. The token is held no longer than the connection that brought it. */
interface Known {
	readonly authorization: string;
	readonly wanted: string | undefined;
	readonly viewer: Viewer;
	readonly claims: Claims;
	readonly untilMs: number;
}

interface Claims extends Caller {
	readonly id: string | undefined;
	readonly expiresAtMs: number;
}

const bearerOf = (authorization: string | undefined): string => {
	if (!authorization)
		throw fail(
			"UNAUTHENTICATED",
			"This gateway needs a token: send the header `Authorization: Bearer <token>`.",
		);
	const [, token] = /^Bearer +([\w.~+/=-]+) *$/i.exec(authorization) ?? [];
	if (token === undefined || token.length > LONGEST_TOKEN)
		throw fail(
			"UNAUTHENTICATED",
			`The Authorization header must be \`Bearer <token>\` with a token of at most ${LONGEST_TOKEN} characters.`,
		);
	return token;
};

const verifier = (
	options: AuthOptions,
	now: () => number,
	clockTolerance: number,
) => {
	const checks = () => ({
		issuer: options.issuer,
		audience: options.audience,
		clockTolerance,
		requiredClaims: ["exp", "sub"],
		currentDate: new Date(now()),
	});
	const own = options.jwksUrl ? undefined : keyOf(options.secret);
	const provider = options.jwksUrl
		? createRemoteJWKSet(new URL(options.jwksUrl), {
				cooldownDuration: options.jwksCooldownMs ?? 5000,
			})
		: undefined;
	return async (token: string): Promise<JWTPayload> => {
		try {
			const { payload } = provider
				? await jwtVerify(token, provider, {
						...checks(),
						algorithms: PROVIDER_ALGORITHMS,
					})
				: await jwtVerify(token, own as Uint8Array, {
						...checks(),
						algorithms: OWN_ALGORITHMS,
					});
			return payload;
		} catch (cause) {
			throw refusal(cause);
		}
	};
};

const refusal = (cause: unknown) => {
	const no = (message: string) => fail("UNAUTHENTICATED", message, { cause });
	if (cause instanceof errors.JWTExpired)
		return no("The token has expired. Get a new one.");
	if (cause instanceof errors.JWTClaimValidationFailed)
		return no(
			cause.claim === "nbf"
				? "The token is not valid yet: its `nbf` lies in the future."
				: `The token's claim \`${cause.claim}\` is ${cause.reason === "missing" ? "missing" : "not the one this gateway expects"}.`,
		);
	if (cause instanceof errors.JOSEAlgNotAllowed)
		return no("The token is signed with an algorithm this gateway refuses.");
	if (
		cause instanceof errors.JWSSignatureVerificationFailed ||
		cause instanceof errors.JWKSNoMatchingKey
	)
		return no("The token's signature is not by a key this gateway trusts.");
	if (
		cause instanceof errors.JWSInvalid ||
		cause instanceof errors.JWTInvalid ||
		cause instanceof errors.JOSENotSupported ||
		cause instanceof errors.JWKSMultipleMatchingKeys
	)
		return no("The token is not a signed JWT this gateway can read.");
	return fail(
		"UPSTREAM_UNAVAILABLE",
		"The token cannot be checked: the identity provider's keys cannot be fetched. Try again later.",
		{ cause },
	);
};

const read = (payload: JWTPayload): Omit<Claims, "expiresAtMs"> => {
	const { scope = "", location, locations = location, jti, sub } = payload;
	// jose checks that `exp` and `nbf` are numbers and that `sub` is there, and no more.
	for (const claim of ["exp", "nbf", "iat"] as const)
		if (payload[claim] !== undefined && !isNumericDate(payload[claim]))
			throw fail(
				"UNAUTHENTICATED",
				`The token's claim \`${claim}\` must be a time in seconds since 1970.`,
			);
	if (typeof sub !== "string" || sub === "")
		throw fail(
			"UNAUTHENTICATED",
			"The token's claim `sub` must be a string that is not empty.",
		);
	const list = typeof locations === "string" ? [locations] : locations;
	if (typeof scope !== "string")
		throw fail(
			"UNAUTHENTICATED",
			"The token's claim `scope` must be one string of scopes separated by spaces.",
		);
	if (!Array.isArray(list) || !list.every((id) => typeof id === "string"))
		throw fail(
			"UNAUTHENTICATED",
			"The token's claim `locations` must be a list of location ids.",
		);
	if (jti !== undefined && typeof jti !== "string")
		throw fail("UNAUTHENTICATED", "The token's claim `jti` must be a string.");
	return {
		id: jti,
		expiresAt: (payload.exp as number) * 1000,
		subject: sub,
		locations: list,
		scopes: new Set(scope.split(" ").filter(Boolean)),
	};
};

// The end of the year 9999: what lies behind it was meant as milliseconds, or as no end at all.
const LAST_SECOND = 253_402_300_799;

const isNumericDate = (value: unknown): boolean =>
	typeof value === "number" && value >= 0 && value <= LAST_SECOND;

const pick = (
	granted: readonly string[],
	wanted: string | undefined,
	serves: (locationId: string) => boolean,
): string => {
	if (wanted !== undefined) {
		if (granted.includes(wanted) && serves(wanted)) return wanted;
		throw fail(
			"FORBIDDEN",
			granted.includes(wanted)
				? "This gateway does not serve the location in X-Location-Id."
				: "The token does not cover the location in X-Location-Id.",
		);
	}
	const [only, second] = granted.filter(serves);
	if (only === undefined)
		throw fail(
			"FORBIDDEN",
			"The token covers no location that this gateway serves.",
		);
	if (second !== undefined)
		throw fail(
			"BAD_REQUEST",
			"The token covers several locations: say which one with the header X-Location-Id.",
		);
	return only;
};

// RFC 7518, section 3.2: an HS256 key is at least as long as its hash.
const keyOf = (secret: Uint8Array | string): Uint8Array => {
	const key =
		typeof secret === "string" ? new TextEncoder().encode(secret) : secret;
	if (key.byteLength >= 32) return key;
	throw new Error(
		`The signing key must be at least 32 bytes, but is ${key.byteLength}`,
	);
};

/** When a key was made, for the two kinds that say so: a key that is older than keys are remembered is never begun again. */

// RFC 9562, section 5.7: the first 48 bits are milliseconds of the Unix epoch.
const UUID_V7 =
	/^([\da-f]{8})-([\da-f]{4})-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/i;

// https://github.com/ulid/spec: 48 bits of the same in the first ten characters of Crockford's base 32.
const ULID = /^([0-7][\da-hjkmnp-tv-z]{9})[\da-hjkmnp-tv-z]{16}$/i;
const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

// What seems older is a text of another kind that happens to look like one: neither existed.
const NONE_BEFORE = Date.UTC(2016, 0, 1);

/** Epoch milliseconds by the clock of whoever made the key; undefined where the key does not say. */
export const madeAt = (key: string): number | undefined => {
	const uuid = UUID_V7.exec(key);
	const ulid = ULID.exec(key)?.[1];
	const at = uuid
		? Number.parseInt(`${uuid[1]}${uuid[2]}`, 16)
		: ulid && fromCrockford(ulid);
	return at && at >= NONE_BEFORE ? at : undefined;
};

const fromCrockford = (text: string): number =>
	[...text.toUpperCase()].reduce(
		(sum, character) => sum * 32 + CROCKFORD.indexOf(character),
		0,
	);

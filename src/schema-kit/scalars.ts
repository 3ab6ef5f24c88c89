/**
 * Scalars: lenient on the way out, because a CRM holds dirty data. On the way in DateTime and Date take any text, and
 * whoever uses it checks it (input-checks.ts): a scalar cannot say which field it stands in, and refuses all of a request.
 */
import { GraphQLError } from "graphql";
import { builder } from "./builder.ts";
import { isoText, startsWithDay } from "./civil-time.ts";

const refused = (scalar: string, expected: string, got: unknown) =>
	new GraphQLError(
		`${scalar} must be ${expected}, but got ${JSON.stringify(got)}.`,
		{ extensions: { code: "BAD_USER_INPUT" } },
	);

builder.scalarType("DateTime", {
	description:
		"An instant as an ISO 8601 string: always in UTC (`2026-03-01T09:30:00.000Z`) in answers, with `Z` or an offset in input.",
	specifiedByURL: "https://scalars.graphql.org/andimarek/date-time.html",
	// Text is already what it should be: see timeOf.
	serialize: (value) =>
		typeof value === "string" ? value : isoText(value as number),
	parseValue: (value) => {
		if (typeof value === "string") return value;
		throw refused(
			"DateTime",
			'an ISO 8601 instant with an offset, such as "2026-03-01T09:30:00Z"',
			value,
		);
	},
});

builder.scalarType("Date", {
	description: "A calendar day without a time: `YYYY-MM-DD`.",
	specifiedByURL: "https://scalars.graphql.org/andimarek/local-date.html",
	serialize: (value) => value as string,
	parseValue: (value) => {
		if (typeof value === "string") return value;
		throw refused(
			"Date",
			'an existing day as YYYY-MM-DD, such as "2026-03-01"',
			value,
		);
	},
});

builder.scalarType("JSON", {
	description:
		"Any JSON value: a string, number, boolean, list or object, exactly as HighLevel holds it.",
	specifiedByURL: "https://www.rfc-editor.org/rfc/rfc8259",
	serialize: (value) => value,
	parseValue: (value) => value,
});

/** True for `YYYY-MM-DD` of a day that exists. */
export const isDay = (text: string): boolean =>
	text.length === 10 && startsWithDay(text);

/** Scalars: lenient on the way out, because a CRM holds dirty data; strict on the way in, because a caller can be told. */
import { GraphQLError } from "graphql";
import { builder } from "./builder.ts";
import { isoText, startsWithDay } from "./civil-time.ts";

const ISO_DATE_TIME =
	/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

const refused = (scalar: string, expected: string, got: unknown) =>
	new GraphQLError(
		`${scalar} must be ${expected}, but came as ${JSON.stringify(got)}.`,
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
		const instant =
			typeof value === "string" &&
			ISO_DATE_TIME.test(value) &&
			isDay(value.slice(0, 10))
				? Date.parse(value)
				: Number.NaN;
		if (!Number.isNaN(instant)) return instant;
		throw refused(
			"DateTime",
			'an ISO 8601 instant with an offset, such as "2026-03-01T09:30:00Z"',
			value,
		);
	},
});

builder.scalarType("Date", {
	description: "A calendar day without a time: `YYYY-MM-DD`.",
	serialize: (value) => value as string,
	parseValue: (value) => {
		if (typeof value === "string" && isDay(value)) return value;
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
	serialize: (value) => value,
	parseValue: (value) => value,
});

/** True for `YYYY-MM-DD` of a day that exists. */
export const isDay = (text: string): boolean =>
	text.length === 10 && startsWithDay(text);

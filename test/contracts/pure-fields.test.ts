/** Which fields of the gateway's schema are written once for each object of the cache and given to every caller. */
import { type GraphQLField, isObjectType } from "graphql";
import { expect, test } from "vitest";
import { schema } from "../../src/schema.ts";

const fieldsWhere = (
	is: (field: GraphQLField<unknown, unknown>) => boolean,
): string[] =>
	Object.values(schema.getTypeMap())
		.filter(isObjectType)
		.filter((type) => type.getInterfaces().some(({ name }) => name === "Node"))
		.flatMap((type) =>
			Object.values(type.getFields())
				.filter(is)
				.map(({ name }) => `${type.name}.${name}`),
		)
		.sort();

test("a pure field takes the context for nothing but the location of its object", () => {
	expect(
		fieldsWhere(
			({ extensions, resolve }) =>
				extensions.pure === true && (resolve?.length ?? 0) > 1,
		),
	).toEqual([
		// A location's times stand in its zone.
		"Appointment.dateAdded",
		"Appointment.dateUpdated",
		"Appointment.endTime",
		"Appointment.id",
		"Appointment.startTime",
		"AppointmentNote.id",
		"Business.id",
		"Calendar.id",
		"Campaign.id",
		"Contact.id",
		"CustomField.id",
		"Note.id",
		"Opportunity.id",
		"Tag.id",
		"Task.id",
		"User.id",
		"Workflow.id",
	]);
});

test("a field of an entity that looks at nothing but its object says that it is pure", () => {
	expect(
		fieldsWhere(
			({ extensions, resolve, args }) =>
				resolve?.length === 1 && args.length === 0 && extensions.pure !== true,
		),
		// An object of its own for every answer.
	).toEqual(["Location.id"]);
});

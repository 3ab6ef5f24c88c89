/** Changes of appointments as clients see them. */
import type { ChangeEvent, ChangeKind } from "../../changes/change.ts";
import { type CostContext, oneForEach } from "../../cost/field-cost.ts";
import { builder } from "../../schema-kit/builder.ts";
import { Change, changeType } from "../change/schema.ts";
import { appointmentById } from "./loader.ts";
import { Appointment } from "./schema.ts";

const AppointmentChange =
	builder.interfaceRef<ChangeEvent>("AppointmentChange");

builder.interfaceType(AppointmentChange, {
	description: "A change of an appointment.",
	interfaces: [Change],
	fields: (t) => ({
		appointmentId: t.id({
			nullable: false,
			description: "HighLevel's own id of the appointment.",
			resolve: ({ subjectId }) => subjectId ?? "",
		}),
		appointment: t.field({
			type: Appointment,
			description:
				"The appointment, read anew; null when it is deleted. Costs one call for all subscribers of the location.",
			extensions: {
				cost(ask: CostContext) {
					ask.each("appointment of a change", ask.parent);
					return oneForEach("appointment", ask.parent);
				},
			},
			resolve: ({ kind, subjectId }, _, context) =>
				kind === "APPOINTMENT_DELETED" || !subjectId
					? null
					: appointmentById.load(context, subjectId),
		}),
	}),
});

const type = (kind: ChangeKind, name: string, description: string) =>
	changeType(kind, name).implement({
		description,
		interfaces: [Change, AppointmentChange],
	});

type("APPOINTMENT_CREATED", "AppointmentCreated", "An appointment was made.");
type(
	"APPOINTMENT_UPDATED",
	"AppointmentUpdated",
	"An appointment was moved or edited.",
);
type(
	"APPOINTMENT_DELETED",
	"AppointmentDeleted",
	"An appointment was deleted.",
);

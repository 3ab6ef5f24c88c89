/** Changes of appointments as clients see them. */
import type { ChangeKind } from "../../changes/change.ts";
import { type CostContext, oneForEach } from "../../cost/field-cost.ts";
import { builder } from "../../schema-kit/builder.ts";
import {
	Change,
	changeOf,
	changeType,
	resolveType,
	stream,
} from "../change/schema.ts";
import { appointmentById } from "./loader.ts";
import { Appointment } from "./schema.ts";

const AppointmentChange = changeOf("AppointmentChange");

builder.interfaceType(AppointmentChange, {
	description: "A change of an appointment.",
	interfaces: [Change],
	resolveType,
	fields: (t) => ({
		appointmentId: t.id({
			description: "HighLevel's own id of the appointment; null for a gap.",
			resolve: ({ subjectId }) => subjectId,
		}),
		appointment: t.field({
			type: Appointment,
			description:
				"The appointment, read anew; null when it is deleted. Costs one call for all subscribers of the location.",
			extensions: {
				cost(cost: CostContext) {
					cost.each("appointment of a change", cost.parent);
					return oneForEach("appointment", cost.parent);
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
		fields: (t) => ({
			appointmentId: t.id({
				nullable: false,
				description: "HighLevel's own id of the appointment.",
				resolve: ({ subjectId }) => subjectId ?? "",
			}),
		}),
	});

stream("appointmentChanged", AppointmentChange, "appointments", "APPOINTMENT_");

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

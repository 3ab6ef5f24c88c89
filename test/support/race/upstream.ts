/** The Contacts API of the race: the sandbox's own data and search, without sockets, on the clock of the test. */
import { fail } from "../../../src/errors.ts";
import { eventShape } from "../../../src/sandbox/api/appointments.ts";
import {
	contactById,
	searchRow,
} from "../../../src/sandbox/api/contact-shapes.ts";
import { noteShape } from "../../../src/sandbox/api/notes.ts";
import { taskShape } from "../../../src/sandbox/api/tasks.ts";
import type { Settings } from "../../../src/sandbox/options.ts";
import { searchContacts } from "../../../src/sandbox/search/search.ts";
import type { SandboxData } from "../../../src/sandbox/store/data.ts";
import type { Meter, Upstream } from "../../../src/upstream/client.ts";
import { locationFacts } from "../../../src/upstream/location-facts.ts";
import type {
	CallRequest,
	Operation,
} from "../../../src/upstream/operation.ts";
import { Refusal } from "../../../src/upstream/refusal.ts";
import type { ResponseMemo } from "../../../src/upstream/response-memo.ts";
import type { VirtualTime } from "./time.ts";

export interface RaceUpstream {
	readonly time: VirtualTime;
	readonly data: SandboxData;
	readonly settings: Settings;
	readonly random: () => number;
	/** Whether some calls take far longer than others. */
	readonly slow: boolean;
	readonly memo: ResponseMemo;
	/** Calls fail until then. */
	downUntil: number;
	calls: number;
}

const LONGEST_WAY_MS = 200;
// Now and then one is far longer than the youngest age that a caller may ask for.
const SLOW = 0.01;
export const SLOWEST_WAY_MS = 15_000;
const FAULTS = 0.02;

/** What one operation of the gateway is given. */
export const upstreamAt = (
	race: RaceUpstream,
	locationId: string,
	signal: AbortSignal,
): Upstream => {
	const meter: Meter = { made: 0 };
	const way = () =>
		race.time.sleep(
			race.random() *
				(race.slow && race.random() < SLOW ? SLOWEST_WAY_MS : LONGEST_WAY_MS),
		);
	const fallOver = (name: string) => {
		if (signal.aborted) throw signal.reason;
		if (race.time.now() < race.downUntil || race.random() < FAULTS)
			throw fail(
				"UPSTREAM_UNAVAILABLE",
				`${name} fails, as the race wants it.`,
			);
	};
	return {
		locationId,
		meter,
		signal,
		facts: facts(locationId),
		maxCost: 0,
		rateLimit: () => {
			throw new Error("no race asks for the budget");
		},
		// Out of budget now and then, for a moment.
		hasRoom: () => race.random() < 0.8,
		end() {},
		async call<V>(operation: Operation<V>, request: CallRequest = {}) {
			meter.made++;
			race.calls++;
			await way();
			fallOver(operation.name);
			// Answered from the state at this moment, however long the answer takes to arrive.
			const answer = answerOf(race, locationId, operation.name, request);
			const body = Buffer.from(JSON.stringify(answer));
			const asked = JSON.stringify([locationId, operation.name, request]);
			await way();
			fallOver(operation.name);
			const { ids = {} } = request;
			const parse = () => operation.valueOf(JSON.parse(body.toString()), ids);
			return race.memo.read(asked, body, parse, true);
		},
	};
};

const answerOf = (
	{ data, settings, time }: RaceUpstream,
	locationId: string,
	operation: string,
	{ ids = {}, body }: CallRequest,
): unknown => {
	const location = data.location(locationId);
	const contact = () => {
		const found = location.contacts.get(ids.contactId ?? "");
		if (found) return found;
		throw notFound(operation, "Contact", ids.contactId);
	};
	switch (operation) {
		case "GET /contacts/{contactId}":
			return { contact: contactById(contact(), settings) };
		case "GET /contacts/{contactId}/tasks":
			return { tasks: location.tasks.group(contact().id).map(taskShape) };
		case "GET /contacts/{contactId}/notes":
			return {
				notes: location.notes
					.group(contact().id)
					.map((note) => noteShape(note, settings)),
			};
		case "GET /contacts/{contactId}/appointments":
			return {
				events: location.appointments
					.group(contact().id)
					.map((one) => eventShape(one, location, settings)),
			};
		case "GET /calendars/events/appointments/{eventId}": {
			const event = location.appointments.get(ids.eventId ?? "");
			if (event) return { appointment: eventShape(event, location, settings) };
			throw notFound(operation, "Appointment", ids.eventId);
		}
		case "POST /contacts/search": {
			const page = searchContacts(
				body as Record<string, unknown>,
				location,
				settings,
			);
			return {
				contacts: page.rows.map((row) =>
					searchRow(row.contact, row.searchAfter, settings),
				),
				total: page.total,
			};
		}
		case "POST /locations/{locationId}/tasks/search": {
			const { contactId, limit } = body as {
				contactId?: string[];
				limit: number;
			};
			const rows = [...location.tasks.visible(time.now()).rows.values()];
			return {
				tasks: rows
					.filter((task) => contactId?.includes(task.contactId) ?? true)
					.slice(0, limit)
					.map((task) => ({ ...taskShape(task), _id: task.id })),
			};
		}
		default:
			throw new Error(`no race makes the call ${operation}`);
	}
};

const notFound = (operation: string, what: string, id: string | undefined) =>
	new Refusal(
		operation,
		400,
		JSON.stringify({ message: `${what} with id ${id} not found` }),
	);

const known = new Map<string, ReturnType<typeof locationFacts>>();

const facts = (locationId: string) => {
	const found = known.get(locationId) ?? locationFacts();
	known.set(locationId, found);
	return found;
};

/** A world whose clock a test moves, interval by interval, to see what is looked at between callers. */
import { WEBHOOK_KEYS } from "../../src/sandbox/webhooks/keys.ts";
import { type TestClock, testClock } from "./clock.ts";
import { startWorld, type World, type WorldOptions } from "./world.ts";

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const EVERY = 43 * SECOND;
// Behind the sample data's own today, so that nothing of it has changed since the gateway started.
export const START = Date.UTC(2026, 11, 1);

export const SEARCH = "POST /contacts/search";
export const CALENDARS = "GET /calendars/";
export const WHOLE_ROUND = ["cal1", "cal2", "cal3", "cal4"];

export interface Watched extends World {
	readonly clock: TestClock;
	/** What the gateway serves of contact c1. */
	read(): Promise<Served>;
	/** Somebody reads c1, an interval passes, and the looks that end it are waited for. Their REST calls. */
	interval(looks?: number): Promise<World["calls"]>;
	/** Which of c1's parts are read again when somebody asks `ms` after the last read. */
	rereads(ms: number): Promise<string[]>;
}

interface Served {
	readonly company: string | null;
	readonly notes: readonly string[];
	readonly appointments: readonly string[];
}

export const C1 =
	'{ contact(id: "c1") { companyName notes { nodes { body } } appointments { nodes { title } } } }';

export const ended = ({ log }: World) =>
	log.filter(({ msg = "" }) =>
		/^looked for missed|^reconciliation of .* put off/.test(msg),
	).length;

/** Webhooks arrive, as far as the gateway can tell, so nothing is read again for hours unless it is dropped. */
export const startWatched = async ({
	gateway,
	...options
}: WorldOptions = {}): Promise<Watched> => {
	const clock = testClock(START);
	const world = await startWorld({
		contacts: 2,
		appointmentsEach: 0,
		...options,
		sandbox: { now: clock.epoch, ...options.sandbox },
		gateway: {
			clock,
			cache: { webhooksArriving: () => true, ttls: { coveredMs: 4 * HOUR } },
			webhooks: {
				keys: { ed25519: [WEBHOOK_KEYS.ed25519], rsa: [WEBHOOK_KEYS.rsa] },
				now: clock.epoch,
			},
			...gateway,
			reconcile: { contactsMs: EVERY, ...gateway?.reconcile },
		},
	});
	const read = async (): Promise<Served> => {
		const { contact } = await world.query(C1);
		return {
			company: contact.companyName,
			notes: contact.notes.nodes.map(({ body }: { body: string }) => body),
			appointments: contact.appointments.nodes.map(
				({ title }: { title: string }) => title,
			),
		};
	};
	return Object.assign(world, {
		clock,
		read,
		async interval(looks = 1) {
			await read();
			const before = ended(world);
			world.upstream.clearCalls();
			await clock.advance(EVERY);
			await world.until(
				() => ended(world) >= before + looks,
				`${looks} looks to end`,
			);
			return world.calls;
		},
		async rereads(ms: number) {
			await read();
			await clock.advance(ms);
			world.upstream.clearCalls();
			await read();
			return world.calls
				.map(({ path }) => path)
				.filter((path) => path.startsWith("/contacts/c1"))
				.sort();
		},
	});
};

/** From now on the sandbox's webhooks reach the gateway. */
export const tell = (world: World) =>
	world.sandbox.webhooks.sendTo(`${world.url}/webhooks/contacts`);

export const company = ({ sandbox }: World, companyName: string, id = "c1") =>
	sandbox.data.edit("contacts", id, { companyName });

/** An appointment of c1 in cal1, tomorrow. */
export const book = (
	{ sandbox, clock }: Watched,
	title: string,
	startsAt = clock.epoch() + DAY,
): string =>
	sandbox.edit({
		type: "AppointmentCreate",
		contactId: "c1",
		set: { title, startsAt, endsAt: startsAt + 30 * MINUTE },
	});

export const bookLongAgo = (
	world: Watched,
	title: string,
	startsAt?: number,
): string => {
	const id = book(world, title, startsAt);
	world.sandbox.data.edit("appointments", id, {
		dateUpdated: new Date(START - DAY).toISOString(),
	});
	return id;
};

export const drops = ({ gateway }: World) => gateway.cacheStats().drops;

export const PARTS = [
	"/contacts/c1",
	"/contacts/c1/appointments",
	"/contacts/c1/notes",
];

/** Webhooks are relied on whatever is found, so that what is read again was dropped. */
export const ONLY_CALENDARS = {
	gateway: {
		reconcile: { contactsMs: 0, calendarsMs: EVERY, distrustMs: 0 },
	},
};

/** Which calendars were looked at, `list` for the list of them; a look that made no call is a dash. */
export const walked = async (world: Watched, intervals: number, looks = 1) => {
	const seen: string[] = [];
	for (let index = 0; index < intervals; index++) {
		const calls = await world.interval(looks);
		seen.push(
			calls
				.map(({ path }) => /calendarId=(\w+)/.exec(path)?.[1] ?? "list")
				.join() || "-",
		);
	}
	return seen;
};

/** Parses rows of the API as answers bring them, and prints what the heap holds for each kind and what is counted for it. */
import { sizeOf } from "../../src/cache/size.ts";
import { eventShape } from "../../src/sandbox/api/appointments.ts";
import {
	contactById,
	searchRow,
} from "../../src/sandbox/api/contact-shapes.ts";
import { noteShape } from "../../src/sandbox/api/notes.ts";
import { taskShape } from "../../src/sandbox/api/tasks.ts";
import { settingsFrom } from "../../src/sandbox/options.ts";
import { SandboxData } from "../../src/sandbox/store/data.ts";

const settings = settingsFrom({ contacts: 500 });
const location = new SandboxData(settings).location();
const contacts = [...location.contacts.values()];

const held = () => {
	for (let time = 0; time < 4; time++) globalThis.gc?.();
	return process.memoryUsage().heapUsed;
};

/** As many different rows as there are: every text begins with a number of its own. */
const own = (n: number, value: unknown): unknown => {
	if (typeof value === "string")
		return value && `${n}${value}`.slice(0, value.length);
	if (Array.isArray(value)) return value.map((item) => own(n, item));
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, inner]) => [key, own(n, inner)]),
	);
};

const measure = (rows: readonly unknown[], times: number) => {
	const texts = Array.from({ length: times }, (_, n) =>
		Buffer.from(JSON.stringify(own(n, rows[n % rows.length]))),
	);
	const before = held();
	const values = texts.map((text) => JSON.parse(text.toString()));
	const bytes = held() - before;
	const counted = values.reduce((sum, value) => sum + sizeOf(value), 0);
	return { held: bytes, counted };
};

const pages = Array.from({ length: 20 }, (_, page) =>
	contacts
		.slice(page * 20, (page + 1) * 20)
		.map((contact) => searchRow(contact, [1, contact.id], settings)),
);

process.stdout.write(
	JSON.stringify({
		contacts: measure(
			contacts.map((contact) => contactById(contact, settings)),
			3_000,
		),
		pages: measure(pages, 150),
		tasks: measure(
			contacts.map(({ id }) => location.tasks.group(id).map(taskShape)),
			3_000,
		),
		notes: measure(
			contacts.map(({ id }) =>
				location.notes.group(id).map((note) => noteShape(note, settings)),
			),
			3_000,
		),
		appointments: measure(
			contacts.map(({ id }) =>
				location.appointments
					.group(id)
					.map((event) => eventShape(event, location, settings)),
			),
			3_000,
		),
		japanese: measure(
			[
				{
					name: "山田太郎",
					body: "会議は明日の午前十時からです。よろしくお願いします。",
					share: 1.5,
				},
			],
			6_000,
		),
	}),
);

/** The way of webhooks in a race at the front door: what the sandbox signs is lost, held back or sent twice, by the race's clock. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { Agent } from "undici";
import type { Data } from "../ask.ts";
import { isCovered } from "./cast.ts";
import type { VirtualTime } from "./time.ts";
import {
	FIELD_OF,
	type RaceTable,
	type Subject,
	type Truth,
	versionWith,
} from "./truth.ts";

export interface Post {
	/** Where the sandbox is to send its events. */
	readonly url: string;
	readonly applied: number;
	readonly lost: number;
	/** Deliveries that were taken from the sandbox and are not with the gateway yet. */
	readonly underWay: number;
	close(): Promise<void>;
}

const LOST = 0.08;
const TWICE = 0.15;
const LATE = 0.1;

export const startPost = async ({
	gatewayUrl,
	truth,
	time,
	random,
	complain,
}: {
	gatewayUrl: string;
	truth: Truth;
	time: VirtualTime;
	random: () => number;
	complain(what: string): void;
}): Promise<Post> => {
	const agent = new Agent({ connections: 8 });
	const count = { applied: 0, lost: 0, underWay: 0 };

	const deliver = async (body: string, headers: IncomingHttpHeaders) => {
		const answered = await agent.request({
			origin: gatewayUrl,
			path: "/webhooks/contacts",
			method: "POST",
			headers: Object.fromEntries(
				SIGNED.map((name) => [name, String(headers[name])]),
			),
			body,
		});
		await answered.body.text();
		if (answered.statusCode !== 200)
			return complain(`a delivery was answered ${answered.statusCode}`);
		count.applied++;
		acknowledge(truth, JSON.parse(body));
	};
	const take = (body: string, headers: IncomingHttpHeaders) => {
		if (!isCovered(JSON.parse(body).locationId) || random() < LOST) {
			count.lost++;
			return;
		}
		const longest = random() < LATE ? 60_000 : 3_000;
		for (const _ of random() < TWICE ? [1, 2] : [1]) {
			count.underWay++;
			// Half of the doubles come together.
			const waitMs = random() < 0.3 ? 0 : random() ** 2 * longest;
			time.at(time.now() + waitMs, () => {
				deliver(body, headers)
					.catch((error: Error) => complain(String(error.stack)))
					.finally(() => count.underWay--);
			});
		}
	};
	const server = createServer(async (req, res) => {
		const parts: Buffer[] = [];
		for await (const part of req) parts.push(part as Buffer);
		res.end();
		take(Buffer.concat(parts).toString(), req.headers);
	});
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}/`,
		get applied() {
			return count.applied;
		},
		get lost() {
			return count.lost;
		},
		get underWay() {
			return count.underWay;
		},
		async close() {
			await agent.close();
			server.closeAllConnections();
			await new Promise((done) => server.close(done));
		},
	};
};

const SIGNED = ["content-type", "x-ghl-signature", "x-wh-signature"];

const TABLE_OF: Readonly<Record<string, RaceTable>> = {
	Contact: "contacts",
	Task: "tasks",
	Note: "notes",
	Appointment: "appointments",
};

/** What is wrong with a change as a subscriber was told of it: what is read because of it may not be older. */
export const heardFault = (
	truth: Truth,
	{ payload, contact }: Data,
): string | undefined => {
	const subject = truth.find("contacts", payload.locationId, payload.id);
	const version = subject && versionWith(subject, String(payload.city));
	if (!/^Contact(Create|Update)$/.test(payload.type) || version === undefined)
		return undefined;
	const fault = truth.wrong(
		{
			subject: subject as Subject,
			text: contact?.city,
			withinMs: Number.POSITIVE_INFINITY,
			floor: version,
		},
		0,
	);
	return fault && `a subscriber heard of ${payload.city}: ${fault}`;
};

/** Applied once it is answered: from now on nobody may be shown what was before it. */
const acknowledge = (truth: Truth, body: Record<string, unknown>): void => {
	const type = String(body.type);
	const [, noun = "", verb] = /^([A-Z][a-z]+)([A-Z].*)$/.exec(type) ?? [];
	const table = TABLE_OF[noun];
	if (!table) return;
	const told = (body.appointment ?? body) as Record<string, unknown>;
	// Nobody knows yet whose list a task without its contact is in.
	if (table === "tasks" && told.contactId === undefined) return;
	const subject = truth.find(table, String(body.locationId), String(told.id));
	if (!subject) throw new Error(`told of an unknown ${type} ${told.id}`);
	if (verb === "Delete") {
		for (const { subject: one, version } of truth.changed(subject))
			truth.acknowledge(one, version, false);
		return;
	}
	const version = versionWith(subject, String(told[FIELD_OF[table]]));
	if (version === undefined)
		throw new Error(`${type} ${told.id} tells of what never was`);
	truth.acknowledge(subject, version, false);
};

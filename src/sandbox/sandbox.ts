// A stand-in for the HighLevel Contacts API in one process: start it, point a client at it, look at what was called.
import { Hono } from "hono";
import { appointmentNoteWrites } from "./api/appointment-note-writes.ts";
import { appointmentWrites } from "./api/appointment-writes.ts";
import { appointmentReads } from "./api/appointments.ts";
import { bulkWrites } from "./api/bulk.ts";
import { contactMembership } from "./api/contact-membership.ts";
import { contactWrites } from "./api/contact-writes.ts";
import { contactReads } from "./api/contacts.ts";
import { freeSlotReads } from "./api/free-slots.ts";
import { locationReads } from "./api/location.ts";
import { locationWrites } from "./api/location-writes.ts";
import { noteWrites } from "./api/note-writes.ts";
import { noteReads } from "./api/notes.ts";
import { peopleReads } from "./api/people.ts";
import { taskWrites } from "./api/task-writes.ts";
import { taskReads } from "./api/tasks.ts";
import { type Edit, editCrm } from "./crm/edit.ts";
import { crmSimulator, type Simulator } from "./crm/simulator.ts";
import { Access } from "./http/access.ts";
import { CallLog, type SandboxCall } from "./http/calls.ts";
import { Connections } from "./http/connections.ts";
import { control } from "./http/control.ts";
import type { Api, Env, Parts } from "./http/env.ts";
import { errorBody, traceId } from "./http/errors.ts";
import { type Fault, FaultQueue } from "./http/faults.ts";
import { gate, refusalAnswer } from "./http/gate.ts";
import { Holds } from "./http/holds.ts";
import { RateLimiter } from "./http/rate-limit.ts";
import { serve } from "./http/serve.ts";
import { oauthControl } from "./oauth/control.ts";
import { type SandboxOAuth, sandboxOAuth } from "./oauth/oauth.ts";
import { type SandboxOptions, type Settings, settingsFrom } from "./options.ts";
import { random } from "./seed/random.ts";
import { SandboxData } from "./store/data.ts";
import { webhookControl } from "./webhooks/control.ts";
import { documentsOf, type WebhookDocument } from "./webhooks/documents.ts";
import { WEBHOOK_KEYS } from "./webhooks/keys.ts";
import { type Delivery, WebhookSender } from "./webhooks/sender.ts";
import type { WebhookMishap } from "./webhooks/settings.ts";

export type { Edit } from "./crm/edit.ts";
export type { SandboxCall } from "./http/calls.ts";
export type { Fault } from "./http/faults.ts";
export type { Exchange, RateLimit, SandboxOptions } from "./options.ts";
export type { WebhookDocument } from "./webhooks/documents.ts";
export type { Delivery } from "./webhooks/sender.ts";
export type { WebhookMishap, WebhookOptions } from "./webhooks/settings.ts";

export interface Sandbox extends AsyncDisposable {
	/** http://127.0.0.1:PORT, or https: with `tls`. */
	url: string;
	/** What it signs itself with over TLS, as PEM, and the file with the same, which goes with the sandbox. */
	certificate: { readonly pem: string; readonly file: string } | undefined;
	/** The Private Integration Token of each location. */
	tokens: Record<string, string>;
	locations: string[];
	/** Ends a location's Private Integration Token, as its rotation in the CRM does; `valid` brings it back. */
	setPrivateToken(locationId: string, valid: boolean): void;
	/** Every API call so far, in order of arrival. */
	calls(): SandboxCall[];
	clearCalls(): void;
	/** How many connections are open now, whoever opened them. */
	connections(): number;
	/** Makes the next matching call go wrong; a bare number is the status it shall get. */
	next(fault: Fault | number): void;
	/** Resolves as soon as so many calls are held by the fault "hold". */
	held(count: number): Promise<void>;
	/** Lets all held calls go; answers how many. */
	release(): number;
	/** The store behind the API: read, edit and remove records behind everybody's back. */
	data: SandboxData;
	/** Events on their way: where to, what became of each, and what shall go wrong with the next. */
	webhooks: {
		/** Sends events here from now on, or with undefined nowhere. */
		sendTo(url: string | undefined): void;
		deliveries(): Delivery[];
		clear(): void;
		/** Resolves when nothing is waiting any more, retries included. */
		settled(): Promise<void>;
		next(mishap: WebhookMishap): void;
		/** Signs and sends any document. */
		send(document: WebhookDocument): void;
	};
	/** Public keys that the events are signed with, SPKI PEM. */
	webhookKeys: Readonly<Record<"ed25519" | "rsa", string>>;
	/** Someone edits in the CRM, outside the API; answers the id of what was written. */
	edit(edit: Edit): string;
	/** People at work in the CRM. */
	simulator: Pick<Simulator, "step" | "pace">;
	/** The registered app, its grants, and what was done with them. */
	oauth: SandboxOAuth;
	close(): Promise<void>;
}

/** Fixed words come before parameters: /contacts/search before /contacts/{contactId}. */
const ROUTES: readonly ((parts: Parts) => Api)[] = [
	bulkWrites,
	contactReads,
	contactWrites,
	contactMembership,
	taskReads,
	taskWrites,
	noteReads,
	noteWrites,
	appointmentReads,
	freeSlotReads,
	appointmentWrites,
	appointmentNoteWrites,
	locationReads,
	locationWrites,
	peopleReads,
];

/** Starts a sandbox on 127.0.0.1. Rejects when the port is taken. */
export async function startSandbox(
	options: SandboxOptions = {},
): Promise<Sandbox> {
	const settings = settingsFrom(options);
	const data = new SandboxData(settings);
	const parts = { settings, data };
	const log = new CallLog();
	const faults = new FaultQueue();
	const holds = new Holds();
	const oauth = sandboxOAuth(parts, settings.oauth);
	const access = new Access(data, settings.scopes, oauth.book);
	const limiter = new RateLimiter(settings.rateLimit, settings.now);
	const sender = webhookSender(settings, data, oauth.appId);
	const simulator = crmSimulator(data, settings.seed, settings.now);
	const app = new Hono<Env>({ strict: false });
	app.route(
		"/__sandbox",
		webhookControl({ sender, data, simulator, now: settings.now }),
	);
	app.route(
		"/__sandbox",
		control({ log, faults, holds, limiter, locationIds: data.locationIds }),
	);
	app.route(
		"/__sandbox",
		oauthControl(oauth.acts, [...data.locationIds, data.companyId]),
	);
	const connections = new Connections(
		settings.idleMs ?? Number.POSITIVE_INFINITY,
	);
	app.use(gate({ settings, log, faults, access, limiter, holds, connections }));
	for (const routes of ROUTES) app.route("/", routes(parts));
	app.route("/", oauth.routes);
	app.onError((error, call) => refusalAnswer(call, error));
	app.notFound((call) =>
		call.json(
			{
				...errorBody(404, `Cannot ${call.req.method} ${call.req.path}`),
				traceId: traceId(),
			},
			404,
		),
	);
	const served = await serve(app, settings);
	const { url, certificate } = served;
	const close = () => {
		holds.release();
		simulator.close();
		sender.close();
		return served.close();
	};
	const handle = oauth.handle(url);
	// The app's INSTALL and UNINSTALL go to the same URL as everything else.
	handle.onInstall((event) => sender.send({ ...event }));
	simulator.pace(settings.editsPerSecond);
	return {
		url,
		certificate: certificate && {
			pem: certificate.cert,
			file: certificate.file,
		},
		oauth: handle,
		webhooks: {
			sendTo: (target) => {
				sender.settings.url = target;
			},
			deliveries: () => sender.deliveries(),
			clear: () => sender.clear(),
			settled: () => sender.settled(),
			next: (mishap) => sender.next(mishap),
			send: (document) => sender.send(document),
		},
		webhookKeys: WEBHOOK_KEYS,
		edit: (edit) => editCrm(edit, data, settings.now()),
		simulator: { step: simulator.step, pace: simulator.pace },
		tokens: access.tokens(),
		setPrivateToken: (id, valid) => access.setPrivateToken(id, valid),
		locations: [...data.locationIds],
		connections: served.connections,
		calls: () => log.list(),
		clearCalls: () => log.clear(),
		next: (fault) => faults.add(fault),
		held: (count) => holds.reached(count),
		release: () => holds.release(),
		data,
		close,
		[Symbol.asyncDispose]: close,
	};
}

/** Every write, whoever makes it, raises its events. */
function webhookSender(
	settings: Settings,
	data: SandboxData,
	appId: string,
): WebhookSender {
	const { seed, now, webhooks } = settings;
	const sender = new WebhookSender(webhooks, { seed, now, appId });
	const chance = random(seed, "task-gap");
	const taskWithoutContact = () => chance.chance(webhooks.taskWithoutContact);
	data.onWrite = (write) => {
		// Without a receiver there is nothing to say, and benches write a lot.
		if (webhooks.url === undefined) return;
		for (const document of documentsOf(write, { taskWithoutContact }))
			sender.send(document);
	};
	return sender;
}

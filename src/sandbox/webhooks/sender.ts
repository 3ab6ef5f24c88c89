// Sends events to the one URL of the app, signed, retried as the vendor does, and with whatever shall go wrong.
import { type Random, random } from "../seed/random.ts";
import type { WebhookDocument } from "./documents.ts";
import { forged, notJson, oversized, type Parcel } from "./forge.ts";
import { signatureHeaders } from "./keys.ts";
import { Poster } from "./post.ts";
import type { WebhookMishap, WebhookSettings } from "./settings.ts";

/** One body on its way, with what became of it. */
export interface Delivery {
	webhookId: string;
	/** The same on every retry of one event. */
	deliveryId: string;
	type: string;
	locationId: string | undefined;
	/** False for forgeries, oversized bodies and bodies that are no JSON. */
	genuine: boolean;
	/** 1 for the first, 2 for the copy of a duplicate. */
	copy: number;
	/** Statuses answered, in order; 0 for none. */
	attempts: number[];
	state: "waiting" | "delivered" | "failed" | "lost";
	/** The body as sent; empty when it was never sent. */
	body: string;
}

/** Deliveries kept for looking at; older ones are forgotten. */
const KEPT = 100_000;

interface Load extends Parcel {
	delivery: Delivery;
	/** Held-back ones do not keep their place. */
	delayMs: number;
}

export class WebhookSender {
	readonly settings: WebhookSettings;
	readonly #now: () => number;
	readonly #chance: Random;
	readonly #appId: string;
	readonly #poster: Poster;
	#deliveries: Delivery[] = [];
	#queue: Load[] = [];
	#underWay = 0;
	#open = 0;
	#closed = false;
	#timers = new Set<NodeJS.Timeout>();
	#mishaps: WebhookMishap[] = [];
	#waiters: (() => void)[] = [];
	#forgeries = 0;

	constructor(
		settings: WebhookSettings,
		parts: { seed: number; now: () => number; appId: string },
	) {
		this.settings = settings;
		this.#now = parts.now;
		this.#appId = parts.appId;
		this.#chance = random(parts.seed, "webhooks");
		this.#poster = new Poster(settings.concurrency, settings.timeoutMs);
	}

	/** Sends one event, with its envelope. Without a URL it goes nowhere and is not recorded. */
	send(document: WebhookDocument): void {
		if (this.settings.url === undefined || this.#closed) return;
		const chance = this.#chance;
		const { settings } = this;
		const mishap = this.#mishaps.shift();
		const happens = (wanted: WebhookMishap, probability: number) =>
			(probability > 0 && chance.chance(probability)) || mishap === wanted;
		const body = {
			...document,
			timestamp: new Date(this.#now()).toISOString(),
			webhookId: crypto.randomUUID(),
			appId: this.#appId,
			versionId: this.#appId,
		};
		const deliveryId = crypto.randomUUID();
		const bytes = Buffer.from(JSON.stringify(body));
		const kinds = settings.signatures;
		const parcel = { bytes, headers: signatureHeaders(bytes, kinds) };
		const lost = happens("lose", settings.loss);
		const twice = happens("duplicate", settings.duplicates);
		const held = happens("hold", settings.reorder)
			? Math.ceil(chance.next() * settings.reorderMs)
			: 0;
		const delayMs = settings.delayMs + held;
		const ship = (what: Parcel, genuine: boolean, copy: number) =>
			this.#ship(what, body, { genuine, copy, deliveryId, delayMs });
		if (lost)
			this.#record(body, { genuine: true, copy: 1, deliveryId }, "lost");
		else ship(parcel, true, 1);
		if (twice && !lost) ship(parcel, true, 2);
		if (happens("forge", settings.forgeries))
			ship(forged(body, this.#forgeries++, kinds), false, 1);
		if (happens("oversize", settings.oversize))
			ship(oversized(body, kinds), false, 1);
		if (happens("notJson", settings.notJson)) ship(notJson(kinds), false, 1);
	}

	/** What shall go wrong with the next event. */
	next(mishap: WebhookMishap): void {
		this.#mishaps.push(mishap);
	}

	deliveries(): Delivery[] {
		return this.#deliveries;
	}

	clear(): void {
		this.#deliveries = [];
	}

	/** Resolves once nothing is waiting any more, retries included. */
	settled(): Promise<void> {
		if (this.#open === 0) return Promise.resolve();
		return new Promise((done) => this.#waiters.push(done));
	}

	close(): void {
		this.#closed = true;
		for (const timer of this.#timers) clearTimeout(timer);
		this.#queue = [];
		this.#poster.close();
		this.#finish(this.#open);
	}

	#record(
		body: { type: string; locationId?: string; webhookId: string },
		what: { genuine: boolean; copy: number; deliveryId: string },
		state: Delivery["state"],
	): Delivery {
		const delivery: Delivery = {
			webhookId: body.webhookId,
			type: body.type,
			locationId: body.locationId,
			...what,
			attempts: [],
			state,
			body: "",
		};
		if (this.#deliveries.length >= KEPT)
			this.#deliveries = this.#deliveries.slice(KEPT / 2);
		this.#deliveries.push(delivery);
		return delivery;
	}

	#ship(
		parcel: Parcel,
		body: { type: string; locationId?: string; webhookId: string },
		how: {
			genuine: boolean;
			copy: number;
			deliveryId: string;
			delayMs: number;
		},
	): void {
		const { delayMs, ...what } = how;
		const delivery = this.#record(body, what, "waiting");
		// A body of 2 MB is not kept.
		if (parcel.bytes.length < 100_000) delivery.body = parcel.bytes.toString();
		this.#open++;
		this.#later(delayMs, { ...parcel, delivery, delayMs });
	}

	#later(delayMs: number, load: Load): void {
		if (delayMs <= 0) {
			this.#queue.push(load);
			this.#pump();
			return;
		}
		const timer = setTimeout(() => {
			this.#timers.delete(timer);
			this.#queue.push(load);
			this.#pump();
		}, delayMs);
		timer.unref();
		this.#timers.add(timer);
	}

	#pump(): void {
		while (this.#underWay < this.settings.concurrency) {
			const load = this.#queue.shift();
			if (load === undefined) return;
			this.#underWay++;
			void this.#attempt(load);
		}
	}

	async #attempt(load: Load): Promise<void> {
		const { settings } = this;
		const { delivery } = load;
		const status =
			settings.url === undefined
				? 0
				: await this.#poster.post(settings.url, load.bytes, {
						...load.headers,
						deliveryId: delivery.deliveryId,
					});
		this.#underWay--;
		if (this.#closed) return;
		delivery.attempts.push(status);
		const fine = status >= 200 && status <= 299;
		const again =
			!fine &&
			delivery.attempts.length <= settings.retries &&
			(status === 429 || settings.retryOn === "non-2xx");
		if (again) {
			const pause = settings.retryIntervalMs * (1 + this.#chance.next() / 10);
			this.#later(Math.max(1, pause), load);
		} else {
			delivery.state = fine ? "delivered" : "failed";
			this.#finish(1);
		}
		this.#pump();
	}

	#finish(count: number): void {
		this.#open -= count;
		if (this.#open > 0) return;
		for (const done of this.#waiters.splice(0)) done();
	}
}

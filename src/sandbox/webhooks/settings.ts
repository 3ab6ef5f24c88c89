// What the sandbox's webhook sender can be told: where to send, how to retry, and what shall go wrong on the way.
import type { SignatureKind } from "./keys.ts";

export interface WebhookOptions {
	/** Where all events go; absent: nowhere, until it is set. */
	url?: string;
	/** Default both, as a careful sender in the time of change would. */
	signatures?: readonly SignatureKind[];
	/** Pause before a retry, default 600,000 (10 minutes); up to a tenth more by chance. */
	retryIntervalMs?: number;
	/** Default 6. */
	retries?: number;
	/** "429" (default): only that is tried again. "non-2xx": any other answer than 2xx, and none. */
	retryOn?: "429" | "non-2xx";
	/** No answer after this long counts as none. Default 10,000. */
	timeoutMs?: number;
	/** At the same time under way. Default 32. */
	concurrency?: number;
	/** Chance, 0 to 1, that a TaskCreate comes without contactId and body. Default 0.5. */
	taskWithoutContact?: number;
	/** Chance that an event never goes out. Default 0, as the following. */
	loss?: number;
	/** Chance that it goes out twice. */
	duplicates?: number;
	/** Chance that it is held back up to `reorderMs`, so that later ones overtake it. */
	reorder?: number;
	/** Default 30,000. */
	reorderMs?: number;
	/** Every event waits this long before it goes out. Default 0. */
	delayMs?: number;
	/** Chance that a forged event goes out besides. */
	forgeries?: number;
	/** Chance that a body of 2 MB goes out besides, and one that is no JSON; both rightly signed. */
	oversize?: number;
	notJson?: number;
}

export type WebhookSettings = Required<Omit<WebhookOptions, "url">> & {
	url: string | undefined;
};

export const webhookSettingsFrom = (
	options: WebhookOptions = {},
): WebhookSettings => ({
	url: options.url,
	signatures: options.signatures ?? ["ed25519", "rsa"],
	retryIntervalMs: options.retryIntervalMs ?? 600_000,
	retries: options.retries ?? 6,
	retryOn: options.retryOn ?? "429",
	timeoutMs: options.timeoutMs ?? 10_000,
	concurrency: options.concurrency ?? 32,
	taskWithoutContact: options.taskWithoutContact ?? 0.5,
	loss: options.loss ?? 0,
	duplicates: options.duplicates ?? 0,
	reorder: options.reorder ?? 0,
	reorderMs: options.reorderMs ?? 30_000,
	delayMs: options.delayMs ?? 0,
	forgeries: options.forgeries ?? 0,
	oversize: options.oversize ?? 0,
	notJson: options.notJson ?? 0,
});

/** What shall go wrong with the next event, once. */
export type WebhookMishap =
	| "lose"
	| "duplicate"
	| "hold"
	| "forge"
	| "oversize"
	| "notJson";

export const MISHAPS: readonly WebhookMishap[] = [
	"lose",
	"duplicate",
	"hold",
	"forge",
	"oversize",
	"notJson",
];

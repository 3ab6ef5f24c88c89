/** Checks a delivery before it is answered: signature, JSON, time window. A 200 means that it is in the journal. */
import { createHash } from "node:crypto";
import { fail } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Journal, JournalRow } from "../store/journal.ts";
import type { Change, ChangeReader, DeliveryBody } from "./change.ts";
import type { Signatures, Verify } from "./verify.ts";

export interface Window {
	/** How old a delivery may be by its `timestamp`, in milliseconds; longer than the sender retries. */
	readonly pastMs: number;
	/** How far the sender's clock may run ahead of ours. */
	readonly aheadMs: number;
	/** Whether a delivery without `timestamp` is taken, as long as its webhook or its delivery has an id. */
	readonly undated: boolean;
}

export interface ReceiveOptions {
	readonly verify: Verify;
	readonly journal: Journal;
	readonly readers: Readonly<Record<string, ChangeReader>>;
	readonly window: Window;
	readonly log: Logger;
	/** Called with each new row in the order of the journal, after it is on disk. */
	apply(
		row: JournalRow,
		known: { readonly body: DeliveryBody; readonly change: Change | undefined },
	): void;
	/** Epoch milliseconds. */
	now(): number;
}

export interface Receipt {
	/** False for a delivery that was known already. */
	readonly fresh: boolean;
	readonly type: string;
	readonly locationId: string;
}

/**
 * Resolves when the delivery is on disk, or was before. `deliveryId` is the header some accounts send: equal on retries.
 * @throws Failure UNAUTHENTICATED (signature, time window), BAD_REQUEST (signed, but not a JSON object), RATE_LIMITED
 * (it cannot be stored now; the one status after which every account of the sender agrees that it tries again).
 */
export type Receive = (
	raw: Buffer,
	signatures: Signatures,
	deliveryId: string | undefined,
) => Promise<Receipt>;

// The sender's retries are ten minutes apart, so asking for less would not bring it sooner.
const RETRY_AFTER_MS = 60_000;

export const createReceive =
	(options: ReceiveOptions): Receive =>
	async (raw, signatures, deliveryId) => {
		const header = await options.verify(raw, signatures);
		const text = raw.toString("utf8");
		const body = bodyOf(text);
		const occurredAt = inWindow(
			body,
			deliveryId,
			options.window,
			options.now(),
		);
		const type = wordOf(body.type);
		const locationId = wordOf(body.locationId);
		const change = read(type, body, options);
		const waiting = change?.kind !== undefined && change.contactId === null;
		const entry = {
			locationId,
			type,
			// What waits for its contact is shown when it is settled.
			kind: waiting ? null : (change?.kind ?? null),
			contactId: change?.contactId ?? null,
			subjectId: change?.subjectId ?? null,
			occurredAt,
			receivedAt: options.now(),
			body: text,
		};
		// One commit with the delivery.
		options.journal.signedBy(header, entry.receivedAt);
		const row = await options.journal
			.append(entry, idsOf(body, deliveryId, raw), waiting)
			.catch((cause: unknown) => {
				options.log.error({ err: cause, type }, "delivery not stored");
				throw fail(
					"RATE_LIMITED",
					"The delivery cannot be stored now. Send it again later.",
					{ cause, extensions: { retryAfterMs: RETRY_AFTER_MS } },
				);
			});
		if (row) options.apply(row, { body, change });
		return { fresh: row !== undefined, type, locationId };
	};

/** Undefined for a type nobody reads, and for a body its reader cannot read: kept, logged and set aside. */
export const read = (
	type: string,
	body: DeliveryBody,
	{ readers, log }: Pick<ReceiveOptions, "readers" | "log">,
): Change | undefined => {
	if (!Object.hasOwn(readers, type)) return undefined;
	try {
		return readers[type]?.(body);
	} catch (err) {
		log.warn({ err, type }, "delivery set aside: it cannot be read");
		return undefined;
	}
};

const bodyOf = (text: string): DeliveryBody => {
	let body: unknown;
	try {
		body = JSON.parse(text);
	} catch (cause) {
		throw fail("BAD_REQUEST", "Expected a delivery as JSON.", { cause });
	}
	if (typeof body === "object" && body !== null && !Array.isArray(body))
		return body as DeliveryBody;
	throw fail("BAD_REQUEST", "Expected a delivery as a JSON object.");
};

// What an old one of these would do, sent again, is more than a duplicate change: it removes tokens.
const DATED = new Set(["INSTALL", "UNINSTALL"]);

/**
 * Epoch milliseconds of the delivery's `timestamp`; null for an undated one. Whether HighLevel dates every delivery is
 * not known, and a change that is lost is worse than one told again: when its id is forgotten, or when somebody sends an
 * old one under another `deliveryId`, which is not signed.
 */
const inWindow = (
	{ timestamp, webhookId, type }: DeliveryBody,
	deliveryId: string | undefined,
	{ pastMs, aheadMs, undated }: Window,
	now: number,
): number | null => {
	if (
		timestamp == null &&
		undated &&
		(wordOf(webhookId) || deliveryId) &&
		!DATED.has(wordOf(type))
	)
		return null;
	const at =
		typeof timestamp === "string" || typeof timestamp === "number"
			? new Date(timestamp).getTime()
			: Number.NaN;
	if (at >= now - pastMs && at <= now + aheadMs) return at;
	throw fail(
		"UNAUTHENTICATED",
		Number.isNaN(at)
			? "Expected a delivery with a `timestamp` in ISO 8601."
			: `The delivery's timestamp is ${at < now ? "too old" : "in the future"}: ${new Date(at).toISOString()} was received at ${new Date(now).toISOString()}.`,
	);
};

// Signed: the body. Not signed: the header, which only ever says "known" of a body that was stored with it.
const idsOf = (
	body: DeliveryBody,
	deliveryId: string | undefined,
	raw: Buffer,
): string[] => {
	const ids: string[] = [];
	const webhookId = wordOf(body.webhookId);
	if (webhookId) ids.push(`w:${webhookId}`);
	if (deliveryId) ids.push(`d:${deliveryId.slice(0, 200)}`);
	if (!ids.length)
		ids.push(`b:${createHash("sha256").update(raw).digest("base64url")}`);
	return ids;
};

const wordOf = (value: unknown): string =>
	typeof value === "string" ? value.slice(0, 200) : "";

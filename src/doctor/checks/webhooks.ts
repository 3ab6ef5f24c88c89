/** Whether webhooks arrive, how late and with which signature, as far as the journal in DATA_DIR tells. */
import {
	arrivalsOf,
	locationsHeard,
	signaturesSeen,
} from "../../store/arrivals.ts";
import type { Check, Context, Verdict } from "../check.ts";
import { counted } from "../sample.ts";

const DAYS = 7;
const DAY_MS = 86_400_000;

export const webhooks: Check = {
	name: "Webhooks",
	calls: 0,
	async run(context) {
		const { data, config, target, startedAt } = context;
		const seconds = config.cache.ttls.uncoveredMs / 1000;
		if (!data)
			return [
				{
					level: "unknown",
					saw: `No gateway has run with DATA_DIR=${config.auth.dataDir} yet, so nothing tells whether webhooks arrive.`,
					set: `Start the gateway, ${subscribe(context)}, and run the doctor again.`,
				},
			];
		const { count, last, types, medianDelayMs } = arrivalsOf(
			data,
			target.locationId,
			startedAt - DAYS * DAY_MS,
		);
		if (count === 0) {
			const others = locationsHeard(data).filter(
				(id) => id !== target.locationId,
			).length;
			return [
				{
					level: "warning",
					saw: `No webhook of ${target.locationId} has arrived in ${DAYS} days${others ? `; of ${counted(others, "other location")} some have` : ""}.`,
					means: `Without webhooks values are kept for ${seconds} s only (CACHE_UNCOVERED_SECONDS), and subscriptions tell nothing.`,
					set: `${subscribe(context).replace(/^h/, "H")}; a private token alone brings none.`,
				},
			];
		}
		const late =
			medianDelayMs === undefined
				? ""
				: `, half of them within ${Math.max(0, Math.round(medianDelayMs / 1000))} s of the change`;
		return [
			{
				level: "good",
				saw: `${counted(count, "webhook")} of ${target.locationId} arrived in ${DAYS} days, the last at ${new Date(last ?? 0).toISOString()}${late}: ${types.join(", ")}.`,
				...(medianDelayMs !== undefined &&
					medianDelayMs > config.reconcile.lateMs && {
						level: "warning",
						means: "Changes are taken for lost before their webhooks arrive.",
						set: `WEBHOOK_LATE_SECONDS=${Math.ceil((medianDelayMs * 3) / 1000)} gives them time.`,
					}),
			},
			signatures(data),
		];
	},
};

const subscribe = ({ config }: Context): string =>
	`have the app's default webhook URL be ${config.publicUrl ?? "PUBLIC_URL"}/webhooks/contacts in the developer portal, subscribe it to the events of contacts, tasks, notes and appointments, and install it in the location`;

const signatures = (data: NonNullable<Context["data"]>): Verdict => {
	const seen = signaturesSeen(data);
	if (seen.size === 0)
		return {
			level: "unknown",
			saw: "The journal is of a gateway that did not note which signature vouched for them.",
		};
	const names = [...seen].map(
		([header, at]) => `${header} (last at ${new Date(at).toISOString()})`,
	);
	return seen.has("x-ghl-signature")
		? {
				level: "good",
				saw: `They are signed by ${names.join(" and ")}.`,
				means: "The newer signature is the one that stays.",
				set: "WEBHOOK_RSA_KEYS=none refuses the older one.",
			}
		: {
				level: "warning",
				saw: `They are signed by ${names.join(" and ")} alone, which HighLevel announced the end of.`,
				set: "Leave WEBHOOK_RSA_KEYS as it is, and look for x-ghl-signature in the app's webhook settings.",
			};
};

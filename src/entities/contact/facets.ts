/** The small types a contact is described with: do not disturb, attribution, what created it. */
import { builder, WITH_PARENT } from "../../schema-kit/builder.ts";
import { timeOf } from "../../schema-kit/instant.ts";
import { PURE } from "../../schema-kit/pure.ts";
import { wordsOf } from "../../schema-kit/words.ts";
import { textOf } from "../../upstream/shapes.ts";
import type { ContactRow } from "./rest.ts";

const statuses = wordsOf(
	"DndStatus",
	"Whether messages over a channel are held back.",
	{
		ACTIVE: { value: "active", description: "Do not disturb is on." },
		INACTIVE: { value: "inactive", description: "Messages may be sent." },
		PERMANENT: {
			value: "permanent",
			description: "On for good; it cannot be switched off.",
		},
	},
);
export const DndStatus = statuses.type;

const channels = wordsOf("DndChannel", "A way to reach a contact.", {
	CALL: { value: "Call", description: "Phone calls." },
	EMAIL: { value: "Email", description: "E-mail." },
	SMS: { value: "SMS", description: "Text messages." },
	WHATSAPP: { value: "WhatsApp", description: "WhatsApp." },
	GMB: { value: "GMB", description: "Google's business messages." },
	FB: { value: "FB", description: "Facebook messages." },
});
export const DndChannel = channels.type;

interface Dnd {
	channel: string;
	setting: { status?: unknown; message?: unknown; code?: unknown };
}

export const DndSetting = builder.objectRef<Dnd>("DndSetting").implement({
	extensions: WITH_PARENT,
	description: "Do not disturb on one channel.",
	fields: (t) => ({
		channel: t.field({
			type: DndChannel,
			description:
				"Which channel. Null for inbound messages, which HighLevel does not tell apart, and for a channel that this API does not know: see channelText.",
			extensions: PURE,
			resolve: ({ channel }) => channels.read(channel),
		}),
		channelText: t.exposeString("channel", {
			nullable: false,
			description:
				"The channel exactly as HighLevel has it; `all` for inbound messages.",
		}),
		status: t.field({
			type: DndStatus,
			description: "Whether it is on; null for a value this API does not know.",
			extensions: PURE,
			resolve: ({ setting: { status } }) => statuses.read(status),
		}),
		message: t.string({
			description: "Why, as HighLevel noted it.",
			extensions: PURE,
			resolve: ({ setting }) => textOf(setting.message),
		}),
		code: t.string({
			description: "HighLevel's code for the reason.",
			extensions: PURE,
			resolve: ({ setting }) => textOf(setting.code),
		}),
	}),
});

export const dndList = (
	settings: ContactRow["dndSettings"] | ContactRow["inboundDndSettings"],
): Dnd[] =>
	Object.entries(settings ?? {}).flatMap(([channel, setting]) =>
		setting ? [{ channel, setting }] : [],
	);

export const Attribution = builder
	.objectRef<Record<string, unknown>>("Attribution")
	.implement({
		extensions: WITH_PARENT,
		description: "Where a contact came from, as HighLevel tracked it.",
		fields: (t) => {
			const field = (key: string, description: string) =>
				t.string({
					description,
					extensions: PURE,
					resolve: (source) => textOf(source[key]),
				});
			const id = (key: string, description: string) =>
				t.id({
					description,
					extensions: PURE,
					resolve: (source) => textOf(source[key]),
				});
			return {
				url: field("url", "Page or link."),
				campaign: field("campaign", "Campaign name."),
				campaignId: id("campaignId", "Campaign id."),
				utmSource: field("utmSource", "utm_source."),
				utmMedium: field("utmMedium", "utm_medium."),
				utmContent: field("utmContent", "utm_content."),
				referrer: field("referrer", "Referring page."),
				medium: field("medium", "Medium, such as survey or form."),
				mediumId: id("mediumId", "Id of that survey or form."),
				gclid: field("gclid", "Google click id."),
				fbclid: field("fbclid", "Facebook click id."),
				msclikid: field(
					"msclikid",
					"Microsoft click id (HighLevel's spelling).",
				),
				dclid: field("dclid", "Display click id."),
				fbc: field("fbc", "Facebook click cookie."),
				fbp: field("fbp", "Facebook browser cookie."),
				fbEventId: id("fbEventId", "Facebook event id."),
				userAgent: field("userAgent", "The browser."),
				ip: field("ip", "IP address of the visit."),
			};
		},
	});

/**
 * All that HighLevel tells: the list that only GET /contacts/ has [spec], else the first and the latest. Empty ones, as
 * search rows have them [recorded], tell nothing.
 */
export const attributionsOf = (
	row: ContactRow,
): NonNullable<ContactRow["attributionSource"]>[] => {
	const { attributions, attributionSource, lastAttributionSource } = row;
	const told = attributions ?? [attributionSource, lastAttributionSource];
	const seen = new Set<string>();
	return told.flatMap((one) => {
		const text = JSON.stringify(one ?? {});
		if (!one || text === "{}" || seen.has(text)) return [];
		seen.add(text);
		return [one];
	});
};

export const ContactCreatedBy = builder
	.objectRef<NonNullable<ContactRow["createdBy"]>>("ContactCreatedBy")
	.implement({
		extensions: WITH_PARENT,
		description: "What created a contact, and by which way.",
		fields: (t) => ({
			source: t.string({
				description: "What created it, in HighLevel's words: INTEGRATION, ...",
				extensions: PURE,
				resolve: ({ source }) => textOf(source),
			}),
			channel: t.string({
				description: "By which way, in HighLevel's words: OAUTH, ...",
				extensions: PURE,
				resolve: ({ channel }) => textOf(channel),
			}),
			sourceId: t.id({
				description: "HighLevel's id of what created it.",
				extensions: PURE,
				resolve: ({ sourceId }) => textOf(sourceId),
			}),
			dateAdded: t.field({
				type: "DateTime",
				description: "When it did.",
				extensions: PURE,
				resolve: ({ timestamp }) => timeOf(timestamp),
			}),
		}),
	});

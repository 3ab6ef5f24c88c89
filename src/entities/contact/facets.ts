/** The small types a contact is described with: do not disturb, attribution, opportunities. */
import { builder, WITH_PARENT } from "../../schema-kit/builder.ts";
import { PURE } from "../../schema-kit/pure.ts";
import { textOf } from "../../upstream/shapes.ts";
import type { ContactRow } from "./rest.ts";

const DndStatus = builder.enumType("DndStatus", {
	description: "Whether messages over a channel are held back.",
	values: {
		ACTIVE: { value: "active", description: "Do not disturb is on." },
		INACTIVE: { value: "inactive", description: "Messages may be sent." },
		PERMANENT: {
			value: "permanent",
			description: "On for good; it cannot be switched off.",
		},
	} as const,
});

interface Dnd {
	channel: string;
	setting: { status?: unknown; message?: unknown; code?: unknown };
}

export const DndSetting = builder.objectRef<Dnd>("DndSetting").implement({
	extensions: WITH_PARENT,
	description: "Do not disturb on one channel.",
	fields: (t) => ({
		channel: t.exposeString("channel", {
			nullable: false,
			description:
				"Call, Email, SMS, WhatsApp, GMB, FB, or another that HighLevel adds; `all` for inbound messages.",
		}),
		status: t.field({
			type: DndStatus,
			description: "Whether it is on; null for a word this API does not know.",
			extensions: PURE,
			resolve: ({ setting: { status } }) =>
				status === "active" || status === "inactive" || status === "permanent"
					? status
					: null,
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
			return {
				url: field("url", "Page or link."),
				campaign: field("campaign", "Campaign name."),
				campaignId: field("campaignId", "Campaign id."),
				utmSource: field("utmSource", "utm_source."),
				utmMedium: field("utmMedium", "utm_medium."),
				utmContent: field("utmContent", "utm_content."),
				referrer: field("referrer", "Referring page."),
				medium: field("medium", "Medium, such as survey or form."),
				mediumId: field("mediumId", "Id of that survey or form."),
				gclid: field("gclid", "Google click id."),
				fbclid: field("fbclid", "Facebook click id."),
				msclikid: field(
					"msclikid",
					"Microsoft click id (HighLevel's spelling).",
				),
				dclid: field("dclid", "Display click id."),
				fbc: field("fbc", "Facebook click cookie."),
				fbp: field("fbp", "Facebook browser cookie."),
				fbEventId: field("fbEventId", "Facebook event id."),
				userAgent: field("userAgent", "The browser."),
				ip: field("ip", "IP address of the visit."),
			};
		},
	});

export const Opportunity = builder
	.objectRef<NonNullable<ContactRow["opportunities"]>[number]>("Opportunity")
	.implement({
		extensions: WITH_PARENT,
		description: "A deal the contact is part of.",
		fields: (t) => ({
			opportunityId: t.string({
				description: "HighLevel's id.",
				extensions: PURE,
				resolve: (o) => textOf(o.id),
			}),
			pipelineId: t.string({
				description: "Its pipeline.",
				extensions: PURE,
				resolve: (o) => textOf(o.pipelineId) ?? textOf(o.pipeline_id),
			}),
			pipelineStageId: t.string({
				description: "Its stage in the pipeline.",
				extensions: PURE,
				resolve: (o) =>
					textOf(o.pipelineStageId) ?? textOf(o.pipeline_stage_id),
			}),
			monetaryValue: t.float({
				description: "Its value in the location's currency.",
				extensions: PURE,
				resolve: (o) => o.monetaryValue ?? o.monetary_value ?? null,
			}),
			status: t.string({
				description: "open, won, lost or abandoned.",
				extensions: PURE,
				resolve: (o) => textOf(o.status),
			}),
		}),
	});

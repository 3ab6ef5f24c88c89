// What a contact belongs to: tags, followers, campaigns, workflows.
import { Hono } from "hono";
import { answer, created, done } from "../http/answers.ts";
import { checkedBody, isDateText, type Rules } from "../http/body-rules.ts";
import type { Api, Call, Env, Parts } from "../http/env.ts";
import { notFound, Refusal } from "../http/errors.ts";
import { pathContact } from "../http/input.ts";
import type { ContactRecord } from "../store/records.ts";
import { tagNames } from "./contact-input.ts";
import { rememberTags } from "./tag-store.ts";

export function contactMembership({ settings }: Parts): Api {
	const app: Api = new Hono<Env>({ strict: false });
	const save = (
		call: Call,
		contact: ContactRecord,
		patch: Partial<ContactRecord>,
	) => {
		const at = settings.now();
		call
			.get("location")
			.contacts.put(
				{ ...contact, ...patch, dateUpdated: new Date(at).toISOString() },
				at,
			);
	};

	app.post("/contacts/:contactId/tags", (call) => {
		const contact = pathContact(call);
		const { tags } = checkedBody(call, TAGS);
		const given = tagNames(tags as string[], settings);
		const added = given.filter((name) => !contact.tags.includes(name));
		const after = [...contact.tags, ...added];
		rememberTags(added, call.get("location"), settings.now());
		save(call, contact, { tags: after });
		return answer(call, { tags: after, tagsAdded: added }, created(settings));
	});

	app.delete("/contacts/:contactId/tags", (call) => {
		const contact = pathContact(call);
		const { tags } = checkedBody(call, TAGS);
		const given = tagNames(tags as string[], settings);
		const after = contact.tags.filter((name) => !given.includes(name));
		save(call, contact, { tags: after });
		const removed = given.filter((name) => contact.tags.includes(name));
		return answer(call, { tags: after, tagsRemoved: removed });
	});

	app.post("/contacts/:contactId/followers", (call) => {
		const contact = pathContact(call);
		const asked = checkedBody(call, FOLLOWERS).followers as string[];
		for (const id of asked)
			if (call.get("location").users.get(id) === undefined)
				throw notFound("User", id);
		const added = [...new Set(asked)].filter(
			(id) => !contact.followers.includes(id),
		);
		const followers = [...contact.followers, ...added];
		save(call, contact, { followers });
		return answer(call, { followers, followersAdded: added }, 201);
	});

	app.delete("/contacts/:contactId/followers", (call) => {
		const contact = pathContact(call);
		const asked = checkedBody(call, FOLLOWERS).followers as string[];
		const followers = contact.followers.filter((id) => !asked.includes(id));
		save(call, contact, { followers });
		const removed = contact.followers.filter((id) => asked.includes(id));
		return answer(call, { followers, followersRemoved: removed });
	});

	app.delete("/contacts/:contactId/campaigns/removeAll", (call) => {
		save(call, pathContact(call), { campaigns: [] });
		return answer(call, done(settings));
	});

	app.post("/contacts/:contactId/campaigns/:campaignId", (call) => {
		const contact = pathContact(call);
		const id = call.req.param("campaignId");
		if (call.get("location").campaigns.get(id) === undefined)
			throw notFound("Campaign", id);
		const campaigns = [...new Set([...contact.campaigns, id])];
		save(call, contact, { campaigns });
		return answer(call, done(settings), 201);
	});

	app.delete("/contacts/:contactId/campaigns/:campaignId", (call) => {
		const contact = pathContact(call);
		const id = call.req.param("campaignId");
		if (call.get("location").campaigns.get(id) === undefined)
			throw notFound("Campaign", id);
		const campaigns = contact.campaigns.filter((one) => one !== id);
		save(call, contact, { campaigns });
		return answer(call, done(settings));
	});

	app.post("/contacts/:contactId/workflow/:workflowId", (call) => {
		const contact = pathContact(call);
		const workflow = pathWorkflow(call);
		checkedBody(call, WORKFLOW);
		if (workflow.status !== "published")
			throw new Refusal(
				400,
				`Workflow with id ${workflow.id} is not published`,
			);
		save(call, contact, {
			activeWorkflows: [...new Set([...contact.activeWorkflows, workflow.id])],
		});
		return answer(call, done(settings));
	});

	app.delete("/contacts/:contactId/workflow/:workflowId", (call) => {
		const contact = pathContact(call);
		const { id } = pathWorkflow(call);
		checkedBody(call, WORKFLOW);
		if (contact.activeWorkflows.includes(id))
			save(call, contact, {
				activeWorkflows: contact.activeWorkflows.filter((one) => one !== id),
				finishedWorkflows: [...new Set([...contact.finishedWorkflows, id])],
			});
		return answer(call, done(settings));
	});

	return app;
}

const TAGS: Rules = { tags: { kind: "strings", required: true } };
const FOLLOWERS: Rules = { followers: { kind: "strings", required: true } };
const WORKFLOW: Rules = {
	eventStartTime: { kind: "string", check: isDateText },
};

function pathWorkflow(call: Call) {
	const id = call.req.param("workflowId") ?? "";
	const workflow = call.get("location").workflows.get(id);
	if (workflow === undefined) throw notFound("Workflow", id);
	return workflow;
}

// The marketplace's consent page: which location, or the whole agency, may the app see? Denying it is a choice as well.
import { Hono } from "hono";
import { html } from "hono/html";
import type { Api, Call, Env, Parts } from "../http/env.ts";
import type { Grant, GrantBook } from "./book.ts";

/** More than these would make the page long; the agency's choice covers all of them. */
const SHOWN = 2;

/** One location picked in the agency's view: measured, that gives a Company token all the same. */
const FROM_AGENCY = "agency:";

export function consentPage({ data }: Parts, book: GrantBook): Api {
	const app: Api = new Hono<Env>();

	const page = (call: Call) => {
		const asked = askedOf(call, book);
		if ("wrong" in asked)
			return call.html(
				layout("Cannot continue", html`<p>${asked.wrong}</p>`),
				400,
			);
		const fields = Object.entries(call.req.query()).map(
			([name, value]) =>
				html`<input type="hidden" name="${name}" value="${value}" />`,
		);
		const choices = [
			...data.locationIds
				.slice(0, SHOWN)
				.map((id, index) => ({ id, name: `Sandbox location ${index + 1}` })),
			{
				id: data.companyId,
				name: `Sandbox agency: all ${data.locationIds.length} locations`,
			},
			...(book.settings.answers === "measured"
				? [
						{
							id: `${FROM_AGENCY}${data.locationIds[0]}`,
							name: "Sandbox location 1, from the agency's view",
						},
					]
				: []),
		];
		return call.html(
			layout(
				"Connect an app",
				html`<p>The app <b>${book.settings.clientId}</b> asks for:</p>
					<ul>
						${asked.scopes.map((scope) => html`<li><code>${scope}</code></li>`)}
					</ul>
					<form method="post" action="/oauth/consent">
						${fields}
						${choices.map(
							({ id, name }) =>
								html`<button name="choice" value="${id}">${name}</button>`,
						)}
						<button class="no" name="choice" value="">Deny</button>
					</form>`,
			),
		);
	};
	app.get("/oauth/chooselocation", page);
	app.get("/v2/oauth/chooselocation", page);

	app.post("/oauth/consent", async (call) => {
		const form = new URLSearchParams(await call.req.text());
		const asked = readAsked((name) => form.get(name) ?? undefined, book);
		if ("wrong" in asked) return call.text(asked.wrong, 400);
		const back = new URL(asked.redirectUri);
		const state = form.get("state");
		const choice = form.get("choice") ?? "";
		const fromAgency = choice.startsWith(FROM_AGENCY)
			? choice.slice(FROM_AGENCY.length)
			: "";
		const grant: Grant | undefined =
			choice === data.companyId
				? { kind: "Company", approved: [...data.locationIds] }
				: data.locationIds.includes(fromAgency)
					? { kind: "Company", approved: [fromAgency] }
					: data.locationIds.includes(choice)
						? { kind: "Location", locationId: choice }
						: undefined;
		if (grant === undefined) back.searchParams.set("error", "access_denied");
		else
			back.searchParams.set(
				"code",
				book.newCode({
					grant,
					scopes: asked.scopes,
					clientId: asked.clientId,
					redirectUri: asked.redirectUri,
				}),
			);
		if (state !== null) back.searchParams.set("state", state);
		return call.redirect(back.href, 302);
	});
	return app;
}

type Asked =
	| { clientId: string; redirectUri: string; scopes: string[] }
	| { wrong: string };

const askedOf = (call: Call, book: GrantBook): Asked =>
	readAsked((name) => call.req.query(name), book);

function readAsked(
	get: (name: string) => string | undefined,
	book: GrantBook,
): Asked {
	const clientId = get("client_id");
	const redirectUri = get("redirect_uri");
	if (get("response_type") !== "code")
		return { wrong: "response_type must be code." };
	if (clientId !== book.settings.clientId)
		return { wrong: "There is no app with this client_id." };
	const [versionId] = book.settings.clientId.split("-");
	if (book.settings.answers === "measured" && get("version_id") !== versionId)
		return { wrong: "error.noversionid" };
	// The real marketplace has a list per app; here an app lives on this machine.
	const url = redirectUri === undefined ? null : URL.parse(redirectUri);
	if (
		redirectUri === undefined ||
		!["127.0.0.1", "localhost"].includes(url?.hostname ?? "") ||
		/highlevel/i.test(redirectUri)
	)
		return { wrong: "redirect_uri is not registered for this app." };
	const scopes = (get("scope") ?? "").split(" ").filter(Boolean);
	const unknown = scopes.find((scope) => !book.settings.scopes.includes(scope));
	if (scopes.length === 0 || unknown !== undefined)
		return {
			wrong: `The app may not ask for the scope ${unknown ?? "(none)"}.`,
		};
	return { clientId, redirectUri, scopes };
}

const layout = (
	title: string,
	body: ReturnType<typeof html>,
) => html`<!doctype html>
<html lang="en">
	<head>
		<meta charset="utf-8" />
		<title>${title}</title>
		<style>
			body { font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 4rem auto; padding: 0 1rem; }
			button { display: block; width: 100%; margin: 0.5rem 0; padding: 0.7rem; font: inherit; cursor: pointer; }
			.no { border: 0; background: none; color: #a00; }
		</style>
	</head>
	<body>
		<h1>${title}</h1>
		${body}
		<p><small>This is the sandbox; nothing here is real.</small></p>
	</body>
</html>`;

/** Walks an operator's browser through connecting, as far as a test wants. */
import type { Browser, Visit } from "./browser.ts";
import type { World } from "./world.ts";

/** Signs the browser in as an operator. */
export const signIn = async (world: World, browser: Browser): Promise<Visit> =>
	browser.submit(`${world.url}/operator/session`, {
		token: await world.token({ locations: [], scopes: ["operator"] }),
	});

/** Sends the browser off, and gives the address of the consent page. */
export const leave = async (world: World, browser: Browser): Promise<URL> => {
	const sent = await browser.visit(`${world.url}/oauth/connect`);
	if (!sent.location)
		throw new Error(
			`expected to be sent off, got ${sent.status}: ${sent.text}`,
		);
	return sent.location;
};

/** Chooses on the consent page; gives the address of the callback. `choice` "" denies. */
export const consent = async (
	world: World,
	browser: Browser,
	page: URL,
	choice: string,
): Promise<URL> => {
	const chosen = await browser.submit(`${world.sandbox.url}/oauth/consent`, {
		...Object.fromEntries(page.searchParams),
		choice,
	});
	if (!chosen.location)
		throw new Error(`expected the way back, got ${chosen.status}`);
	return chosen.location;
};

/** All of it: the page that the operator ends on. */
export const connect = async (
	world: World,
	browser: Browser,
	choice: string,
): Promise<Visit> => {
	await signIn(world, browser);
	const page = await leave(world, browser);
	return browser.visit(await consent(world, browser, page, choice));
};

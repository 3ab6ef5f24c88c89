// The bar beside GraphiQL: tours, the price of what is in the editor, the cost of the last answer, what was run before, the
// events of a subscription, and what to do without a token.

const MOST_EVENTS = 200;
const MOST_HISTORY = 20;
const HISTORY = "contact-graph:history";
const TYPING_MS = 300;

const element = (id) => document.getElementById(id);
const show = (id, ...content) => element(id).replaceChildren(...content);
const made = (tag, properties = {}, ...children) => {
	const one = Object.assign(document.createElement(tag), properties);
	one.append(...children);
	return one;
};
const calls = (count) => `${count} REST call${count === 1 ? "" : "s"}`;
const time = () => new Date().toLocaleTimeString();
/** Kind and name of each; what is said in comments is none. */
const operationsIn = (query) => [
	...query
		.replace(/#.*/g, "")
		.matchAll(/\b(query|mutation|subscription)\s+(\w+)/g),
];
const nameOf = ({ operationName, query }) =>
	operationName ?? operationsIn(query)[0]?.[2];

// The editors of GraphiQL, by the ends of their models' names.

const model = (end) =>
	self.monaco?.editor.getModels().find(({ uri }) => uri.path.endsWith(end));
const text = (end) => model(end)?.getValue() ?? "";
const json = (end) => JSON.parse(text(end) || "{}");

const openTabs = () => {
	try {
		return JSON.parse(localStorage.getItem("graphiql:tabState")).tabs;
	} catch {
		return [];
	}
};

/** In a tab of its own, except where it is open already. */
const open = ({ query, variables = {} }) => {
	const hasVariables = Object.keys(variables).length > 0;
	if (text("operation.graphql") !== query) {
		const headers = text("request-headers.json");
		const at = openTabs().findIndex((tab) => tab.query === query);
		const tab = element(`graphiql-session-tab-${at}`);
		(tab ?? document.querySelector(".graphiql-tab-add")).click();
		model("request-headers.json").setValue(headers);
		model("operation.graphql").setValue(query);
	}
	model("variables.json").setValue(
		hasVariables ? JSON.stringify(variables, null, 2) : "",
	);
	if (hasVariables)
		[...document.querySelectorAll(".graphiql-editor-tools button")]
			.find(({ textContent }) => textContent === "Variables")
			?.click();
};

// The price of what is in the editor.

let operationName;
let asking = new AbortController();
let typing;

const price = async () => {
	asking.abort();
	asking = new AbortController();
	const query = text("operation.graphql");
	if (!/[{]/.test(query)) return show("price", "nothing to run");
	let variables;
	let headers;
	try {
		variables = json("variables.json");
		headers = json("request-headers.json");
	} catch {
		return show("price", "unknown: variables and headers must be JSON");
	}
	const named = operationsIn(query).some(
		([, , name]) => name === operationName,
	);
	const operation = {
		query,
		variables,
		operationName: named ? operationName : nameOf({ query }),
	};
	try {
		const { status, payload } = await askPrice(
			operation,
			headers,
			asking.signal,
		);
		tellOfToken(status, payload);
		show("price", ...priceOf(payload, operation));
	} catch (error) {
		if (error.name !== "AbortError")
			show("price", "unknown: the gateway does not answer");
	}
};

/** Does not run it, and costs no call: the payload has the price, or errors. */
const askPrice = async (operation, headers, signal) => {
	const response = await fetch("/graphql", {
		method: "POST",
		signal,
		headers: {
			...headers,
			"content-type": "application/json",
			// A subscription is refused where no stream is taken, though its price is none.
			accept: "application/json, text/event-stream",
		},
		body: JSON.stringify({ ...operation, extensions: { priceOnly: true } }),
	});
	return { status: response.status, payload: await response.json() };
};

const priceOf = ({ errors, extensions }, operation) => {
	const known = extensions?.price;
	if (!known) return [`unknown: ${errors?.[0]?.message ?? "no answer"}`];
	const { worst, limit, fields } = known;
	const each = isSubscription(operation) ? " for each event" : "";
	const most = made("strong", {}, `at most ${calls(worst)}${each}`);
	if (worst > limit) {
		most.className = "bad";
		most.append(`, above the limit of ${limit}: it would be refused`);
	}
	const parts = fields
		.slice(0, 3)
		.map((one) => `${one.field} ${one.calls}`)
		.join(", ");
	return [most, ...(parts ? [` (${parts})`] : [])];
};

const priceSoon = () => {
	clearTimeout(typing);
	typing = setTimeout(price, TYPING_MS);
};

// The cost of the last answer, and the history.

const costOf = ({ status, ms, age, payloads }) => {
	const prices = payloads.map((one) => one.extensions?.price).filter(Boolean);
	const last = prices.at(-1);
	const errors = payloads.flatMap((one) => [
		...(one.errors ?? []),
		...(one.incremental ?? []).flatMap((part) => part.errors ?? []),
	]);
	const refused = payloads.flatMap(({ data }) =>
		Object.values(data ?? {}).flatMap((field) => field?.userErrors ?? []),
	);
	const cost = last && `${calls(last.made)} made, ${last.saved} saved`;
	const [first] = errors;
	return [
		cost || (errors.length ? "refused" : `status ${status}`),
		Number(age) > 0 && `data read ${age} s ago`,
		`${ms} ms`,
		first &&
			`${errors.length} error${errors.length === 1 ? "" : "s"} (${first.extensions?.code ?? first.message})`,
		refused.length &&
			`input refused at ${refused.map(({ field }) => field?.join(".") ?? "input").join(", ")}`,
	].filter(Boolean);
};

const remembered = () => {
	try {
		return JSON.parse(localStorage.getItem(HISTORY)) ?? [];
	} catch {
		return [];
	}
};

/** As it stood in the editor: what is sent has lost its comments and line ends. */
const edited = new WeakMap();
const remember = (sent, cost) => {
	const operation = edited.get(sent);
	const same = ({ query, variables }) =>
		query === operation.query &&
		JSON.stringify(variables) === JSON.stringify(operation.variables);
	const all = [
		{ ...operation, cost, at: new Date().toLocaleString() },
		...remembered().filter((one) => !same(one)),
	].slice(0, MOST_HISTORY);
	try {
		localStorage.setItem(HISTORY, JSON.stringify(all));
	} catch {
		// A browser that stores nothing has no history.
	}
	showHistory();
};

const showHistory = () => {
	const all = remembered();
	show(
		"history",
		...(all.length ? all : [undefined]).map((one) =>
			made(
				"li",
				{},
				one
					? made(
							"button",
							{ type: "button", onclick: () => open(one) },
							`${one.at} ${nameOf(one) ?? "(unnamed)"}: ${one.cost}`,
						)
					: "Nothing was run yet.",
			),
		),
	);
};

// The events of a subscription, newest first.

let events = 0;
const startEvents = () => {
	events = 0;
	show("event-list");
	show("event-count", "listening, none yet");
	show("cost", "told with each event");
	element("events").hidden = false;
};
const addEvent = (payload) => {
	events++;
	show("event-count", `listening, ${events} so far`);
	const { data, errors } = payload;
	const list = element("event-list");
	list.prepend(
		made(
			"li",
			{},
			made(
				"details",
				{},
				made(
					"summary",
					{},
					made("time", {}, time()),
					` ${JSON.stringify(errors ? { errors, data } : data)}`,
				),
				made("pre", {}, JSON.stringify(payload, null, 2)),
			),
		),
	);
	if (list.children.length > MOST_EVENTS) list.lastChild.remove();
};

// What to do without a token.

const tellOfToken = (status, payload) => {
	element("token-help").hidden = status !== 401;
	if (status === 401) show("token-why", payload?.errors?.[0]?.message ?? "");
};

const useToken = (event) => {
	event.preventDefault();
	const field = element("token");
	const token = field.value.trim().replace(/^Bearer\s+/i, "");
	let others = {};
	try {
		others = json("request-headers.json");
	} catch {
		// What cannot be read could not be sent either.
	}
	model("request-headers.json").setValue(
		JSON.stringify({ ...others, Authorization: `Bearer ${token}` }, null, 2),
	);
	field.value = "";
	document.querySelector('[aria-label^="Re-fetch GraphQL schema"]')?.click();
};

const isIntrospection = ({ operationName: name }) =>
	name === "IntrospectionQuery";
const isSubscription = ({ query, operationName: name }) =>
	name
		? operationsIn(query).some(
				(one) => one[1] === "subscription" && one[2] === name,
			)
		: /^\s*subscription\b/m.test(query);

/** What runs or ran last: one that it displaced may end after it began. */
let current;

addEventListener("operation-sent", ({ detail: { operation } }) => {
	if (isIntrospection(operation)) return;
	let variables;
	try {
		variables = json("variables.json");
	} catch {
		// Then GraphiQL has sent what it makes of them.
		({ variables } = operation);
	}
	edited.set(operation, { query: text("operation.graphql"), variables });
	current = operation;
	element("events").hidden = true;
	show("cost", "running …");
	if (isSubscription(operation)) startEvents();
});

addEventListener("operation-event", ({ detail: { operation, payload } }) => {
	if (operation !== current) return;
	addEvent(payload);
	const { price } = payload.extensions ?? {};
	show("cost", price ? `${calls(price.made)} for the last event` : "");
});

addEventListener("operation-answered", ({ detail }) => {
	const { operation, status, payloads } = detail;
	tellOfToken(status, payloads[0]);
	if (isIntrospection(operation)) return;
	if (operation !== current) return;
	if (isSubscription(operation) && status === 200) {
		show("event-count", `ended after ${events}`);
		remember(operation, `${events} event${events === 1 ? "" : "s"}`);
		return;
	}
	element("events").hidden = true;
	const [cost, ...rest] = costOf(detail);
	const className = cost === "refused" ? "bad" : "";
	show(
		"cost",
		`${nameOf(operation) ?? "Unnamed"}: `,
		made("strong", { className }, cost),
		`, ${rest.join(", ")}`,
	);
	remember(operation, cost);
	// What was learned from the answer may have changed the price.
	priceSoon();
});

const { tours } = JSON.parse(element("options").textContent);
show(
	"tours",
	...tours.map((tour) =>
		made("button", { type: "button", onclick: () => open(tour) }, tour.name),
	),
);
element("token-form").addEventListener("submit", useToken);
element("event-clear").addEventListener("click", () => {
	show("event-list");
});
addEventListener("operation-name", ({ detail }) => {
	operationName = detail;
	priceSoon();
});
showHistory();
addEventListener("DOMContentLoaded", () => {
	const watch = (one) => {
		if (
			/(operation\.graphql|variables\.json|request-headers\.json)$/.test(
				one.uri.path,
			)
		) {
			one.onDidChangeContent(priceSoon);
			priceSoon();
		}
	};
	self.monaco.editor.getModels().forEach(watch);
	self.monaco.editor.onDidCreateModel(watch);
});

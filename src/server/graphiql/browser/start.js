// Runs before the bundle, which looks for MonacoEnvironment as it loads, and opens GraphiQL after it. GraphiQL keeps its
// tabs without their headers and, asked for no query, opens an empty tab beside them that has none: so it is asked for
// the tab that was open, which it then finds again and gives the page's headers. What it fetches with merges parts by
// their paths alone, and puts those with ids at the top of the answer: so it asks for paths.
const { options, workers } = JSON.parse(
	document.getElementById("options").textContent,
);
// The bar beside GraphiQL reads and fills its editors, for which GraphiQL itself has no door.
self.MonacoEnvironment = {
	globalAPI: true,
	getWorkerUrl: (_, label) => workers[label],
};
const { fetch } = self;
self.fetch = (resource, init) => {
	const { accept } = init?.headers ?? {};
	if (!accept?.includes("multipart/mixed")) return fetch(resource, init);
	const headers = {
		...init.headers,
		accept: `multipart/mixed;deferSpec=20220824, ${accept}`,
	};
	return fetch(resource, { ...init, headers });
};
const linked = new URL(location.href).searchParams.get("query");
const tab = openTab();
if (tab?.query && (!linked || linked === tab.query)) {
	options.query = tab.query;
	if (tab.variables) options.variables = tab.variables;
}
options.onEditOperationName = (name) =>
	dispatchEvent(new CustomEvent("operation-name", { detail: name }));
addEventListener("DOMContentLoaded", () =>
	YogaGraphiQL.renderYogaGraphiQL(document.getElementById("root"), options),
);

function openTab() {
	try {
		const { tabs, activeTabIndex } = JSON.parse(
			localStorage.getItem("graphiql:tabState"),
		);
		return tabs[activeTabIndex];
	} catch {
		return undefined;
	}
}

/** What a developer reads first: where things are, one command that answers, and how to leave the sandbox. */

export interface WelcomeFacts {
	readonly gatewayUrl: string;
	readonly sandboxUrl: string;
	readonly graphiql: boolean;
	/** Undefined where an identity provider makes the tokens. */
	readonly token: string | undefined;
}

const QUERY =
	"{ contacts(first: 3) { nodes { name tasks { nodes { title status } } } } }";

export const welcome = ({
	gatewayUrl,
	sandboxUrl,
	graphiql,
	token = "<a token of your identity provider>",
}: WelcomeFacts): string => {
	const lines = [
		"contact-graph is running on the sandbox: made-up contacts, nothing leaves this machine.",
		"",
		...(graphiql
			? [`  GraphiQL  ${gatewayUrl}/graphql  (open it in a browser)`]
			: []),
		`  GraphQL   ${gatewayUrl}/graphql`,
		`  sandbox   ${sandboxUrl}  (a stand-in for the Contacts API)`,
		"",
		"Try it:",
		"",
		`curl -s ${gatewayUrl}/graphql -H 'content-type: application/json' -H 'authorization: Bearer ${token}' -d '${JSON.stringify({ query: QUERY })}'`,
		"",
		"A token of your own:  npm run --silent token -- --location sandbox-location-1",
		"The real API:         set CONTACTS_API_TOKEN (a Private Integration Token) and LOCATION_ID, then npm start",
		"",
	];
	return `${lines.join("\n")}\n`;
};

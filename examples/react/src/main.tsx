import { ApolloProvider } from "@apollo/client/react";
import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { createApollo } from "./client.ts";
import { ContactList } from "./contact-list.tsx";
import { ContactPage } from "./contact-page.tsx";
import { LiveChanges } from "./live-changes.tsx";

// A real application signs its user in; this one takes the token that `npm run token` prints.
const { GATEWAY_URL = "http://127.0.0.1:4000", GATEWAY_TOKEN = "" } =
	import.meta.env;
const settings = new URLSearchParams(location.search);
const apollo = createApollo(
	settings.get("gateway") ?? GATEWAY_URL,
	() => settings.get("token") ?? GATEWAY_TOKEN,
);

const App = () => {
	const [open, setOpen] = useState<string>();
	return (
		<>
			<h1>Contacts</h1>
			<LiveChanges />
			<main>
				<ContactList open={open} onOpen={setOpen} />
				{open === undefined ? (
					<p>Choose a contact.</p>
				) : (
					<ContactPage key={open} id={open} />
				)}
			</main>
		</>
	);
};

const root = document.getElementById("root");
if (root)
	createRoot(root).render(
		<StrictMode>
			<ApolloProvider client={apollo}>
				<App />
			</ApolloProvider>
		</StrictMode>,
	);

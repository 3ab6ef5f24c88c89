/** What the race asks, and how its answers are read. */
import { type DocumentNode, parse } from "graphql";
import { FIELD_OF, type Subject } from "./truth.ts";

export interface Query {
	readonly word: string;
	readonly shows: "one" | "two" | "page";
	readonly document: DocumentNode;
}

const query = (word: string, shows: Query["shows"], text: string): Query => ({
	word,
	shows,
	document: parse(text),
});

export const QUERIES: readonly Query[] = [
	query(
		"nested",
		"one",
		"query ($a: ID!) { a: contact(id: $a) { contactId companyName tasks { nodes { title } } notes { nodes { body } } } }",
	),
	query(
		"pair",
		"two",
		"query ($a: ID!, $b: ID!) { a: contact(id: $a) { companyName } b: contact(id: $b) { companyName } }",
	),
	query(
		"tasks",
		"two",
		"query ($a: ID!, $b: ID!) { a: contact(id: $a) { companyName tasks { nodes { title } } } b: contact(id: $b) { companyName tasks { nodes { title } } } }",
	),
	query(
		"page",
		"page",
		"{ contacts(first: 10) { nodes { contactId companyName } } }",
	),
];

export interface Seen {
	readonly table: Subject["table"];
	readonly contactId: string;
	readonly text: string | undefined;
}

type Nodes = Record<string, unknown> | null | undefined;

/** Each record an answer shows, or shows to be missing. */
export const shownBy = (
	{ shows }: Query,
	data: Record<string, unknown>,
	ids: readonly string[],
): Seen[] => {
	if (shows === "page")
		return (
			data.contacts as { nodes: { contactId: string; companyName: string }[] }
		).nodes.map(({ contactId, companyName }) => ({
			table: "contacts",
			contactId,
			text: companyName,
		}));
	return (shows === "one" ? ["a"] : ["a", "b"]).flatMap((key, index) => {
		const contactId = ids[index] as string;
		const contact = data[key] as Nodes;
		const seen: Seen[] = [
			{ table: "contacts", contactId, text: contact?.companyName as string },
		];
		for (const table of ["tasks", "notes"] as const) {
			const list = contact?.[table] as { nodes: Record<string, string>[] };
			if (list)
				seen.push({
					table,
					contactId,
					text: list.nodes[0]?.[FIELD_OF[table]],
				});
		}
		return seen;
	});
};

/** What the races ask, and which records each answer shows or says to be missing. */
import { type DocumentNode, parse } from "graphql";
import { FIELD_OF, type RaceTable } from "./truth.ts";

/** Whom a query is about. */
export interface About {
	/** Two contacts. */
	readonly a: string;
	readonly b: string;
	/** An appointment. */
	readonly x: string;
	/** A text that the city of contacts holds. */
	readonly word: string;
	/** The place of a contact among all, as a cursor, and when it was added, epoch milliseconds. */
	readonly after: string;
	readonly addedAt: number;
}

export interface Seen {
	readonly table: RaceTable;
	/** What the answer shows, by id; undefined where it says that there is none. */
	readonly rows: ReadonlyMap<string, string | undefined>;
	/** Where it shows all there are: of this contact, or of the location. */
	readonly allOf?: string | "location";
	/** Where it shows a stretch of all contacts as they came. */
	readonly stretch?: Stretch;
	/** Which field, where it is not the table's own. */
	readonly field?: string;
	/** What every text in it must hold. */
	readonly word?: string;
	/** How it is read: by itself, from a search that lags, or as a whole list of the search. */
	readonly by: "itself" | "search" | "page";
}

export interface Stretch {
	readonly direction: "asc" | "desc";
	/** When the one was added behind whom it begins; undefined where it begins with the first of all. */
	readonly start: number | undefined;
	/** The last of it; undefined where nobody follows, and where all it showed have left it. */
	readonly last: string | undefined;
	/** Where one goes on that all have left: when the one was added behind whom that is. */
	readonly end: number | undefined;
}

export interface Query {
	readonly word: string;
	readonly text: string;
	readonly document: DocumentNode;
	readonly variables: readonly Variable[];
	shows(data: Data, about: About): Seen[];
}

type Node = Readonly<Record<string, unknown>>;
type Data = Readonly<Record<string, unknown>>;

const LISTS = {
	tasks: "tasks { nodes { taskId title } }",
	notes: "notes { nodes { noteId body } }",
	appointments: "appointments { nodes { appointmentId title } }",
};

const ID_OF = {
	contacts: "contactId",
	tasks: "taskId",
	notes: "noteId",
	appointments: "appointmentId",
} as const;

const TYPES = {
	a: "ID!",
	b: "ID!",
	x: "ID!",
	word: "String!",
	after: "String!",
} as const;

type Variable = keyof typeof TYPES;

const VARIABLES = Object.keys(TYPES) as readonly Variable[];

const query = (
	word: string,
	selection: string,
	shows: Query["shows"],
): Query => {
	const variables = VARIABLES.filter((name) =>
		new RegExp(`\\$${name}\\b`).test(selection),
	);
	const declared = variables.map((name) => `$${name}: ${TYPES[name]}`);
	const text = `query ${word}${declared.length ? `(${declared.join(", ")})` : ""} { ${selection} }`;
	return { word, text, document: parse(text), variables, shows };
};

const nodesOf = (list: unknown): Node[] =>
	((list as { nodes?: Node[] } | null)?.nodes ?? []).filter(Boolean);

const rowsOf = (table: RaceTable, nodes: readonly Node[]) =>
	new Map(
		nodes.map((node) => [
			String(node[ID_OF[table]]),
			String(node[FIELD_OF[table]]),
		]),
	);

/** One record asked for by its id. */
const one = (table: RaceTable, id: string, node: unknown): Seen => ({
	table,
	by: "itself",
	rows: new Map([
		[id, node ? String((node as Node)[FIELD_OF[table]]) : undefined],
	]),
});

/** A contact with whatever lists were asked of it. */
const contact = (id: string, node: unknown): Seen[] => [
	one("contacts", id, node),
	...(node ? listsOf(id, node as Node) : []),
];

const listsOf = (contactId: string, node: Node): Seen[] =>
	(["tasks", "notes", "appointments"] as const)
		.filter((table) => node[table])
		.map((table) => ({
			table,
			by: table === "tasks" ? "search" : "itself",
			allOf: contactId,
			rows: rowsOf(table, nodesOf(node[table])),
		}));

const page = (
	table: RaceTable,
	list: unknown,
	more: Partial<Seen> = {},
): Seen => ({
	table,
	by: "page",
	rows: rowsOf(table, nodesOf(list)),
	...more,
});

const STRETCH = "nodes { contactId city } pageInfo { hasNextPage endCursor }";

const stretch = (
	list: unknown,
	direction: Stretch["direction"],
	start?: number,
): Seen => {
	const { hasNextPage, endCursor } = (
		list as { pageInfo: { hasNextPage: boolean; endCursor: string | null } }
	).pageInfo;
	const last = hasNextPage ? nodesOf(list).at(-1)?.contactId : undefined;
	const end = hasNextPage && !last ? placeOf(endCursor) : undefined;
	return {
		...page("contacts", list),
		stretch: { direction, start, last: last as string | undefined, end },
	};
};

/** What a cursor holds, which is nobody's business but a race's (schema-kit/cursor.ts). */
const placeOf = (cursor: string | null): number => {
	const [, , , [addedAt]] = JSON.parse(
		Buffer.from(cursor ?? "", "base64url").toString(),
	) as [string, string, string, [number, string]];
	return addedAt;
};

export const QUERIES: readonly Query[] = [
	query(
		"nested",
		`contact(id: $a) { contactId city ${LISTS.tasks} ${LISTS.notes} ${LISTS.appointments} }`,
		(data, { a }) => contact(a, data.contact),
	),
	query(
		"pair",
		"a: contact(id: $a) { city } b: contact(id: $b) { city }",
		(data, { a, b }) => [...contact(a, data.a), ...contact(b, data.b)],
	),
	query(
		"lists",
		`a: contact(id: $a) { city ${LISTS.tasks} ${LISTS.appointments} } b: contact(id: $b) { city ${LISTS.tasks} ${LISTS.appointments} }`,
		(data, { a, b }) => [...contact(a, data.a), ...contact(b, data.b)],
	),
	query(
		"appointment",
		"appointment(id: $x) { appointmentId title }",
		(data, { x }) => [one("appointments", x, data.appointment)],
	),
	query(
		"whole",
		"contact(id: $a) { city timezone followerIds }",
		(data, { a }) => {
			const node = data.contact as Node | null;
			const followers = String(node?.followerIds ?? "");
			return [
				one("contacts", a, node),
				{
					...one(
						"contacts",
						a,
						node?.timezone ? { city: node.timezone } : null,
					),
					field: "timezone",
				},
				// Where search has no row at the moment, nobody knows who follows.
				...(followers
					? [
							{
								...one("contacts", a, { city: followers }),
								field: "followers",
								by: "search" as const,
							},
						]
					: []),
			];
		},
	),
	query(
		"page",
		"contacts(first: 90) { nodes { contactId city } }",
		({ contacts }) => [page("contacts", contacts, { allOf: "location" })],
	),
	query(
		"nestedPage",
		`contacts(first: 4, orderBy: { field: DATE_ADDED, direction: ASC }) { nodes { contactId city ${LISTS.tasks} ${LISTS.appointments} } pageInfo { hasNextPage endCursor } }`,
		({ contacts }) => [
			stretch(contacts, "asc"),
			...nodesOf(contacts).flatMap((node) =>
				listsOf(String(node.contactId), node),
			),
		],
	),
	query("newest", `contacts(first: 5) { ${STRETCH} }`, ({ contacts }) => [
		stretch(contacts, "desc"),
	]),
	query(
		"older",
		`contacts(first: 4, after: $after) { ${STRETCH} }`,
		({ contacts }, { addedAt }) => [stretch(contacts, "desc", addedAt)],
	),
	query(
		"younger",
		`contacts(first: 3, after: $after, orderBy: { field: DATE_ADDED, direction: ASC }) { ${STRETCH} }`,
		({ contacts }, { addedAt }) => [stretch(contacts, "asc", addedAt)],
	),
	query(
		"filtered",
		"contacts(first: 90, filter: { city: { contains: $word } }) { nodes { contactId city } }",
		({ contacts }, { word }) => [page("contacts", contacts, { word })],
	),
	query(
		"allTasks",
		"tasks(first: 90) { nodes { taskId title } }",
		({ tasks }) => [page("tasks", tasks, { allOf: "location" })],
	),
	query(
		"someTasks",
		"tasks(first: 20, contactIds: [$a]) { nodes { taskId title } }",
		({ tasks }, { a }) => [page("tasks", tasks, { allOf: a })],
	),
];

/** What the crowd asks: one contact with all that hangs on it, or a page of them; learnt, and read once, before the clock runs. */
import type { Pool } from "undici";
import { post, type Question, type Said, type ShownContact } from "./crowd.ts";
import type { Records } from "./edits.ts";

const PER_PAGE = 20;
const FIELDS =
	"contactId name email city tasks { nodes { taskId title status } } notes { nodes { noteId body } } appointments { nodes { appointmentId title startTime } }";
const ONE = `query ($id: ID!) { contact(id: $id) { ${FIELDS} } }`;
const PAGE = `query ($after: String) { contacts(first: ${PER_PAGE}, after: $after) { nodes { ${FIELDS} } } }`;

export interface Asker {
	readonly door: Pool;
	readonly token: string;
}

type Nodes = { readonly nodes: readonly ShownContact[] } | null;

/** By contact id: what it has. Edits change records, and neither make nor remove any. */
export type Known = ReadonlyMap<string, Records>;

/** A question for each contact. */
export const contactQuestions = (known: Known): readonly Question[] =>
	[...known.keys()].map((id) =>
		question(ONE, { id }, 1, known, ({ contact }) =>
			contact ? [contact as ShownContact] : [],
		),
	);

/** A question for each page, the first page first. */
export const pageQuestions = (
	known: Known,
	cursors: readonly (string | null)[],
): readonly Question[] =>
	cursors.map((after) =>
		question(
			PAGE,
			{ after },
			PER_PAGE,
			known,
			({ contacts }) => (contacts as Nodes)?.nodes ?? [],
		),
	);

const question = (
	query: string,
	variables: object,
	count: number,
	known: Known,
	contactsIn: (
		data: Readonly<Record<string, unknown>>,
	) => readonly ShownContact[],
): Question => ({
	body: JSON.stringify({ query, variables }),
	contacts({ data }) {
		if (!data) return undefined;
		const contacts = contactsIn(data);
		if (contacts.length !== count) return undefined;
		for (const one of contacts) {
			const records = known.get(one.contactId);
			if (
				records?.task.length !== one.tasks?.nodes.length ||
				records?.note.length !== one.notes?.nodes.length ||
				records?.appointment.length !== one.appointments?.nodes.length
			)
				return undefined;
		}
		return contacts;
	},
});

/** Every contact with the ids of its records, and where each page begins; costs some 3,000 REST calls. */
export const learn = async (
	asker: Asker,
): Promise<{ known: Known; cursors: readonly (string | null)[] }> => {
	const known = new Map<string, Records>();
	// Behind which each page begins: the first behind none.
	const cursors: (string | null)[] = [];
	let after: string | null = null;
	for (;;) {
		const { data, errors } = await ask(asker, {
			query: `query ($after: String) { contacts(first: ${PER_PAGE}, after: $after) { pageInfo { endCursor hasNextPage } nodes { ${FIELDS} } } }`,
			variables: { after },
		});
		if (!data || errors) throw new Error(`not read: ${JSON.stringify(errors)}`);
		const { nodes, pageInfo } = data.contacts as {
			nodes: readonly ShownContact[];
			pageInfo: { endCursor: string; hasNextPage: boolean };
		};
		for (const one of nodes) known.set(one.contactId, recordsOf(one));
		cursors.push(after);
		if (!pageInfo.hasNextPage) return { known, cursors };
		after = pageInfo.endCursor;
	}
};

const recordsOf = (one: ShownContact): Records => ({
	contact: [one.contactId],
	task: (one.tasks?.nodes ?? []).map(({ taskId }) => taskId),
	note: (one.notes?.nodes ?? []).map(({ noteId }) => noteId),
	appointment: (one.appointments?.nodes ?? []).map(
		({ appointmentId }) => appointmentId,
	),
});

export const ask = async (
	{ door, token }: Asker,
	asked: object,
	headers?: Readonly<Record<string, string>>,
): Promise<Said> =>
	JSON.parse(await post(door, token, JSON.stringify(asked), headers)) as Said;

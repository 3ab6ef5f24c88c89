/** What the page of GraphiQL offers to try: an operation of each kind, good for the sandbox and for any location. */

export interface Tour {
	/** On its button. */
	readonly name: string;
	/** Opened in a tab, which is named after the operation. */
	readonly query: string;
	readonly variables?: Readonly<Record<string, unknown>>;
}

const QUERY = `# The bar above says how many REST calls this may cost,
# and after the answer how many it took. Run it twice.
query Contacts {
  contacts(first: 20) {
    totalCount
    nodes {
      name
      email
      tasks { nodes { title status dueDate } }
      notes { nodes { body } }
      appointments { nodes { title startTime } }
    }
    pageInfo { endCursor hasNextPage }
  }
}
`;

const FILTER = `# Filters combine: change the variables below.
query Filter($filter: ContactFilter) {
  contacts(
    first: 10
    filter: $filter
    orderBy: [{ field: DATE_ADDED, direction: DESC }]
  ) {
    totalCount
    nodes { name email tags dateAdded }
  }
}
`;

const MUTATION = `# The e-mail address in the variables is none: the answer
# says so in userErrors, with the field's name, and
# nothing is written. Correct it, and run it again.
mutation Create($input: CreateContactInput!) {
  createContact(input: $input) {
    contact { id name email }
    userErrors { field code message }
  }
}
`;

const SUBSCRIPTION = `# Runs until you stop it; the events are listed below.
# On the sandbox, cause one from a terminal:
#   npm run sandbox:event -- --type ContactUpdate
subscription Changes {
  changes {
    type
    occurredAt
    contact { name }
  }
}
`;

const DEFER = `# The names are shown at once; the notes, a call for each
# contact, follow when they are there.
query Defer {
  contacts(first: 20) {
    nodes {
      name
      ... @defer { notes { nodes { body } } }
    }
  }
}
`;

const PRICE = `# Above the limit: refused before any call is made.
# Change "first" in the variables: the price follows.
query Price($first: Int!) {
  contacts(first: $first) {
    nodes {
      name
      timezone
      notes { nodes { body } }
      appointments { nodes { title startTime } }
    }
  }
}
`;

export const TOURS = [
	{ name: "Query", query: QUERY },
	{
		name: "Filter",
		query: FILTER,
		variables: {
			filter: {
				tags: { in: ["vip", "customer"] },
				email: { exists: true },
			},
		},
	},
	{
		name: "Mutation and its error",
		query: MUTATION,
		variables: {
			input: { firstName: "Ada", lastName: "Lovelace", email: "ada at home" },
		},
	},
	{ name: "Subscription", query: SUBSCRIPTION },
	{ name: "@defer", query: DEFER },
	{ name: "Price", query: PRICE, variables: { first: 100 } },
] as const satisfies readonly Tour[];

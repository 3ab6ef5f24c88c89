/** Follows the log of changes. What a change brings goes into the cache by its id, so lists and pages show it by themselves. */
import { useApolloClient, useSubscription } from "@apollo/client/react";
import { useRef, useState } from "react";
import { graphql } from "./generated/gql.ts";

const Changes = graphql(`
	subscription Changes($after: String) {
		changes(after: $after) {
			cursor
			type
			contact { id name firstName lastName email }
			... on TaskChange { taskId task { id title completed status } }
		}
	}
`);

export const LiveChanges = () => {
	const apollo = useApolloClient();
	const cursor = useRef<string>(null);
	// Where to go on from: it moves with what was seen, and is only given when the stream starts anew.
	const [after, setAfter] = useState<string | null>(null);
	const { data, error } = useSubscription(Changes, {
		variables: { after },
		onData: ({ data: { data } }) => {
			if (!data) return;
			cursor.current = data.changes.cursor;
			// A gap says that changes were lost before they could be told: what is shown may be old, so it is read again.
			if (data.changes.type === "GAP")
				void apollo.refetchQueries({ include: "active" });
		},
		onError: () => setTimeout(() => setAfter(cursor.current), 1000),
	});
	if (error) return <p role="status">Reconnecting…</p>;
	return (
		<p role="status">
			{data
				? `${data.changes.contact?.name ?? "A contact"}: ${data.changes.type}`
				: "Live"}
		</p>
	);
};

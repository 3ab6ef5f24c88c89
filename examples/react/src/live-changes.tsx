/** Follows the log of changes. What a change brings goes into the cache by its id, so lists and pages show it by themselves. */
import {
	useApolloClient,
	useQuery,
	useSubscription,
} from "@apollo/client/react";
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

const Now = graphql(`query Now { changeCursor }`);

export const LiveChanges = () => {
	const apollo = useApolloClient();
	const start = useQuery(Now);
	const cursor = useRef<string>(null);
	// Where to go on from: it moves with what was seen, and is only given when the stream starts anew.
	const [after, setAfter] = useState<string>();
	const [isLost, setLost] = useState(false);
	const from = after ?? start.data?.changeCursor;
	const { data } = useSubscription(Changes, {
		variables: { after: from ?? null },
		// What is skipped and then is not starts anew, also from the same place.
		skip: isLost || start.loading,
		onData: ({ data: { data } }) => {
			if (!data) return;
			cursor.current = data.changes.cursor;
			// A gap says that changes were lost before they could be told: what is shown may be old, so it is read again.
			if (data.changes.type === "GAP")
				void apollo.refetchQueries({ include: "active" });
		},
		onError: () => {
			setLost(true);
			setTimeout(() => {
				setAfter(cursor.current ?? from);
				setLost(false);
			}, 1000);
		},
	});
	if (isLost) return <p role="status">Reconnecting…</p>;
	return (
		<p role="status">
			{data
				? `${data.changes.contact?.name ?? "A contact"}: ${data.changes.type}`
				: "Live"}
		</p>
	);
};

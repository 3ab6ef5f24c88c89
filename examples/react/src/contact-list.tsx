/** A list that grows: the next page joins the first in the cache, and whoever is edited changes in both places. */
import { useQuery } from "@apollo/client/react";
import { useState } from "react";
import { graphql } from "./generated/gql.ts";

const Contacts = graphql(`
	query Contacts($query: String, $after: String) {
		contacts(first: 20, after: $after, query: $query) {
			totalCount
			pageInfo { hasNextPage endCursor }
			edges { cursor node { id name email } }
		}
	}
`);

export const ContactList = ({
	open,
	onOpen,
}: {
	readonly open: string | undefined;
	onOpen(id: string): void;
}) => {
	const [search, setSearch] = useState("");
	const { data, error, loading, fetchMore, refetch } = useQuery(Contacts, {
		variables: { query: search || null },
		notifyOnNetworkStatusChange: true,
	});
	const page = data?.contacts;
	return (
		<section aria-label="Contacts">
			<input
				type="search"
				aria-label="Search"
				placeholder="Name, e-mail or phone"
				onChange={({ target }) => setSearch(target.value)}
			/>
			{error && (
				<p role="alert">
					{error.message}{" "}
					<button type="button" onClick={() => refetch()}>
						Try again
					</button>
				</p>
			)}
			<ul>
				{page?.edges.map(({ node }) => (
					<li key={node.id}>
						<button
							type="button"
							aria-current={node.id === open}
							onClick={() => onOpen(node.id)}
						>
							{node.name ?? "(no name)"}
							<small>{node.email}</small>
						</button>
					</li>
				))}
			</ul>
			{loading && <p>Loading…</p>}
			{page?.pageInfo.hasNextPage && (
				<button
					type="button"
					disabled={loading}
					onClick={() =>
						fetchMore({ variables: { after: page.pageInfo.endCursor } })
					}
				>
					More of {page.totalCount}
				</button>
			)}
		</section>
	);
};

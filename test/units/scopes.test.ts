/** The command that mints tokens knows every scope that the graph asks for, so that it can refuse a mistyped one. */
import { isObjectType } from "graphql";
import { expect, test } from "vitest";
import { CALLER_SCOPES } from "../../src/auth/scopes.ts";
import { schema } from "../../src/schema.ts";
import { tokenRequestFrom } from "../../src/token.ts";

// Asked by the resolver of one field, which alone is refused without it.
const BY_A_RESOLVER = "contacts.ssn.readonly";

test("the scopes of fields and types are those that a token can be minted with", () => {
	const asked = new Set([BY_A_RESOLVER]);
	const add = ({ extensions }: { extensions: object }) => {
		const { scopes = [] } = extensions as { scopes?: readonly string[] };
		for (const scope of scopes) asked.add(scope);
	};
	for (const type of Object.values(schema.getTypeMap())) {
		add(type);
		if (isObjectType(type)) Object.values(type.getFields()).forEach(add);
	}
	expect([...asked].sort()).toEqual([...CALLER_SCOPES].sort());
});

test("a mistyped scope is refused with those there are", () => {
	for (const scope of ["contacts.readnoly", "contacts.readonly contact.write"])
		expect(() => tokenRequestFrom(["--scope", scope])).toThrow(
			/--scope expects scopes of the graph \(contacts\.readonly, .*\), got "contact/,
		);
	expect(tokenRequestFrom(["--scope", CALLER_SCOPES.join(" ")]).scopes).toEqual(
		CALLER_SCOPES,
	);
});
